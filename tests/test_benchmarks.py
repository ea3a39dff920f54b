"""The benchmarks run, and their ratios and verdicts are what they say."""

import gzip
import json
import re
import subprocess
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[1]

pytestmark = pytest.mark.slow  # users have no part in them


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


def test_an_accuracy_is_held_against_its_bar():
    facts = ({"accuracy": 0.91}, {"accuracy": 0.894})
    found = rows(bar("accuracy", at_least=0.9), facts=facts)
    expected = (0.91, 0.91, 0.91, "≥ 0.9", True)
    assert found["test accuracy (scikit-learn 0.8940)"] == expected


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
            own = each.against in ("seconds", "MB", "accuracy")
            assert own or each.against in case.jobs or each.against == FLOOR, case.name
            assert each.against != FLOOR or set(FLOORS) <= set(case.jobs), case.name
            assert (each.at_least is None) != (each.at_most is None), case.name


def test_the_list_names_every_case_of_the_table():
    from benchmarks.cases import TABLE_CASES

    listing = run("--list")

    assert (listing.returncode, listing.stderr) == (0, "")
    lines = [line.split(maxsplit=1) for line in listing.stdout.splitlines()]
    assert lines == [[case.name, case.title] for case in TABLE_CASES]


def test_wildcards_choose_cases_and_nothing_is_an_error():
    listing = run("--list", "grow-depth-*", "import")
    names = [line.split()[0] for line in listing.stdout.splitlines()]
    assert sorted(names) == sorted(["import", *(f"grow-depth-{n}" for n in (1, 2, 4, 8, 16))])

    nothing = run("no-such-case")
    assert nothing.returncode == 2
    assert "nothing to run" in nothing.stderr


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


# ---- tables


def record(contender, set_, seed=0, **measures):
    common = {"fit_seconds": 1.0, "predict_seconds": 0.002, "peak_mb": None, "cores": 2}
    return {"contender": contender, "set": set_, "seed": seed, **common, **measures}


def all_sets(contender, error, nrmse, **measures):
    from benchmarks.tables_data import CLASSIFICATION, REGRESSION

    return [
        *(record(contender, s, error=error, log_loss=0.5, **measures) for s in CLASSIFICATION),
        *(record(contender, s, nrmse=nrmse, **measures) for s in REGRESSION),
    ]


def test_the_sets_are_twelve_whose_measures_are_not_mixed():
    from benchmarks.tables_data import CLASSIFICATION, REGRESSION, SETS

    assert len(set(SETS)) == 12
    assert set(CLASSIFICATION) | set(REGRESSION) == set(SETS)


def test_a_set_counts_with_the_mean_of_its_seeds():
    from benchmarks.tables_report import by_contender, summarize

    records = [
        record("A", "vowel", 0, error=0.1, log_loss=0.3, fit_seconds=1.0),
        record("A", "vowel", 1, error=0.3, log_loss=0.5, fit_seconds=2.0),
        record("A", "letter", 0, error=0.0, log_loss=0.1, fit_seconds=7.0),
        record("A", "cal_housing", 0, nrmse=0.5, predict_seconds=0.014),
        record("A", "kin8nm", 0, nrmse=0.3),
    ]

    results = by_contender(records)["A"]
    s = summarize(results, ["vowel", "letter", "cal_housing", "kin8nm"])

    assert results["vowel"]["n_fits"] == 2
    assert s.error == pytest.approx(0.1)
    assert s.sgm == pytest.approx(np.sqrt(0.21 * 0.01) - 0.01)
    assert s.log_loss == pytest.approx(0.25)
    assert s.nrmse == pytest.approx(0.4)
    assert s.cal_housing == 0.5
    assert s.fit_seconds == pytest.approx((1.5 + 7 + 1 + 1) / 4)
    assert s.slowest == ("letter", 7.0)
    assert s.predict_ms == pytest.approx(5.0)
    assert s.slowest_predict == ("cal_housing", pytest.approx(14.0))


def test_nothing_is_said_of_sets_that_are_missing():
    from benchmarks.tables_report import by_contender, summarize

    results = by_contender([record("A", "vowel", error=0.1, log_loss=0.3)])["A"]
    s = summarize(results, ["vowel", "cal_housing"])

    assert (s.error, s.nrmse, s.cal_housing, s.fit_seconds, s.slowest) == (0.1, *[None] * 4)
    assert summarize(results, ["vowel", "letter"]).error is None


