"""A turn that teams have played and nobody has published: AWS orders much, Nvidia leaves its form as it is filled
in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.workshop.events import setup
from tests.workshop.site import Site, field
from workshop import conduct

BIG = "3000"


class PlayedTurn:
    """A site with such a turn, the first of a session. more: the session's settings."""

    def __init__(self, folder: Path, **more: Any) -> None:
        self.site = Site(folder)
        self.begin(**more)
        self.site.rooms.lock(self.id)

    def begin(self, **more: Any) -> None:
        """Seat the teams and hand in AWS's decision."""
        self.id = conduct.begin(self.site.rooms, setup(**more))
        code = str(self.site.rooms.log.sessions()[0]["code"])
        self.teams = {party: self.site.seated(code, party, party.title()) for party in ("aws", "nvidia")}
        conduct.brief(self.site.rooms, self.id)
        conduct.open_turn(self.site.rooms, self.id)
        page = f"/s/{self.id}/team/aws"
        revision = field(self.teams["aws"].get(page), "revision")
        sent = self.teams["aws"].post(page, f"{page}/submit", revision=revision, key="one", order=BIG)
        assert sent.status_code == 200

    @property
    def state(self) -> Any:
        return self.site.state(self.id)

    def page(self, party: str, part: str = "") -> str:
        return self.teams[party].get(f"/s/{self.id}/team/{party}{part}").text
