"""A real browser, servers that begin in a moment, and a server as it is started in a class."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.workshop import windows
from tests.workshop.server import Server
from tests.workshop.zygote import Zygote


@pytest.fixture
def chromium() -> Iterator[Any]:
    api = pytest.importorskip("playwright.sync_api", reason="install the extra 'dev' to run this")
    with api.sync_playwright() as driver:
        browser = windows.launched(driver)
        windows.OPENED.clear()
        yield browser
        browser.close()
    assert [one.wrong for one in windows.OPENED if one.wrong] == [], "a page complained on its console"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    made = Server(tmp_path)
    made.ready()
    yield made
    windows.closed()
    made.stop()


@pytest.fixture(scope="session")
def zygote() -> Iterator[Zygote]:
    made = Zygote()
    yield made
    made.close()