def test_a_failed_fit_is_told_of_until_it_succeeds():
    from benchmarks.tables_report import by_contender, report

    failed = record("A", "vowel", failed="ValueError: no")
    fit = record("A", "vowel", error=0.1, log_loss=0.3)
    other = record("B", "letter", error=0.1, log_loss=0.3)

    assert by_contender([failed]) == {}
    assert "Failed: A on vowel, seed 0: ValueError: no" in report([failed, other])
    assert "Failed" not in report([failed, fit])


@pytest.mark.parametrize(
    ("measures", "met"),
    [
        ({}, ["yes"] * 7),
        ({"error": 0.0871}, ["**no**", "**no**", *["yes"] * 5]),
        ({"error": 0.0571}, ["yes", "**no**", *["yes"] * 5]),
        ({"nrmse": 0.36}, ["yes", "yes", "**no**", *["yes"] * 4]),
        ({"nrmse": 0.45}, ["yes", "yes", "**no**", "**no**", *["yes"] * 3]),
        ({"fit_seconds": 2.1}, [*["yes"] * 4, "**no**", "yes", "yes"]),
        ({"fit_seconds": 6.1}, [*["yes"] * 4, "**no**", "**no**", "yes"]),
        ({"predict_seconds": 0.0101}, [*["yes"] * 6, "**no**"]),
    ],
)
def test_every_bar_is_held_against_its_own_measure(measures, met):
    from benchmarks.tables_report import by_contender, verdict

    records = all_sets("skfcn", **{"error": 0.05, "nrmse": 0.3, **measures})
    lines = verdict(by_contender(records)["skfcn"]).splitlines()[2:]

    assert [line.split("|")[4].strip() for line in lines] == met


def test_bars_speak_of_all_sets_or_not_at_all():
    from benchmarks.tables_report import by_contender, verdict

    records = [record("skfcn", "abalone", nrmse=0.1), record("skfcn", "vowel", error=0.01)]
    lines = verdict(by_contender(records)["skfcn"]).splitlines()[2:]

    assert all("not measured" in line for line in lines)


def test_the_report_has_a_line_for_each_contender_and_a_verdict_on_ours():
    from benchmarks.tables_report import BARS, report

    ours = all_sets("skfcn", 0.05, 0.3, version="0.1")
    theirs = all_sets("B", 0.2, 0.6, fit_seconds=3.0)
    text = report([*ours, *theirs[:-1]])
    summary, sets, verdict, cores = (part.splitlines() for part in text.split("\n\n"))

    assert summary[2] == (
        "| skfcn | 12/12 | 0.0500 | 0.0500 | 0.5000 | 0.3000 | 0.3000 "
        "| 1.00 | 1.00 (credit_g) | 2.0 | 2.0 (credit_g) |"
    )
    assert summary[3] == "| B | 11/12 | 0.2000 | 0.2000 | 0.5000 | – | 0.6000 | – | – | – | – |"
    assert len(sets) == 4
    assert sets[3].endswith("| 0.6000 | – |")
    assert len(verdict) == 2 + len(BARS)
    assert cores == ["Cores: 2. Versions: skfcn 0.1."]
    assert len({line.count("|") for line in summary}) == 1
    assert len({line.count("|") for line in sets}) == 1


def test_what_a_file_holds_is_not_done_again(tmp_path):
    from benchmarks.tables_runs import Job, Results, interleaved

    path = tmp_path / "results.jsonl"
    jobs = interleaved("AB", ["vowel", "letter"], 2)
    assert jobs[:3] == [Job("A", "vowel", 0), Job("B", "vowel", 0), Job("A", "letter", 0)]
    results = Results(path)
    for job in jobs[:3]:
        results.add(record(*job))
    results.add(record(*jobs[3], failed="ValueError: no"))
    with path.open("a") as file:
        file.write('{"contender": "A", "se')  # the run was cut off here

    again = Results(path)

    assert again.records == results.records
    assert again.missing(jobs) == jobs[3:]  # what failed is tried again
    again.add(record(*jobs[3]))
    assert len(Results(path).records) == 5


