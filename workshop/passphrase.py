"""The facilitator's passphrase of a server that others can reach: kept as a hash in memory, and slow to guess."""

from __future__ import annotations

import secrets
import threading
from dataclasses import dataclass, field

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from sim.errors import InputError
from workshop import tokens
from workshop.rooms import RefusedError

SHORTEST = 12
LONGEST = 200
WORDS_MADE = 5
FREE = 5
"""Wrong guesses before an address waits."""
LONGEST_WAIT = 900.0
FORGOTTEN = 3600.0
"""Seconds without a guess after which an address begins anew."""
EVERYBODY = ""
FREE_OF_ALL = 60
"""Wrong guesses from all addresses together before everybody waits."""


def made() -> str:
    """A passphrase of words that can be read aloud: 68 ** 5, some 30 bits behind a throttle."""
    return " ".join(secrets.choice(tokens.WORDS) for _ in range(WORDS_MADE))


def checked(given: str, name: str) -> str:
    """A passphrase that somebody chose; InputError when it is too short."""
    if not SHORTEST <= len(given.strip()) <= LONGEST:
        raise InputError(f"{name} is {len(given.strip())} signs long; give {SHORTEST} to {LONGEST}.")
    return given.strip()


def _plain(typed: str) -> str:
    return " ".join(typed.split())


@dataclass
class Backoff:
    """Wrong guesses of each address: after some, each doubles the wait until the next is looked at."""

    _wrong: dict[str, tuple[int, float]] = field(default_factory=dict)

    def check(self, now: float, *who: str) -> None:
        """RefusedError while one of them has to wait."""
        for name in who:
            count, last = self._wrong.get(name, (0, now))
            over = count - (FREE if name != EVERYBODY else FREE_OF_ALL)
            wait = min(2.0 ** min(over, 20), LONGEST_WAIT) if over >= 0 else 0.0
            if now < last + wait:
                left = int(last + wait - now) + 1
                raise RefusedError(f"Too many wrong passphrases; wait {left} s and try again.", 429)

    def failed(self, now: float, *who: str) -> None:
        """They were wrong."""
        for name in who:
            count, last = self._wrong.get(name, (0, now))
            self._wrong[name] = (1 if now - last > FORGOTTEN else count + 1, now)

    def forget(self, name: str) -> None:
        """One of them was right."""
        self._wrong.pop(name, None)


class Passphrase:
    """Whether what somebody types is the passphrase. RefusedError when it is not, or has to wait."""

    def __init__(self, secret: str) -> None:
        self._hasher = PasswordHasher()
        self._hash = self._hasher.hash(_plain(secret))
        self._backoff = Backoff()
        self._lock = threading.Lock()  # one guess at a time, or many at once would all be looked at

    def check(self, now: float, address: str, typed: str) -> None:
        """RefusedError unless it is."""
        who = (address, EVERYBODY)
        with self._lock:
            self._backoff.check(now, *who)
            try:
                self._hasher.verify(self._hash, _plain(typed[:LONGEST]))
            except VerificationError:
                self._backoff.failed(now, *who)
                raise RefusedError("This is not the passphrase that was printed at the start.", 403) from None
            self._backoff.forget(address)
