"""`skfcn evaluate`."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread


def test_evaluate_shows_classes_and_confusion(model_path, run, capsys):
    assert run("evaluate", model_path, "--plot", "confusion.png") == 0
    out, err = capsys.readouterr()
    assert "360 rows (a stratified fifth, held out with seed 0)" in out
    assert "precision" in out
    matrix = [line.split() for line in out.split("confusion matrix")[1].splitlines()[3:13]]
    counts = np.array(matrix, dtype=int)
    assert counts[:, 0].tolist() == list(range(10))
    assert counts[:, 1:].sum() == 360
    assert f"accuracy {np.trace(counts[:, 1:]) / 360:.4f}" in out
    assert err == "wrote confusion.png\n"
    assert imread("confusion.png").ndim == 3


def test_evaluate_all(model_path, run, capsys):
    assert run("evaluate", model_path, "--all") == 0
    assert "1,797 rows (all rows)" in capsys.readouterr().out


def test_json(model_path, run, capsys):
    assert run("evaluate", model_path, "--json") == 0
    report = json.loads(capsys.readouterr().out)
    matrix = np.array(report["confusion_matrix"])
    assert report["classes"] == list(range(10))
    assert report["n_rows"] == matrix.sum() == 360
    assert report["accuracy"] == pytest.approx(np.trace(matrix) / 360)
    assert report["per_class"]["support"] == matrix.sum(axis=1).tolist()
    recall = matrix.diagonal() / matrix.sum(axis=1)
    np.testing.assert_allclose(report["per_class"]["recall"], recall)


def test_other_data_than_it_was_trained_on_are_scored_whole(run, fruit, folder, capsys):
    """Under another name they are the same; with a row more they are not."""
    assert run("train", "--data", fruit, "--target", "kind", "--epochs", 1) == 0
    shutil.copy(fruit, "same.csv")
    content = (folder / fruit).read_text()
    header, rest = content.split("\n", 1)
    (folder / "other.csv").write_text(f"{header}\n3,red,apple,9\n{rest}")
    # The columns stand in another order, and there is one that the model does not know.
    (folder / "turned.csv").write_text("kind,id,price,weight,colour\napple,7,9,3,green\n")
    found = []
    for name in ("same.csv", "other.csv", "turned.csv"):
        capsys.readouterr()
        assert run("evaluate", "model.joblib", "--data", name, "--json") == 0
        report = json.loads(capsys.readouterr().out)
        found.append((report["n_rows"], report["part"]))
    held_out = "a stratified fifth, held out with seed 0"
    assert found == [(28, held_out), (141, "all rows"), (1, "all rows")]


def test_regression(run, fruit, capsys):
    options = ["--target", "price", "--task", "regression", "--epochs", 5, "--report", "r.json"]
    assert run("train", "--data", fruit, *options) == 0
    capsys.readouterr()
    assert run("evaluate", "model.joblib", "--plot", "p.png", "--json") == 0
    scores = json.loads(capsys.readouterr().out)
    trained = json.loads(Path("r.json").read_text())
    for name in ("r2", "mae", "rmse"):
        assert scores[name] == pytest.approx(trained[f"test_{name}"])
    assert imread("p.png").ndim == 3


def test_a_score_that_is_not_defined_is_null(run, fruit, folder, capsys):
    """R2 of one row; NaN is no JSON."""
    options = ["--target", "price", "--task", "regression", "--epochs", 1, "--no-plot"]
    assert run("train", "--data", fruit, *options) == 0
    (folder / "one.csv").write_text("weight,colour,kind,price\n3,green,apple,9\n")
    capsys.readouterr()
    assert run("evaluate", "model.joblib", "--data", "one.csv", "--json") == 0
    assert json.loads(capsys.readouterr().out)["r2"] is None


def test_data_that_do_not_suit(run, model_path, fruit, write_csv, complaint):
    write_csv("pixels.csv", ["a", "b", "digit"], [[1, 2, 3]])
    assert "has 2 features, the model takes 64" in complaint(
        "evaluate", model_path, "--data", "pixels.csv"
    )
    assert run("train", "--data", fruit, "--target", "kind", "--epochs", 1) == 0
    assert "digits: holds images; the model was trained on a table" in complaint(
        "evaluate", "model.joblib", "--data", "digits"
    )
    rows = [[1, "green", "pear", 2]]
    write_csv("pears.csv", ["weight", "colour", "kind", "price"], rows * 3)
    assert "has the classes pear, none of which the model knows: apple, banana" in complaint(
        "evaluate", "model.joblib", "--data", "pears.csv"
    )


@pytest.mark.slow
def test_a_table_from_stdin_is_not_waited_for(process, fruit, complaint):
    options = ["--data", "-", "--target", "kind", "--epochs", 1, "--no-plot"]
    with Path(fruit).open() as table:
        assert process("train", *options, stdin=table).returncode == 0
    assert "from stdin; say --data" in complaint("evaluate", "model.joblib")
    with Path(fruit).open() as table:
        done = process("evaluate", "model.joblib", "--data", "-", stdin=table)
    assert done.stdout.startswith("-: 28 rows (a stratified fifth, held out with seed 0)")
