"""What is made from one source stands in hand-written pages as it is, and a page that says otherwise is found."""

from __future__ import annotations

from pathlib import Path

import pytest

from experiments.pages import blocks, reference, validation
from experiments.study.omitted import omitted
from sim.errors import InputError


def copies(root: Path) -> Path:
    """The pages that carry the list, somewhere else."""
    for name in blocks.PLACES:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text((blocks.ROOT / name).read_text(encoding="utf-8"), encoding="utf-8")
    return root


def test_every_page_says_the_one_list_of_what_is_left_out() -> None:
    assert blocks.stale() == [], "run: python3 tasks.py docs"
    told = validation.text()
    for name, meaning in omitted():
        assert all(f"- **{name}:** {meaning}." in text for text in blocks.pages().values())
        assert f"| {name} | {meaning} |" in told


def test_a_page_that_says_otherwise_is_found_and_mended(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = copies(tmp_path)
    page = root / "docs/how-to/teach.md"
    page.write_text(page.read_text(encoding="utf-8").replace("- **Owned systems:**", "- **Stars:**"), encoding="utf-8")
    assert blocks.stale(root) == ["docs/how-to/teach.md"]
    blocks.write(root)
    assert blocks.stale(root) == []


def test_a_stale_list_stops_the_check_of_docs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(reference, "stale", lambda: [])
    monkeypatch.setattr(blocks, "stale", lambda: ["README.md"])
    assert reference.main(["--check"]) == 1
    assert capsys.readouterr().err == "README.md is out of date; run: python3 tasks.py docs\n"


def test_a_block_is_filled_and_the_rest_is_left() -> None:
    text = "before\n<!-- x: begin -->\nold\n<!-- x: end -->\nafter\n"
    filled = blocks.filled(text, "x", "\nnew\n", "page.md")
    assert filled == "before\n<!-- x: begin -->\nnew\n\n<!-- x: end -->\nafter\n"
    assert blocks.filled(filled, "x", "new", "page.md") == filled


@pytest.mark.parametrize("text", ["nothing", "<!-- x: begin -->", "<!-- x: end --><!-- x: begin -->"])
def test_a_page_without_the_block_is_refused_in_words(text: str) -> None:
    with pytest.raises(InputError, match=r"^page\.md: one block '<!-- x: begin -->' \.\.\. '<!-- x: end -->' is"):
        blocks.filled(text, "x", "new", "page.md")
