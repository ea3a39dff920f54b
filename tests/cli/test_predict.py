"""`skfcn predict`."""

import csv
import io
import json
from pathlib import Path

import joblib
import numpy as np
import pytest
from matplotlib.image import imsave
from sklearn.datasets import load_digits


def test_rows(model_path, run, digits_csv, capsys):
    X, _ = load_digits(return_X_y=True)
    expected = joblib.load(model_path)
    assert run("predict", model_path, digits_csv) == 0
    out, err = capsys.readouterr()
    assert out.splitlines() == [str(label) for label in expected.predict(X[:20])]
    assert err == ""
    assert run("predict", model_path, digits_csv, "--proba") == 0
    header, *lines = capsys.readouterr().out.splitlines()
    assert header == "label,0,1,2,3,4,5,6,7,8,9"
    got = np.array([line.split(",")[1:] for line in lines], dtype=float)
    np.testing.assert_allclose(got, expected.predict_proba(X[:20]), atol=5.1e-5)


def test_json(model_path, run, digits_csv, capsys):
    X, _ = load_digits(return_X_y=True)
    expected = joblib.load(model_path)
    assert run("predict", model_path, digits_csv, "--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert document["predictions"] == expected.predict(X[:20]).tolist()
    assert "probabilities" not in document
    assert run("predict", model_path, digits_csv, digits_csv, "--json", "--proba") == 0
    document = json.loads(capsys.readouterr().out)
    assert document["n_rows"] == len(document["predictions"]) == 40
    twice = np.vstack([X[:20], X[:20]])  # float32 rounds by how many rows there are
    assert document["classes"] == list(range(10))
    np.testing.assert_allclose(document["probabilities"], expected.predict_proba(twice))


@pytest.mark.slow
def test_rows_from_stdin(model_path, process, digits_csv):
    with Path(digits_csv).open() as rows:
        done = process("predict", model_path, "-", stdin=rows)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == process("predict", model_path, digits_csv).stdout
    done = process("predict", model_path, "-", input="")
    assert done.returncode == 2
    assert done.stderr.startswith("skfcn predict: error: <stdin>: the file is empty")


def test_columns_are_picked_by_name(run, fruit, folder, write_csv, capsys, complaint):
    assert run("train", "--data", fruit, "--target", "kind", "--epochs", 30) == 0
    capsys.readouterr()
    assert run("predict", "model.joblib", fruit) == 0  # the target is among its columns
    assert capsys.readouterr().out.split() == ["apple", "banana"] * 70
    write_csv("turned.csv", ["id", "colour", "price", "weight"], [[7, "yellow", 29, 3]])
    assert run("predict", "model.joblib", "turned.csv") == 0
    assert capsys.readouterr().out == "banana\n"
    write_csv("less.csv", ["colour", "weight"], [["yellow", 3]])
    assert "less.csv: expected a column 'price'" in complaint(
        "predict", "model.joblib", "less.csv"
    )


def test_labels_with_commas_stay_one_cell(run, folder, capsys):
    (folder / "t.csv").write_text("x,y\n" + 20 * '0,"a, b"\n1,c\n')
    assert run("train", "--data", "t.csv", "--epochs", 20) == 0
    capsys.readouterr()
    assert run("predict", "model.joblib", "t.csv", "--proba") == 0
    header, first, *_ = csv.reader(io.StringIO(capsys.readouterr().out))
    assert header == ["label", "a, b", "c"]
    assert first[0] == "a, b"


def test_quantities(run, write_csv, capsys, complaint):
    rows = [[x, 1_000_000 * x] for x in range(100)]
    data = write_csv("large.csv", ["x", "y"], rows)
    assert run("train", "--data", data, "--task", "regression", "--epochs", 100) == 0
    capsys.readouterr()
    assert run("predict", "model.joblib", data) == 0
    lines = capsys.readouterr().out.split()
    assert not any("e" in line for line in lines)  # which sort -n would not understand
    np.testing.assert_allclose(np.array(lines, dtype=float), np.array(rows)[:, 1], atol=3e6)
    assert "no probabilities" in complaint("predict", "model.joblib", data, "--proba")


@pytest.mark.parametrize("form", ["grey", "rgba", "jpeg", "inverted", "transparent"])
def test_image(model_path, run, capsys, form):
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
    assert run("predict", model_path, path, path, *options) == 0
    assert capsys.readouterr().out == "3\n3\n"


def test_files_that_do_not_suit(model_path, run, write_csv, complaint):
    def predict(path):
        return complaint("predict", model_path, path)

    write_csv("short.csv", ["a", "b"], [[1, 2]])
    assert "has 2 features, the model takes 64" in predict("short.csv")
    write_csv("text.csv", [f"p{i}" for i in range(64)], [["x"] * 64])
    assert "number" in predict("text.csv")
    imsave("empty.png", np.zeros((9, 9)), cmap="gray")
    assert "there is no ink, all is of one colour" in predict("empty.png")
    Path("broken.png").write_bytes(Path("empty.png").read_bytes()[:60])
    assert "broken.png: cannot be read as a picture" in predict("broken.png")
    assert "No such file" in predict("missing.png")
    write_csv("data.csv", ["x", "target"], [[i, "ab"[i % 2]] for i in range(40)])
    assert run("train", "--data", "data.csv", "--epochs", 1) == 0
    imsave("one.png", np.zeros((1, 1)), cmap="gray")
    assert "table, not on images" in complaint("predict", "model.joblib", "one.png")
