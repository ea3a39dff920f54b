"""The command, as a user runs it."""

import gzip
import json
import struct
import subprocess
import sys
import time
from pathlib import Path

import joblib
import numpy as np
import pytest
from matplotlib.image import imread, imsave
from sklearn.datasets import load_digits
from sklearn.pipeline import Pipeline

from skfcn._cli import main


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def model_path(tmp_path_factory):
    """A quick model of the digits."""
    path = tmp_path_factory.mktemp("model") / "digits.joblib"
    plot = path.with_name("curves.png")
    assert main(["train", "--epochs", "10", "--out", str(path), "--plot", str(plot)]) == 0
    return path


def run(*arguments):
    return main([str(argument) for argument in arguments])


def write_csv(path, header, rows):
    lines = [",".join(map(str, row)) for row in [header, *rows]]
    Path(path).write_text("\n".join(lines) + "\n")
    return path


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


# ---- train


def test_the_main_job_in_a_process_of_its_own(folder):
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "skfcn", "train", "--report", "report.json"],
        capture_output=True,
        text=True,
        check=False,
    )
    seconds = time.perf_counter() - start
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("epoch ") == 20
    report = json.loads(Path("report.json").read_text())
    assert report["test_accuracy"] >= 0.97
    assert f"test accuracy  {report['test_accuracy']:.4f}" in done.stdout
    assert report["n_test"] == 360
    assert len(report["loss_curve"]) == 20
    assert report["parameters"]["hidden"] == [256, 128]
    assert report["seconds"] < seconds
    assert imread("curves.png").shape[2] == 4
    model = joblib.load("model.joblib")
    assert isinstance(model, Pipeline)
    # The model takes the digits as scikit-learn gives them.
    assert model.score(*load_digits(return_X_y=True)) > 0.97
    written = {path.name for path in folder.iterdir()}
    assert written == {"curves.png", "model.joblib", "report.json"}


def test_the_same_seed_gives_the_same_model_and_another_another():
    reports = []
    for seed in (1, 1, 2):
        assert run("train", "--epochs", 2, "--seed", seed, "--report", "r.json") == 0
        reports.append(json.loads(Path("r.json").read_text())["loss_curve"])
    assert reports[0] == reports[1] != reports[2]


def test_every_option_arrives():
    options = "--hidden 9 7 --activation elu --init he_normal --solver sgd --lr 0.05"
    options += " --alpha 0.5 --batch-size 33 --epochs 3 --seed 8 --divide-by 8"
    assert run("train", *options.split()) == 0
    scaler, network = (step for _, step in joblib.load("model.joblib").steps)
    params = network.get_params()
    expected = {
        "hidden_layer_sizes": (9, 7),
        "activation": "elu",
        "init": "he_normal",
        "solver": "sgd",
        "learning_rate_init": 0.05,
        "alpha": 0.5,
        "batch_size": 33,
        "max_iter": 3,
        "random_state": 8,
    }
    assert {name: params[name] for name in expected} == expected
    assert (scaler.divisor, scaler.data_max_) == (8, 16)


def test_lbfgs_has_no_steps_but_a_curve(capsys):
    assert run("train", "--solver", "lbfgs", "--epochs", 5, "--report", "r.json") == 0
    assert capsys.readouterr().out.count("Iteration ") == 5
    assert len(json.loads(Path("r.json").read_text())["loss_curve"]) == 5
    assert Path("curves.png").exists()


