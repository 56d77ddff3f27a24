"""The shape of the house: one direction of imports, few places that draw, small files and functions, no printing in
the model, and one layout but for tables of data."""

import ast
import functools
import io
import tokenize
from collections.abc import Iterator
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
MAY_DRAW = (
    *(f"experiments/study/{name}.py" for name in ("figures", "figures_beliefs", "answer", "beside", "sheet")),
    "experiments/whatif/figure.py",
    "experiments/analysis/figures.py",
    "experiments/analysis/figures_found.py",
    "workshop/",
)
MAY_NOT_PRINT = ("sim/", "agents/")
MAY_MULTIPLY_MATRICES = (
    "sim/equilibrium/clearing.py",
)  # a matrix a world: stacks, never a product with worlds as rows
PRODUCTS = {"dot", "matmul", "tensordot", "inner", "vdot"}
LONGEST_FILE = 330
LONGEST_FUNCTION, MOST_INPUTS = 25, 6
"""Lines of code without docstring, comments and empty lines; inputs without self and cls."""
MAY_BE_LONG = {
    "sim/game.py: step": "a quarter reads on one screen",
    "sim/equilibrium/clearing.py: _clear": "a numerical kernel: Newton's method with its fallback",
    "sim/kernels/clearing.py: _search": "a numerical kernel, compiled",
    "sim/kernels/calls.py: call": "a numerical kernel, compiled",
    "sim/kernels/choices.py: stack_costs": "a numerical kernel, compiled",
    "sim/kernels/choices.py: weights": "a numerical kernel, compiled",
}
MAY_TAKE_MORE = {
    "sim/game.py: __init__": "the public way to open a game: what is played, and how much of it",
    "sim/parameters.py: parameter": "a row of a table of data",
    "sim/declaring.py: decision": "a row of a table of data",
    "sim/equilibrium/bargaining.py: nash_in_nash": "the named inputs of one formula",
    "sim/equilibrium/demand.py: of": "the named inputs of one formula",
    "sim/market/lock_in.py: porting_cost_years": "the named inputs of one formula",
    "sim/market/lock_in.py: weights": "a numerical kernel: it takes what the compiled one takes",
    "sim/supply/capacity.py: order_rule": "the named inputs of one formula",
    "sim/supply/capacity.py: booking_rule": "the named inputs of one formula",
    "sim/kernels/calls.py: _curves": "a numerical kernel, compiled: arrays alone",
    "sim/kernels/choices.py: _weigh": "a numerical kernel, compiled: arrays alone",
    "sim/kernels/choices.py: flows": "a numerical kernel, compiled: arrays alone",
    "sim/kernels/choices.py: stack_costs": "a numerical kernel, compiled: arrays alone",
    "sim/kernels/choices.py: weights": "a numerical kernel, compiled: arrays alone",
    "sim/kernels/clearing.py: _search": "a numerical kernel, compiled: arrays alone",
    "sim/kernels/clearing.py: clear": "a numerical kernel, compiled: arrays alone",
    "sim/kernels/newton.py: alone": "a numerical kernel, compiled: arrays alone",
    "sim/kernels/newton.py: newton": "a numerical kernel, compiled: arrays alone",
    "sim/kernels/odds.py: demand": "a numerical kernel, compiled: arrays alone",
}
"""A command of the command line may too: its inputs are its options."""
TABLES_OF_DATA = ("sim/declarations/", "sim/metrics.py", "tests/", "benchmarks/")
"""Where a table of data may keep a layout of its own."""


@functools.lru_cache(maxsize=2)
def nodes_of(source: str) -> tuple[ast.AST, ...]:
    """Everything in a module. What is asked of one file after the other is parsed once."""
    return tuple(ast.walk(ast.parse(source)))


def imported(source: str) -> set[str]:
    """The top-level packages a module imports, wherever the import stands; relative imports stay at home."""
    nodes = nodes_of(source)
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    dotted = {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module and not node.level}
    return {name.partition(".")[0] for name in plain | dotted}


def prints(source: str) -> bool:
    calls = (node.func for node in nodes_of(source) if isinstance(node, ast.Call))
    return any(isinstance(function, ast.Name) and function.id == "print" for function in calls)


def multiplies_matrices(source: str) -> bool:
    """Is there a matrix product? With worlds as its rows, BLAS gives other last bits for one world than for many."""
    nodes = nodes_of(source)
    signs = any(isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult) for node in nodes)
    return signs or any(isinstance(node, ast.Attribute) and node.attr in PRODUCTS for node in nodes)


def raises_to_data(source: str) -> bool:
    """Is there a ** whose exponent is not a literal? The last bits of numpy's power depend on how an exponent is laid
    out."""
    powers = [n.right for n in nodes_of(source) if isinstance(n, ast.BinOp) and isinstance(n.op, ast.Pow)]
    bare = [right.operand if isinstance(right, ast.UnaryOp) else right for right in powers]
    return any(not isinstance(right, ast.Constant) for right in bare)