def test_a_team_goes_on_without_those_who_are_absent_or_fall(monkeypatch):
    from benchmarks import tables_runs

    class Fake:
        def __init__(self, name, *_, environment):
            assert environment["OMP_NUM_THREADS"] == "1"
            self.name, self.n_calls = name, 0

        def answer(self):
            if self.name == "gone":
                return {"missing": "No module named 'gone'"}
            return {"ready": True, "version": "1"}

        def run(self, request):
            self.n_calls += 1
            if self.name == "falls" and json.loads(request)["set"] == "vowel":
                raise RuntimeError("falls ended")
            return {"fit_seconds": 1.0, "calls": self.n_calls}

        def __exit__(self, *_):
            pass

    monkeypatch.setattr(tables_runs, "Worker", Fake)
    said = []
    results = tables_runs.Results()
    jobs = tables_runs.interleaved(["gone", "falls", "stays"], ["vowel", "letter"], 1)
    with tables_runs.Team(1, said.append) as team:
        team.run(jobs, results)

    assert [(r["contender"], r["set"], r.get("failed")) for r in results.records] == [
        ("falls", "vowel", "falls ended"),
        ("stays", "vowel", None),
        ("falls", "letter", None),
        ("stays", "letter", None),
    ]
    assert [r.get("calls") for r in results.records] == [None, 1, 1, 2]  # one was started again
    assert "not run: gone: No module named 'gone'" in said


def test_contenders_may_have_parameters():
    from benchmarks.tables_contenders import parse, split_names

    names = split_names("skfcn:hidden_layer_sizes=(8, 8):activation=relu, MLP")

    assert names == ["skfcn:hidden_layer_sizes=(8, 8):activation=relu", "MLP"]
    expected = {"hidden_layer_sizes": (8, 8), "activation": "relu"}
    assert parse(names[0]) == ("skfcn", expected)
    with pytest.raises(ValueError, match="no contender is called 'XYZ'"):
        parse("XYZ")


@pytest.mark.parametrize("is_classification", [True, False])
@pytest.mark.parametrize(
    "contender", ["skfcn:max_iter=20", "MLP:max_iter=5", "HistGradientBoosting:max_iter=5"]
)
def test_contenders_take_a_frame_as_it_is(contender, is_classification):
    pd = pytest.importorskip("pandas")
    from benchmarks.tables_data import Split
    from benchmarks.tables_worker import measure

    rng = np.random.default_rng(0)
    X = pd.DataFrame(
        {
            "name [no, 1]": [f"row {i}" for i in range(200)],
            "size": np.where(rng.random(200) < 0.1, np.nan, rng.normal(size=200)),
            "color": rng.choice(["red", "green", "blue"], 200),
        }
    )
    y = (X["color"] == "red").to_numpy().astype(int if is_classification else float)
    split = Split(X[:150], X[150:], y[:150], y[150:], is_classification)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an identifier is left out, five epochs are few
        found = measure(contender, split, 1, 0)

    assert found["fit_seconds"] > 0
    assert found["predict_seconds"] > 0
    scores = {"error", "log_loss", "auc"} if is_classification else {"nrmse"}
    assert set(found) == {"fit_seconds", "peak_mb", "X_mb", "predict_seconds", *scores}


def test_too_many_values_are_numbers_to_trees():
    pd = pytest.importorskip("pandas")
    from benchmarks.tables_contenders import AsCategories

    X = pd.DataFrame({"a": ["z", "x", "y"], "b": ["p", "q", "p"], "n": [1.0, np.nan, 3.0]})
    test = pd.DataFrame({"a": ["y", "new", "x"], "b": ["q", "new", None], "n": [np.nan, 1.0, 2.0]})
    found = AsCategories(("a", "b"), most_values=2, fill=True).fit(X).transform(test)

    assert list(found.columns) == ["column0", "column1", "column2"]
    assert found["column0"].tolist() == [1, -1, 0]
    assert found["column1"].cat.categories.tolist() == ["p", "q"]
    assert found["column1"].cat.codes.tolist() == [1, -1, -1]
    assert found["column2"].tolist() == [2.0, 1.0, 2.0]


