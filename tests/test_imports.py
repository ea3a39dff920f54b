"""The house: which module may import which, and what importing it costs."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import skfcn

PACKAGE = Path(skfcn.__file__).parent

# Each module imports only modules above it.
ORDER = [
    "_version",
    "engine.blas",
    "engine.parameters",
    "engine.dropout",
    "engine.workspace",
    "engine.sparse",
    "engine.network",
    "engine.threads",
    "engine",
    "_sklearn_private",
    "_components",
    "activations",
    "normalization",
    "_html",
    "initializers",
    "losses.base",
    "losses.classification",
    "losses.regression",
    "losses",
    "schedules",
    "optimizers",
    "objective",
    "batches",
    "averaging",
    "training_state",
    "descent",
    "divergence",
    "training",
    "lbfgs",
    "_validation",
    "_settings",
    "_scoring",
    "run",
    "fitting",
    "_start",
    "_interruption",
    "_callback_support",
    "_observers",
    "_fitted",
    "_labels",
    "_mlp",
    "_estimator",
    "classifier",
    "regressor",
    "conversion",
    "_files",
    "_identity",
    "callbacks.base",
    "callbacks.step_log",
    "callbacks.stopping",
    "callbacks._folder",
    "callbacks.checkpoint",
    "callbacks",
    "range_test",
    "displays._axes",
    "displays._models",
    "displays._training",
    "displays._learning_rate",
    "displays._weights",
    "displays._distributions",
    "displays._network",
    "displays._misclassified",
    "displays",
    "_npz",
    "_para",
    "persistence",
    "datasets._mat",
    "datasets._mnist",
    "datasets._csv",
    "datasets",
    "preprocessing",
    "_onnx_graph",
    "onnx",
    "",  # skfcn itself
    "_cli.output",
    "_cli.help",
    "_cli.train_options",
    "_cli.arguments",
    "_cli.data",
    "_cli.files",
    "_cli.model",
    "_cli.images",
    "_cli.progress",
    "_cli.curves",
    "_cli.train",
    "_cli.evaluate",
    "_cli.predict",
    "_cli.info",
    "_cli.plot",
    "_cli",
    "__main__",
]

FILES = sorted(PACKAGE.rglob("*.py"))


def module_name(path):
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path):
    """Full names of the modules that a file imports, anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}: relative import"
            yield node.module


def names_from_scikit_learn(path):
    """Full names of all that a file imports from scikit-learn, modules and what is in them."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        yield from (name for name in names if name.split(".")[0] == "sklearn")


def test_the_order_names_every_module_once():
    assert sorted(ORDER) == sorted(module_name(path) for path in FILES)


@pytest.mark.parametrize("path", FILES, ids=module_name)
def test_arrows_run_one_way(path):
    own = {
        name.removeprefix("skfcn").lstrip(".")
        for name in imports(path)
        if name.split(".")[0] == "skfcn"
    }
    position = ORDER.index(module_name(path))
    assert own <= set(ORDER[:position])


@pytest.mark.parametrize("path", FILES, ids=module_name)
def test_private_scikit_learn_stays_in_one_file(path):
    private = [name for name in names_from_scikit_learn(path) if "._" in name]
    assert not private or module_name(path) == "_sklearn_private"


def lines_without_docstrings(path):
    text = path.read_text(encoding="utf-8")
    n_lines = len(text.splitlines())
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(
            node
        ):
            docstring = node.body[0]
            n_lines -= docstring.end_lineno - docstring.lineno + 1
    return n_lines


@pytest.mark.parametrize("path", FILES, ids=module_name)
def test_files_hold_one_thing(path):
    assert lines_without_docstrings(path) <= 300


def test_matplotlib_is_imported_only_where_something_is_drawn():
    code = "import sys, skfcn._cli; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
