"""Where the tests find real data; those that need it skip with a reason where it is absent."""

from pathlib import Path

import pytest

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


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
def tabular() -> Path:
    """Folder of the real tabular data sets."""
    return _shared_file("tabular")
