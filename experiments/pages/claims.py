"""The page of the claims, docs/explanation/claims.md, made from claims.toml and the measured table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from experiments.claims import verdicts
from experiments.claims.claims import CUT, Judged, judge, read
from experiments.claims.verdicts import NOT_TESTABLE, Seen
from experiments.claims.wording import basis, entry, graded, link
from experiments.stats import brackets, number
from experiments.text import table
from experiments.whatif import trials
from experiments.whatif.outcomes import USED
from experiments.whatif.trials import Measured, Trial

NOTE = (
    "<!-- Measured and written by `python3 tasks.py claims`. Change what it is made from (experiments/data), not this "
    "page. -->"
)
LABELS = "*Real names are labels in an illustration. Nothing here is a forecast or advice.*"
ASK = "Which of them hold, what do they rest on, and what would they do to Trainium's share of AI compute?"
READING = """- **Evidence** says what public sources say of a claim, with the grade of what the verdict rests on: A \
the firm or authority itself, B a good secondary source, C press or derived with a judged step, J judgement. A claim \
that evidence contradicts is never coded as a fact.
- **†** marks evidence measured after {cut}. It serves the verdict and sets no value of any scenario.
- **The model** plays a named experiment and the baseline in the same worlds, and takes differences world by world. \
*Supports*: the interval leaves 0 out and the effect is at least as large as the claim calls for. Where a claim names \
no size, the size is ours, judged and declared beforehand: 0.2 points of Trainium's share, 2 of a margin, 5 of the \
edge, 10 of the booked share, 5 % of what is installed. *Visible, but small*: in the claimed direction, and less than \
that. *Contradicts*: visible, in the other direction (or a level that is not reached). *No visible effect*: the \
interval holds 0, or the effect is too small to matter. *Cannot say: supply binds*: nothing moves, but more buyers \
queue for full capacity. *Not testable here*: the claim is an input, background, or nothing here could decide it.
- The model's verdict is a statement about the model. Sizes of shocks are judged, and an experiment changes \
parameters only, never a share."""


def page(measured: Measured) -> str:
    """The whole page."""
    claims, tried = read(), trials.read()
    judged, seen = judge(claims.values(), measured), Seen(measured.table)
    blocks = [
        "# Claims on trial",
        NOTE,
        LABELS,
        f"The project began from a market narrative. It makes {len(claims)} claims, told here in our own words. {ASK}",
        "## In short",
        *short(judged, list(tried.values()), seen),
        "## How to read this",
        READING.format(cut=CUT),
        basis(measured),
        "## All claims",
        claims_table(judged),
        "## The named experiments",
        EXPERIMENTS,
        trials_table(list(tried.values()), seen),
        "## One by one",
        *(entry(one) for one in judged),
    ]
    return "\n\n".join(blocks) + "\n"


EXPERIMENTS = (
    "Each is a scenario of the library: `fully-booked run cost-edge` plays one by itself. The sceptical and the "
    "optimistic ones are those that the narrative calls for; checks serve single claims. Change of Trainium's share of "
    "compute in use, in points, with its 95 % paired interval, and a second outcome at the last horizon."
)


# --- the summary ------------------------------------------------------------------------------------------------------


def short(judged: Sequence[Judged], tried: Sequence[Trial], seen: Seen) -> list[str]:
    """What an executive takes home, as one list."""
    evidence = Counter(one.claim.verdict for one in judged)
    tested = [one for one in judged if one.verdict.code != NOT_TESTABLE]
    model = Counter(one.verdict.code for one in tested)
    counted = ", ".join(f"{model[word]} *{word}*" for word in verdicts.CODES if model[word])
    lines = [
        f"**Evidence.** Of {len(judged)} claims public evidence supports {evidence['supported']}, bears out "
        f"{evidence['partly']} in part, contradicts {evidence['contradicted']} and leaves {evidence['open']} open.",
        f"**Model.** {len(tested)} can be put to a test here: {counted}.",
        *_groups(tested),
        *_movers(tried, seen),
    ]
    return ["\n".join(f"- {line}" for line in lines)]


