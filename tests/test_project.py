"""The project's own papers: what they say is so."""

import inspect
import re
import runpy
import tomllib
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

import pytest

import skfcn
from skfcn import FCNClassifier, FCNRegressor
from skfcn._sklearn import DOCUMENTATION
from skfcn.activations import ACTIVATIONS
from skfcn.initializers import INITIALIZERS
from skfcn.losses import LOSSES
from skfcn.normalization import NORMALIZATIONS
from skfcn.onnx import ACTIVATION_CONVERTERS
from skfcn.optimizers import OPTIMIZERS
from skfcn.schedules import SCHEDULES

ROOT = Path(__file__).parents[1]
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text())
PROJECT = SETTINGS["project"]


def test_the_oldest_versions_are_those_that_are_tested():
    oldest = dict(re.findall(r"^([\w-]+)==([\w.]+)$", (ROOT / ".ci/oldest.txt").read_text(), re.M))
    allowed = dict(requirement.split(">=") for requirement in PROJECT["dependencies"])
    assert {name: oldest[name] for name in allowed} == allowed


def test_the_loop():
    """What a developer runs after every change, and what everyone runs, as they are written."""
    pages = [(ROOT / name).read_text("utf-8") for name in ("README.md", "CONTRIBUTING.md")]
    commands = [re.findall(r"^python -m pip install .*pytest.*$", page, re.M) for page in pages]
    assert commands == 2 * [['python -m pip install -e ".[test]" && python -m pytest -n auto']]
    assert '\npython -m pytest -n auto -m "not slow"\n' in pages[1]
    needed = [re.split("[>=]", name)[0] for name in PROJECT["optional-dependencies"]["test"]]
    assert "pytest-xdist" in needed
    markers = SETTINGS["tool"]["pytest"]["ini_options"]["markers"]
    assert [marker.split(":")[0] for marker in markers] == ["slow"]


def test_the_version_has_one_source():
    assert version("skfcn") == skfcn.__version__
    cited = re.search(r"^version: (.+)$", (ROOT / "CITATION.cff").read_text("utf-8"), re.MULTILINE)
    assert cited[1] == skfcn.__version__


def test_the_address_of_the_documentation_has_one_source():
    assert PROJECT["urls"]["Documentation"] == DOCUMENTATION
    cited = re.search(r"^url: (.+)$", (ROOT / "CITATION.cff").read_text("utf-8"), re.MULTILINE)
    assert cited[1] == DOCUMENTATION
    contact = (ROOT / ".github/ISSUE_TEMPLATE/config.yml").read_text("utf-8")
    assert f" url: {DOCUMENTATION}\n" in contact


@pytest.mark.parametrize(
    "path", sorted(ROOT.glob("*.md")) + sorted(ROOT.glob("docs/**/*.md")), ids=lambda p: p.name
)
def test_links_lead_somewhere(path):
    links = re.findall(r"\]\(([^)#]+)\)", path.read_text(encoding="utf-8"))
    local = [link for link in links if "://" not in link]
    assert [link for link in local if not (path.parent / link).exists()] == []


@pytest.mark.parametrize("folder", ["docs", "docs/guide", "docs/zh"])
def test_lines_of_python_fit_the_pages(folder):
    for path in (ROOT / folder).glob("*.md"):
        for code in re.findall(r"^```python$(.*?)^```$", path.read_text("utf-8"), re.M | re.S):
            long = [line for line in code.splitlines() if len(line) > 100]
            assert long == [], path.name


def test_public_names_exist():
    assert all(hasattr(skfcn, name) for name in skfcn.__all__)
    assert (Path(skfcn.__file__).parent / "py.typed").exists()


API = (ROOT / "docs/api/index.rst").read_text(encoding="utf-8")
CONTRIBUTORS = (ROOT / "docs/api/contributors.rst").read_text(encoding="utf-8")
ABSTRACT = {
    "Activation",
    "Callback",
    "Initializer",
    "Loss",
    "Normalization",
    "Optimizer",
    "Schedule",
}


def documented(text):
    """Return the objects that a part of the API's index lists, by name."""
    found, module = {}, None
    for line in text.splitlines():
        if match := re.match(r"\.\. currentmodule:: (\S+)", line):
            module = match[1]
        elif match := re.match(r"   ([\w.]+)$", line):
            path, _, name = f"{module}.{match[1]}".rpartition(".")
            found[f"{path}.{name}"] = getattr(import_module(path), name)
    return found


