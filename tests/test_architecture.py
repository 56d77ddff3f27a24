"""The shape of the house: one direction of imports, few places that draw, small files, no printing in the model."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
MAY_IMPORT = {
    "sim": set(),
    "agents": {"sim"},
    "experiments": {"sim", "agents"},
    "workshop": {"sim", "agents", "experiments"},
}
OUR_PACKAGES = set(MAY_IMPORT) | {"tests", "benchmarks"}
DRAWING = {"matplotlib", "mpl_toolkits"}
MAY_DRAW = ("experiments/study/figures.py", "workshop/")
MAY_NOT_PRINT = ("sim/", "agents/")
MAY_MULTIPLY_MATRICES = (
    "sim/equilibrium/clearing.py",
)  # a matrix a world: stacks, never a product with worlds as rows
PRODUCTS = {"dot", "matmul", "tensordot", "inner", "vdot"}
LONGEST_FILE = 330


def imported(source: str) -> set[str]:
    """The top-level packages a module imports, wherever the import stands; relative imports stay at home."""
    nodes = list(ast.walk(ast.parse(source)))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    dotted = {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module and not node.level}
    return {name.partition(".")[0] for name in plain | dotted}


def prints(source: str) -> bool:
    calls = (node.func for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))
    return any(isinstance(function, ast.Name) and function.id == "print" for function in calls)


def multiplies_matrices(source: str) -> bool:
    """Is there a matrix product? With worlds as its rows, BLAS gives other last bits for one world than for many."""
    nodes = list(ast.walk(ast.parse(source)))
    signs = any(isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult) for node in nodes)
    return signs or any(isinstance(node, ast.Attribute) and node.attr in PRODUCTS for node in nodes)


def raises_to_data(source: str) -> bool:
    """Is there a ** whose exponent is not a literal? The last bits of numpy's power depend on how an exponent is laid
    out."""
    powers = [n.right for n in ast.walk(ast.parse(source)) if isinstance(n, ast.BinOp) and isinstance(n.op, ast.Pow)]
    bare = [right.operand if isinstance(right, ast.UnaryOp) else right for right in powers]
    return any(not isinstance(right, ast.Constant) for right in bare)


def faults(path: str, source: str) -> list[str]:
    """Everything about one file that breaks the house's shape, a sentence each; path is relative to the root."""
    package = path.partition("/")[0]
    names = imported(source)
    found = [f"imports {name}" for name in sorted(names & OUR_PACKAGES - MAY_IMPORT[package] - {package})]
    if names & DRAWING and not path.startswith(MAY_DRAW):
        found.append("draws")
    if path.startswith(MAY_NOT_PRINT) and prints(source):
        found.append("prints")
    if path.startswith(MAY_NOT_PRINT) and path not in MAY_MULTIPLY_MATRICES and multiplies_matrices(source):
        found.append("multiplies matrices")
    if path.startswith(MAY_NOT_PRINT) and raises_to_data(source):
        found.append("raises to data: use sim.arrays.power")
    if len(source.splitlines()) > LONGEST_FILE:
        found.append(f"has more than {LONGEST_FILE} lines")
    return found


FILES = sorted(file.relative_to(ROOT).as_posix() for package in MAY_IMPORT for file in (ROOT / package).rglob("*.py"))


def test_every_file_keeps_the_shape() -> None:
    found = {path: faults(path, (ROOT / path).read_text(encoding="utf-8")) for path in FILES}
    assert {path: wrong for path, wrong in found.items() if wrong} == {}


def test_every_package_of_the_project_is_read() -> None:
    assert {"sim/__init__.py", "agents/__init__.py", "experiments/__init__.py"} <= set(FILES)


@pytest.mark.parametrize(
    ("path", "source", "fault"),
    [
        ("sim/a.py", "import agents", "imports agents"),
        ("sim/a.py", "from experiments.cli import main", "imports experiments"),
        ("agents/a.py", "def f():\n    import experiments.study.play", "imports experiments"),
        ("experiments/a.py", "from workshop import app", "imports workshop"),
        ("sim/a.py", "from tests.worlds import two", "imports tests"),
        ("sim/a.py", "import matplotlib.pyplot as plt", "draws"),
        ("experiments/batch.py", "from matplotlib import pyplot", "draws"),
        ("agents/a.py", "print('sold')", "prints"),
        ("sim/a.py", "mix = live @ groups", "multiplies matrices"),
        ("agents/a.py", "mix = np.dot(live, groups)", "multiplies matrices"),
        ("sim/a.py", "left = 0.5 ** (quarter / half_life)", "raises to data: use sim.arrays.power"),
        ("agents/a.py", "y = x ** -b", "raises to data: use sim.arrays.power"),
        ("sim/a.py", "x = 1\n" * 331, "has more than 330 lines"),
    ],
)
def test_a_misplaced_line_is_found(path: str, source: str, fault: str) -> None:
    assert faults(path, source) == [fault]


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("sim/a.py", "y = x**2 + x**-0.5"),
        ("sim/a.py", "from sim.units import MW\nfrom . import streams\nimport numpy"),
        ("agents/a.py", "import sim.contract"),
        ("experiments/a.py", "from agents import roster\nprint('done')"),
        ("experiments/study/figures.py", "from matplotlib import pyplot"),
        ("experiments/study/effects.py", "mean = design @ values"),
        ("workshop/pages.py", "import matplotlib\nimport experiments.batch.store"),
        ("sim/a.py", "fingerprint('not a print')\nx = 1\n" * 165),
    ],
)
def test_a_line_in_its_place_is_left_alone(path: str, source: str) -> None:
    assert faults(path, source) == []
