"""What a user wrote is shown as written: no mark-up, no emoji codes, and nothing that acts on a terminal."""

from __future__ import annotations

import ast
import io
from pathlib import Path

import pytest
from rich.table import Table
from rich.text import Text

from experiments.output import IN_PLAIN_SIGNS, visible
from experiments.screen import Screen
from tests.experiments.conftest import Command

ROOT = Path(__file__).resolve().parents[2]
WRITTEN = "Power [/cheap] [v2] [red]:smile: $x$"
SHOCK = """
[[shock]]
parameter = "power_level"
quarters = ["2026Q1", "2030Q4"]
multiply_by = 0.9
source = "judgement"
"""


def screen(**how: object) -> tuple[Screen, io.StringIO]:
    file = io.StringIO()
    return Screen(file=file, width=200, **how), file


def test_words_are_shown_as_written_wherever_they_stand() -> None:
    on, file = screen()
    table = Table(WRITTEN, title=WRITTEN, caption=WRITTEN)
    table.add_row(WRITTEN)
    table.add_row(Text(WRITTEN, style="bold"))
    on.print(WRITTEN)
    on.print(WRITTEN, style="dim", highlight=False)
    on.print(table)
    assert file.getvalue().count(WRITTEN) == 7


def test_signs_that_act_on_a_terminal_are_pictures_and_styles_still_act() -> None:
    on, file = screen(force_terminal=True, color_system="standard")
    on.print("red? \x1b[31m\x9b1m\x07\x00 end", style="green", highlight=False)
    table = Table(title="title \x1b[2J")
    table.add_row("cell \x1b]0;owned\x07")
    on.print(table)
    said = file.getvalue()
    assert "\x1b[32mred? ␛[31m�1m" in said and "title ␛[2J" in said and "cell ␛]0;owned" in said
    assert not any(sign in said for sign in ("\x1b[31m", "\x1b[2J", "\x1b]0;", "\x07", "\x00", "\x9b"))


@pytest.mark.parametrize(
    ("given", "shown"), [("a\nb", "a\nb"), ("\x1b", "␛"), ("\x7f", "␡"), ("\x85", "�"), ("né −", "né −")]
)
def test_only_control_signs_change(given: str, shown: str) -> None:
    assert visible(given) == shown


@pytest.mark.whole
def test_there_is_no_other_way_to_print() -> None:
    """Every file prints on a Screen; none reads mark-up."""
    others = []
    for path in (ROOT / "experiments").rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = [
            node
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("rich")
        ]
        taken = {f"{node.module}.{alias.name}" for node in names for alias in node.names}
        if (
            taken & {"rich.console.Console", "rich.markup.escape", "rich.markup.render", "rich.print"}
            and path.name != "fitted.py"
        ):
            others.append(path.relative_to(ROOT).as_posix())
        marked = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr == "from_markup"]
        assert not marked, path
    assert others == ["experiments/screen.py"]


@pytest.fixture
def scenario(tmp_path: Path) -> str:
    """A scenario whose name, title and folder hold what a terminal library could take for its own."""
    name = "dear [v2] [red] :smile:.toml"
    title = 'title = "T [/cheap] [v2] :smile: \\u001b[31m"\nbase = "baseline"\n'
    (tmp_path / name).write_text(title + SHOCK, encoding="utf-8")
    return name


@pytest.mark.whole
def test_a_run_shows_its_scenario_and_its_folder_as_written(command: Command, scenario: str, tmp_path: Path) -> None:
    size = ("--worlds", "2", "--quarters", "1", "--workers", "1")
    status, out, err = command("run", scenario, *size, "--out", "r [v1] [red] :smile:")
    assert status == 0
    assert "dear [v2] [red] :smile:: means of 2 worlds" in " ".join(out.split())
    assert "Tables: r [v1] [red] :smile:" in out
    assert (tmp_path / "r [v1] [red] :smile:" / "quarters.parquet").is_file()
    assert "dear [v2] [red] :smile:" in err, "the bar"


@pytest.mark.whole
def test_a_game_shows_its_scenario_and_its_folder_as_written(
    command: Command, scenario: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("\nq\n"))
    folder = "g [red] :smile:"
    status, out, _ = command("play", "--as", "AWS", "--scenario", scenario, "--turns", "2", "--out", folder)
    assert status == 0
    said = " ".join(out.split())
    assert "'T [/cheap] [v2] :smile: ␛[31m'" in said and "\x1b" not in out
    assert f"Go on with: fully-booked play '{folder}/game.json'" in said, "with quotes, so that it can be typed"
    assert command("replay", folder)[0] == 0
    status, out, _ = command(
        "fork", folder, "--at", "2026Q2", "--worlds", "2", "--quarters", "2", "--workers", "1", "--out", "f [v1]"
    )
    assert status == 0 and "Tables: f [v1]" in out


@pytest.mark.whole
def test_a_tournament_shows_its_scenario_as_written(command: Command, scenario: str) -> None:
    size = ("--worlds", "2", "--quarters", "1", "--workers", "1", "--strategy", "harvest")
    status, out, _ = command("tournament", "--role", "cloud", *size, "--scenario", scenario)
    assert status == 0 and "scenario dear [v2] [red] :smile:" in " ".join(out.split())


def test_a_sentence_about_wrong_words_holds_them_as_written(command: Command) -> None:
    for word, shown in (("[/b]:smile:", "'[/b]:smile:'"), ("a\x1b[2J", "'a␛[2J'")):
        status, _, err = command("run", word)
        assert status == 2 and f"scenario {shown}" in err.replace("scenario file", "scenario") and "\x1b" not in err


# --- columns ----------------------------------------------------------------------------------------------------------


def columns(encoding: str, errors: str) -> list[str]:
    """A table with a word that ends in '…' and one that is cut to its column's width."""
    file = io.TextIOWrapper(io.BytesIO(), encoding=encoding, errors=errors)
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    for head, how in (("who", {}), ("what", {"width": 6, "no_wrap": True, "overflow": "ellipsis"}), ("≥", {})):
        table.add_column(head, **how)  # type: ignore[arg-type]
    table.add_row("Core, …", "sold-out", "1 ± 2")
    table.add_row("Alpha", "idle", Text("3"))
    Screen(file=file, width=60).print(table)
    file.flush()
    return [line.rstrip() for line in file.buffer.getvalue().decode(encoding).splitlines()]  # type: ignore[attr-defined]


def test_columns_stand_in_line_whatever_signs_the_output_knows() -> None:
    """Signs that take more room in plain ones are laid out as such; what was cut ends in one."""
    assert columns("utf-8", IN_PLAIN_SIGNS) == [
        "who     what   ≥",
        "Core, … sold-… 1 ± 2",
        "Alpha   idle   3",
    ]
    assert columns("ascii", IN_PLAIN_SIGNS) == [
        "who       what   >=",
        "Core, ... sold-. 1 +/- 2",
        "Alpha     idle   3",
    ]
    assert columns("ascii", "replace")[1] == "Core, ? sold-? 1 ? 2", "somebody's own choice"
