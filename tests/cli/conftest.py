"""How the tests run the command: in this process or, where that matters, in one of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from sklearn.datasets import load_digits

from skfcn._cli import main


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Return the folder in which the command is run."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COLUMNS", raising=False)
    return tmp_path


def _run(*arguments):
    return main([str(argument) for argument in arguments])


@pytest.fixture
def run():
    """Run the command and return its exit status."""
    return _run


@pytest.fixture
def process():
    """Run the command in a process of its own."""

    def run(*arguments, env=None, **settings):
        command = [sys.executable, "-m", "skfcn", *map(str, arguments)]
        settings = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True} | settings
        environment = os.environ | (env or {})
        return subprocess.run(command, env=environment, check=False, timeout=120, **settings)

    return run


@pytest.fixture
def complaint(capsys):
    """Run what must fail; return the line that says why."""

    def run(*arguments, has_results=False):
        capsys.readouterr()
        try:
            status = _run(*arguments)
        except SystemExit as stop:  # argparse's way
            status = stop.code
        out, err = capsys.readouterr()
        assert status == 2
        assert has_results == (out != "")
        *before, line = err.splitlines()
        assert line.startswith("skfcn")
        assert ": error: " in line
        assert not any("error" in other or "wrote" in other for other in before)
        return line

    return run


@pytest.fixture(scope="session")
def model_path(tmp_path_factory):
    """A quick model of the digits."""
    path = tmp_path_factory.mktemp("model") / "digits.joblib"
    assert _run("train", "--epochs", 10, "--out", path, "--no-plot", "--quiet") == 0
    return path


@pytest.fixture
def write_csv():
    """Write a table and return its path."""

    def write(path, header, rows):
        lines = [",".join(map(str, row)) for row in [header, *rows]]
        Path(path).write_text("\n".join(lines) + "\n")
        return path

    return write


@pytest.fixture
def digits_csv(write_csv):
    """A table of twenty digits, without their labels."""
    X, _ = load_digits(return_X_y=True)
    return write_csv("rows.csv", [f"pixel{i}" for i in range(64)], X[:20].astype(int).tolist())


@pytest.fixture
def fruit(write_csv):
    """A table whose columns are numbers, text, classes and quantities."""
    rows = [
        [i % 7, ("green", "yellow")[i % 2], ("apple", "banana")[i % 2], 3 * (i % 7) + 20 * (i % 2)]
        for i in range(140)
    ]
    return write_csv("fruit.csv", ["weight", "colour", "kind", "price"], rows)
