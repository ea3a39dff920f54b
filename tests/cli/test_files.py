"""Files of strangers: each kind, in several examples, by what the command is to make of it."""

import bz2
import gzip
import io
import json
import lzma
import tarfile
import zipfile

import numpy as np
import pandas as pd
import pytest

pytestmark = pytest.mark.slow

ROWS = [(round(i * 0.37 % 3 - 1, 2), round(i * 1.7 % 2 - 1, 2), "ab"[i % 2]) for i in range(40)]
NAMES = ["width", "height", "kind"]
QUICK = ["--epochs", 1, "--no-plot", "--quiet"]


def lines(rows, sep=",", header=NAMES, end="\n", quote=""):
    """Return rows as text."""
    cells = [[f"{quote}{cell}{quote}" for cell in row] for row in [header, *rows] if row]
    return end.join(map(sep.join, cells)) + end


def column(values, name="extra", target="kind"):
    """Return a table of a column more, in front."""
    quoted = ['"' + str(value).replace('"', '""') + '"' for value in values]
    rows = zip(quoted, *zip(*ROWS, strict=True), strict=True)
    return lines([list(map(str, row)) for row in rows], header=[name, "width", "height", target])


def packed(write):
    buffer = io.BytesIO()
    write(buffer)
    return buffer.getvalue()


def zipped(buffer, name="t.csv"):
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, lines(STR))


def tarred(buffer):
    content = lines(STR).encode()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        info = tarfile.TarInfo("t.csv")
        info.size = len(content)
        archive.addfile(info, io.BytesIO(content))


STR = [list(map(str, row)) for row in ROWS]
WORDS = [["xy"[i % 3 > 1], "uv"[i % 5 > 2], kind] for i, (*_, kind) in enumerate(STR)]
NUMBERS = [[a, b, str(int(kind == "a"))] for a, b, kind in STR]
COMMAS = [[cell.replace(".", ",") for cell in row] for row in STR]
ARFF = "% made up\n@RELATION x\n@ATTRIBUTE width REAL\n@attribute 'height' numeric\n"

