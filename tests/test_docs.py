"""Text: documentation agrees with the code. Pages are generated, names exist, links lead somewhere, commands and
scenarios work."""

from __future__ import annotations

import functools
import re
import shlex
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import typer

import tasks
from experiments.cli.base import app
from experiments.cli.lists import KINDS
from experiments.designs.plan import plan
from experiments.library import LIBRARY
from experiments.pages import reference
from experiments.scenarios import catalogue_of
from sim import contract
from sim.declarations import DECLARATIONS, catalogue, joiners
from sim.files import read_toml
from sim.metrics import METRICS, OFFER_METRICS
from sim.roster import load_roster, rosters
from sim.scenario import load

ROOT = Path(__file__).resolve().parents[1]
BRIDGES = ROOT / "experiments" / "data" / "forecast" / "bridges.toml"
HOW_TO = sorted((ROOT / "docs" / "how-to").glob("*.md"))
SHOWN = [ROOT / "README.md", *HOW_TO]
PAGES = [*SHOWN, ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs" / "explanation").glob("*.md"))]
PAGES += sorted((ROOT / "docs" / "reference").glob("*.md"))


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)


def outside_blocks(text: str) -> str:
    return re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)


def code_words(path: Path) -> list[str]:
    return re.findall(r"`([^`\n]+)`", outside_blocks(path.read_text(encoding="utf-8")))


# --- generated pages --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def made() -> dict[str, str]:
    """The text of every generated page."""
    return reference.pages()


def test_reference_pages_are_up_to_date(made: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reference, "pages", lambda: made)
    assert reference.stale() == [], "run: python3 tasks.py docs"


def test_every_reference_page_is_generated(made: dict[str, str]) -> None:
    on_disk = {f"reference/{path.name}" for path in (reference.DOCS / "reference").glob("*")}
    measured = {"reference/grades.md", "reference/previews.md"}  # python3 tasks.py grades
    assert on_disk == {name for name in made if name.startswith("reference/")} | measured


def test_a_stale_or_missing_page_is_found(
    made: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reference, "pages", lambda: made)
    reference.write(tmp_path)
    assert reference.stale(tmp_path) == []
    (tmp_path / "reference/metrics.md").write_text("old", encoding="utf-8")
    (tmp_path / "reference/parties.md").unlink()
    assert reference.stale(tmp_path) == ["reference/metrics.md", "reference/parties.md"]