def test_a_set_is_fitted_reported_and_not_fitted_again(tmp_path):
    path = tmp_path / "results.jsonl"
    rng = np.random.default_rng(0)
    (tmp_path / "tabular").mkdir()
    a = rng.normal(size=200)
    lines = [f"{x:.3f}, {'left' if x < 0 else 'right'}\n" for x in a]
    with gzip.open(tmp_path / "tabular" / "vowel.csv.gz", "wt") as file:
        file.writelines(["a,target\n", *lines])
    options = ["--sets", "vowel", "--seeds", "1", "--cores", "1", "--contenders"]
    options += ["skfcn:max_iter=50,MLP:max_iter=5", "--json", str(path), "--data", str(tmp_path)]

    first = run("tables", *options)
    again = run("tables", *options)

    assert first.returncode == 0, first.stderr
    assert again.returncode == 0, again.stderr
    assert first.stdout == again.stdout
    assert "vowel 0 MLP" in first.stderr
    assert again.stderr == ""
    assert len(path.read_text().splitlines()) == 2
    ours = json.loads(path.read_text().splitlines()[0])
    assert ours["contender"] == "skfcn:max_iter=50"
    assert ours["error"] < 0.2
    assert "| skfcn:max_iter=50 | 1/1 |" in first.stdout
    nothing = run("tables", "--sets", "vowel", "--data", str(tmp_path / "nowhere"))
    assert nothing.returncode == 2
    assert "name its folder with --data" in nothing.stderr


# ---- tables that are made up


@pytest.mark.parametrize(
    ("name", "n_rows", "n_columns"),
    [
        ("many-values", 20_000, 5),
        ("few-rows", 200, 9),
        ("rare-class", 500, 10),
        ("noise", 1_000, 305),
        ("people", 5_000, 8),
    ],
)
def test_made_up_tables_are_what_their_cases_say(name, n_rows, n_columns):
    pytest.importorskip("pandas")
    from benchmarks.tables_extra import EXTRAS
    from benchmarks.tables_extra_data import GENERATORS

    assert set(GENERATORS) == set(EXTRAS)
    split = GENERATORS[name](0)

    assert split.X_train.shape == (n_rows, n_columns)
    assert len(split.X_train) == len(split.y_train)
    assert len(split.X_test) == len(split.y_test)
    assert set(split.y_train) == set(split.y_test) == {0, 1}
    assert split.best_auc is None or 0.7 < split.best_auc < 0.99
    if name == "rare-class":
        assert split.y_train.sum() == 5
    if name == "many-values":
        assert split.X_train["shop"].nunique() == 8_000
    if name == "people":
        assert split.y_train.mean() == pytest.approx(0.4, abs=0.02)
        assert split.X_train["city"].nunique() == 40
        assert split.X_train[["age", "income", "visits"]].isna().any().all()
        assert split.X_train["id"].is_unique


def test_the_best_possible_curve_is_that_of_the_true_probabilities():
    pytest.importorskip("pandas")
    from benchmarks.tables_extra_data import many_rows

    split = many_rows(0, n_train=1_000, n_test=4_000)

    assert split.X_train.shape == (1_000, 28)
    assert 0.8 < split.best_auc < 0.95


def test_ours_is_no_worse_within_one_standard_error():
    from benchmarks.tables_extra import case_report, holds, standard_error

    assert standard_error([0.1, 0.2, 0.3]) == pytest.approx(0.1 / np.sqrt(3))
    assert standard_error([0.1]) == 0
    assert holds(np.array([-0.1, 0.1]))
    assert not holds(np.array([-0.1, -0.11]))
    errors = {"skfcn": (0.10, 0.20), "MLP": (0.12, 0.24), "HistGradientBoosting": (0.05, 0.14)}
    records = [
        record(contender, "few-rows", seed, error=error)
        for contender, pair in errors.items()
        for seed, error in enumerate(pair)
    ]

    lines = case_report("few-rows", records).splitlines()

    assert lines[1] == "200 rows"
    assert lines[-3:] == [
        "| skfcn | 0.8500 ± 0.0500 |  |  |",
        "| MLP | 0.8200 ± 0.0600 | +0.0300 ± 0.0100 | yes |",
        "| HistGradientBoosting | 0.9050 ± 0.0450 | -0.0550 ± 0.0050 | **no** |",
    ]


def test_seconds_memory_and_the_best_stand_side_by_side():
    from benchmarks.tables_extra import case_report

    measures = {"error": 0.2, "auc": 0.875, "best_auc": 0.9, "X_mb": 107.0}
    records = [record("skfcn", "many-rows", **{**measures, "peak_mb": 250.4})]
    records.append(record("HistGradientBoosting", "many-rows", failed="MemoryError: "))

    lines = case_report("many-rows", records).splitlines()

    assert lines[1] == "500,000 rows × 28 numbers"
    assert "| skfcn | 1.00 | 2.0 | 250 of 107.0 | 0.8750 (0.9000) | 0.8000 |" in lines
    assert "Failed: HistGradientBoosting: MemoryError: " in lines


