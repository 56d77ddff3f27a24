"""Words and numbers that open something: join codes, team words, one-time links, and the token of a device.

A token is opaque and kept by its browser alone; the database holds its hash. What is said aloud in a room has no signs
that are taken for each other.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import secrets

import segno

CODE_SIGNS = "ABCDEFGHJKMNPQRTUVWXYZ2346789"
"""No 0 O, 1 I L, 5 S."""
CODE_LENGTH = 6
_SAID = (
    "amber apple atlas birch brook candle cedar chalk cherry cliff cloud clover comet coral delta ember falcon fern "
    "flint garnet ginger grove harbour hazel heron indigo island ivory jasper juniper kestrel kiwi lagoon lantern "
    "lemon lilac lotus maple marble meadow mint nutmeg ocean olive opal orchid otter pearl pepper pine plum quartz "
    "raven river robin saffron sage sparrow spruce thistle tulip violet walnut willow"
)
WORDS = _SAID.split()
TEAM_NAMES = ("Amber", "Cobalt", "Coral", "Indigo", "Jade", "Ochre", "Plum", "Rust", "Sand", "Slate", "Teal", "Violet")


def token() -> str:
    """A token of 256 bits."""
    return secrets.token_urlsafe(32)


def card() -> str:
    """The secret of a table card: 128 bits."""
    return secrets.token_urlsafe(16)


def hashed(secret: str) -> str:
    """What the database holds of a token."""
    return hashlib.sha256(secret.encode()).hexdigest()


def form_token(device: str) -> str:
    """What a form must bring back: bound to the device that was shown it."""
    return hmac.new(device.encode(), b"form", hashlib.sha256).hexdigest()


def same(one: str, other: str) -> bool:
    """Are two words the same? Takes as long for any pair."""
    return hmac.compare_digest(one.encode(), other.encode())


def code() -> str:
    """A join code."""
    return "".join(secrets.choice(CODE_SIGNS) for _ in range(CODE_LENGTH))


def as_code(typed: str) -> str:
    """A code as somebody typed it: any case, with spaces or dashes."""
    return "".join(sign for sign in typed.upper() if sign.isalnum())


def word() -> str:
    """A team's word."""
    return "-".join(secrets.choice(WORDS) for _ in range(2))


def nickname(taken: set[str]) -> str:
    """A team's name that nobody has yet."""
    free = [name for name in TEAM_NAMES if name not in taken]
    return secrets.choice(free) if free else f"Team {secrets.token_hex(2)}"


def session_id() -> str:
    """A session's own number, which is in addresses."""
    return secrets.token_hex(5)


def qr(text: str) -> str:
    """A QR code as an SVG element."""
    out = io.BytesIO()
    code = segno.make(text, error="m")
    code.save(out, kind="svg", xmldecl=False, border=3, omitsize=True, svgclass="qr", lineclass=None)
    return out.getvalue().decode("utf-8").strip()
