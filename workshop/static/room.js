// Keeps a page of a room fresh. The stream says only that something changed; the page then fetches its part again.
// After a sleep, or when the stream is down, the page asks by itself.
(function () {
  "use strict";
  const body = document.body;
  const ticking = () => document.querySelectorAll("[data-left]");
  let started = performance.now();

  function fire(name) { body.dispatchEvent(new CustomEvent(name)); }

  // --- the clock: seconds that were left when the part came, counted down on this device's own steady clock ---
  const spoken = new Set();
  function tick() {
    const gone = (performance.now() - started) / 1000;
    ticking().forEach((shown) => {
      const still = shown.hasAttribute("data-still");
      const left = Math.max(0, parseFloat(shown.dataset.left) - (still ? 0 : gone));
      const whole = Math.ceil(left);
      shown.textContent = Math.floor(whole / 60) + ":" + String(whole % 60).padStart(2, "0");
      shown.classList.toggle("short", !still && whole <= 30);
      speak(whole, still);
    });
  }
  function speak(whole, still) {
    const link = document.getElementById("link");
    if (!link || still || ![60, 30, 10].includes(whole) || spoken.has(whole)) { return; }
    spoken.add(whole);
    link.textContent = whole + " seconds left";
  }
  setInterval(tick, 250);

  // --- what scrolls sideways can be reached with the keyboard ---
  function reachable() {
    document.querySelectorAll(".scroll, .sheet").forEach((one) => {
      if (one.scrollWidth > one.clientWidth) { one.tabIndex = 0; } else { one.removeAttribute("tabindex"); }
    });
  }
  window.addEventListener("resize", reachable);
  document.addEventListener("toggle", reachable, true);
  new MutationObserver(reachable).observe(document.getElementById("main"), { childList: true, subtree: true });
  reachable();

  // --- nobody scrolls a wall: what is too much for it is set smaller, step by step ---
  const STEPS = ["tight-1", "tight-2", "tight-3", "tight-4", "tight-5", "tight-6"];
  const wide = window.matchMedia("(min-width: 64rem)");
  function fit() {
    if (!body.classList.contains("screen")) { return; }
    body.classList.remove(...STEPS);
    const main = document.getElementById("main"), low = () => main.getBoundingClientRect().bottom + window.scrollY > window.innerHeight;
    STEPS.forEach((step) => { if (wide.matches && low()) { body.classList.add(step); } });
  }
  window.addEventListener("resize", fit);
  const live = document.getElementById("live");
  if (live) { new MutationObserver(fit).observe(live, { childList: true }); }
  fit();

  // --- parts: when the room's part has come and its round is another one, the form is fetched too ---
  const round = document.getElementById("round");
  function compare() {
    started = performance.now();
    spoken.clear();
    tick();
    if (!round || !live) { return; }
    const now = live.querySelector("[data-round]"), shown = round.querySelector("[data-round]");
    const button = document.querySelector("#decision > button");
    if (now && button && now.dataset.button) { button.textContent = now.dataset.button; }
    if (now && shown && now.dataset.round !== shown.dataset.round) { fire("round"); }
  }
  if (live) { new MutationObserver(compare).observe(live, { childList: true }); }

  // --- the stream, and what stands in for it ---
  if (body.dataset.stream) {
    let seen = body.dataset.seen, stream = null, heard = 0, held = 0, asleep = false;
    const link = document.getElementById("link");
    const say = (text) => { if (link && (text || Date.now() > held)) { link.textContent = text; } };
    const changed = (version) => { if (version !== seen) { seen = version; refresh(); } };
    // a part is not fetched over what somebody is typing: the console waits until the field is left
    function refresh() {
      if ("reload" in body.dataset) { location.reload(); return; }
      const at = document.activeElement;
      const typing = live && live.contains(at) && ["INPUT", "SELECT", "TEXTAREA"].includes(at.tagName);
      if (typing) { at.addEventListener("blur", () => setTimeout(() => fire("room"), 200), { once: true }); }
      else { fire("room"); }
    }
    function open() {
      if (stream || document.hidden) { return; }
      stream = new EventSource(body.dataset.stream);
      stream.onmessage = (event) => { heard = Date.now(); say(""); changed(event.data); };
      stream.onerror = () => { say("Looking for the server …"); };
    }
    function close() { if (stream) { stream.close(); stream = null; } }
    function wake() { close(); open(); asleep = true; fire("room"); }
    // after a sleep the page says where the room is now, once its part has come
    function awake() {
      const phase = live && live.querySelector(".phase");
      if (!asleep || !phase) { return; }
      asleep = false;
      say("Reconnected. " + phase.textContent.replace(/\s+/g, " ").trim() + " left".repeat(phase.querySelector("[data-left]") ? 1 : 0));
      held = Date.now() + 8000;
      setTimeout(() => say(""), 8100);
    }
    if (live) { new MutationObserver(awake).observe(live, { childList: true }); }
    setInterval(() => {
      if (document.hidden || (stream && stream.readyState === 1)) { return; }
      fetch(body.dataset.version).then((answer) => answer.json()).then((found) => { say(""); changed(String(found.version)); })
        .catch(() => say("No connection: what you type stays on this page."));
    }, 5000);
    document.addEventListener("visibilitychange", () => { document.hidden ? close() : wake(); });
    window.addEventListener("pageshow", (event) => { if (event.persisted) { wake(); } });
    window.addEventListener("online", wake);
    open();
  }

  // --- drafts: read when they are sent, not when they were asked for; a form that is submitted lets them arrive ---
  let saving = false, submitted = false;
  const drafts = (event) => event.detail.ctx.sourceElement.id === "saved";
  document.addEventListener("htmx:before:request", (event) => {
    if (!drafts(event)) { return; }
    if (submitted) { event.preventDefault(); return; }
    saving = true;
    event.detail.ctx.request.body = new URLSearchParams(new FormData(document.getElementById("decision")));
  });
  document.addEventListener("htmx:finally:request", (event) => {
    if (!drafts(event)) { return; }
    saving = false;
    if (submitted) { document.getElementById("decision").requestSubmit(); }
  });
  document.addEventListener("submit", (event) => {
    if (event.target.id !== "decision") { return; }
    submitted = true;
    if (saving) { event.preventDefault(); }
  });
  window.addEventListener("pageshow", () => { submitted = false; });

  // --- a message that was sent leaves its field ---
  document.addEventListener("htmx:after:swap", () => {
    const field = document.getElementById("m-text");
    if (field && document.querySelector("[data-sent]")) { field.value = ""; }
  });

  // --- parts of a whole: their sum, as it is typed ---
  function sums() {
    document.querySelectorAll("fieldset[data-total]").forEach((group) => {
      const parts = Array.from(group.querySelectorAll("input"));
      const sum = parts.reduce((total, one) => total + (parseFloat(one.value) || 0), 0);
      const line = group.querySelector(".sum"), total = parseFloat(group.dataset.total);
      line.textContent = "Together " + sum + " of " + total + (sum === total ? "" : ": they must add up to " + total) + ".";
      line.classList.toggle("wrong", sum !== total);
    });
  }
  document.addEventListener("input", sums);
  sums();
  tick();

  // --- a slider says where it stands, also in a part that was fetched ---
  body.addEventListener("input", (event) => {
    const field = event.target;
    if (!field.matches("input[type=range][data-told]")) { return; }
    document.querySelectorAll("output[for='" + field.id + "']").forEach((one) => { one.textContent = field.value; });
  });
})();
