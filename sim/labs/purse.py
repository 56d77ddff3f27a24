"""What a lab earns and spends in a quarter, what investors pay in, and for how many quarters its cash lasts.

    cash' = cash + revenue + funding - compute - charges for leaving - porting - second back end - staff (+ other trade)
                 + what creditors lose when that is below 0

Funding from an investor cloud comes with its tie: what of the tie lapses or is banned is not paid in either.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from sim.accounts.ledger import Ledger, Payment
from sim.arrays import Array, PerWorldOwner, ratio
from sim.decisions import LabDecision
from sim.labs import credit
from sim.labs.product import LabMarket, in_use
from sim.labs.state import LabStart, LabState, LabStatement
from sim.market.state import SiteOutcome
from sim.market.sublets import Traded
from sim.parameters import Parameters
from sim.remedies import Rules
from sim.roster import Roster
from sim.units import HOURS_PER_QUARTER

LONGEST_RUNWAY = 40.0
"""Runway that is reported when cash lasts longer, or grows."""


def runway(cash: Array, burn: Array) -> Array:
    """Quarters that cash lasts at this rate, at most LONGEST_RUNWAY; 0 for a lab in debt that burns. Shapes
    broadcast."""
    lasts = np.clip(ratio(np.maximum(cash, 0.0), burn), 0.0, LONGEST_RUNWAY)
    return np.where(burn > 0.0, lasts, np.where(np.isnan(burn), np.nan, LONGEST_RUNWAY))


def funding_due(start: LabStart, rules: Rules, quarter: int, p: Parameters) -> tuple[Array, Array]:
    """What investors pay in this quarter, in all and the part of it from investor clouds: (worlds, labs) musd each."""
    pays = quarter <= p.lab_funding_quarters[:, None]
    pace = np.where(pays, start.funding * p.lab_funding_factor, 0.0)
    from_cloud = np.where(start.partner >= 0, p.investor_funding_share[:, None], 0.0)
    standing = (quarter <= p.investor_tie_quarters) * np.take(rules.tie_factor, start.region, axis=1)
    cloud = pace * from_cloud * standing
    return pace * (1.0 - from_cloud) + cloud, cloud


def with_stakes(funding: tuple[Array, Array], equity: Array) -> tuple[Array, Array]:
    """The same with what clouds pay for stakes as deals are signed, (worlds, labs) musd."""
    return funding[0] + equity, funding[1] + equity


def funding_left(start: LabStart, quarter: int, p: Parameters) -> Array:
    """What investors have still promised from this quarter on, (worlds, labs) musd, if no tie is cut."""
    quarters = np.maximum(np.floor(p.lab_funding_quarters) - quarter + 1.0, 0.0)[:, None]
    return start.funding * p.lab_funding_factor * quarters


@dataclass(frozen=True)
class Dues:
    """What a quarter's business comes to, musd, (worlds, labs) unless said: sales (worlds, labs, classes of buyers) of
    tokens; compute, charges and porting as billed; back_end: work on a second back end; serving: part of the compute
    bill that served; line: topped up by investors, or by a house; lost: of what is not paid, what clouds bear, (worlds,
    owners) a lab, and unpaid: all of it."""

    sales: Array
    compute: Array
    charges: Array
    porting: Array
    back_end: Array
    staff: Array
    funding: Array
    cloud_funding: Array
    serving: Array
    line: Array
    unpaid: Array
    lost: tuple[PerWorldOwner, ...] = ()

    @classmethod
    def of(
        cls,
        market: LabMarket,
        labs: LabState,
        core: SiteOutcome,
        decided: LabDecision,
        funding: tuple[Array, Array],
        p: Parameters,
    ) -> Dues:
        """From tokens sold and what the clouds bill; funding: as `funding_due` gives it."""
        assert labs.sale is not None and labs.serving_h100e is not None
        compute, exits, leaving, porting = (
            np.take(flow.sum(axis=1), market.roster.lab_buyers, axis=1) * HOURS_PER_QUARTER
            for flow in (
                core.bill_musd_per_hour,
                core.exit_fee_musd_per_hour,
                core.switching_fee_musd_per_hour,
                core.porting_musd_per_hour,
            )
        )
        return cls(
            sales=labs.sale.sold * labs.price[:, :, None],  # trillions of tokens at USD per million: musd
            compute=compute,
            charges=exits + leaving,
            porting=porting,
            back_end=decided.portability_musd,
            staff=p.lab_staff_share[:, None] * compute,
            funding=funding[0],
            cloud_funding=funding[1],
            serving=compute * ratio(labs.serving_h100e, in_use(core, market.roster)),
            line=np.zeros_like(compute),
            unpaid=np.zeros_like(compute),
        )

    def financed(self, market: LabMarket, labs: LabState, core: SiteOutcome, traded: Traded, p: Parameters) -> Dues:
        """The same with what investors top up, and what still cannot be paid."""
        buyers = market.roster.lab_buyers
        other = np.take(traded.received_musd - traded.paid_musd, buyers, axis=1)
        out = self.compute + self.charges + self.porting + self.back_end + self.staff
        flow = self.sales.sum(axis=2) - out + other
        before = labs.cash + flow + self.funding
        line = credit.topped_up(before, flow, credit.line(market.start, labs, p), p)
        unpaid = np.where(p.lab_credit[:, None] > 0.0, np.maximum(-(before + line), 0.0), 0.0)
        return replace(self, line=line, unpaid=unpaid, lost=credit.written_off(unpaid, core, market.roster))

    def written_off(self) -> Array:
        """What clouds lose: (worlds, owners, labs) musd."""
        return np.stack(self.lost, axis=2)

    def payments(self, market: LabMarket) -> list[Payment]:
        """Tokens, staff and funding; compute, charges, porting and back ends are booked with the clouds."""
        found, house = [], credit.has_house(market.start)
        for k, lab in enumerate(market.roster.labs):
            purse = f"buyer:{lab}"
            for b, party in enumerate(market.buyers.parties):
                found.append(Payment(party, purse, self.sales[:, k, b], "tokens"))
            found.append(Payment(purse, "staff", self.staff[:, k], "staff"))
            found.append(Payment("parents", purse, self.cloud_funding[:, k], "funding by investor clouds"))
            found.append(Payment("investors", purse, self.funding[:, k] - self.cloud_funding[:, k], "funding"))
            found.append(Payment("parents" if house[k] else "investors", purse, self.line[:, k], "line of funding"))
            rest = self.unpaid[:, k] - self.lost[k].sum(axis=1)
            found.append(Payment("staff", purse, np.maximum(rest, 0.0), "pay that is owed"))
        return found

    def paid(self, labs: LabState, start: LabStart, roster: Roster, ledger: Ledger) -> LabState:
        """The labs with the quarter's accounts: cash follows the ledger."""
        statement = self._statement(labs.cash, ledger.net_of([f"buyer:{lab}" for lab in roster.labs]))
        broke = self.unpaid > 0.0
        barred = np.where(broke, credit.BARRED_QUARTERS, np.maximum(labs.barred - 1.0, 0.0))
        before = start.revenue if labs.statement is None else labs.statement.revenue
        new = credit.seen(labs.new_revenue, statement.revenue, before)
        return replace(labs, statement=statement, cash=statement.cash, new_revenue=new, barred=barred)

    def _statement(self, cash: Array, net: Array) -> LabStatement:
        """cash before the quarter, net: what the ledger moved into each purse, (worlds, labs) musd."""
        revenue, funding = self.sales.sum(axis=2), self.funding + self.line
        flow = net - funding - self.unpaid
        other = flow - (revenue - self.compute - self.charges - self.porting - self.back_end - self.staff)
        after = np.where(self.unpaid > 0.0, 0.0, cash + net)  # to the last bit: who lost the rest stands in the ledger
        return LabStatement(
            revenue=revenue,
            compute=self.compute,
            charges=self.charges,
            porting=self.porting,
            back_end=self.back_end,
            staff=self.staff,
            other=other,
            funding=funding,
            cloud_funding=self.cloud_funding,
            line=self.line,
            unpaid=self.unpaid,
            free_cash_flow=flow,
            serving_income=revenue - self.staff - self.serving,
            cash=after,
            runway=runway(after, np.maximum(-flow, 0.0)),
        )