def public_names(module):
    """Return the names of the classes and functions that a module is there for."""
    names = getattr(module, "__all__", None) or [
        name
        for name, value in vars(module).items()
        if getattr(value, "__module__", "") == module.__name__
    ]
    return [name for name in names if name[0] != "_" and callable(getattr(module, name))]


def test_the_api_lists_every_public_class_and_function():
    modules = ["activations", "callbacks", "datasets", "displays", "initializers", "losses"]
    modules += ["normalization", "onnx", "optimizers", "persistence", "preprocessing", "schedules"]
    modules = [import_module(name) for name in ("skfcn", *(f"skfcn.{name}" for name in modules))]
    public = [getattr(module, name) for module in modules for name in public_names(module)]
    listed = list(documented(API).values())
    assert [value for value in public if value not in listed] == []


def test_every_parameter_has_one_topic():
    """As the estimators' pages group them."""
    topics = runpy.run_path(str(ROOT / "docs/_ext/topics.py"))["PARAMETERS"]
    assert set(topics) == {f"skfcn.{name}" for name in skfcn.__all__ if "_" not in name}
    for name, groups in topics.items():
        in_groups = [parameter for _, _, group in groups for parameter in group]
        parameters = {*inspect.signature(getattr(skfcn, name[6:])).parameters}
        # A regressor has no class weights, and shares the topics of the classifier.
        assert sorted(in_groups) == sorted(parameters | {"class_weight"})
        assert name.endswith("Regressor") or "class_weight" in parameters


def test_the_api_names_chapters_that_are_there():
    data = runpy.run_path(str(ROOT / "docs/_ext/topics.py"))
    named = {chapter for chapters in data["CHAPTERS"].values() for chapter in chapters}
    for groups in data["PARAMETERS"].values():
        named |= {chapter for _, chapters, _ in groups for chapter in chapters}
    assert {name for name in named if not (ROOT / f"docs/guide/{name}.md").exists()} == set()
    listed = {**documented(API), **documented(CONTRIBUTORS)}
    modules = {name.rpartition(".")[0] for name in listed}
    assert set(data["CHAPTERS"]) <= {*listed, *modules}
    assert all(data["chapters"](name) for name in listed)


def test_what_users_meet_has_an_example():
    of_users = documented(API.partition("\nONNX\n")[0])
    lacking = [
        name for name, value in of_users.items() if "\nExamples\n" not in inspect.getdoc(value)
    ]
    assert {name.rpartition(".")[2] for name in lacking} <= ABSTRACT
    assert len(of_users) > 70


# --- a name in a registry is where users look for it ------------------------------------------


@pytest.mark.parametrize(
    ("chapter", "registry", "rows"),
    [
        ("activations", ACTIVATIONS, 2),  # in two tables: formulas, and which one
        ("losses", LOSSES, 1),
        ("optimizers", OPTIMIZERS, 1),
        ("schedules", SCHEDULES, 1),
    ],
)
def test_a_chapter_describes_every_name(chapter, registry, rows):
    text = (ROOT / f"docs/guide/{chapter}.md").read_text(encoding="utf-8")
    assert [name for name in registry if text.count(f'\n| `"{name}"') < rows] == []


@pytest.mark.parametrize("estimator", [FCNClassifier, FCNRegressor])
@pytest.mark.parametrize(
    ("parameter", "registry"),
    [
        ("activation", ACTIVATIONS),
        ("solver", OPTIMIZERS),
        ("learning_rate", SCHEDULES),
        ("init", INITIALIZERS),
        ("normalization", NORMALIZATIONS),
    ],
)
def test_the_estimators_docstrings_list_every_name(estimator, parameter, registry):
    choices = re.search(rf"^{parameter} : {{(.*?)}}", inspect.getdoc(estimator), re.M | re.S)[1]
    assert [name for name in registry if f'"{name}"' not in choices] == []


def test_every_named_activation_has_an_onnx_converter():
    classes = {name: type(make()) for name, make in ACTIVATIONS.items()}
    assert [name for name in classes if classes[name] not in ACTIVATION_CONVERTERS] == []
