"""The order of the rooms: each imports only what stands below it, nothing goes round in a circle, and few see a game
whole."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("sim", "agents", "experiments", "workshop")
ROOMS = {
    "sim": (
        ("game",),
        ("begin", "entering", "past", "plans", "prelude", "seam"),
        ("records", "objectives"),
        ("measures",),
        ("briefings",),
        ("state",),
        ("labs",),
        ("accounts",),
        ("enforcement", "economy", "indices"),
        ("anchors",),
        ("market",),
        ("supply",),
        (
            "scenario",
            "dated_remedies",
            "shocks",
            "parameter_path",
            "ensembles",
            "declarations",
            "noise",
            "contract",
            "monitor",
        ),
        ("equilibrium", "worlds"),
        (
            "parameters",
            "quarters",
            "finance",
            "units",
            "decisions",
            "deal_terms",
            "declaring",
            "habits",
            "streams",
            "roster",
            "axes",
            "remedies",
            "lawful",
            "habits",
            "metrics",
        ),
        ("sizes", "files", "kernels", "arrays", "kept", "errors"),
    ),
    "experiments": (
        ("cli",),
        ("pages",),
        ("analysis",),
        ("designs",),
        ("claims",),
        ("whatif",),
        ("study",),
        ("theory",),
        ("doors",),
        ("play", "bots", "calibration", "forecast"),
        ("batch",),
        ("stats", "scenarios", "cards", "library", "fitted", "screen", "output", "text"),
    ),
}
"""Each line imports only what stands below it, or beside it. Nobody imports the command line."""
SEE_A_GAME_WHOLE = (
    *("sim.game", "sim.begin", "sim.entering", "sim.past", "sim.plans", "sim.prelude", "sim.seam"),
    *("sim.briefings", "sim.measures"),
)
"""Who may import the three nouns of sim/state.py inside the model; mechanisms get their parts."""
WORKSHOP_MAY_IMPORT = (
    *(f"sim.{room}" for room in ("game", "contract", "decisions", "scenario", "records", "metrics", "objectives")),
    *(f"sim.{room}" for room in ("roster", "quarters", "errors", "files", "kernels", "deal_terms")),
    *(f"sim.{room}" for room in ("arrays", "past", "remedies", "shocks", "streams")),
    *(f"agents.{room}" for room in ("forms", "roster", "seats", "strategies")),
    *(f"experiments.{room}" for room in ("cards", "library", "scenarios", "stats", "text", "whatif")),
    *(f"experiments.batch.{room}" for room in ("engine", "processes", "shelf", "workers")),
    "experiments.study.effects",
    *(f"experiments.play.{room}" for room in ("log", "fork", "news", "board", "drivers", "words", "aftermath")),
    *(f"experiments.play.{room}" for room in ("because", "ended", "preview", "reported", "warnings")),
)


def modules() -> dict[str, str]:
    """Dotted name -> source of every module of the packages."""
    found = {}
    for package in PACKAGES:
        for file in (ROOT / package).rglob("*.py"):
            name = file.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".")
            found[name.removesuffix(".__init__")] = file.read_text(encoding="utf-8")
    return found


def graph(sources: Mapping[str, str]) -> dict[str, set[str]]:
    """Which modules each imports, wherever the import stands."""

    def targets(tree: ast.AST) -> Iterator[str]:
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module:
                for alias in node.names:
                    whole = f"{node.module}.{alias.name}"
                    yield whole if whole in sources else node.module
            elif isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)

    return {name: {t for t in targets(ast.parse(text)) if t in sources} - {name} for name, text in sources.items()}


def circle(imports: Mapping[str, set[str]]) -> list[str]:
    """Modules that import each other in a circle; empty when there is none."""
    done: set[str] = set()

    def follow(name: str, path: tuple[str, ...]) -> list[str]:
        if name in path:
            return [*path[path.index(name) :], name]
        if name in done:
            return []
        for other in sorted(imports.get(name, ())):
            if found := follow(other, (*path, name)):
                return found
        done.add(name)
        return []

    return next((found for name in sorted(imports) if (found := follow(name, ()))), [])


def floor(module: str) -> int | None:
    """How far down a module stands; None when its room is in no line."""
    package, _, rest = module.partition(".")
    room = rest.partition(".")[0]
    return next((line for line, rooms in enumerate(ROOMS[package]) if room in rooms), None)


def upward(imports: Mapping[str, set[str]]) -> list[str]:
    """Imports that go up, a sentence each."""
    found = []
    for name, others in imports.items():
        package = name.partition(".")[0]
        if package not in ROOMS or name == package:
            continue
        below = [other for other in others if other.startswith(f"{package}.")]
        found += [f"{name} imports {other}" for other in below if (floor(other) or 0) < (floor(name) or 0)]
    return sorted(found)


@pytest.fixture(scope="module")
def imports() -> dict[str, set[str]]:
    """Which modules each module of the packages imports: read by the worker that looks at them, not by all."""
    return graph(modules())


def test_nothing_goes_round_in_a_circle(imports: dict[str, set[str]]) -> None:
    assert circle(imports) == []


def test_every_room_has_its_place(imports: dict[str, set[str]]) -> None:
    homeless = [name for name in imports if name.count(".") and name.partition(".")[0] in ROOMS and floor(name) is None]
    assert homeless == []


def test_each_room_imports_only_what_stands_below_it(imports: dict[str, set[str]]) -> None:
    assert upward(imports) == []


def test_only_the_command_line_imports_pages_and_nobody_the_command_line(imports: dict[str, set[str]]) -> None:
    users = {
        name: {other.split(".")[1] for other in others if other.startswith("experiments.")}
        for name, others in imports.items()
    }
    outside = {
        name: rooms for name, rooms in users.items() if not name.startswith(("experiments.cli", "experiments.pages"))
    }
    assert [name for name, rooms in outside.items() if rooms & {"cli", "pages"}] == []


def test_mechanisms_get_their_parts_and_never_the_game(imports: dict[str, set[str]]) -> None:
    inside = [name for name in imports if name.startswith("sim.") and not name.startswith(SEE_A_GAME_WHOLE)]
    assert [name for name in inside if {"sim.state", "sim.game"} & imports[name]] == []


def test_no_import_is_hidden_from_a_run() -> None:
    assert [name for name, text in modules().items() if "TYPE_CHECKING" in text] == []


def test_the_workshop_imports_what_is_on_its_list(imports: dict[str, set[str]]) -> None:
    mine = [(name, other) for name, others in imports.items() if name.startswith("workshop") for other in others]
    assert [pair for pair in mine if not pair[1].startswith(("workshop", *WORKSHOP_MAY_IMPORT))] == []


def test_what_the_workshop_may_import_exists(imports: dict[str, set[str]]) -> None:
    assert [name for name in WORKSHOP_MAY_IMPORT if name not in imports] == []


@pytest.mark.parametrize(
    ("sources", "expected"),
    [
        ({"sim.a": "from sim import b", "sim.b": "def f():\n    import sim.a"}, ["sim.a", "sim.b", "sim.a"]),
        ({"sim.a": "from sim.b import x", "sim.b": "import sim.c", "sim.c": "x = 1"}, []),
    ],
)
def test_a_circle_is_found_and_a_line_is_none(sources: dict[str, str], expected: list[str]) -> None:
    assert circle(graph(sources)) == expected


def test_an_import_that_goes_up_is_found() -> None:
    sources = {
        "sim.supply.costs": "from sim.market import site",
        "sim.market.site": "from sim.supply import costs as c",
        "sim.supply.costs.x": "",
        "experiments.batch.engine": "def f():\n    from experiments.study.play import run",
        "experiments.study.play": "run = 1",
    }
    assert upward(graph(sources)) == [
        "experiments.batch.engine imports experiments.study.play",
        "sim.supply.costs imports sim.market.site",
    ]
