"""`skfcn train`."""

import gzip
import json
import struct
import subprocess
import sys
import time
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pytest
from matplotlib.image import imread
from sklearn.datasets import load_digits
from sklearn.pipeline import Pipeline


def write_idx_folder(folder, compress):
    """Write the digits as MNIST's four files; the last 400 are the test part."""
    X, y = load_digits(return_X_y=True)
    images = (X * 255 / 16).astype(np.uint8)
    opened, suffix = (gzip.open, ".gz") if compress else (open, "")
    for stem, rows in [("train", slice(None, -400)), ("t10k", slice(-400, None))]:
        n = len(y[rows])
        with opened(folder / f"{stem}-images-idx3-ubyte{suffix}", "wb") as file:
            file.write(struct.pack(">4I", 2051, n, 8, 8) + images[rows].tobytes())
        with opened(folder / f"{stem}-labels-idx1-ubyte{suffix}", "wb") as file:
            file.write(struct.pack(">2I", 2049, n) + y[rows].astype(np.uint8).tobytes())


def report_of(path="r.json"):
    def refuse(name):
        raise AssertionError(f"{name} is not JSON")

    return json.loads(Path(path).read_text(), parse_constant=refuse)


@pytest.mark.slow
def test_the_main_job_in_a_process_of_its_own(folder, process):
    start = time.perf_counter()
    done = process("train", "--report", "report.json")
    seconds = time.perf_counter() - start
    assert done.returncode == 0
    assert done.stderr.count("epoch ") == 20
    report = report_of("report.json")
    assert report["test_accuracy"] >= 0.97
    assert f"test     accuracy {report['test_accuracy']:.4f}" in done.stdout
    assert report["n_test"] == 360
    assert len(report["history"]["loss"]) == 20
    assert report["parameters"]["hidden"] == [256, 128]
    assert report["seconds"] < seconds
    assert imread("curves.png").shape[2] == 4
    model = joblib.load("model.joblib")
    assert isinstance(model, Pipeline)
    # The model takes the digits as scikit-learn gives them.
    assert model.score(*load_digits(return_X_y=True)) > 0.97
    written = {path.name for path in folder.iterdir()}
    assert written == {"curves.png", "model.joblib", "report.json"}


def test_json_is_the_report_and_all_that_is_on_stdout(run, capsys, folder):
    options = ["--epochs", 2, "--json", "--quiet", "--no-plot", "--report", "r.json"]
    assert run("train", *options) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert json.loads(out) == report_of()
    assert {path.name for path in folder.iterdir()} == {"model.joblib", "r.json"}


@pytest.mark.slow
def test_the_same_seed_gives_the_same_model_and_another_another(run):
    curves = []
    for seed in (1, 1, 2):
        assert run("train", "--epochs", 2, "--seed", seed, "--report", "r.json") == 0
        curves.append(report_of()["history"]["loss"])
    assert curves[0] == curves[1] != curves[2]


def test_every_option_arrives(run):
    options = "--hidden 9 7 --activation elu --init he_normal --solver sgd --lr 0.05"
    options += " --alpha 0.5 --batch-size 33 --epochs 3 --seed 8 --dropout 0.1"
    options += " --normalization layer --schedule cosine --early-stopping"
    assert run("train", *options.split()) == 0
    scaler, network = (step for _, step in joblib.load("model.joblib").steps)
    params = network.get_params()
    expected = {
        "hidden_layer_sizes": (9, 7),
        "activation": "elu",
        "init": "he_normal",
        "solver": "sgd",
        "learning_rate_init": 0.05,
        "learning_rate": "cosine",
        "alpha": 0.5,
        "batch_size": 33,
        "max_iter": 3,
        "random_state": 8,
        "dropout": 0.1,
        "normalization": "layer",
        "early_stopping": True,
        "n_iter_no_change": 10,
    }
    assert {name: params[name] for name in expected} == expected
    assert (scaler.divisor, scaler.data_max_) == (16, 16)


def test_early_stopping_ends_training(run, capsys):
    # A rate at which the validation score gets no better than at first.
    options = ["--epochs", 50, "--lr", "1e-12", "--no-plot", "--report", "r.json"]
    assert run("train", *options, "--early-stopping", 2) == 0
    assert len(report_of()["history"]["validation_score"]) == 4
    out, err = capsys.readouterr()
    assert "4 of 50 epochs" in out
    assert "validation accuracy" in err