# What reads as the table above: two numbers and a kind.
SAME = {
    "comma": lines(STR),
    "semicolon": lines(STR, ";"),
    "tab": lines(STR, "\t"),
    "bar": lines(STR, "|"),
    "blanks": lines(STR, " "),
    "many blanks": lines([[f"{cell:>9}" for cell in row] for row in STR], " "),
    "blanks after commas": lines(STR, ", "),
    "sep= line": "sep=;\n" + lines(STR, ";"),
    "double quotes": lines(STR, quote='"'),
    "single quotes": lines(STR, quote="'"),
    "quoted semicolons": lines(STR, ";", quote='"'),
    "decimal commas": lines(COMMAS, ";"),
    "decimal commas and tabs": lines(COMMAS, "\t"),
    "decimal commas in quotes": lines(COMMAS, quote='"'),
    "Windows line ends": lines(STR, end="\r\n"),
    "old Mac line ends": lines(STR, end="\r"),
    "no last line end": lines(STR)[:-1],
    "blank lines": lines(STR).replace("\n", "\n\n"),
    "comments first": "# made up\n# on a Sunday\n" + lines(STR),
    "header in a comment": "# " + lines(STR, " "),
    "utf-8 with mark": lines(STR).encode("utf-8-sig"),
    "utf-16": lines(STR).encode("utf-16"),
    "utf-16 without mark": lines(STR).encode("utf-16-le"),
    "gzip": gzip.compress(lines(STR).encode()),
    "bz2": bz2.compress(lines(STR).encode()),
    "xz": lzma.compress(lines(STR).encode()),
    "zip": packed(zipped),
    "tar.gz": packed(tarred),
    "index": lines([[str(i), *row] for i, row in enumerate(STR)], header=["", *NAMES]),
    "index from 1": lines([[str(i + 1), *row] for i, row in enumerate(STR)], header=["", *NAMES]),
    "index of names": lines([[f"r{i}", *row] for i, row in enumerate(STR)], header=["", *NAMES]),
    "Unnamed: 0": lines(
        [[str(i), *row] for i, row in enumerate(STR)], header=["Unnamed: 0", *NAMES]
    ),
    "R, write.csv": lines(
        [[f'"{i}"', *row] for i, row in enumerate(STR, 1)], header=['""', *NAMES]
    ),
    "R, write.table": lines([[f'"Row {i}"', *row] for i, row in enumerate(STR, 1)], " "),
    "R with commas": lines([[f'"{i}"', *row] for i, row in enumerate(STR, 1)]),
    "trailing commas": lines([[*row, ""] for row in STR], header=[*NAMES, ""]),
    "trailing comma of the header": lines(STR, header=[*NAMES, ""]),
    "trailing commas of the rows": lines([[*row, ""] for row in STR]),
    "trailing semicolons": lines([[*row, ""] for row in STR], ";", header=[*NAMES, ""]),
    "percent": lines([[f"{a} %", b, c] for a, b, c in STR]),
    "percent without a blank": lines([[f"{a}%", b, c] for a, b, c in STR]),
    "dollars": lines([[f"${abs(float(a))}", b, c] for a, b, c in STR]),
    "thousands": lines([[f'"{i + 1},{i:03},000"', b, c] for i, (_, b, c) in enumerate(STR)]),
    "exponents": lines([[f"{float(a):e}", b, c] for a, b, c in STR]),
    "infinity": lines([["inf" if i == 3 else a, b, c] for i, (a, b, c) in enumerate(STR)]),
    "one odd word": lines([["n.k." if i == 3 else a, b, c] for i, (a, b, c) in enumerate(STR)]),
    "ARFF": ARFF + "@attribute kind {a,b}\n@data\n" + lines(STR, header=[]),
    "ARFF, quoted": ARFF
    + "@attribute kind {'a', 'b'}\n\n@DATA\n"
    + lines(STR, header=[], quote="'"),
    "ARFF, string": ARFF + "@attribute kind string\n@data\n" + lines(STR, header=[]),
    "ARFF, missing": ARFF + "@attribute kind {a,b}\n@data\n?,?,a\n" + lines(STR[1:], header=[]),
    "ARFF, sparse": ARFF
    + "@attribute kind {a,b}\n@data\n"
    + "".join(f"{{0 {a}, 1 {b}, 2 {c}}}\n" for a, b, c in STR),
}
GAPS = ["", "?", "NA", "N/A", "n/a", "NaN", "nan", "null", "NULL", "None", "none", "-", "."]
GAPS += ["#N/A", "<NA>", " ", "na", "#DIV/0!", "unknown"]
SAME |= {f"gap {gap!r}": lines([[gap, *row[1:]] for row in STR[:2]] + STR[2:]) for gap in GAPS}


