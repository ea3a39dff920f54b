"""The project's own papers: what they say is so."""

import re
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest

import skfcn

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def test_the_oldest_versions_are_those_that_are_tested():
    oldest = dict(re.findall(r"^([\w-]+)==([\w.]+)$", (ROOT / ".ci/oldest.txt").read_text(), re.M))
    allowed = dict(requirement.split(">=") for requirement in PROJECT["dependencies"])
    assert {name: oldest[name] for name in allowed} == allowed


def test_the_version_has_one_source():
    assert version("skfcn") == skfcn.__version__


@pytest.mark.parametrize(
    "path", sorted(ROOT.glob("*.md")) + sorted(ROOT.glob("docs/**/*.md")), ids=lambda p: p.name
)
def test_links_lead_somewhere(path):
    links = re.findall(r"\]\(([^)#]+)\)", path.read_text(encoding="utf-8"))
    local = [link for link in links if "://" not in link]
    assert [link for link in local if not (path.parent / link).exists()] == []


def test_public_names_exist():
    assert all(hasattr(skfcn, name) for name in skfcn.__all__)
    assert (Path(skfcn.__file__).parent / "py.typed").exists()
