"""The house: which module may import which, and what importing it costs."""

import ast
import re
import subprocess
import sys
from functools import cache
from graphlib import TopologicalSorter
from importlib import import_module
from inspect import ismodule
from pathlib import Path

import pytest

import skfcn

PACKAGE = Path(skfcn.__file__).parent

# Each folder, or file of the root, imports only from lines above its own; files of one folder
# import each other without a circle. Other folders are seen by their faces alone.
ORDER = [
    ["engine", "_files"],
    ["_sklearn"],
    ["activations", "normalization", "initializers", "losses", "schedules", "optimizers"],
    ["training"],
    ["_estimators"],
    ["callbacks", "datasets", "persistence"],
    ["tabular", "tuning"],
    ["preprocessing"],
    ["onnx"],
    ["displays"],
    ["_cli"],
    ["__main__"],
]
LEVEL = {room: level for level, rooms in enumerate(ORDER) for room in rooms}

FILES = sorted(PACKAGE.rglob("*.py"))


def module_name(path):
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def nodes(path):
    return [*ast.walk(ast.parse(path.read_text(encoding="utf-8")))]


def imports(path):
    """Full names of the modules that a file imports, anywhere in it."""
    for node in nodes(path):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}: relative import"
            yield node.module


def names_from_scikit_learn(path):
    """Full names of all that a file imports from scikit-learn, modules and what is in them."""
    for node in nodes(path):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        yield from (name for name in names if name.split(".")[0] == "sklearn")


def room_of(name):
    return name.split(".")[0]


def own_imports(path):
    """Names below skfcn of the modules that a file imports; `__version__` is the root's own."""
    names = {name for name in imports(path) if room_of(name) == "skfcn" and name != "skfcn"}
    return {name.removeprefix("skfcn.") for name in names}


def test_the_order_names_every_room_once():
    rooms = [room for rooms in ORDER for room in rooms]
    assert sorted(rooms) == sorted({room_of(module_name(path)) for path in FILES} - {""})


def test_arrows_run_one_way():
    for path in FILES:
        room = room_of(module_name(path))
        others = {name for name in own_imports(path) if room and room_of(name) != room}
        assert all(LEVEL[room_of(name)] < LEVEL[room] for name in others), (path, others)
        assert all(name == room_of(name) for name in others), (path, "not by its face", others)


@pytest.mark.parametrize("room", sorted({path.parent.name for path in FILES} - {PACKAGE.name}))
def test_no_circle_in_a_folder(room):
    arrows = {
        module_name(path): {name for name in own_imports(path) if room_of(name) == room}
        for path in FILES
        if room_of(module_name(path)) == room
    }
    list(TopologicalSorter(arrows).static_order())  # raises CycleError


def test_private_scikit_learn_stays_in_one_file():
    private = {
        module_name(path)
        for path in FILES
        if any("._" in name for name in names_from_scikit_learn(path))
    }
    assert private == {"_sklearn.private"}


def lines_without_docstrings(path):
    n_lines = len(path.read_text(encoding="utf-8").splitlines())
    for node in nodes(path):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(
            node
        ):
            docstring = node.body[0]
            n_lines -= docstring.end_lineno - docstring.lineno + 1
    return n_lines


def test_files_hold_one_thing():
    long = {path: lines for path in FILES if (lines := lines_without_docstrings(path)) > 300}
    assert long == {}


def test_tests_import_from_the_faces_of_folders():
    """Also in the programs that they run, which are strings.

    A file inside a folder may be imported as a module, `import skfcn.engine.evaluate`: who puts
    something else in its place, or looks at what is private there, has to say where it is.
    """
    behind_a_face = re.compile(r"^ *from skfcn\.\w+\.\S+ import .*", re.MULTILINE)
    files, found = sorted(Path(__file__).parent.rglob("*.py")), []
    for path in files:
        text = path.read_text("utf-8")
        found += [f"{path.name}: {line}" for line in behind_a_face.findall(text)]
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("skfcn."):
                room = import_module(node.module)
                modules = [a.name for a in node.names if ismodule(getattr(room, a.name))]
                found += [f"{path.name}: {name} of {node.module}" for name in modules]
    assert found == []
    assert len(files) > 70


@pytest.mark.slow
def test_matplotlib_is_imported_only_where_something_is_drawn():
    code = "import sys, skfcn._cli; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_pandas_is_imported_only_where_a_table_is_read():
    importing = [path for path in FILES if "pandas" in map(room_of, imports(path))]
    assert {module_name(path).split(".")[0] for path in importing} == {"_files"}