@pytest.fixture
def report(run, capsys, folder):
    """Train on a file for an epoch; return what was noted of it."""

    def train(content, *options, name="t.dat"):
        (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
        capsys.readouterr()
        status = run("train", "--data", name, *QUICK, "--json", *options)
        out, err = capsys.readouterr()
        assert status == 0, err
        return json.loads(out)

    return train


@pytest.mark.parametrize("kind", SAME)
def test_all_these_are_one_table(kind, report):
    found = report(SAME[kind])
    assert found["target"] == "kind"
    assert found["kinds"] == {"width": "number", "height": "number"}
    assert found["n_train"] + found["n_test"] == 40
    assert found["n_without_target"] == 0


# No header: what is in the file, and how many columns it has.
HEADERLESS = {
    "numbers and words": (lines(STR, header=[]), 3),
    "numbers only": (lines(NUMBERS, header=[]), 3),
    "semicolons": (lines(STR, ";", header=[]), 3),
    "decimal commas": (lines(COMMAS, ";", header=[]), 3),
    "blanks": (lines(STR, " ", header=[]), 3),
    "words first": (lines([[c, a, b, c] for a, b, c in STR], header=[]), 4),
    "words only": (lines(WORDS, header=[]), 3),
    "a gap in the first row": (lines([["", *STR[0][1:]], *STR[1:]], header=[]), 3),
}  # fmt: skip


@pytest.mark.parametrize("kind", HEADERLESS)
def test_no_header(kind, report):
    content, n = HEADERLESS[kind]
    found = report(content)
    assert found["target"] == str(n)
    assert found["feature_names"] == [str(j) for j in range(1, n)]
    assert f"no header: the columns are called 1 to {n}" in found["assumed"]
    assert found["n_train"] + found["n_test"] == 40


# A header, though it does not look like one at first.
HEADERS = {
    "years": lines([[c, a, b, c] for a, b, c in STR], header=["town", "1990", "2000", "kind"]),
    "numbers from 0": lines(NUMBERS, header=["0", "1", "2"]),
    "words only": lines(WORDS),
    "twice the same": lines(STR, header=["a", "a", "kind"]),
}  # fmt: skip


@pytest.mark.parametrize("kind", HEADERS)
def test_a_header(kind, report):
    found = report(HEADERS[kind])
    assert not any("no header" in said for said in found["assumed"])
    assert found["n_train"] + found["n_test"] == 40
    assert len(set(found["feature_names"])) == len(found["feature_names"])


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([f"2020-{1 + i % 12:02}-{1 + i % 28:02}" for i in range(40)], "date"),
        ([f"2020-01-{1 + i % 28:02} 12:{i:02}:00" for i in range(40)], "date"),
        ([f"2020-01-{1 + i % 28:02}T12:{i:02}:00Z" for i in range(40)], "date"),
        ([f"{1 + i % 12}/{1 + i % 28}/2020" for i in range(40)], "date"),
        ([f"{1 + i % 28}/{1 + i % 12}/2020" for i in range(40)], "date, day first"),
        ([f"{1 + i % 28}.{1 + i % 12}.2020" for i in range(40)], "date"),
        ([f"{1 + i % 28}-Mar-20" for i in range(40)], "date"),
        ([f"May {1 + i % 28}, 2020" for i in range(40)], "date"),
        ([f"7/{1 + i % 28}/20 1:{i:02} PM" for i in range(40)], "date"),
        (["" if i == 7 else f"2020-01-{1 + i % 28:02}" for i in range(40)], "date"),
        ([f"{'JanFebMar'[i % 3 * 3 :][:3]}-1-{1995 + i}" for i in range(40)], "date"),
        ([f"{1960 + i}q{1 + i % 4}" for i in range(40)], "date"),
        ([f"{i % 24}:30" for i in range(40)], "duration"),
        ([f"01:{i:02}:59" for i in range(40)], "duration"),
        ([["red", "green", "blue"][i % 3] for i in range(40)], "category"),
        ([["yes", "no"][i % 2] for i in range(40)], "category"),
        ([["True", "False"][i % 2] for i in range(40)], "category"),
        ([["0-10", "10-20", "20+"][i % 3] for i in range(40)], "category"),
        ([["red, or so", 'the "blue"'][i % 2] for i in range(40)], "category"),
        ([f"{i},{i:03}" for i in range(1, 41)], "number"),
        ([f"{i} 000" for i in range(40)], "number"),
        ([f"€ {i}" for i in range(40)], "number"),
        ([f"(nothing){i % 3}" for i in range(40)], "category"),
    ],
)  # fmt: skip
def test_kinds_of_columns(values, kind, report):
    assert report(column(values))["kinds"]["extra"] == kind


@pytest.mark.parametrize(
    ("values", "name", "reason"),
    [
        ([f"C{i:04}" for i in range(40)], "customer", "nearly every row"),
        ([str(1000 + i) for i in range(40)], "PassengerId", "nearly every row"),
        ([str(i) for i in range(40)], "id", "nearly every row"),
        ([f"a long story, number {i}, told well" for i in range(40)], "text", "nearly every row"),
        ([f"Mr. {i} Smith" for i in range(40)], "name", "nearly every row"),
        (["7"] * 40, "seven", "never varies"),
        (["NA"] * 40, "gaps", "never varies"),
        (["same"] * 40, "word", "never varies"),
    ],
)
def test_what_tells_nothing_is_left_out_and_said(values, name, reason, report):
    found = report(column(values, name))
    assert found["feature_names"] == ["width", "height"]
    assert reason in found["left_out"][name]


