"""Where the tests find real data (those that need it skip with a reason where it is absent), how
many examples Hypothesis tries, and how processes share the tests.
"""

import gc
import os
import re
from functools import cache
from pathlib import Path

if "PYTEST_XDIST_WORKER" in os.environ:  # there is one for each core; before NumPy is imported
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # scikit-learn's boosted trees

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parents[1]

# The short profile is the same in every run; `--hypothesis-profile=long` looks for new examples.
_COMMON = {
    "deadline": None,
    "print_blob": True,
    "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large],
}
settings.register_profile("short", max_examples=40, derandomize=True, **_COMMON)
settings.register_profile("long", max_examples=8000, **_COMMON)
settings.load_profile("short")


def pytest_configure(config):
    """Let a process that has nothing left to do take over what others have not begun."""
    if config.getoption("dist", "no") == "load":  # what -n alone means
        config.option.dist = "worksteal"


@pytest.hookimpl(tryfirst=True)  # before the marks are asked for
def pytest_collection_modifyitems(items):
    """Mark the examples of the documentation's pages: they train, and have no line for a mark."""
    for item in items:
        if item.path.suffix == ".md" and item.path.parent != ROOT:
            item.add_marker(pytest.mark.slow)


def pytest_collection_finish():
    """Spare those who collect garbage what lives until the end: modules and tests."""
    gc.freeze()


SHARED_DATA = ROOT.parent / "shared" / "data"


def _shared_file(name: str) -> Path:
    path = SHARED_DATA / name
    if not path.exists():
        pytest.skip(f"real data not found: {path}")
    return path


@pytest.fixture(scope="session")
def mnist_mat() -> Path:
    """Path of the real ``mnist_all.mat``."""
    return _shared_file("mnist_all.mat")


@pytest.fixture(scope="session")
def seed_para() -> Path:
    """Path of the tutorial author's saved parameters."""
    return _shared_file("seed_model1.para")


@pytest.fixture(scope="session")
def strangers() -> Path:
    """Folder of small files in the shapes that strangers' files have."""
    return _shared_file("files")


@pytest.fixture(scope="session")
def tabular() -> Path:
    """Folder of the real tabular data sets."""
    return _shared_file("tabular")


@pytest.fixture(scope="session")
def bad_input_table():
    """Return the rows of a section of docs/bad_input.md: what follows the id, by id."""
    page = ROOT / "docs/bad_input.md"
    text = page.read_text("utf-8")

    @cache
    def rows(section: str) -> dict[str, list[str]]:
        (body,) = re.findall(rf"^## {section}$(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
        cells = [
            re.split(r" +\| +", line.strip("| ")) for line in body.splitlines() if "|" in line
        ]
        rows = {first.strip("`"): rest for first, *rest in cells[2:]}
        assert len(rows) == len(cells) - 2, "an id comes twice"
        return rows

    return rows


@pytest.fixture
def no_work(monkeypatch):
    """Let a test fail that makes a network or trains one, where an error was to come first."""

    def refuse(*args, **kwargs):
        raise AssertionError("work was done before the error")

    monkeypatch.setattr("skfcn.training.start.Network", refuse)
    monkeypatch.setattr("skfcn.training.fit.train", refuse)
    monkeypatch.setattr("skfcn.training.fit.train_lbfgs", refuse)


@pytest.fixture
def small_iterator_buffers():
    """Let NumPy's iterators have small buffers: they have 8192 numbers, however long an array."""
    before = np.setbufsize(16)
    yield
    np.setbufsize(before)
