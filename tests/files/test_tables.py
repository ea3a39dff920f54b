"""What a table is and what its cells mean, apart from the command."""

import re
import sys

import numpy as np
import pandas as pd
import pytest

from skfcn._files import kind_of, layout_of, meaning_of, number_of, read_table


def read(content, **options):
    return read_table(
        content if isinstance(content, bytes) else content.encode(), "t.csv", **options
    )


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1", 1),
        ("-2.5", -2.5),
        (".5", 0.5),
        ("3e2", 300),
        ("1,200", 1200),
        ("1,234,567.5", 1234567.5),
        ("5 %", 5),
        ("5%", 5),
        ("$3", 3),
        ("-$ 3.50", -3.5),
        ("€ 1,200", 1200),
        ("12 €", 12),
        ("1 200", 1200),
        ("1\u202f200", 1200),
        ("1'200", 1200),
        ("inf", np.nan),
        ("1e999", np.nan),
        ("1_000", None),
        ("one", None),
        ("1,2", None),
        ("12,00", None),
        ("1.2.3", None),
        ("1-2", None),
        ("$", None),
        ("", None),
    ],
)
def test_numbers_in_any_spelling(text, number):
    found = number_of(text)
    assert found == number or (found is not None and np.isnan(found) and np.isnan(number))


@pytest.mark.parametrize(
    ("text", "number"),
    [("1,5", 1.5), ("1.200,5", 1200.5), ("1,200", 1.2), ("-,5", -0.5), ("7", 7)],
)
def test_numbers_with_a_comma_before_the_fraction(text, number):
    assert number_of(text, comma=True) == number


def test_cells_keep_what_they_are():
    frame = read('n,c,y\n1,red,a\n?,"x, y",b\nNA,,a\nnan, NaN ,b\n').frame
    meaning = meaning_of(frame, {}, "t.csv")
    assert meaning.kinds == {"n": "number", "c": "category", "y": "category"}
    np.testing.assert_array_equal(meaning.frame["n"], [1, np.nan, np.nan, np.nan])
    assert meaning.frame["c"].tolist() == ["red", "x, y", None, None]


def test_a_word_among_many_numbers_is_a_gap_and_two_are_none():
    column = [str(i) for i in range(30)]
    one = meaning_of(pd.DataFrame({"x": [*column, "n.k."]}), {}, "t.csv")
    assert one.kinds == {"x": "number"}
    assert one.said == ["'n.k.' in 'x' is taken for a gap"]
    assert meaning_of(pd.DataFrame({"x": [*column, "V1", "V2"]}), {}, "t").kinds == {
        "x": "category"
    }
    often = pd.DataFrame({"x": [*column, *["4+"] * 9]})
    assert meaning_of(often, {}, "t").kinds == {"x": "category"}


@pytest.mark.parametrize(
    ("kinds", "values", "says"),
    [
        (
            {"x": "number"},
            ["1", "x"],
            "t.csv: row 2: expected a number in the column 'x', got 'x'",
        ),
        ({"x": "date, day first"}, ["2020-01-01", "7"], "row 1: expected a date as in training"),
        ({"x": "duration"}, ["long"], "row 1: expected a duration as in training"),
    ],
)
def test_columns_of_a_kind_that_is_known(kinds, values, says):
    frame = pd.DataFrame({"x": values}, index=range(1, len(values) + 1))
    with pytest.raises(ValueError, match=re.escape(says)):
        meaning_of(frame, kinds, "t.csv")


def test_numbers_of_a_category_read_as_text_does():
    frame = pd.DataFrame({"code": [7, 8, np.nan]})
    found = meaning_of(frame, {"code": "category"}, "t.csv").frame["code"]
    assert found.tolist() == ["7", "8", None]


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"a,b\n1,2\n", "text"),
        (b"BMI,age\n1,2\n", "text"),
        (b"(d,e)\n1", "text"),
        (b"\x80\x04}.", "pickle"),
        (b"(dp0\n.", "pickle"),
        (b"PK\x03\x04 no archive", "zip"),
        (b"RIFF\x00\x00\x00\x00WEBP", "picture"),
        (b"", "text"),
    ],
)
def test_what_a_file_holds_by_its_first_bytes(content, kind):
    assert kind_of(content) == kind


def test_wide_rows_and_large_files_are_sniffed_whole():
    wide = ",".join(f"c{j}" for j in range(60_000))
    content = f"{wide}\n" + "\n".join(",".join(["1"] * 60_000) for _ in range(3))
    layout = layout_of(content.encode(), None, ())
    assert (layout.width, layout.header[-1]) == (60_000, "c59999")


def test_names_that_are_known_tell_the_header():
    content = "a,b\nc,d\ne,f\n"
    assert read(content).has_header
    assert not read("a,a\na,b\nb,a\n").has_header
    assert read("a,b\na,b\nb,a\n", names=["b", "a"]).has_header
    assert not read(content, header=False).has_header


def test_without_pandas_one_line_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ValueError, match=re.escape('pip install "skfcn[tables]"')):
        read("a,b\n1,2\n")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["abalone", "cal_housing", "credit_g", "splice", "vowel"])
def test_real_tables_are_read_as_pandas_reads_them(tabular, name):
    path = tabular / f"{name}.csv.gz"
    frame = read(path.read_bytes()).frame
    meaning = meaning_of(frame, {}, name)
    expected = pd.read_csv(path, skipinitialspace=True)
    assert list(frame.columns) == list(expected.columns)
    for title, kind in meaning.kinds.items():
        assert (kind == "number") == (expected[title].dtype.kind in "iuf")
        if kind == "number":
            np.testing.assert_array_equal(meaning.frame[title], expected[title])