def test_columns_that_are_dropped(report, complaint):
    found = report(column(range(40), "size"), "--drop", "size", "--drop", "width")
    assert found["feature_names"] == ["height"]
    assert found["left_out"] == {"size": "--drop", "width": "--drop"}
    assert "Did you mean 'size'?" in complaint("train", "--data", "t.dat", "--drop", "siez")
    everything = [part for name in NAMES for part in ("--drop", name)]
    assert "--drop leaves no column" in complaint(
        "train", "--data", "t.dat", *everything, "--drop", "size"
    )


# What each of the small files is: its target, its features, the rows that count, what is said; or
# why it is refused. "-" stands for width and height.
STRANGERS = {
    "comma.data": ("kind", "-", 20, ""),
    "digits_label_first.csv": ("label", 51, 30, "by its name"),
    "digits_label_last.csv": ("label", 51, 30, "by its name"),
    "id_column.csv": ("kind", "-", 20, ""),
    "index_column.csv": ("kind", "-", 20, "the first column numbers or names the rows: left out"),
    "missing_target.csv": ("kind", "-", 19, ""),
    "n_slash_a.csv": ("kind", ["year", "height"], 20, ""),
    "no_header_names.csv": ("3", ["1", "2"], 20, "no header: the columns are called 1 to 3"),
    "no_header_numbers.csv": ("3", ["1", "2"], 20, "no header: the columns are called 1 to 3"),
    "null.csv": ("kind", ["year", "height"], 20, ""),
    "one_class.csv": "the target 'unused' is 0 in all rows, so there is nothing to learn; --",
    "price_2000.csv": "2,000 different values in 2,000 rows, nearly a class for each; for quant",
    "price_float.csv": "20 different values in 20 rows, nearly a class for each; for quantities",
    "r_write_csv.csv": ("kind", "-", 20, "the first column numbers or names the rows: left out"),
    "rare_class.csv": ("kind", "-", 21, ""),
    "semicolon.csv": ("kind", "-", 20, "columns separated by semicolons"),
    "semicolon_quoted.csv": ("kind", "-", 20, "columns separated by semicolons"),
    "small.arff": ("kind", "-", 20, ""),
    "svm.txt": ("target", ["1", "2"], 20, "read as svmlight, the target first"),
    "tab.tsv": ("kind", "-", 20, "columns separated by tabs"),
    "trailing_comma_header.csv": ("kind", "-", 20, "a column without a name or a value is left"),
}


def test_every_small_file_is_named_here(strangers):
    assert {path.name for path in strangers.iterdir()} == set(STRANGERS)


@pytest.mark.parametrize("name", STRANGERS)
def test_small_files_of_strangers(name, strangers, report, complaint):
    expected = STRANGERS[name]
    if isinstance(expected, str):
        assert expected in complaint("train", "--data", strangers / name)
        return
    target, features, n_rows, says = expected
    found = report((strangers / name).read_bytes())
    names = found["feature_names"]
    assert found["target"] == target
    if features == 51:  # pixels that vary
        assert (len(names), names[0], target in names) == (51, "pixel1", False)
    else:
        assert names == (NAMES[:2] if features == "-" else features)
    assert set(found["kinds"].values()) == {"number"}
    assert found["n_train"] + found["n_test"] == n_rows
    assert any(says in said for said in found["assumed"])


@pytest.mark.slow
@pytest.mark.parametrize("name", ["comma.data", "svm.txt", "no_header_names.csv", "small.arff"])
def test_a_model_of_a_file_evaluates_and_predicts_it(name, strangers, run, capsys):
    data = strangers / name
    assert run("train", "--data", data, "--no-plot", "--quiet") == 0
    assert "8 of 2-64-64-64-1" in capsys.readouterr().out
    assert run("evaluate", "model.joblib", "--data", data, "--all", "--json", "--quiet") == 0
    assert json.loads(capsys.readouterr().out)["accuracy"] > 0.8
    assert run("predict", "model.joblib", data, "--quiet") == 0
    assert len(capsys.readouterr().out.split()) == 20