def functions(source: str) -> Iterator[tuple[str, int, int]]:
    """Every function of a file: its name, lines of code, and inputs; a command has none that count."""
    lines = source.splitlines()
    for node in nodes_of(source):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        first = node.body[0].lineno if ast.get_docstring(node) is None else (node.body[0].end_lineno or 0) + 1
        body = [line.strip() for line in lines[first - 1 : node.end_lineno]]
        taken = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        inputs = [one.arg for one in taken if one.arg not in ("self", "cls")]
        command = any(ast.unparse(one) == "app.command()" for one in node.decorator_list)
        yield node.name, sum(bool(line) and not line.startswith("#") for line in body), 0 if command else len(inputs)


def is_table(node: ast.stmt) -> bool:
    """Is a statement a table of data: a constant of a module that is written out?"""
    if not isinstance(node, ast.Assign | ast.AnnAssign) or node.col_offset > 0:
        return False
    names = node.targets if isinstance(node, ast.Assign) else [node.target]
    written = isinstance(node.value, ast.List | ast.Tuple | ast.Dict | ast.Set)
    return written and all(isinstance(name, ast.Name) and name.id.isupper() for name in names)


def own_layouts(path: str, source: str) -> list[int]:
    """Lines that keep a layout of their own without being a table of data, or in a place where there is none."""
    if "# fmt:" not in source:
        return []
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    marked = {
        token.start[0] for token in tokens if token.type == tokenize.COMMENT and token.string.startswith("# fmt:")
    }
    nodes = nodes_of(source)
    tables = {node.end_lineno for node in nodes if isinstance(node, ast.stmt) and is_table(node)}
    of_tests = [one for node in nodes if isinstance(node, ast.FunctionDef) for one in node.decorator_list]
    tables |= {one.end_lineno for one in of_tests if ast.unparse(one).startswith("pytest.mark.parametrize")}
    return sorted(marked - tables if path.startswith(TABLES_OF_DATA) else marked)


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
    for name, lines, inputs in functions(source):
        if lines > LONGEST_FUNCTION and f"{path}: {name}" not in MAY_BE_LONG:
            found.append(f"{name} has {lines} lines of code")
        if inputs > MOST_INPUTS and f"{path}: {name}" not in MAY_TAKE_MORE:
            found.append(f"{name} takes {inputs} inputs")
    return found + [f"line {line} keeps a layout of its own" for line in own_layouts(path, source)]


FILES = sorted(file.relative_to(ROOT).as_posix() for package in MAY_IMPORT for file in (ROOT / package).rglob("*.py"))


def test_every_file_keeps_the_shape() -> None:
    found = {path: faults(path, (ROOT / path).read_text(encoding="utf-8")) for path in FILES}
    assert {path: wrong for path, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize("folder", ["tests", "benchmarks"])
def test_only_tables_of_data_keep_a_layout_of_their_own(folder: str) -> None:
    found = {
        file.relative_to(ROOT).as_posix(): file.read_text(encoding="utf-8") for file in (ROOT / folder).rglob("*.py")
    }
    assert {path: lines for path, text in found.items() if (lines := own_layouts(path, text))} == {}


def test_every_exception_is_needed() -> None:
    measured = {
        f"{path}: {name}": (lines, inputs)
        for path in sorted({key.partition(":")[0] for key in (*MAY_BE_LONG, *MAY_TAKE_MORE)})
        for name, lines, inputs in sorted(functions((ROOT / path).read_text(encoding="utf-8")), key=lambda one: one[1:])
    }
    assert {key for key in MAY_BE_LONG if measured[key][0] <= LONGEST_FUNCTION} == set()
    assert {key for key in MAY_TAKE_MORE if measured[key][1] <= MOST_INPUTS} == set()


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
        ("sim/a.py", "def f():\n" + "    x = 1\n" * 26, "f has 26 lines of code"),
        ("agents/a.py", "class A:\n    def f(self, a, b, c, d, *, e, f, g): ...", "f takes 7 inputs"),
        ("experiments/a.py", "def f(a, b, c, d, e, f, g): ...", "f takes 7 inputs"),
        ("experiments/a.py", "ROWS = (\n    (1,  2),\n)  # fmt: skip", "line 3 keeps a layout of its own"),
        ("sim/metrics.py", "x = f(1,  2)  # fmt: skip", "line 1 keeps a layout of its own"),
        ("sim/metrics.py", "ROWS = sorted([1,  2])  # fmt: skip", "line 1 keeps a layout of its own"),
        ("sim/metrics.py", "def f():\n    ROWS = (1,  2)  # fmt: skip", "line 2 keeps a layout of its own"),
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
        ("sim/a.py", 'def f():\n    """One\n\n    two."""\n    # why\n\n' + "    x = 1\n" * 25),
        ("sim/a.py", "class A:\n    def f(self, a, b, c, d, e, f): ..."),
        ("experiments/cli/a.py", "@app.command()\ndef f(a, b, c, d, e, f, g): ..."),
        ("sim/metrics.py", "ROWS: list[int] = [\n    1,  2,\n]  # fmt: skip"),
        ("sim/a.py", "fingerprint('not a print')\nx = 1\n" * 165),
    ],
)
def test_a_line_in_its_place_is_left_alone(path: str, source: str) -> None:
    assert faults(path, source) == []
