"""Files are written whole or not at all, whatever fails, and errors name them."""

import ast
import errno
import os
import stat
import struct
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

import pytest

import skfcn
from skfcn._files import atomic_path, content_errors

PACKAGE = Path(skfcn.__file__).parent


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_atomic_path_replaces(tmp_path: Path) -> None:
    path = tmp_path / "plot.png"
    path.write_text("old")
    with atomic_path(path) as temporary:
        assert temporary.suffix == ".png"
        assert temporary.parent.parent == tmp_path.resolve()
        temporary.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert names_in(tmp_path) == ["plot.png"]


@pytest.mark.parametrize("error", [ValueError, OSError, KeyboardInterrupt, SystemExit])
@pytest.mark.parametrize("old", ["old", None])
def test_atomic_path_leaves_no_trace_of_a_failure(
    tmp_path: Path, error: type[BaseException], old: str | None
) -> None:
    path = tmp_path / "a.json"
    if old is not None:
        path.write_text(old)
    with pytest.raises(error), atomic_path(path) as temporary:  # noqa: PT012
        temporary.write_text("half")
        raise error
    assert [file.read_text() for file in tmp_path.iterdir()] == [old] * path.exists()


@pytest.mark.parametrize("call", ["os.fsync", "os.replace"])
def test_atomic_path_when_the_disk_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    def fail(*arguments: Any) -> None:
        raise OSError(28, "No space left on device")

    path = tmp_path / "a.json"
    path.write_text("old")
    monkeypatch.setattr(call, fail)
    with pytest.raises(OSError, match="No space left"), atomic_path(path) as temporary:
        temporary.write_text("new")
    assert path.read_text() == "old"
    assert names_in(tmp_path) == ["a.json"]


def test_atomic_path_syncs_the_whole_file_before_and_the_folder_after_it_replaces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.json"
    synced = []

    def fsync(descriptor: int) -> None:
        status = os.fstat(descriptor)
        is_folder = stat.S_ISDIR(status.st_mode)
        synced.append(("folder" if is_folder else status.st_size, path.exists()))

    monkeypatch.setattr(os, "fsync", fsync)
    with atomic_path(path) as temporary:
        temporary.write_text("new")
    assert synced == [(3, False), ("folder", True)]


@pytest.mark.skipif(os.name != "posix", reason="POSIX mode bits")
@pytest.mark.parametrize("mask", [0o022, 0o077, 0o002])
def test_atomic_path_honours_the_umask(tmp_path: Path, mask: int) -> None:
    previous = os.umask(mask)
    try:
        with atomic_path(tmp_path / "a.json") as temporary:
            temporary.write_text("new")
    finally:
        os.umask(previous)
    assert (tmp_path / "a.json").stat().st_mode & 0o777 == 0o666 & ~mask


@pytest.mark.parametrize("exists", [True, False])
def test_atomic_path_follows_a_link(tmp_path: Path, exists: bool) -> None:
    (tmp_path / "data").mkdir()
    target = tmp_path / "data" / "real.txt"
    if exists:
        target.write_text("old")
    link = tmp_path / "link.txt"
    link.symlink_to(Path("data", "real.txt"))
    with atomic_path(link) as temporary:
        temporary.write_text("new")
    assert link.is_symlink()
    assert target.read_text() == link.read_text() == "new"
    assert not target.is_symlink()
    assert names_in(target.parent) == ["real.txt"]


def test_atomic_path_refuses_what_is_no_file(tmp_path: Path) -> None:
    for path in (tmp_path, Path(os.devnull)):
        with (
            pytest.raises(FileExistsError, match="not a regular file") as caught,
            atomic_path(path),
        ):
            pytest.fail("the block must not run")
        assert caught.value.filename == str(path)
    with pytest.raises(FileNotFoundError), atomic_path(tmp_path / "none" / "a.json"):
        pytest.fail("the block must not run")