def test_check_ends_with_status_one_only_when_stale(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(reference, "stale", lambda: ["reference/metrics.md"])
    assert reference.main(["--check"]) == 1
    assert "docs/reference/metrics.md" in capsys.readouterr().err
    monkeypatch.setattr(reference, "stale", lambda: [])
    assert reference.main(["--check"]) == 0
    assert reference.main(["--chek"]) == 2


def test_every_parameter_is_in_the_reference(made: dict[str, str]) -> None:
    page = made["reference/parameters.md"]
    rows = [f"| `{one.name}{'' if one.by is None else '_*'}` |" for one in DECLARATIONS]
    assert [row for row in rows if row not in page] == []


# --- names ------------------------------------------------------------------------------------------------------------

STEMS = {name.split("_")[0] for name in (declared.name for declared in DECLARATIONS)}


def known_names() -> set[str]:
    """Everything a page may name that looks like a parameter."""
    scalars = {name for roster in rosters() for name in catalogue(load_roster(roster)).scalars}
    columns = {metric.name for metric in (*METRICS, *OFFER_METRICS)}
    decisions = {name for decided in contract.ROLES.values() for name in decided.__dataclass_fields__}
    keys = {"pipeline_until", "known_until"}  # of scenario files
    series = {bridge["series"] for bridge in read_toml(BRIDGES)["bridge"]}
    return scalars | columns | decisions | keys | series | {one.name for one in (*DECLARATIONS, *joiners.DECLARED)}


def unknown_names(words: list[str]) -> list[str]:
    """Words that look like a parameter (small letters and an underscore, a declared first part) and are none."""
    names = known_names()
    like = [word for word in words if re.fullmatch(r"[a-z][a-z0-9-]*(_[a-z0-9-]+)*(_\*)?", word) and "_" in word]
    return [word for word in like if word.split("_")[0] in STEMS and not any(fnmatch(name, word) for name in names)]


def test_every_parameter_that_a_page_names_exists() -> None:
    found = {relative(path): unknown_names(code_words(path)) for path in PAGES if "reference" not in path.parts}
    assert {page: names for page, names in found.items() if names} == {}


def test_a_name_that_does_not_exist_is_found() -> None:
    assert unknown_names(["porting_factor_eu", "porting_factr_eu", "egress_factor_*", "exit_free_*"]) == [
        "porting_factr_eu",
        "exit_free_*",
    ]


def test_the_model_page_names_most_parameters() -> None:
    words = set(code_words(ROOT / "docs" / "explanation" / "model.md"))
    named = [d.name for d in DECLARATIONS if any(word == d.name or word.startswith(f"{d.name}_") for word in words)]
    assert len(named) > 0.7 * len(DECLARATIONS)


def test_every_file_that_a_page_names_exists() -> None:
    own = re.compile(r"(sim|agents|experiments|tests|docs)/[\w./-]*")
    named = {(relative(path), word) for path in PAGES for word in code_words(path) if own.fullmatch(word)}
    assert len(named) > 50 and {(page, word) for page, word in named if not (ROOT / word).exists()} == set()


def links(path: Path) -> list[str]:
    """Where a page leads within the project."""
    found = re.findall(r"\]\(([^)\s]+)\)", outside_blocks(path.read_text(encoding="utf-8")))
    return [link.partition("#")[0] for link in found if "://" not in link and not link.startswith("#")]


def test_relative_links_resolve() -> None:
    shown = {(relative(path), link, (path.parent / link).exists()) for path in PAGES for link in links(path)}
    assert len(shown) > 50 and {(page, link) for page, link, exists in shown if not exists} == set()


# --- commands ---------------------------------------------------------------------------------------------------------


def commands(text: str) -> list[str]:
    """Command lines of a page, in shell blocks and in code words."""
    lines = [line for block in blocks(text, "sh") for line in block.splitlines()]
    lines += re.findall(r"`((?:fully-booked|python3 tasks\.py) [^`\n]+)`", outside_blocks(text))
    return [line for line in lines if line.startswith(("fully-booked ", "python3 tasks.py "))]


def problem(line: str) -> str:
    """What is wrong with a command line, empty when nothing is. SCENARIO, KIND and the like are places to fill."""
    first, *words = shlex.split(line, comments=True)
    if first == "python3":
        task, words = words[1], words[2:]
        if task not in tasks.TASKS:
            return f"no task '{task}'"
        if task not in ("study", "run"):
            return ""
        words = ["study", *words] if task == "study" else words
    return _fault(words)


@functools.cache
def group() -> Any:
    """The command line, with all its commands."""
    return typer.main.get_command(app)


def _fault(words: list[str]) -> str:
    if not words or words[0] == "...":
        return ""
    command = group().commands.get(words[0])
    if command is None:
        return f"no command '{words[0]}'"
    try:
        context = command.make_context(words[0], words[1:], resilient_parsing=False)
    except Exception as error:  # click's own errors, or those of the copy that typer carries
        return str(error) or type(error).__name__
    kind = context.params.get("kind")
    return "" if kind in (None, "KIND", *KINDS) else f"no kind '{kind}'"


SHOWN_COMMANDS = [(relative(path), line) for path in PAGES for line in commands(path.read_text(encoding="utf-8"))]


def test_commands_that_pages_show_exist() -> None:
    found = {(path, line): problem(line) for path, line in SHOWN_COMMANDS}
    assert len(found) > 50 and {shown: wrong for shown, wrong in found.items() if wrong} == {}


def test_readme_shows_both_commands() -> None:
    shown = [line.partition("#")[0].strip() for path, line in SHOWN_COMMANDS if path == "README.md"]
    assert {"python3 tasks.py study", "python3 tasks.py test"} <= set(shown)


@pytest.mark.parametrize(
    "line",
    [
        "fully-booked sing",
        "fully-booked run",
        "fully-booked study --world 3",
        "python3 tasks.py stduy",
        "fully-booked list cats",
    ],
)
def test_a_command_that_does_not_exist_is_found(line: str) -> None:
    assert problem(line) != ""


# --- scenarios --------------------------------------------------------------------------------------------------------

SNIPPETS = [
    (f"{relative(path)}-{number}", text)
    for path in SHOWN
    for number, text in enumerate(blocks(path.read_text(encoding="utf-8"), "toml"), 1)
]


@pytest.mark.parametrize(("name", "text"), SNIPPETS, ids=[name for name, _ in SNIPPETS])
def test_scenarios_and_designs_that_pages_show_load(name: str, text: str, tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(text, encoding="utf-8")
    if text.startswith("question"):
        assert len(plan(str(file))) > 1
        return
    scenario = load(str(file), LIBRARY)
    assert scenario.check(catalogue_of(scenario)).shocks


def test_the_how_to_shows_scenarios() -> None:
    assert any(name.startswith("docs/how-to/write-a-scenario.md") for name, _ in SNIPPETS)
