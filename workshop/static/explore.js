// Keeps the what-if page's answer in step with its sliders: asks as they move, drops what is no longer asked, and fetches
// again while more worlds join. Without it the form is a plain one with a button.
(function () {
  "use strict";
  const form = document.getElementById("explore"), answer = document.getElementById("answer");
  if (!form || !answer) { return; }
  const SOON = 60, OFTEN = 150, SELDOM = 500, LATER = 3000;
  let asking = null, timer = null;
  document.getElementById("show").hidden = true;

  // --- what is asked: only what does not rest ---
  function asked() {
    const found = new URLSearchParams();
    new FormData(form).forEach((value, name) => {
      const field = form.elements[name];
      const rests = field.dataset.rest !== undefined && Number(field.dataset.rest) === Number(value);
      if (value !== "" && !rests) { found.set(name, value); }
    });
    return found;
  }
  function outputs() {
    form.querySelectorAll("input[type=range]").forEach((field) => {
      const text = Number(field.value).toFixed(Number(field.dataset.decimals));
      field.previousElementSibling.querySelector("output").textContent = text;
      field.closest(".slide").classList.toggle("moved", Number(field.value) !== Number(field.dataset.rest));
    });
  }

  // --- the answer: tables that are open stay open, and the page's address is that of the view ---
  function show(text) {
    const open = new Set(Array.from(answer.querySelectorAll("details[open]"), (one) => one.dataset.keep));
    answer.innerHTML = text;
    answer.querySelectorAll("details").forEach((one) => { one.open = open.has(one.dataset.keep); });
  }
  function later(milliseconds, fresh) {
    clearTimeout(timer);
    timer = setTimeout(() => fetchPart(fresh), milliseconds);
  }
  function next(part) {
    if (document.hidden || !part || part.dataset.over === "1") { return; }
    later(part.querySelector("svg") ? SELDOM : OFTEN, false);
  }
  function fetchPart(fresh) {
    if (asking) { asking.abort(); }
    const mine = asking = new AbortController();
    const query = asked(), part = answer.querySelector(".answer");
    query.set("page", form.dataset.page);
    if (!fresh && part) { query.set("seen", part.dataset.version); }
    if (fresh) { answer.setAttribute("aria-busy", "true"); }
    fetch("/explore/part?" + query, { signal: mine.signal, headers: { "HX-Request": "true" } }).then((found) => {
      if (found.status === 204) { next(part); return null; }
      if (found.status === 503) { later(LATER, fresh); }
      return found.text();
    }).then((text) => {
      if (mine.signal.aborted || text === null) { return; }
      show(text);
      answer.removeAttribute("aria-busy");
      next(answer.querySelector(".answer"));
    }).catch((error) => { if (error.name !== "AbortError") { later(LATER, fresh); } });
  }
  function changed() {
    outputs();
    const query = asked();
    history.replaceState(null, "", "/explore?" + query);
    later(SOON, true);
  }
  form.addEventListener("input", changed);
  form.addEventListener("change", changed);
  form.addEventListener("submit", (event) => { event.preventDefault(); changed(); });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) { later(0, false); } });
  window.addEventListener("pageshow", (event) => { if (event.persisted) { later(0, true); } });
  outputs();
  next(answer.querySelector(".answer"));
})();
