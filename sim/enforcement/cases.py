"""Regulators as a state machine: cases that open, gather evidence, charge, settle or impose, and end.

A regulator has at most one case a theory of harm. A case goes idle -> screening -> investigation -> charged -> decided
-> in force -> idle; commitments lead from charged straight into force, and most investigations are closed when their
time has come, as the record has it (sim/enforcement/tempo.py). One step a quarter, and only where evidence, time and
powers allow. Evidence accrues from what monitoring sees, late and with noise, where the regulator looks:

    E' = (1 - decay) E + rate x attention x stage factor x max(signal + noise, 0) + complaint

Remedies change primitives only (sim/remedies.py). Firms anticipate what is on the table, in proportion to
`anticipation`.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.special import expit

from sim.arrays import Array, Index, Mask, PerWorld, power, ratio
from sim.decisions import STEPS, THEORIES, RegulatorDecision
from sim.enforcement import answer, tempo
from sim.enforcement.chance import Draws
from sim.enforcement.state import CHARGED as CHARGED
from sim.enforcement.state import DECIDED as DECIDED
from sim.enforcement.state import IDLE as IDLE
from sim.enforcement.state import IN_FORCE as IN_FORCE
from sim.enforcement.state import INVESTIGATION as INVESTIGATION
from sim.enforcement.state import SCREENING as SCREENING
from sim.enforcement.state import Agencies, Cases
from sim.parameters import Parameters
from sim.remedies import REMEDIES, natural

STAGES = ("idle", "screening", "investigation", "charged", "decided", "in force")
REFUSALS = ("taken", "not possible at this stage", "too early", "not enough evidence", "beyond its powers")
NATURAL_REMEDY = tuple(natural(theory) for theory in THEORIES)
"""Position in REMEDIES of the remedy that fits each theory of harm: what firms expect of a case not yet decided."""
OPEN_SHARE, CHARGE_SHARE = 0.3, 0.7
"""Parts of the standard of proof that opening and charging need."""
OFFER_SHARE = 0.8
"""Part of the standard of proof from which charged firms offer commitments."""
STAGE_FACTOR = np.array([0.6, 1.0, 1.8, 1.4, 0.0, 0.0])
"""How fast evidence comes at each stage, relative to an information order."""
SHARED_EVIDENCE = 0.3
"""Part of a gain in evidence that an agency which shares gives each other one."""


# --- a step -----------------------------------------------------------------------------------------------------------


def refusals(cases: Cases, agencies: Agencies) -> Array:
    """Why each step is not possible now: (worlds, regulators, theories, steps), 0 where it is (positions of
    REFUSALS)."""
    stage, proof = cases.stage, agencies.proof[:, None]
    ready, enough = cases.quarters >= cases.needed, cases.evidence
    found = np.zeros((*stage.shape, len(STEPS)))
    found[..., 1] = np.where(stage == IDLE, 0.0, 1.0)
    may_open = (stage == IDLE) | (stage == SCREENING)
    found[..., 2] = np.where(~may_open, 1.0, np.where(enough >= OPEN_SHARE * proof, 0.0, 3.0))
    charge = np.where(ready, np.where(enough >= CHARGE_SHARE * proof, 0.0, 3.0), 2.0)
    found[..., 3] = np.where(stage == INVESTIGATION, charge, 1.0)
    impose = np.where(cases.quarters >= 1.0, np.where(enough >= proof, 0.0, 3.0), 2.0)
    found[..., 4] = np.where(stage == CHARGED, impose, 1.0)
    return found


def offered(cases: Cases, agencies: Agencies) -> Array:
    """Do the charged firms offer commitments? (worlds, regulators, theories), 0 or 1."""
    near = cases.evidence >= OFFER_SHARE * agencies.proof[:, None]
    return np.where((cases.stage == CHARGED) & near, 1.0, 0.0)


def act(cases: Cases, agencies: Agencies, decided: RegulatorDecision, p: Parameters) -> Cases:
    """Take every regulator's step; what is not possible is refused with its reason and costs legitimacy.

    decided: of all regulators side by side, (worlds, regulators)."""
    step = decided.step[:, :, None] * (np.arange(len(THEORIES)) == decided.theory[:, :, None])
    why = refusals(cases, agencies)
    code = np.take_along_axis(why, np.nan_to_num(step).astype(np.int64)[..., None], axis=3)[..., 0]
    within = agencies.powers[np.arange(len(agencies.powers)), np.nan_to_num(decided.remedy).astype(np.int64)]
    code = np.where((code == 0.0) & (step == DECIDED) & ~within[:, :, None], 4.0, code)
    goes = (step > 0.0) & (code == 0.0)
    stage = np.where(goes, step, cases.stage)  # step k leads to stage k: order, open, charge, remedy
    settles = (decided.accept_commitments[:, :, None] > 0.0) & (offered(cases, agencies) > 0.0) & ~goes
    imposed = goes & (step == DECIDED)
    return replace(
        cases,
        stage=np.where(settles, float(IN_FORCE), stage),
        quarters=np.where(goes | settles, 0.0, cases.quarters),
        **_remedies(cases, decided, imposed, settles, p),
        settled=np.where(imposed, 0.0, np.where(settles, 1.0, cases.settled)),
        running=np.where(goes & (step == INVESTIGATION), 0.0, cases.running),
        refused=code.max(axis=2),
        haste=(code == 3.0).any(axis=2).astype(float),
        fine_share=np.minimum(decided.fine_share, agencies.fine_ceiling) * imposed.any(axis=2),
        fine_theory=decided.theory,
        signal=decided.signal,
        attention=decided.attention,
        shared=decided.share_evidence,
    )


def _remedies(
    cases: Cases, decided: RegulatorDecision, imposed: Mask, settles: Mask, p: Parameters
) -> dict[str, Array]:
    """Remedy and strength of every case: as imposed, as committed to (the natural one), or as they stood."""
    natural = np.broadcast_to(np.array(NATURAL_REMEDY, dtype=float), cases.stage.shape)
    remedy = np.where(imposed, decided.remedy[:, :, None], np.where(settles, natural, cases.remedy))
    strong = np.where(imposed, decided.strength[:, :, None], cases.strength)
    return {"remedy": remedy, "strength": np.where(settles, p.commitment_strength[:, None, None], strong)}


def advance(cases: Cases, agencies: Agencies, draws: Draws, p: Parameters) -> Cases:
    """A quarter passes: what was decided comes into force or falls in court, what is in force reaches its sunset, an
    investigation whose time has come is closed or goes on, and firms under a case answer it.

    draws: hidden, of the quarter. The chance to fail in court shrinks with evidence beyond the standard of proof: risk
    x exp(-3 (E / proof - 1)). An investigation is closed with the chance that one on record had."""
    quarters = cases.quarters + 1.0
    due = (cases.stage == DECIDED) & (quarters >= agencies.compliance_quarters[:, None])
    margin = cases.evidence / agencies.proof[:, None] - 1.0
    falls = due & (draws.court < agencies.court_risk[:, None] * np.exp(-3.0 * np.maximum(margin, 0.0)))
    sunset = (cases.stage == IN_FORCE) & (quarters > p.remedy_sunset_quarters[:, None, None])
    needed = _needed(cases, agencies, draws)
    closes = (
        (cases.stage == INVESTIGATION) & (quarters == needed) & (draws.closing > p.case_remedy_share[:, None, None])
    )
    ended = falls | sunset | closes
    stage = np.where(ended, float(IDLE), np.where(due, float(IN_FORCE), cases.stage))
    after = replace(
        cases,
        stage=stage,
        quarters=np.where(stage == cases.stage, quarters, 0.0),
        evidence=np.where(ended, 0.3 * cases.evidence, cases.evidence),
        annulled=cases.annulled + falls,
        closed=cases.closed + closes,
        running=np.where(stage == IDLE, 0.0, cases.running + 1.0),
        needed=needed,
    )
    return replace(after, answer=answer.given_up(after, agencies, p))


def _needed(cases: Cases, agencies: Agencies, draws: Draws) -> Array:
    """Quarters that investigations take before a charge: of those that run as drawn, of those on record counted from
    now on, of the others what one would take that is opened in this quarter."""
    runs = cases.stage >= INVESTIGATION
    drawn = tempo.needed(agencies.mean_quarters, agencies.least_quarters, draws.tempo)
    return np.where(runs & (cases.needed > 0.0), cases.needed, drawn + np.where(runs, cases.quarters, 0.0))


def watch(cases: Cases, seen: Array, complaint: Array, p: Parameters) -> Cases:
    """Evidence of the quarter: seen (worlds, regulators, theories) is the noisy signal of conduct, complaint (same) 0
    or 1."""
    factor = STAGE_FACTOR[np.nan_to_num(cases.stage).astype(np.int64)]
    looks = cases.attention * len(THEORIES)
    gain = p.evidence_rate[:, None, None] * looks * factor * np.maximum(seen, 0.0)
    gain = gain + p.complaint_weight[:, None, None] * complaint
    shares = cases.shared[:, :, None] * gain
    from_others = SHARED_EVIDENCE * (shares.sum(axis=1, keepdims=True) - shares)
    kept = (1.0 - p.evidence_decay[:, None, None]) * cases.evidence
    return replace(cases, evidence=kept + gain + from_others, complaint=complaint, seen=seen)


# --- what firms feel --------------------------------------------------------------------------------------------------


def in_force(cases: Cases, region: Index, regions: int) -> Array:
    """Strength of remedies that cases have put in force: (worlds, regions, remedies)."""
    active = np.where(cases.stage == IN_FORCE, cases.strength, 0.0)
    return _by_remedy(active, cases.remedy, region, regions)


def expected(cases: Cases, agencies: Agencies, region: Index, regions: int, p: Parameters) -> Array:
    """What firms see coming: decided remedies in full, charged cases by how far proof has got, and a cautious regulator
    where it looks. A safe harbour halves it. (worlds, regions, remedies)."""
    decided = np.where(np.isin(cases.stage, (DECIDED, IN_FORCE)), cases.strength, 0.0)
    proven = np.clip(cases.evidence / agencies.proof[:, None], 0.0, 1.0)
    likely = np.where(cases.stage == CHARGED, 0.5 * proven, 0.0)
    caution = p.deterrence[:, None, None] * cases.attention * (cases.signal == 1.0)[:, :, None]
    tone = np.where(cases.signal == 2.0, 0.5, 1.0)[:, :, None]
    natural = np.broadcast_to(np.array(NATURAL_REMEDY, dtype=float), cases.stage.shape)
    coming = np.maximum(likely * tone, np.where(cases.stage < DECIDED, caution, 0.0))
    return np.maximum(_by_remedy(decided, cases.remedy, region, regions), _by_remedy(coming, natural, region, regions))


def given_up(cases: Cases, region: Index, regions: int) -> Array:
    """What firms give up of the conduct that open cases are about, as strength of the remedies that would forbid it:
    (worlds, regions, remedies)."""
    natural = np.broadcast_to(np.array(NATURAL_REMEDY, dtype=float), cases.stage.shape)
    return _by_remedy(cases.answer, natural, region, regions)


def _by_remedy(strength: Array, remedy: Array, region: Index, regions: int) -> Array:
    """The strongest of a region's cases with each remedy: (worlds, regions, remedies); strength, remedy (worlds,
    regulators, theories)."""
    found = np.zeros((len(strength), regions, len(REMEDIES)))
    strongest = np.where(remedy[..., None] == np.arange(len(REMEDIES)), strength[..., None], 0.0).max(axis=2)
    for regulator, place in enumerate(region):
        np.maximum(found[:, place], strongest[:, regulator], out=found[:, place])
    return found


# --- hazards, durations, screens --------------------------------------------------------------------------------------


def hazard(base: PerWorld, share: Array, hhi: Array, exclusivity: Array) -> Array:
    """Chance of a complaint in a quarter: logistic in dominance, concentration and exclusivity. Shapes broadcast.

    base is the chance in a market without any of them."""
    lift = 6.0 * np.maximum(share - 0.4, 0.0) + 0.25 * np.maximum(hhi - 1800.0, 0.0) / 1000.0 + 1.5 * exclusivity
    return np.asarray(expit(np.log(base / (1.0 - base)) + lift))


def waiting_time(
    chance: Array, duration: Array, infringement: Array, opened_by: Array, in_force_by: Array
) -> dict[str, Array]:
    """A case opened with a constant chance a quarter that then takes a fixed time: mean and median wait, chance to be
    opened in time, expected quarter of the decision, chance that a remedy is in force in time."""
    mean = 1.0 / chance
    window = np.maximum(in_force_by - duration, 0.0)
    return {
        "mean_wait": mean,
        "opened": 1.0 - power(1.0 - chance, opened_by),
        "median_wait": np.ceil(np.log(0.5) / np.log1p(-chance)),
        "decision": mean + duration,
        "in_force": infringement * (1.0 - power(1.0 - chance, window)),
    }


def presumptions(before: Array, after: Array, largest_share: Array) -> tuple[Mask, Mask]:
    """Structural presumptions of the 2023 US merger guidelines: index above 1800 and change above 100; share above 30 %
    and change above 100. before, after: Herfindahl-Hirschman indices (worlds,); largest_share of the merged firm,
    0..1."""
    change = after - before
    return (after > 1800.0) & (change > 100.0), (largest_share > 0.30) & (change > 100.0)


def errors(cases: Cases, signal: Array, harmless: PerWorld) -> Array:
    """Strength of remedies in force on conduct that is in truth harmless: (worlds, regulators)."""
    wrong = (cases.stage == IN_FORCE) & (signal < harmless[:, None, None])
    return np.asarray(np.where(wrong, cases.strength, 0.0).sum(axis=2))


def lead(amount: Array) -> Array:
    """Share of the largest on the last axis."""
    return np.asarray(ratio(amount.max(axis=-1), amount.sum(axis=-1)))
