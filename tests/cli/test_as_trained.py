"""`evaluate` and `predict` read a table as the training of the model did, or refuse it."""

import json

import numpy as np
import pytest
from sklearn.datasets import load_digits

pytestmark = pytest.mark.slow

X, Y = load_digits(return_X_y=True)
X = X[:60].astype(int).tolist()
Y = Y[:60].tolist()
PIXELS = [f"pixel{i}" for i in range(64)]
FIRST, LAST = ["label", *PIXELS], [*PIXELS, "label"]


@pytest.fixture
def evaluated(run, capsys):
    def evaluate(model, data, *options):
        capsys.readouterr()
        status = run("evaluate", model, "--data", data, "--all", "--json", *options)
        out, err = capsys.readouterr()
        assert status == 0, err
        return json.loads(out)

    return evaluate


@pytest.fixture
def labels(run, capsys):
    def predict(*arguments):
        capsys.readouterr()
        assert run("predict", *arguments) == 0
        return capsys.readouterr().out.split()

    return predict


@pytest.mark.parametrize("header", [FIRST, LAST], ids=["first", "last"])
def test_a_label_is_no_pixel_wherever_it_stands(header, model_path, evaluated, labels, write_csv):
    rows = [[y, *x] if header is FIRST else [*x, y] for x, y in zip(X, Y, strict=True)]
    data = write_csv("digits.csv", header, rows)
    assert evaluated(model_path, data)["accuracy"] > 0.9
    predicted = np.array(labels(model_path, data)).astype(int)
    assert (predicted == Y).mean() > 0.9


def test_of_a_file_without_header_it_is_asked_which_column_has_the_labels(
    model_path, evaluated, folder, complaint
):
    rows = [",".join(map(str, [y, *x])) for x, y in zip(X, Y, strict=True)]
    (folder / "digits.csv").write_text("\n".join(rows))
    error = complaint("evaluate", model_path, "--data", "digits.csv")
    assert "two columns look like labels; say --target 1 or 65" in error
    assert "leave the labels out, the column 1 or 65" in complaint(
        "predict", model_path, "digits.csv"
    )
    assert evaluated(model_path, "digits.csv", "--target", "1")["accuracy"] > 0.9


@pytest.mark.parametrize(
    ("pixel", "says"),
    [
        (255, "row 2: 'pixel7' is 255; the model was trained on pixels from 0 to 16"),
        (-1, "row 2: 'pixel7' is -1; the model was trained on pixels from 0 to 16"),
        ("?", "row 2: 'pixel7' is nan"),
        ("x", "expected numbers in the column 'pixel7', got '"),
    ],
)
def test_what_can_be_no_pixel(pixel, says, model_path, write_csv, complaint):
    rows = [list(x) for x in X[:3]]
    rows[1][7] = pixel
    assert says in complaint("predict", model_path, write_csv("d.csv", PIXELS, rows))


@pytest.fixture
def fruit_model(run, fruit):
    assert run("train", "--data", fruit, "--target", "kind", "--epochs", 60, "--quiet") == 0
    return "model.joblib"


@pytest.mark.parametrize(
    "content",
    [
        "weight,colour,price\n3,green,9\n4,yellow,32\n",
        "price;colour;weight\n9,0;green;3,0\n32,0;yellow;4,0\n",
        "id\tprice\tcolour\tkind\tweight\n7\t9\tgreen\tapple\t3\n8\t32\tyellow\tapple\t4\n",
        ",weight,colour,price\n0,3,green,$9\n1,4,yellow,$32\n",
        "@relation f\n@attribute weight numeric\n@attribute colour {green,yellow}\n"
        "@attribute price numeric\n@data\n3,green,9\n4,yellow,32\n",
    ],
    ids=["plain", "semicolons and commas", "tabs, more columns", "index, dollars", "ARFF"],
)
def test_another_layout_is_the_same_table(content, fruit_model, labels, folder):
    (folder / "rows").write_text(content)
    assert labels(fruit_model, "rows") == ["apple", "banana"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (
            "weight,colour,price\nheavy,green,9\n",
            "row 1: expected a number in the column 'weight'",
        ),
        ("weight,colour,price\n3,green,9\nx,green,9\n", "row 2: expected a number in the column"),
        (
            "weight,color,price\n3,green,9\n",
            "expected a column 'colour', got weight, color, price.",
        ),
        ("3,green,9\n4,yellow,32\n", "expected a column 'weight', got 1, 2, 3"),
        ("", "the file is empty"),
    ],
)
def test_rows_that_make_no_sense(content, says, fruit_model, folder, complaint):
    (folder / "rows.csv").write_text(content)
    error = complaint("predict", fruit_model, "rows.csv")
    assert "rows.csv: " in error
    assert says in error


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (
            "weight,colour,price\n3,green,9\n",
            "expected a column 'kind', got weight, colour, price",
        ),
        ("weight,colour,price,kind\n3,green,9,\n", "the target 'kind' is missing in all rows"),
        (
            "weight,colour,price,kind\n3,green,9,7\n",
            "has the classes 7, none of which the model k",
        ),
    ],
)
def test_targets_that_cannot_be_scored(content, says, fruit_model, folder, complaint):
    (folder / "rows.csv").write_text(content)
    assert says in complaint("evaluate", fruit_model, "--data", "rows.csv")