# ---- targets


@pytest.mark.parametrize("name", ["target", "class", "label", "y", "Class", "LABEL"])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_column_with_the_name_of_a_target(name, place, report):
    rows = [[a, b] for a, b, _ in STR]
    for row, (_, _, kind) in zip(rows, STR, strict=True):
        row.insert(place, kind)
    header = ["width", "height"]
    header.insert(place, name)
    assert report(lines(rows, header=header))["target"] == name


def test_of_several_names_that_of_the_last_column_or_else_the_first_of_the_list(report):
    rows = [[c, c, a, b] for a, b, c in STR]
    assert report(lines(rows, header=["y", "class", "u", "v"]))["target"] == "class"
    rows = [[c, a, b, c] for a, b, c in STR]
    assert report(lines(rows, header=["target", "u", "v", "y"]))["target"] == "y"


def of_targets(values):
    return lines([[str(i % 7), str(i * i % 11), str(value)] for i, value in enumerate(values)])


# What is refused; docs/bad_input.md says with which words.
TARGETS = {
    "one class": ["a"] * 30,
    "one number": [1] * 30,
    "missing": [""] * 30,
    "a class for each row": [f"v{i}" for i in range(30)],
    "nearly": [f"v{i // 2 * 2}" if i < 12 else f"v{i}" for i in range(40)],
    "prices": [1000 + 17 * i for i in range(30)],
    "prices as floats": [1000.0 + 17 * i for i in range(30)],
    "fractions": [i % 5 + 0.5 for i in range(50)],
    "integers": [i % 30 for i in range(200)],
}


@pytest.mark.parametrize(
    ("values", "options", "task"),
    [
        ([i % 30 for i in range(200)], ["--task", "classification"], "classification"),
        ([i % 30 for i in range(200)], ["--task", "regression"], "regression"),
        ([i % 5 + 0.5 for i in range(50)], ["--task", "regression"], "regression"),
        ([f"{i % 5 + 1},000" for i in range(50)], [], "classification"),
        ([f"{i} %" for i in range(50)], ["--task", "regression"], "regression"),
        ([i % 3 for i in range(50)], [], "classification"),
        (["yes", "no"] * 20, [], "classification"),
        ([True, False] * 20, [], "classification"),
        ([["a", "b", ""][i % 3] for i in range(60)], [], "classification"),
        (["a", "b"] * 20 + ["rare"], [], "classification"),
        (["a", "b"] * 20 + [f"rare{i}" for i in range(9)], [], "classification"),
    ],
)
def test_targets_that_are_learned(values, options, task, report):
    content = of_targets([f'"{value}"' for value in values])
    found = report(content, *options)
    assert found["task"] == task
    n_missing = sum(value == "" for value in values)
    assert found["n_without_target"] == n_missing
    assert found["n_train"] + found["n_test"] == len(values) - n_missing


# ---- encodings


@pytest.mark.parametrize(
    ("encoding", "words"),
    [
        ("utf-8", ["größe", "Größe", "naïve"]),
        ("cp1252", ["größe", "Größe", "naïve café"]),
        ("latin-1", ["señor", "mañana", "año"]),
        ("cp1251", ["москва", "киев", "минск"]),
        ("gb18030", ["中国人民", "北京上海", "数据分析"]),
        ("cp932", ["ひらがな", "カタカナ", "にほん"]),
        ("utf-16", ["größe", "日本", "москва"]),
    ],
)
def test_encodings(encoding, words, report, run, capsys):
    rows = [[a, b, words[i % 3]] for i, (a, b, _) in enumerate(STR)]
    found = report(lines(rows, header=["a", "b", "kind"]).encode(encoding))
    assert any("a guess" in said for said in found["assumed"]) == ("utf" not in encoding)
    assert run("info", "model.joblib", "--json") == 0
    assert json.loads(capsys.readouterr().out)["classes"] == sorted(words)


