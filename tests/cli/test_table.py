"""Tables: what is a number, a category, a gap; and what the user can put right."""

import gzip
import re
import sys

import numpy as np
import pandas as pd
import pytest

from skfcn._cli import Columns, load_table

ANY = Columns()


@pytest.fixture
def load(folder):
    def load(content, columns=ANY, name="t.csv", **options):
        (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
        return load_table(name, columns, **options)

    return load


def test_numbers(load):
    table = load("a,b c,y\n1,-2.5,0\n3e2, .5 ,1\n")
    assert table.X.dtype == np.float64
    assert table.X.tolist() == [[1.0, -2.5], [300.0, 0.5]]
    assert (table.y.dtype, table.y.tolist()) == (np.int64, [0, 1])
    assert table.columns == ("y", ["a", "b c"], [])


def test_columns_are_chosen_by_name(load):
    content = "a,colour,b\n1,red,5\n2,blue,6\n"
    table = load(content, Columns("colour"))
    assert (table.X.tolist(), table.y.tolist()) == ([[1, 5], [2, 6]], ["red", "blue"])
    table = load(content, Columns("a", ["b", "colour"]))
    assert table.X.tolist() == [[5, "red"], [6, "blue"]]
    assert table.columns == ("a", ["b", "colour"], [1])
    assert load(content, Columns(features=["b", "a"]), has_target=False).X.tolist() == [
        [5, 1],
        [6, 2],
    ]
    message = r"t\.csv: line 1: expected a column 'color', got \['a', .*; did you mean colour\?"
    with pytest.raises(ValueError, match=message):
        load(content, Columns("color"))


def test_text_and_gaps(load):
    table = load('n,c,y\n1,red,a\n?,"x, y",b\nNA,,a\nnan,NaN,b\n')
    assert table.X.dtype == object
    assert table.columns.text == [1]
    assert [type(cell) for cell in table.X[0]] == [float, str]
    np.testing.assert_array_equal(table.X[:, 0].astype(float), [1, np.nan, np.nan, np.nan])
    assert table.X[:2, 1].tolist() == ["red", "x, y"]
    assert all(type(cell) is float and np.isnan(cell) for cell in table.X[2:, 1])
    assert table.y.tolist() == ["a", "b", "a", "b"]


def test_features_without_a_target(load):
    content = "code,size\n7,1\n,2\n"
    assert load(content, has_target=False).X.dtype == np.float64
    stated = load(content, Columns(text=[0]), has_target=False).X
    assert stated[0].tolist() == ["7", 1.0]
    assert np.isnan(stated[1, 0])
    with pytest.raises(
        ValueError, match="line 3: expected a number in the column 'code', got 'x'"
    ):
        load("code,size\n7,1\nx,2\n", Columns(text=[]), has_target=False)
    assert load("size\n1\n2\n", has_target=False).X.tolist() == [[1.0], [2.0]]


@pytest.mark.parametrize(
    ("cells", "dtype", "values"),
    [
        (["1", "-2"], np.int64, [1, -2]),
        (["1", "2.0"], np.float64, [1.0, 2.0]),
        (["1", "1e3"], np.float64, [1.0, 1000.0]),
        (["1", str(2**63)], np.float64, [1.0, 2.0**63]),
        (["1", "one"], np.dtype("<U3"), ["1", "one"]),
        (["1", "1_000"], np.dtype("<U5"), ["1", "1_000"]),
        (["1", "-nan"], np.dtype("<U4"), ["1", "-nan"]),
        (["True", "False"], np.dtype("<U5"), ["True", "False"]),
    ],
)
def test_types_of_targets(load, cells, dtype, values):
    target = load("x,y\n" + "".join(f"0,{cell}\n" for cell in cells)).y
    assert target.dtype == dtype
    assert target.tolist() == values


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "BOM"])
@pytest.mark.parametrize("name", ["t.csv", "t.csv.gz"])
def test_encodings(load, newline, mark, name):
    content = mark + newline.join(["größe,y", "", "1,ä", "2,ö", "", ""]).encode()
    table = load(gzip.compress(content) if ".gz" in name else content, name=name)
    assert table.columns.features == ["größe"]
    assert table.X.tolist() == [[1.0], [2.0]]
    assert table.y.tolist() == ["ä", "ö"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "line 1: the file is empty"),
        ("\n\n", "line 1: the file is empty"),
        ("a,y\n", "line 1: expected rows after the header"),
        ("a\n1\n", "line 1: expected columns, separated by commas, got ['a']"),
        ("a;y\n1;2\n", "line 1: expected columns, separated by commas, got ['a;y']"),
        ("a,a,y\n1,2,3\n", "line 1: expected each name once, got ['a', 'a', 'y']"),
        (",a,y\n0,1,2\n", "line 1: expected a name for each column"),
        ("1.5,2,0\n3,4,1\n", "line 1: expected a header that names the columns, got only numbers"),
        ("a,y\n1,2\n3\n", "line 3: no target in the column 'y'"),
        ("a,y\n1,2\n3,?\n", "line 3: no target in the column 'y'"),
        ("a,y\n1,2\n\n3,4,5\n", "cannot be read as a CSV table (ParserError: "),
        ('a,y\n1,2\n"3,4\n', "cannot be read as a CSV table (ParserError: "),
        (b"a,y\n1,2\n3,\xff\n", "cannot be read as a CSV table (UnicodeDecodeError: "),
        ("a,y\n1,2\n".encode("utf-16"), "cannot be read as a CSV table (UnicodeDecodeError: "),
    ],
)
def test_what_is_no_table(load, content, reason):
    with pytest.raises(ValueError, match="^" + re.escape(f"t.csv: {reason}")):
        load(content)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "shape", "dtype", "target_dtype", "n_text"),
    [
        ("abalone", (4177, 8), object, "i", 1),
        ("cal_housing", (20640, 8), np.float64, "f", 0),
        ("credit_g", (1000, 20), object, "U", 13),
        ("kin8nm", (8192, 8), np.float64, "f", 0),
        ("splice", (3190, 61), object, "U", 61),
        ("spambase", (4601, 57), np.float64, "i", 0),
        ("vowel", (990, 13), object, "U", 3),
    ],
)
def test_real_tables(tabular, name, shape, dtype, target_dtype, n_text):
    path = tabular / f"{name}.csv.gz"
    table = load_table(str(path), ANY)
    assert (table.X.shape, table.X.dtype) == (shape, dtype)
    assert table.y.dtype.kind == target_dtype
    assert len(table.columns.text) == n_text
    expected = pd.read_csv(path, skipinitialspace=True)
    assert table.columns.features == expected.columns[:-1].tolist()
    numbers = [j for j in range(shape[1]) if j not in table.columns.text]
    np.testing.assert_array_equal(table.X[:, numbers].astype(float), expected.iloc[:, numbers])


def test_without_pandas_one_line_says_what_to_install(monkeypatch, fruit, complaint):
    monkeypatch.setitem(sys.modules, "pandas", None)
    assert 'pip install "skfcn[tables]"' in complaint("train", "--data", fruit)


def test_a_column_of_gaps_is_one_of_numbers(load):
    table = load("a,gaps,y\n1,?,0\n2,,1\n")
    np.testing.assert_array_equal(table.X, [[1, np.nan], [2, np.nan]])
    assert table.columns.text == []