def test_rows_without_a_target_are_left_out_and_counted(
    fruit_model, evaluated, folder, run, capsys
):
    (folder / "rows.csv").write_text("weight,colour,price,kind\n3,green,9,apple\n4,green,12,\n")
    assert evaluated(fruit_model, "rows.csv")["n_rows"] == 1
    assert run("evaluate", fruit_model, "--data", "rows.csv") == 0
    assert "1 row without a target left out" in capsys.readouterr().err


def test_dates_and_durations_are_read_as_in_training(run, labels, folder, complaint):
    rows = [f"{1 + i % 28}/{1 + i % 12}/2020,{i % 24}:00,{'ab'[i % 24 > 11]}" for i in range(96)]
    (folder / "t.csv").write_text("\n".join(["day,hour,kind", *rows]))
    assert run("train", "--data", "t.csv", "--epochs", 150, "--quiet") == 0
    # Days that could be months are still days, and a date of another form is a date.
    (folder / "rows.csv").write_text("day,hour\n1/2/2020,1:00\n3/4/2020,23:00\n")
    assert labels("model.joblib", "rows.csv") == ["a", "b"]
    (folder / "rows.csv").write_text("day,hour\n2020-01-02,1:00\n2020-01-03,\n")
    assert labels("model.joblib", "rows.csv")[0] == "a"
    (folder / "rows.csv").write_text("day,hour\nMonday,1:00\n")
    says = "rows.csv: row 1: expected a date as in training in the column 'day', got 'Monday'"
    assert says in complaint("predict", "model.joblib", "rows.csv")


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_table_without_header_may_lack_the_target(place, run, labels, folder):
    def text(has_target):
        rows = []
        for i in range(60):
            row = [f"{i % 7}.5", f"{i % 2 * 3}.25"]
            if has_target:
                row.insert(place, "ab"[i % 2])
            rows.append(",".join(row))
        return "\n".join(rows)

    (folder / "t.csv").write_text(text(True))
    options = ["--target", place + 1, "--epochs", 60, "--quiet"]
    assert run("train", "--data", "t.csv", *options) == 0
    (folder / "rows.csv").write_text(text(False))
    assert labels("model.joblib", "rows.csv") == labels("model.joblib", "t.csv") == ["a", "b"] * 30


def test_columns_that_a_sparse_file_leaves_out_are_zeros(run, labels, folder):
    rows = [f"{i % 2} 1:{i % 5 + 1} " + (f"3:{i % 3 + 1}" * (i % 2)) for i in range(60)]
    (folder / "t.svm").write_text("\n".join(rows) + "\n")
    assert run("train", "--data", "t.svm", "--epochs", 60, "--quiet") == 0
    (folder / "rows.svm").write_text("0 1:2\n0 1:3\n")
    assert labels("model.joblib", "rows.svm") == ["0", "0"]


def test_weights_are_no_model(folder, complaint):
    np.savez(folder / "w.npz", coef_0=np.ones((2, 1)), intercept_0=np.ones(1))
    (folder / "w.para").write_bytes(b"\x80\x04}.")
    assert "skfcn.persistence.load_weights reads them" in complaint("info", "w.npz")
    assert "skfcn.persistence.load_para reads them" in complaint("predict", "w.para", "t.csv")
