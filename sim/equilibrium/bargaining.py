"""Vendor and cloud: double margins, and wholesale prices by Nash-in-Nash bargaining.

A pair (cloud, family) that fails to agree loses the pair's use; of it each other product regains s_k / (1 - s_pair).
With retail prices given, the wholesale price w splits the gains (Sheu and Taragin 2021):

    tau x gain of the cloud = (1 - tau) x gain of the vendor
    gain of the cloud  = (p - w - r) - sum over its other products of (p_k - w_k - r_k) s_k / (1 - s)
    gain of the vendor = (w - c)     - sum over its other clouds of   (w_k - c_k)       s_k / (1 - s)

All pairs at once are a linear system. What the vendor regains elsewhere lifts w (raising rivals' cost, when the vendor
is a rival's arm); what the cloud regains elsewhere, on a chip of its own above all, lowers it.
"""

from __future__ import annotations

import numpy as np
from scipy.special import lambertw

from sim.arrays import Array, Index, Mask, PerWorld


def double_margin_linear(
    intercept: PerWorld, slope: PerWorld, upstream: PerWorld, downstream: PerWorld
) -> dict[str, Array]:
    """One vendor, one cloud, demand P = a - b Q: take-it-or-leave-it wholesale price, against an integrated firm.
    (worlds,) each."""
    net = intercept - downstream
    wholesale = 0.5 * (net + upstream)
    quantity = (net - wholesale) / (2.0 * slope)
    joint = (net - upstream) / (2.0 * slope)
    efficient = (net - upstream) / slope
    return {
        "wholesale": wholesale,
        "retail_separate": intercept - slope * quantity,
        "quantity_separate": quantity,
        "profit_up": (wholesale - upstream) * quantity,
        "profit_down": slope * quantity**2,
        "surplus_separate": 0.5 * slope * quantity**2,
        "retail_integrated": intercept - slope * joint,
        "quantity_integrated": joint,
        "profit_integrated": slope * joint**2,
        "surplus_integrated": 0.5 * slope * joint**2,
        "loss_separate": 0.5 * slope * (efficient - quantity) ** 2,
        "loss_integrated": 0.5 * slope * (efficient - joint) ** 2,
    }


def retail_price(quality: Array, sensitivity: Array, cost: Array) -> tuple[Array, Array]:
    """Price and share of a single logit seller with an outside option: p = c + (1 + W(e^(d - a c - 1))) / a. Shapes
    broadcast."""
    inside = np.real(lambertw(np.exp(quality - sensitivity * cost - 1.0).astype(np.complex128), 0))
    price = cost + (1.0 + inside) / sensitivity
    return np.asarray(price), np.asarray(inside / (1.0 + inside))


def wholesale_logit(quality: PerWorld, sensitivity: PerWorld, vendor_cost: PerWorld, cloud_cost: PerWorld) -> Array:
    """The vendor's best take-it-or-leave-it price to one cloud that sells by logit: (worlds,).

    Of the cloud's price p(w) and share s(w), dp/dw = 1 - s and ds/dw = -a s (1 - s)^2, so w = c + 1 / (a (1 - s)^2)."""
    low, high = vendor_cost, vendor_cost + (quality + 60.0) / sensitivity
    for _ in range(200):
        middle = 0.5 * (low + high)
        share = retail_price(quality, sensitivity, middle + cloud_cost)[1]
        more = vendor_cost + 1.0 / (sensitivity * (1.0 - share) ** 2) > middle
        low, high = np.where(more, middle, low), np.where(more, high, middle)
    return 0.5 * (low + high)


def nash_in_nash(
    share: Array,
    retail: Array,
    running: Array,
    vendor_cost: Array,
    cloud: Index,
    vendor: Index,
    power: Array,
    fixed: Mask,
    given: Array,
) -> Array:
    """Wholesale prices of all pairs, (worlds, pairs).

    share of use, retail price, the cloud's running cost and the vendor's cost of each pair, all in the same unit;
    cloud, vendor of each pair; power (worlds,) is tau, the vendor's part; fixed pairs keep the price `given` (own
    designs at transfer price)."""
    # sums in one memory order, so that a world alone has the bits that it has in a batch
    share, retail, running, vendor_cost, given = map(np.ascontiguousarray, (share, retail, running, vendor_cost, given))
    worlds, pairs = share.shape
    regained = share[:, None, :] / np.maximum(1.0 - share, 1e-9)[:, :, None]  # [pair lost, pair that gains]
    other = ~np.eye(pairs, dtype=bool)
    same_cloud, same_vendor = (cloud[:, None] == cloud) & other, (vendor[:, None] == vendor) & other
    tau = power[:, None]
    # tau (p - w - r - R_c) = (1 - tau) (w - c - R_v) with R linear in the other w
    matrix = np.broadcast_to(np.eye(pairs), (worlds, pairs, pairs)).copy()
    matrix -= tau[:, :, None] * regained * same_cloud
    matrix -= (1.0 - tau)[:, :, None] * regained * same_vendor
    margin = retail - running
    right = tau * (margin - (regained * same_cloud * margin[:, None, :]).sum(axis=2))
    right += (1.0 - tau) * (vendor_cost - (regained * same_vendor * vendor_cost[:, None, :]).sum(axis=2))
    matrix = np.where(fixed[None, :, None], np.eye(pairs), matrix)
    right = np.where(fixed, given, right)
    return np.asarray(np.linalg.solve(matrix, right[:, :, None])[:, :, 0])