def test_training_parts_hold_no_row_of_the_first_test_part(monkeypatch, tabular):
    from benchmarks.tables_data import TRAINING_PARTS, load_split

    monkeypatch.setenv("SKFCN_BENCHMARK_DATA", str(tabular.parent))
    first = load_split("kin8nm", 0)
    monkeypatch.setenv(TRAINING_PARTS, "1")
    inner = load_split("kin8nm", 3)

    def rows(X):
        return set(map(tuple, X.to_numpy()))

    everything = rows(inner.X_train) | rows(inner.X_test)
    assert not everything & rows(first.X_test)
    assert everything == rows(first.X_train)
    assert len(inner.X_test) == -(-len(first.X_train) // 4)


# --- other people's tables ---------------------------------------------------------------------


@pytest.fixture
def folder_of_tables(tmp_path):
    rows = [
        f"{number / 7},2020-01-{1 + number % 28},{'ab'[number % 2]},{number * 1.5}"
        for number in range(60)
    ]
    text = "\n".join(["x,day,z,y", *rows])
    (tmp_path / "numbers.csv").write_text(text)
    (tmp_path / "classes.csv").write_text(text.replace("z,y", "y,z"))
    (tmp_path / "nothing.csv").write_text("y\n" + "1\n" * 300)
    return str(tmp_path)


def test_files_are_compared(folder_of_tables, capsys):
    from benchmarks import files_compared

    files_compared.main([folder_of_tables, "--fewest-rows", "10", "--splits", "1"])

    *_, classes, quantities, encoding = capsys.readouterr().out.strip().splitlines()
    assert re.fullmatch(r"1 file with classes: mean error 0\.\d+, of trees 0\.\d+; .*", classes)
    assert quantities.startswith("1 file with quantities: mean error 0.")
    assert re.fullmatch(r"encoding: at most 0\.\d\d s and 0\.\d MB", encoding)


def test_files_are_trained_on_or_refused_with_a_reason(folder_of_tables, capsys):
    from benchmarks import files

    files.main([folder_of_tables])

    *_, last = capsys.readouterr().out.strip().splitlines()
    assert last.startswith("3 files: 2 trained, 1 refused, 0 with a traceback; at most ")


# --- accuracy against seconds ------------------------------------------------------------------


def test_a_clock_notes_the_error_and_stands_still_while_it_looks():
    from benchmarks.accuracy_contenders import Clock, Problem

    clock = Clock(Problem(None, None, np.zeros(4), np.array([0, 0, 0, 1])), limit=60.0)

    def predict(X):
        time.sleep(0.2)
        return X

    assert not clock.look(predict)
    clock.limit = 0.0
    assert clock.look(predict)
    assert [error for _, error in clock.points] == [0.25, 0.25]
    assert clock.points[1][0] < 0.15


@pytest.mark.parametrize("contender", ["skfcn", "skfcn, tabular", "MLPClassifier"])
@pytest.mark.parametrize("problem", ["credit_g", "abalone"])
def test_contenders_are_looked_at_until_time_is_up(contender, problem, monkeypatch, tabular):
    from benchmarks import accuracy_contenders
    from benchmarks.accuracy_contenders import _table

    monkeypatch.setenv("SKFCN_BENCHMARK_DATA", str(tabular.parent))
    monkeypatch.setitem(accuracy_contenders.PROBLEMS, "abalone", ("abalone", _table("abalone")))

    points = accuracy_contenders.run(contender, problem, seed=0, limit=0.0)

    ((seconds, error),) = points
    assert seconds > 0
    assert 0 < error < 2


def test_curves_are_summed_up_and_drawn(tmp_path):
    from benchmarks import accuracy

    records = [
        {"set": "digits", "contender": "skfcn", "points": [[0.1, 0.5], [1.0, 0.04]]},
        {"set": "digits", "contender": "skfcn", "points": [[0.1, 0.4], [2.0, 0.02]]},
        {"set": "digits", "contender": "PyTorch", "failed": "no torch"},
    ]
    accuracy.draw(records, tmp_path / "accuracy.png")

    assert accuracy.lines(records)[2:] == ["| digits | skfcn | 0.0300 | 1.5 |"]
    assert (tmp_path / "accuracy.png").stat().st_size > 5000