def test_lbfgs_has_no_steps_but_a_curve(run, capsys):
    assert run("train", "--solver", "lbfgs", "--epochs", 5, "--report", "r.json") == 0
    assert capsys.readouterr().err.count("epoch ") == 5
    assert len(report_of()["history"]["loss"]) == 5
    assert Path("curves.png").exists()


@pytest.mark.slow
def test_training_that_was_cut_off_goes_on(run, capsys):
    command = ["train", "--epochs", "12", "--hidden", "8", "--checkpoint", "night"]
    code = f"""
import os
from skfcn._cli import main
from skfcn.callbacks import StepLog
def on_step_end(self, estimator, *, step, loss, score):
    if step == 150:
        os._exit(9)
StepLog.on_step_end = on_step_end
main({command!r})
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 9
    assert run(*command) == 0
    resumed = capsys.readouterr().err
    assert run(*command, "--out", "again") == 0
    again = capsys.readouterr().err
    assert run(*command[:-2], "--out", "whole") == 0

    assert "epoch  1/12" not in resumed
    assert "epoch 12/12" in resumed
    assert "epoch 12/12" not in again  # it is finished
    vectors = [joblib.load(name)[-1].coefs_[0] for name in ("model.joblib", "again", "whole")]
    np.testing.assert_array_equal(vectors[0], vectors[2])
    np.testing.assert_array_equal(vectors[1], vectors[2])


# ---- data


@pytest.mark.slow
@pytest.mark.parametrize("compress", [False, True])
def test_idx_folder_is_scored_on_its_own_test_part(folder, compress, capsys, run):
    data = folder / "idx"
    data.mkdir()
    write_idx_folder(data, compress)
    assert run("train", "--data", data, "--report", "r.json") == 0
    report = report_of()
    assert (report["n_train"], report["n_test"]) == (1397, 400)
    assert report["test_accuracy"] > 0.9
    capsys.readouterr()
    assert run("evaluate", "model.joblib", "--data", data) == 0
    assert f"accuracy {report['test_accuracy']:.4f}" in capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.parametrize("name", ["segment", "credit_g"])
def test_csv_with_numbers_and_text(tabular, name, capsys, run):
    data = tabular / f"{name}.csv.gz"
    assert run("train", "--data", data, "--report", "r.json") == 0
    report = report_of()
    assert report["test_accuracy"] > {"segment": 0.95, "credit_g": 0.7}[name]
    capsys.readouterr()
    # The model's seed holds out the same rows.
    assert run("evaluate", "model.joblib", "--data", data) == 0
    assert f"accuracy {report['test_accuracy']:.4f}" in capsys.readouterr().out


def test_a_text_column_stays_one_when_it_holds_numbers_only(capsys, run, write_csv):
    rows = [[x, code, "yes" if code == "7" else "no"] for x in range(20) for code in ("7", "b")]
    data = write_csv("data.csv", ["x", "code", "target"], rows)
    assert run("train", "--data", data, "--epochs", 60) == 0
    capsys.readouterr()
    write_csv("features.csv", ["x", "code"], [[3, 7], [4, 7]])
    assert run("predict", "model.joblib", "features.csv") == 0
    assert capsys.readouterr().out.split() == ["yes", "yes"]


def test_the_target_is_chosen_by_name(run, fruit, capsys):
    assert run("train", "--data", fruit, "--target", "kind", "--epochs", 30) == 0
    notes = joblib.load("model.joblib").trained_by_skfcn_
    assert notes["feature_names"] == ["weight", "colour", "price"]
    kinds = {"weight": "number", "colour": "category", "price": "number"}
    assert (notes["target"], notes["kinds"]) == ("kind", kinds)
    assert notes["test_accuracy"] == 1.0


def test_regression(run, fruit, capsys):
    options = ["--target", "price", "--task", "regression", "--epochs", 200, "--report", "r.json"]
    assert run("train", "--data", fruit, *options) == 0
    report = report_of()
    # 3 * weight + 20 for the yellow ones: far from 0 and 1, where a network begins.
    assert report["test_r2"] > 0.99
    assert report["test_mae"] < report["test_rmse"] < 1
    assert (
        f"R2 {report['test_r2']:.4f}, MAE {report['test_mae']:.3f}"[:-1] in capsys.readouterr().out
    )
    rows = pd.DataFrame(
        {
            "weight": range(4),
            "colour": ["green", "yellow"] * 2,
            "kind": ["apple", "banana"] * 2,
        }
    )
    np.testing.assert_allclose(joblib.load("model.joblib").predict(rows), [0, 23, 6, 29], atol=2)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--target", "nope"], "expected a column 'nope', got weight, colour, kind"),
        (["--target", "kind", "--task", "regression"], "'kind' must hold numbers"),
        (["--data", "digits", "--task", "regression"], "regression needs a table"),
        (["--data", "digits", "--target", "x"], "--target is for tables"),
        (["--solver", "lbfgs", "--early-stopping"], "lbfgs has no epochs"),
        (["--solver", "lbfgs", "--dropout", "0.1"], "dropout=0.1 needs a stochastic solver"),
    ],
    ids=" ".join,
)
def test_options_that_do_not_suit(options, says, fruit, complaint):
    assert says in complaint("train", "--data", fruit, *options)


# ---- what the user can put right


@pytest.fixture
def bad_files(folder):
    (folder / "empty.csv").write_text("")
    (folder / "ragged.csv").write_text("a,b,target\n1,2,x\n1,x\n")
    (folder / "numbers.csv").write_text(
        "a,target\n" + "".join(f"{i},{i / 7}\n" for i in range(50))
    )
    (folder / "bad.mat").write_bytes(b"not a mat file")
    (folder / "bad.csv.gz").write_bytes(b"not gzip")
    (folder / "notes.txt").write_text("hello")
    (folder / "no_idx").mkdir()
    (folder / "idx").mkdir()
    write_idx_folder(folder / "idx", compress=False)
    images = folder / "idx" / "train-images-idx3-ubyte"
    images.write_bytes(images.read_bytes()[:-5])


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ("missing.mat", "No such file"),
        ("empty.csv", "empty"),
        ("ragged.csv", "the target 'target' is x in all rows"),
        ("numbers.csv", "must hold classes"),
        ("bad.mat", "there are no rows"),
        ("bad.csv.gz", "there are no rows"),
        ("notes.txt", "there are no rows"),
        ("no_idx", "No such file"),
        ("idx", "ends where"),
    ],
)
def test_bad_data(bad_files, data, says, complaint):
    error = complaint("train", "--data", data)
    assert says in error
    assert data in error
    assert not Path("model.joblib").exists()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--hidden", "0"], "--hidden"),
        (["--lr", "0"], "--lr"),
        (["--lr", "nan"], "--lr"),
        (["--epochs", "x"], "--epochs"),
        (["--seed", "-1"], "--seed"),
        (["--activation", "rlu"], "--activation"),
        (["--recipe", "secret"], "--recipe"),
        (["--out", "nowhere/model.joblib"], "nowhere"),
        (["--plot", "."], "directory"),
        (["--frobnicate"], "--frobnicate"),
        (["--plot", "curves.xyz"], "expected a name that ends in one of ."),
        (["--plot", "curves"], "expected a name that ends in one of ."),
        (["--lr", "1e300", "--solver", "sgd"], "learning rate"),
    ],
    ids=" ".join,
)
def test_bad_options_and_outputs_leave_what_was_there(options, says, folder, complaint):
    files = dict.fromkeys(("model.joblib", "curves.png", "report.json"), b"precious")
    for name, content in files.items():
        (folder / name).write_bytes(content)
    assert says in complaint("train", "--epochs", "2", "--report", "report.json", *options)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == files


@pytest.mark.parametrize("options", [("--plot", "x.xyz"), ("--out", "nowhere/model")], ids=str)
def test_what_cannot_be_written_is_said_before_training(options, monkeypatch, complaint):
    monkeypatch.setattr(Pipeline, "fit", lambda *_: pytest.fail("trained in vain"))
    complaint("train", *options)


def test_a_figure_that_cannot_be_written_does_not_cost_the_model(monkeypatch, folder, complaint):
    def fail(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("matplotlib.figure.Figure.savefig", fail)
    assert "No space left" in complaint("train", "--epochs", "2", has_results=True)
    assert [path.name for path in folder.iterdir()] == ["model.joblib"]
    assert joblib.load("model.joblib")[-1].n_iter_ == 2
