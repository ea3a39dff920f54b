"""The benchmarks run, and their ratios and verdicts are what they say."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(autouse=True)
def importable(monkeypatch):
    monkeypatch.syspath_prepend(ROOT)


def run(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "benchmarks", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def make_case(bars, same_weights=False):
    from benchmarks.cases import Case
    from benchmarks.contenders import FLOORS

    names = ("skfcn", "scikit-learn", "PyTorch", *FLOORS)
    jobs = {name: lambda: lambda: None for name in names}
    return Case("made-up", "made up", jobs, bars, same_weights)


def make_runs(facts=({"epochs": 3, "weights": 2.0}, {"epochs": 3, "weights": 2.0})):
    from benchmarks.contenders import FLOORS
    from benchmarks.measure import Runs

    return {
        "skfcn": Runs([2.0, 1.0, 4.0], peak_mb=10.0, facts=facts[0]),
        "scikit-learn": Runs([6.0, 5.0, 8.0], peak_mb=99.4, facts=facts[1]),
        "PyTorch": Runs(missing="No module named 'torch'"),
        FLOORS[0]: Runs([9.0, 9.0, 9.0]),
        FLOORS[1]: Runs([1.0, 1.0, 1.0]),
    }


def rows(*bars, same_weights=False, **facts):
    from benchmarks.report import rows

    case = make_case(bars, same_weights)
    return {row.what: tuple(row)[1:] for row in rows(case, make_runs(**facts))}


def bar(against, **limit):
    from benchmarks.cases import Bar

    return Bar(against, **limit)


def test_rows_are_ratios_of_the_same_round():
    assert rows() == {
        "time / floor": (2.0, 1.0, 4.0, "", None),  # the faster floor
        "time of scikit-learn / ours": (3.0, 2.0, 5.0, "", None),
        "peak memory, MB (scikit-learn 99)": (10.0, 10.0, 10.0, "", None),
    }


@pytest.mark.parametrize(
    ("against", "what", "limit", "text", "met"),
    [
        ("floor", "time / floor", {"at_most": 2}, "≤ 2", True),
        ("floor", "time / floor", {"at_most": 1.99}, "≤ 1.99", False),
        ("scikit-learn", "time of scikit-learn / ours", {"at_least": 3}, "≥ 3", True),
        ("scikit-learn", "time of scikit-learn / ours", {"at_least": 3.01}, "≥ 3.01", False),
        ("seconds", "seconds", {"at_most": 2}, "≤ 2", True),
        ("seconds", "seconds", {"at_most": 1.5}, "≤ 1.5", False),
        ("MB", "peak memory, MB (scikit-learn 99)", {"at_most": 10}, "≤ 10", True),
        ("MB", "peak memory, MB (scikit-learn 99)", {"at_most": 9}, "≤ 9", False),
    ],
)
def test_the_median_is_held_against_the_bar(against, what, limit, text, met):
    assert rows(bar(against, **limit))[what][-2:] == (text, met)


@pytest.mark.parametrize(
    ("theirs", "met"),
    [
        ({"epochs": 3, "weights": 2.0}, True),
        ({"epochs": 3, "weights": 2.000001}, True),
        ({"epochs": 3, "weights": 2.00001}, False),
        ({"epochs": 4, "weights": 2.0}, False),
    ],
)
def test_the_same_weights_after_as_many_epochs_are_asked_for(theirs, met):
    facts = ({"epochs": 3, "weights": 2.0}, theirs)

    what = f"3 epochs ({theirs['epochs']}), difference of ‖W‖"

    assert rows(same_weights=True, facts=facts)[what][-1] is met


def test_the_table_names_what_is_not_met_and_who_did_not_run():
    from benchmarks.report import table_head, table_lines

    case = make_case((bar("floor", at_most=1.5), bar("scikit-learn", at_least=2)))
    lines = table_lines(case, make_runs()).splitlines()

    assert lines == [
        "| made up | time / floor | 2 | 1 … 4 | ≤ 1.5 | **no** |",
        "|  | time of scikit-learn / ours | 3 | 2 … 5 | ≥ 2 | yes |",
        "|  | peak memory, MB (scikit-learn 99) | 10 | 10 … 10 |  |  |",
        "| made up | not run: PyTorch: No module named 'torch' | | | | |",
    ]
    assert {line.count("|") for line in (*table_head().splitlines(), *lines)} == {7}


def test_every_bar_is_against_someone_who_runs():
    from benchmarks.cases import CASES, FLOOR, GROWTH_CASES, OURS, TABLE_CASES
    from benchmarks.contenders import FLOORS

    assert len(CASES) == len(TABLE_CASES) + len(GROWTH_CASES)
    for case in CASES.values():
        assert OURS in case.jobs
        assert all(callable(prepare) for prepare in case.jobs.values())
        assert not case.same_weights or "scikit-learn" in case.jobs
        assert len({bar.against for bar in case.bars}) == len(case.bars)
        for each in case.bars:
            own = each.against in ("seconds", "MB")
            assert own or each.against in case.jobs or each.against == FLOOR, case.name
            assert each.against != FLOOR or set(FLOORS) <= set(case.jobs), case.name
            assert (each.at_least is None) != (each.at_most is None), case.name


@pytest.mark.slow
def test_the_list_names_every_case_of_the_table():
    from benchmarks.cases import TABLE_CASES

    listing = run("--list")

    assert (listing.returncode, listing.stderr) == (0, "")
    lines = [line.split(maxsplit=1) for line in listing.stdout.splitlines()]
    assert lines == [[case.name, case.title] for case in TABLE_CASES]


@pytest.mark.slow
def test_wildcards_choose_cases_and_nothing_is_an_error():
    listing = run("--list", "grow-depth-*", "import")
    names = [line.split()[0] for line in listing.stdout.splitlines()]
    assert sorted(names) == sorted(["import", *(f"grow-depth-{n}" for n in (1, 2, 4, 8, 16))])

    nothing = run("no-such-case")
    assert nothing.returncode == 2
    assert "nothing to run" in nothing.stderr


@pytest.mark.slow
def test_one_case_runs_and_writes_its_figures(tmp_path):
    path = tmp_path / "figures.json"

    done = run("predict-one", "--rounds", "1", "--json", str(path))

    assert done.returncode == 0, done.stderr
    head, _, line = done.stdout.splitlines()[:3]
    assert head.startswith("| case |")
    assert line.startswith("| predict_proba of one row, 64-100-10 | time of scikit-learn / ours |")
    figures = json.loads(path.read_text())
    assert set(figures) == {"machine", "cases"}
    assert {"processor", "python", "numpy", "scipy", "scikit-learn"} <= set(figures["machine"])
    assert list(figures["cases"]) == ["predict-one"]
    case = figures["cases"]["predict-one"]
    assert set(case) == {"title", "contenders", "rows"}
    assert set(case["contenders"]) == {"skfcn", "scikit-learn"}
    for contender in case["contenders"].values():
        assert set(contender) == {"seconds", "peak_mb", "facts", "missing"}
        assert len(contender["seconds"]) == 1
        assert contender["seconds"][0] > 0
        assert contender["missing"] == ""
    row = case["rows"][0]  # a second one where memory can be measured
    assert set(row) == {"what", "median", "low", "high", "bar", "met"}
    assert row["low"] == row["median"] == row["high"]
    ratio = case["contenders"]["scikit-learn"]["seconds"][0]
    assert row["median"] == ratio / case["contenders"]["skfcn"]["seconds"][0]


def test_answers_are_held_against_the_first(tmp_path, monkeypatch):
    from benchmarks import same_answer

    monkeypatch.setitem(same_answer._FITS, "digits", {"hidden_layer_sizes": (5,), "max_iter": 1})
    answers = []
    for name in "ab":
        path = tmp_path / f"{name}.npz"
        same_answer.fit("digits", "float32", str(path))
        with np.load(path) as file:
            answers.append(dict(file))
    first, other = answers
    assert first["weights"].dtype == np.float32
    assert same_answer._differences(first, other) == "none | none | 450 of 450"
    other["weights"][0] += abs(first["weights"]).max() / 4
    other["probabilities"][3, 2] += 0.125
    other["predictions"][:2] += 1
    assert same_answer._differences(first, other) == "2.5e-01 | 1.2e-01 | 448 of 450"