def test_atomic_path_relative(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with atomic_path("a.json") as temporary:
        temporary.write_text("new")
    assert (tmp_path / "a.json").read_text() == "new"


def test_content_errors() -> None:
    for error in (OSError("seek"), MemoryError(), struct.error("short"), RecursionError()):
        with (
            pytest.raises(ValueError, match=r"a\.npz: cannot be read as weights") as caught,
            content_errors("a.npz", "weights"),
        ):
            raise error
        assert caught.value.__cause__ is error
    with pytest.raises(KeyboardInterrupt), content_errors("a.npz", "weights"):
        raise KeyboardInterrupt
    with content_errors("a.npz", "weights"):
        warnings.warn("odd", UserWarning, stacklevel=1)
    with pytest.warns(UserWarning, match="odd"):
        warnings.warn("odd", UserWarning, stacklevel=1)


# --- Faults of the real system, in processes of their own -------------------------------------

PREAMBLE = """
import os, resource, signal, sys, time
from pathlib import Path
from types import SimpleNamespace
import numpy as np
from skfcn.persistence import load_weights, save_weights

path = Path(sys.argv[1])
network = SimpleNamespace(coefs_=[np.ones((300, 300))], intercepts_=[np.ones(300)])
"""


def run(code: str, *arguments: Any) -> str:
    """Run code in a process of its own and return what it prints."""
    command = [sys.executable, "-W", "error", "-c", PREAMBLE + code, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout


posix = pytest.mark.skipif(os.name != "posix", reason="POSIX limits and signals")


@pytest.mark.slow
@posix
def test_a_file_that_the_system_cuts_short_leaves_the_old_one(tmp_path: Path) -> None:
    """RLIMIT_FSIZE is a disk that is full after so many bytes: at none, few, and nearly all.

    For checkpoints `test_checkpoint_faults.py` does so.
    """
    code = f"""
from skfcn._cli import draw_matrix, save_model, write_figure, write_report

def weights(path):
    save_weights(network, path)

def figure(path):
    write_figure(draw_matrix(np.eye(3), np.array(list("abc"))), path)

def model(path):
    save_model(network, {{"task": "classification"}}, path)

def report(path):
    write_report({{"loss": list(range(1000))}}, path)

def limit_size(size):
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

for write in (weights, figure, model, report):
    write(path)
    size = path.stat().st_size
    for other in path.parent.iterdir():
        other.unlink()
    path.write_text("old")
    for limit in (0, 1, 1000, size // 2, size - 1):
        limit_size(limit)
        try:
            write(path)
        except OSError as error:
            assert error.errno == {errno.EFBIG}, error
        else:
            sys.exit(f"wrote {{size}} bytes in spite of a limit of {{limit}}")
        names = [other.name for other in path.parent.iterdir()]
        assert names == [path.name], names
        assert path.read_text() == "old"
    limit_size(resource.RLIM_INFINITY)
    write(path)
    assert path.stat().st_size == size
    print(write.__name__)
"""
    assert run(code, tmp_path / "saved.png").split() == ["weights", "figure", "model", "report"]


N_KILLS = 1000 if os.environ.get("SKFCN_FUZZ") == "long" else 30


@pytest.mark.slow
@posix
def test_a_process_killed_while_it_saves_leaves_a_whole_file(tmp_path: Path) -> None:
    """SIGKILL at random moments of a process that saves all the time: always old or new."""
    code = f"""
rng = np.random.default_rng(0)

def save(value):
    network.coefs_[0][:] = network.intercepts_[0][:] = value
    save_weights(network, path)

save(-1)
interrupted, last = 0, set()
for kill in range({N_KILLS}):
    child = os.fork()
    if not child:
        for i in range(10**9):
            save(kill + i / 2**20)
    time.sleep(rng.uniform(0.002, 0.03))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    coefs, intercepts = load_weights(path)
    values = np.unique(np.concatenate([coefs[0].ravel(), intercepts[0]]))
    assert len(values) == 1, values
    last.add(float(values[0]))
    for folder in path.parent.glob(".tmp*"):  # killed halfway
        interrupted += 1
        for file in folder.iterdir():
            file.unlink()
        folder.rmdir()
    assert [file.name for file in path.parent.iterdir()] == [path.name]
print(interrupted, len(last))
"""
    interrupted, n_saved = map(int, run(code, tmp_path / "weights.npz").split())
    print(f"{N_KILLS} kills, {interrupted} of them in the middle of a save")  # pytest -s shows it
    # The kills did hit the middle of a save, and saves did get through between them.
    assert interrupted >= N_KILLS // 5
    assert n_saved >= N_KILLS // 5


@pytest.mark.slow
@posix
def test_a_protected_file_is_kept() -> None:
    code = """
if os.geteuid() == 0:
    os.setuid(65534)  # nothing is protected from root
path.write_text("old")
path.chmod(0o444)
try:
    save_weights(network, path)
except PermissionError as error:
    assert error.filename == str(path), error.filename
else:
    sys.exit("overwrote a read-only file")
assert path.read_text() == "old"
path.chmod(0o644)
path.parent.chmod(0o555)
try:
    save_weights(network, path)
except PermissionError as error:
    assert error.filename == str(path), error.filename
else:
    sys.exit("wrote in a read-only folder")
path.parent.chmod(0o755)
print(path.read_text())
"""
    with tempfile.TemporaryDirectory() as name:  # tmp_path is out of reach for other users
        Path(name).chmod(0o777)
        folder = Path(name, "open")
        folder.mkdir()
        folder.chmod(0o777)
        if os.geteuid() == 0:
            os.chown(folder, 65534, 65534)
        assert run(code, folder / "weights") == "old\n"


# --- Places where no file can be ---------------------------------------------------------------


def check_refused(path: Path, error: type[OSError]) -> None:
    """The block does not run, and the error names the path as the caller did."""
    with pytest.raises(error) as caught, atomic_path(path):
        pytest.fail("the block must not run")
    assert caught.value.filename == str(path)
    assert str(path) in str(caught.value)


def test_no_such_folder(tmp_path: Path) -> None:
    check_refused(tmp_path / "none" / "a.json", FileNotFoundError)
    assert names_in(tmp_path) == []


def test_a_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("old")
    check_refused(tmp_path / "file" / "a.json", NotADirectoryError)
    assert (tmp_path / "file").read_text() == "old"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux has /proc")
def test_a_folder_that_takes_no_files() -> None:
    check_refused(Path("/proc/a.json"), OSError)


def test_a_link_that_leads_nowhere(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(Path("none", "a.json"))
    check_refused(link, FileNotFoundError)
    assert link.is_symlink()
    link.unlink()
    link.symlink_to("link")  # to itself
    check_refused(link, FileExistsError)
    assert link.is_symlink()
    link.unlink()
    link.symlink_to(".")
    check_refused(link, FileExistsError)
    assert names_in(tmp_path) == ["link"]


def test_a_folder_that_cannot_be_synced_is_no_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some file systems refuse it; the file itself is written and synced by then."""
    sync = os.fsync

    def fsync(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "Invalid argument")
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    with atomic_path(tmp_path / "a.json") as temporary:
        temporary.write_text("new")
    assert (tmp_path / "a.json").read_text() == "new"


# --- Nothing in the package writes in another way ------------------------------------------------

WRITING_METHODS = {
    *("write_text", "write_bytes", "savefig", "imsave", "dump", "tofile", "touch"),
    *("save", "savez", "savez_compressed", "savetxt", "savemat", "to_csv", "to_pickle"),
    *("rename", "copyfile", "copy2", "move"),
}


def writes(call: ast.Call) -> bool:
    """Whether a call looks as if it wrote a file."""
    name = getattr(call.func, "attr", None) or getattr(call.func, "id", None)
    if name == "open":
        text = " ".join(ast.unparse(a) for a in [*call.args, *(k.value for k in call.keywords)])
        return any(f"'{mode}" in text for mode in ("w", "a", "x", "r+", "rb+"))
    return name in WRITING_METHODS and isinstance(call.func, ast.Attribute)


def writers(source: str) -> tuple[list[str], list[str]]:
    """Functions that write files: those that do so within `atomic_path`, and the others."""
    safe, unsafe = [], []
    for function in ast.walk(ast.parse(source)):
        if not isinstance(function, ast.FunctionDef):
            continue
        calls = [node for node in ast.walk(function) if isinstance(node, ast.Call)]
        if any(writes(call) for call in calls):
            called = {getattr(call.func, "id", None) for call in calls}
            (safe if "atomic_path" in called else unsafe).append(function.name)
    return safe, unsafe


def test_every_writer_is_atomic() -> None:
    found = {
        path.relative_to(PACKAGE).as_posix(): writers(path.read_text(encoding="utf-8"))
        for path in PACKAGE.rglob("*.py")
    }
    unsafe = [(name, function) for name, (_, others) in found.items() for function in others]
    # A checkpoint is saved through `FitFolder.save`; the lock is a file without content.
    others = {("callbacks/checkpoint.py", "_save"), ("callbacks/folder.py", "_locked")}
    assert set(unsafe) == {("_files/atomic.py", "atomic_path"), *others}
    safe = {(name, function) for name, (atomic, _) in found.items() for function in atomic}
    assert safe >= {("persistence.py", "save_weights"), ("_cli/model.py", "save_model")}
    assert safe >= {("_cli/output.py", "write_figure"), ("_cli/output.py", "write_report")}
    assert safe >= {("callbacks/folder.py", "save"), ("callbacks/folder.py", "new")}


@pytest.mark.parametrize(
    "line",
    [
        "open(path, 'w')",
        "open(path, mode='ab')",
        "path.open('wb')",
        "path.open(mode='r+')",
        "path.write_text('')",
        "joblib.dump(model, path)",
        "figure.savefig(path)",
        "np.savez(path)",
        "path.rename(path)",
    ],
)
def test_a_writer_that_is_not_atomic_would_be_noticed(line: str) -> None:
    assert writers(f"def save(path):\n    {line}") == ([], ["save"])
    assert writers(f"def save(path):\n    with atomic_path(p) as path:\n        {line}") == (
        ["save"],
        [],
    )
    assert writers("def read(path):\n    open(path); path.open('rb'); 'a'.replace('a', 'b')") == (
        [],
        [],
    )