def test_training_that_was_cut_off_goes_on(folder, capsys):
    command = ["train", "--epochs", "12", "--hidden", "8", "--checkpoint", "night"]
    code = f"""
import os
from skfcn._cli import main
from skfcn._cli.progress import EpochLines
def on_step_end(self, estimator, *, step, loss, score):
    if step == 150:
        os._exit(9)
EpochLines.on_step_end = on_step_end
main({command!r})
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 9
    assert run(*command) == 0
    resumed = capsys.readouterr().out
    assert run(*command, "--out", "again") == 0
    again = capsys.readouterr().out
    assert run(*command[:-2], "--out", "whole") == 0

    assert "epoch  1/12" not in resumed
    assert "epoch 12/12" in resumed
    assert "epoch 12/12" not in again  # it is finished
    vectors = [joblib.load(name)[-1].coefs_[0] for name in ("model.joblib", "again", "whole")]
    np.testing.assert_array_equal(vectors[0], vectors[2])
    np.testing.assert_array_equal(vectors[1], vectors[2])


@pytest.mark.parametrize("compress", [False, True])
def test_idx_folder_is_scored_on_its_own_test_part(folder, compress, capsys):
    data = folder / "idx"
    data.mkdir()
    write_idx_folder(data, compress)
    assert run("train", "--data", data, "--report", "r.json") == 0
    report = json.loads(Path("r.json").read_text())
    assert (report["n_train"], report["n_test"]) == (1397, 400)
    assert report["test_accuracy"] > 0.9
    capsys.readouterr()
    assert run("evaluate", "model.joblib", "--data", data) == 0
    assert f"accuracy {report['test_accuracy']:.4f}" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["segment", "credit_g"])
def test_csv_with_numbers_and_text(tabular, name, capsys):
    data = tabular / f"{name}.csv.gz"
    assert run("train", "--data", data, "--report", "r.json") == 0
    report = json.loads(Path("r.json").read_text())
    assert report["test_accuracy"] > {"segment": 0.95, "credit_g": 0.7}[name]
    capsys.readouterr()
    # The model's seed holds out the same rows.
    assert run("evaluate", "model.joblib", "--data", data) == 0
    assert f"accuracy {report['test_accuracy']:.4f}" in capsys.readouterr().out


def test_a_text_column_stays_one_when_it_holds_numbers_only(capsys):
    rows = [[x, code, "yes" if code == "7" else "no"] for x in range(20) for code in ("7", "b")]
    data = write_csv("data.csv", ["x", "code", "target"], rows)
    assert run("train", "--data", data, "--epochs", 60) == 0
    capsys.readouterr()
    write_csv("features.csv", ["x", "code"], [[3, 7], [4, 7]])
    assert run("predict", "model.joblib", "features.csv") == 0
    assert capsys.readouterr().out.split() == ["yes", "yes"]


# ---- evaluate and predict


def test_evaluate_shows_classes_and_confusion(model_path, capsys):
    assert run("evaluate", model_path, "--plot", "confusion.png") == 0
    out = capsys.readouterr().out
    assert "360 rows (a stratified fifth, held out with seed 0)" in out
    assert "precision" in out
    matrix = [line.split() for line in out.split("confusion matrix")[1].splitlines()[3:13]]
    counts = np.array(matrix, dtype=int)
    assert counts[:, 0].tolist() == list(range(10))
    assert counts[:, 1:].sum() == 360
    assert f"accuracy {np.trace(counts[:, 1:]) / 360:.4f}" in out
    assert imread("confusion.png").ndim == 3


def test_evaluate_all(model_path, capsys):
    assert run("evaluate", model_path, "--all") == 0
    assert "1,797 rows (all rows)" in capsys.readouterr().out


def test_predict_rows(model_path, capsys):
    X, _ = load_digits(return_X_y=True)
    write_csv("rows.csv", [f"pixel{i}" for i in range(64)], X[:20].astype(int).tolist())
    expected = joblib.load(model_path)
    capsys.readouterr()
    assert run("predict", model_path, "rows.csv") == 0
    assert capsys.readouterr().out.split() == [str(label) for label in expected.predict(X[:20])]
    assert run("predict", model_path, "rows.csv", "--proba") == 0
    header, *lines = capsys.readouterr().out.splitlines()
    assert header == "label,0,1,2,3,4,5,6,7,8,9"
    got = np.array([line.split(",")[1:] for line in lines], dtype=float)
    np.testing.assert_allclose(got, expected.predict_proba(X[:20]), atol=5.1e-5)


@pytest.mark.parametrize("form", ["grey", "rgba", "jpeg", "inverted", "transparent"])
def test_predict_image(model_path, capsys, form):
    image = load_digits().images[3] / 16  # a three
    options = []
    if form == "jpeg":
        path = "three.jpg"
        imsave(path, image, cmap="gray", vmin=0, vmax=1, pil_kwargs={"quality": 100})
    else:
        path = "three.png"
        if form == "inverted":
            image, options = 1 - image, ["--invert"]
        if form == "transparent":  # black ink on a clear ground
            image = np.stack([np.zeros((8, 8))] * 3 + [image], axis=2)
            options = ["--invert"]
        if form == "rgba":
            image = np.stack([image] * 3 + [np.ones((8, 8))], axis=2)
        imsave(path, image, cmap="gray", vmin=0, vmax=1)
    assert run("predict", model_path, path, *options) == 0
    assert capsys.readouterr().out == "3\n"


# ---- what the user can put right


def complaint(capsys, *arguments):
    """Run what must fail; return its one line."""
    capsys.readouterr()
    try:
        status = run(*arguments)
    except SystemExit as stop:  # argparse's way
        status = stop.code
    out, err = capsys.readouterr()
    assert status == 2
    assert err.count("\n") == 1
    assert err.startswith("skfcn")
    assert "wrote" not in out
    return err


@pytest.fixture
def bad_files(folder):
    (folder / "empty.csv").write_text("")
    (folder / "ragged.csv").write_text("a,b,target\n1,2,x\n1,x\n")
    (folder / "numbers.csv").write_text(
        "a,target\n" + "".join(f"{i},{i / 7}\n" for i in range(50))
    )
    (folder / "rare.csv").write_text("a,target\n1,x\n2,x\n3,y\n")
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
        ("ragged.csv", "line 3"),
        ("numbers.csv", "must hold classes"),
        ("rare.csv", "least populated class"),
        ("bad.mat", "MATLAB"),
        ("bad.csv.gz", "gzip"),
        ("notes.txt", "expected digits, a .mat file"),
        ("no_idx", "No such file"),
        ("idx", "ends where"),
    ],
)
def test_bad_data(bad_files, data, says, capsys):
    error = complaint(capsys, "train", "--data", data)
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
        (["--activation", "softsign"], "--activation"),
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
def test_bad_options_and_outputs_leave_what_was_there(options, says, capsys, folder):
    files = dict.fromkeys(("model.joblib", "curves.png", "report.json"), b"precious")
    for name, content in files.items():
        (folder / name).write_bytes(content)
    assert says in complaint(capsys, "train", "--epochs", "2", "--report", "report.json", *options)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == files


@pytest.mark.parametrize("options", [("--plot", "x.xyz"), ("--out", "nowhere/model")], ids=str)
def test_what_cannot_be_written_is_said_before_training(options, capsys, monkeypatch):
    monkeypatch.setattr(Pipeline, "fit", lambda *_: pytest.fail("trained in vain"))
    complaint(capsys, "train", *options)


def test_a_figure_that_cannot_be_written_does_not_cost_the_model(capsys, monkeypatch, folder):
    def fail(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("matplotlib.figure.Figure.savefig", fail)
    assert "No space left" in complaint(capsys, "train", "--epochs", "2")
    assert [path.name for path in folder.iterdir()] == ["model.joblib"]
    assert joblib.load("model.joblib")[-1].n_iter_ == 2


def test_bad_models_and_files(model_path, capsys):
    Path("junk.joblib").write_bytes(b"junk")
    Path("cut.joblib").write_bytes(model_path.read_bytes()[:1000])
    joblib.dump({"a": 1}, "dict.joblib")
    joblib.dump(Pipeline([("nothing", "passthrough")]), "pipeline.joblib")
    for name in ("junk", "cut", "dict", "pipeline"):
        assert "not a model" in complaint(capsys, "evaluate", f"{name}.joblib")
    assert "No such file" in complaint(capsys, "predict", "no.joblib", "x.csv")

    write_csv("short.csv", ["a", "b"], [[1, 2]])
    assert "has 2 features, the model takes 64" in complaint(
        capsys, "predict", model_path, "short.csv"
    )
    write_csv("text.csv", [f"p{i}" for i in range(64)], [["x"] * 64])
    assert "number" in complaint(capsys, "predict", model_path, "text.csv")
    imsave("large.png", np.zeros((9, 9)), cmap="gray")
    assert "9 x 9 pixels" in complaint(capsys, "predict", model_path, "large.png")
    Path("broken.png").write_bytes(Path("large.png").read_bytes()[:60])
    assert "no image" in complaint(capsys, "predict", model_path, "broken.png")
    assert "No such file" in complaint(capsys, "predict", model_path, "missing.png")


def test_a_model_of_tables_takes_no_image(capsys):
    write_csv("data.csv", ["x", "target"], [[i, "ab"[i % 2]] for i in range(40)])
    assert run("train", "--data", "data.csv", "--epochs", 1) == 0
    imsave("one.png", np.zeros((1, 1)), cmap="gray")
    assert "table, not on images" in complaint(capsys, "predict", "model.joblib", "one.png")
    write_csv("other.csv", ["x", "target"], [[i, i % 2] for i in range(40)])
    error = complaint(capsys, "evaluate", "model.joblib", "--data", "other.csv")
    assert "none of which the model knows" in error


def test_help_needs_no_data(capsys):
    for arguments in (
        ["--help"],
        ["train", "--help"],
        ["evaluate", "--help"],
        ["predict", "--help"],
    ):
        with pytest.raises(SystemExit) as stop:
            main(arguments)
        assert stop.value.code == 0
        assert "usage: skfcn" in capsys.readouterr().out
