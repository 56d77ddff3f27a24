"""Which of a team's devices decides just now. A hint between phones and no truth: it is kept in memory, ends a minute
after the last touch, and another device may take over at any time. What was saved is guarded by its revision."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

SECONDS = 60.0
Seat = tuple[str, str]
"""Session and party."""


@dataclass
class Wheel:
    """Seats with the device that decides there, and when it last did."""

    _held: dict[Seat, tuple[str, float]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def hold(self, seat: Seat, device: str, now: float, take: bool = False) -> bool:
        """Decide from a device; False when another one does and is not to be taken over from."""
        with self._lock:
            if self._other(seat, device, now) and not take:
                return False
            self._held[seat] = (device, now)
            return True

    def other(self, seat: Seat, device: str, now: float) -> bool:
        """Does another device decide there just now?"""
        with self._lock:
            return self._other(seat, device, now)

    def leave(self, seat: Seat) -> None:
        """Nobody decides there: a decision was handed in."""
        with self._lock:
            self._held.pop(seat, None)

    def _other(self, seat: Seat, device: str, now: float) -> bool:
        holder, at = self._held.get(seat, ("", 0.0))
        return bool(holder) and holder != device and now - at < SECONDS
