"""How a claim is told: its evidence, its rule, and what the model says of it."""

from __future__ import annotations

from experiments.claims.claims import CUT, Claim, Judged
from experiments.text import code
from experiments.whatif import trials
from experiments.whatif.trials import Measured

KINDS = {"fact": "a fact", "causal": "a cause and its effect", "quantity": "a quantity"}
WORDS = {
    "supported": "public evidence supports it",
    "partly": "partly true",
    "open": "open: no public evidence decides",
    "contradicted": "public evidence contradicts it",
}


def basis(measured: Measured) -> str:
    """What the numbers were measured with, and whether anything has changed since."""
    f = measured.facts
    text = (
        f"Measured with version {f['version']} on {f['worlds']} worlds, {f['quarters']} quarters, seed {f['seed']}; "
        f"parameters `{f['parameters']}`, starting tables `{f['tables']}`; the digests of all scenarios are kept "
        "beside the measured table."
    )
    changed = trials.stale(measured)
    return f"{text} **Old:** changed since then: {'; '.join(changed)}." if changed else text


def link(claim: Claim) -> str:
    """A link to a claim's entry."""
    return f"[{claim.id}](#{claim.id.lower()})"


def graded(claim: Claim) -> str:
    """'contradicted, B †'."""
    return f"{claim.verdict}, {claim.grade}{' †' if claim.late else ''}"


def entry(one: Judged) -> str:
    """A claim in full."""
    c, v = one.claim, one.verdict
    late = f" † measured to {c.measured_to}, after {CUT}: for the verdict only." if c.late else ""
    lines = [
        f"### {c.id}",
        f"**{c.claim}** ({KINDS[c.kind]})",
        f"- Evidence: *{WORDS[c.verdict]}* (grade {c.grade}). {c.evidence}{late}",
        f"- Source: {c.source}{f' (measured to {c.measured_to})' if c.measured_to else ''}.",
        f"- In the model: {'background only' if c.represented_as == 'none' else c.represented_as}. {c.how}"
        + (f" See {code(c.where)}." if c.where else ""),
        f"- The model says: **{v.code}**. {v.sentence}{_rule(c)}",
    ]
    if one.beside:
        lines.append(f"- Beside it: {one.beside}")
    return "\n\n".join(lines[:2]) + "\n\n" + "\n".join(lines[2:])


def _rule(claim: Claim) -> str:
    """The rule of the test and its experiment."""
    if not claim.experiment:
        return ""
    asked = f" It would support the claim if {claim.supports_if}." if claim.supports_if else ""
    return f"{asked} Experiment: `{claim.experiment}`."