# ---- what is refused


def pickled(buffer):
    import pickle

    pickle.dump({"W1": np.ones((3, 2)), "B1": np.ones((3, 1))}, buffer)


def two_files(buffer):
    zipped(buffer)
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr("other.csv", "a,b\n1,2\n")


REFUSED = {
    "empty": b"",
    "blank": b"\n \n",
    "only a header": b"a,b,kind\n",
    "one column": b"a\n1\n2\n3\n",
    "prose": b"Dear Sir or Madam\n\nthis is not a table\nyours\n",
    "npz": packed(lambda b: np.savez(b, coef_0=np.ones(3))),
    "npy": packed(lambda b: np.save(b, np.ones(3))),
    "pickle": packed(pickled),
    "hdf5": b"\x89HDF\r\n\x1a\n" + bytes(90),
    "sqlite": b"SQLite format 3\x00" + bytes(90),
    "PDF": b"%PDF-1.7 ...",
    "picture": b"\x89PNG\r\n\x1a\n" + bytes(90),
    "IDX": b"\x00\x00\x08\x03" + bytes(90),
    "two files in a zip": packed(two_files),
    "cut gzip": gzip.compress(lines(STR).encode())[:90],
    "too long a row": lines([*STR, ["1"] * 6]),
    "an open quote": lines([*STR, ['"1', "2", "a"]]),
    "wide svmlight": "1 5:1\n0 9:2 999999999:1\n",
    "MATLAB": b"MATLAB 5.0 MAT-file" + bytes(200),
    "no ARFF": "@relation x\n@attribute a numeric\n@data\nx,y,z\n",
    "nothing to learn from": lines([["1", "1", c] for *_, c in STR]),
}
REFUSED |= {f"target: {kind}": of_targets(values) for kind, values in TARGETS.items()}


def test_the_page_has_a_row_for_each(bad_input_table):
    assert {*bad_input_table("Files of the command")} == {*REFUSED}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_refused(kind, folder, complaint, bad_input_table):
    content = REFUSED[kind]
    (folder / "t.dat").write_bytes(content.encode() if isinstance(content, str) else content)
    error = complaint("train", "--data", "t.dat")
    assert error.startswith("skfcn train: error: t.dat: ")
    assert bad_input_table("Files of the command")[kind][-1].strip("`") in error


@pytest.mark.parametrize(
    ("kind", "beginning", "package"),
    [
        ("parquet", b"PAR1", "pyarrow"),
        ("feather", b"ARROW1", "pyarrow"),
        ("xls", b"\xd0\xcf\x11\xe0", "xlrd"),
        ("zstd", b"\x28\xb5\x2f\xfd", "zstandard"),
    ],
)
def test_what_reads_a_file_may_have_to_be_installed(
    kind, beginning, package, folder, complaint, monkeypatch
):
    monkeypatch.setitem(__import__("sys").modules, package, None)
    (folder / "t.dat").write_bytes(beginning + bytes(600))
    error = complaint("train", "--data", "t.dat")
    assert f"{kind} files are read by {package}: pip install {package}" in error


@pytest.mark.parametrize("form", ["parquet", "feather", "excel"])
@pytest.mark.parametrize("columns", [NAMES[:2], []], ids=["numbers", "more"])
def test_tables_with_types_of_their_own(form, columns, report):
    frame = pd.DataFrame(ROWS, columns=NAMES)
    frame["day"] = pd.date_range("2020", periods=40)
    frame["whole"] = pd.array([1, 2, 3, None] * 10, dtype="Int64")
    frame["word"] = pd.Series(["x", "y", None, "z"] * 10)
    frame = frame[[*(columns or ["day", "whole", "word", "width"]), "kind"]]
    found = report(packed(getattr(frame, f"to_{form}")))
    kinds = {"day": "date", "word": "category"}
    assert found["kinds"] == {title: kinds.get(title, "number") for title in frame.columns[:-1]}
    assert found["n_train"] + found["n_test"] == 40
