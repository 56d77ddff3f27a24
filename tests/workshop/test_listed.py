"""Every page that the server has is looked at in a browser: what is in no list would never be."""

from __future__ import annotations

import re
from pathlib import Path

from fastapi.routing import APIRoute

from tests.workshop.site import Site
from tests.workshop.windows import OTHERS, PAGES
from workshop.web.app import ROUTES

PARTS = ("/live", "/round", "/because", "/board", "/deals", "/part", "/stream", "/version", "/preview/{mark}")
FILES = (".csv", ".json", ".{kind}", "/export/{session}/{what}")
ELSEWHERE = ("/s/{session}/team/{party}/submit",)
"""Leads on to another page."""
NAMES = {"aws": "{party}", "ec": "{party}", "{b}": "{session}", "{c}": "{session}", "{d}": "{session}"}
NAMES |= {"{d_code}": "{code}", "{card}": "{secret}", "{screen}": "{secret}", "x": "{secret}"}


def test_every_page_is_listed(tmp_path: Path) -> None:
    house = Site(tmp_path).house
    known = [one for room in ROUTES for one in room.routes(house).routes]
    routes = [one for one in known if isinstance(one, APIRoute) and "GET" in one.methods]
    pages = {one.path for one in routes if not one.path.endswith((*PARTS, *FILES)) and one.path not in ELSEWHERE}
    listed = {
        "/".join(NAMES.get(word, word) for word in path.split("?")[0].split("/")) for _, path, *_ in (*PAGES, *OTHERS)
    }
    assert len(pages) > 15 and sorted(pages - listed) == []
    assert [one for one in listed - pages if one != "/nowhere"] == []


def test_no_page_styles_itself_beside_the_style_sheet() -> None:
    """Content security lets no style in but the server's own files; the page that is taken along is a file by
    itself."""
    root = Path(__file__).parents[2] / "workshop"
    files = [*(root / "templates").glob("*.html"), *root.glob("*.py"), *(root / "static").glob("*.js")]
    wrong = [one.name for one in files if re.search(r"<style|\bstyle=|setAttribute\(.style", one.read_text("utf-8"))]
    assert wrong == ["export.html"]
    base = (root / "templates" / "base.html").read_text("utf-8")
    assert '"includeIndicatorCSS": false' in base
    whole = [one.name for one in files if one.suffix == ".html" and "<head>" in one.read_text("utf-8")]
    assert sorted(whole) == ["base.html", "export.html"]