def _groups(tested: Sequence[Judged]) -> list[str]:
    """Where evidence and model say the same, and where they part."""

    def of(*verdict: str, borne_out: bool | None = None) -> list[Judged]:
        found = [one for one in tested if one.claim.verdict in verdict]
        return [o for o in found if borne_out is None or (o.verdict.code == verdicts.SUPPORTS) == borne_out]

    groups = {
        "Both bear it out": of("supported", "partly", borne_out=True),
        "Evidence leans that way, the model does not follow": of("supported", "partly", borne_out=False),
        "Open in public; the model's answer": of("open"),
        "Evidence contradicts it, the model bears it out": of("contradicted", borne_out=True),
        "Neither bears it out": of("contradicted", borne_out=False),
    }
    return [f"**{title}:** {_listed(found)}." for title, found in groups.items() if found]


def _listed(found: Sequence[Judged]) -> str:
    return "; ".join(f"{link(o.claim)} {o.claim.name} (*{o.verdict.code}*)" for o in found)


def _movers(tried: Sequence[Trial], seen: Seen) -> list[str]:
    """The experiments that move share most either way, and where all optimism together leads."""
    last = seen.horizons[-1]
    of = {t.scenario: seen.reading(t.scenario, USED, last) for t in tried if seen.has(t.scenario)}
    of = {name: one for name, one in of.items() if one.change.decides}
    if not of:
        return []
    ranked = sorted(of, key=lambda name: of[name].change.mean)
    down, up = ranked[:3], ranked[::-1][:3]

    def told(names: Sequence[str]) -> str:
        return ", ".join(f"`{name}` {number(of[name].change.mean)}" for name in names)

    first = of[ranked[0]]
    lines = [
        f"**What moves Trainium's share** most (points of compute in use at q{first.quarter_number}, {first.quarter}; "
        f"baseline {_base(of):.1f} %): up {told(up)}; down {told(down)}."
    ]
    if (top := of.get("everything-goes-right")) is not None:
        lines.append(
            f"**All optimism at once** makes {top.level:.1f} % (95 % interval {top.level_low:.1f} to "
            f"{top.level_high:.1f}): {top.level / top.base:.1f} times the baseline's."
        )
    return lines


def _base(of: dict[str, verdicts.Reading]) -> float:
    return next(one.base for one in of.values() if one.against == trials.BASELINE)


# --- tables and entries -----------------------------------------------------------------------------------------------


def claims_table(judged: Sequence[Judged]) -> str:
    """A row a claim."""
    rows = [
        (link(o.claim), o.claim.claim, graded(o.claim), o.claim.represented_as, o.verdict.code, o.verdict.short)
        for o in judged
    ]
    return table(("", "claim", "evidence", "in the model", "the model says", "measured (95 % interval)"), rows)


def trials_table(tried: Sequence[Trial], seen: Seen) -> str:
    """A row a named experiment: change of share at every horizon, and its second outcome at the last one."""
    last = seen.horizons[-1]
    head = ("experiment", "side", "question", *(f"q{quarter}" for quarter in seen.horizons), f"also, at q{last}")
    rows = []
    for trial in tried:
        if not seen.has(trial.scenario):
            continue
        share = [seen.reading(trial.scenario, USED, quarter).change for quarter in seen.horizons]
        also = [seen.reading(trial.scenario, name, last) for name in trial.outcomes if name != USED][:1]
        beside = "; ".join(
            f"{o.outcome.title}: {number(o.change.mean)} {o.outcome.change_unit} to {o.level:.1f} {o.outcome.unit}"
            for o in also
        )
        cells = [f"{number(c.mean)} {brackets(c)}" for c in share]
        against = "" if trial.against == trials.BASELINE else f" (against `{trial.against}`)"
        against += "".join(f" (both with {role} `{name}`)" for role, name in trial.strategies.items())
        rows.append((f"`{trial.scenario}`{against}", trial.side, trial.question, *cells, beside))
    return table(head, rows)
