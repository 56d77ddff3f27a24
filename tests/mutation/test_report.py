"""What is said of breaks, and of words that cannot be understood."""

from __future__ import annotations

import pytest

from tests.mutants import main as mutate
from tests.mutation import report, trial
from tests.mutation.draw import Break
from tests.mutation.operators import Edit


def results(*kinds: str) -> report.Results:
    packages = ("sim", "agents")
    return [
        (
            Break(f"{packages[number % 2]}/a.py", Edit(0, 1, "", number, (number, number), True), "a -> b"),
            trial.Outcome(kind),
        )
        for number, kind in enumerate(kinds)
    ]


def test_counts_and_survivors_are_said() -> None:
    said = report.summary(results("assertion", "exception", "survived", "timed out", "no test runs it"))
    rows = [line.split() for line in said[1:5]]
    assert rows[0] == ["breaks", "assertion", "exception", "timed", "out", "survived", "no", "test", "runs", "it"]
    assert rows[1:] == [
        ["agents", "2", "0", "1", "1", "0", "0"],
        ["sim", "3", "1", "0", "0", "1", "1"],
        ["all", "5", "1", "1", "1", "1", "1"],
    ]
    assert said[6:9] == ["not noticed:", "  sim/a.py:2: a -> b  (survived)", "  sim/a.py:4: a -> b  (no test runs it)"]
    assert said[-1] == "3 of 5 breaks caught (60%): less than 90%"


def test_nine_of_ten_are_enough() -> None:
    nine = results(*["assertion"] * 9, "survived")
    assert report.enough(nine) and report.summary(nine)[-1] == "9 of 10 breaks caught (90%): at least 90%"
    assert not report.enough(nine[1:])
    assert "not noticed:" not in report.summary(nine[:9])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--random", "0"], "argument --random: '0' is not allowed; give a whole number of at least 1."),
        (["--random", "many"], "argument --random: 'many' is not allowed; give a whole number of at least 1."),
        (["--random", "2.5"], "argument --random: '2.5' is not allowed; give a whole number of at least 1."),
        (["--random"], "argument --random: expected one argument."),
        (["--random", "3", "--seed", "-1"], "argument --seed: '-1' is not allowed; give a whole number of at least 0."),
        (["--random", "3", "--sed", "1"],
         "unknown argument '--sed'; closest: '--seed'; allowed: --random, --seed, --only."),
        (["--seed", "3"], "--seed and --only go with --random N, the number of breaks to draw."),
        (["--random", "3", "clearing"],
         "unknown argument 'clearing'; closest: '--random'; allowed: --random, --seed, --only."),
    ],
)  # fmt: skip
def test_wrong_words_are_refused_in_one_sentence(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        mutate(words)
    assert stopped.value.code == 2
    assert capsys.readouterr().err == f"tasks.py mutate: {said}\n"
