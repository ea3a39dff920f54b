"""Weights in files: what is saved comes back, and nothing else gets in."""

import builtins
import contextlib
import io
import os
import pickle
import tracemalloc
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from sklearn.neural_network import MLPClassifier

from skfcn.datasets import load_mnist_mat
from skfcn.persistence import load_para, load_weights, save_weights

SHAPES = [(5, 3), (3, 4), (4, 2)]
PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)


def network(dtype: Any = np.float64) -> SimpleNamespace:
    rng = np.random.default_rng(0)
    return SimpleNamespace(
        coefs_=[rng.normal(size=shape).astype(dtype) for shape in SHAPES],
        intercepts_=[rng.normal(size=shape[1]).astype(dtype) for shape in SHAPES],
    )


def assert_same_layers(layers: tuple[list, list], expected: Any) -> None:
    for arrays, others in zip(layers, (expected.coefs_, expected.intercepts_), strict=True):
        for array, other in zip(arrays, others, strict=True):
            assert array.dtype == other.dtype
            assert array.flags.c_contiguous
            assert array.flags.owndata
            np.testing.assert_array_equal(array, other)


def survives(load: Callable[[Path], Any], path: Path) -> bool:
    """Whether `load` accepts the file; if it does not, it must name it in a ValueError."""
    try:
        coefs, intercepts = load(path)
    except ValueError as error:
        message = str(error)
    else:
        assert all(np.isfinite(array).all() for array in (*coefs, *intercepts))
        return True
    assert str(path) in message
    return False


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


# --- save_weights and load_weights -----------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_weights_round_trip(tmp_path: Path, dtype: Any) -> None:
    path = tmp_path / "no-suffix-added"
    save_weights(network(dtype), path)
    assert names_in(tmp_path) == ["no-suffix-added"]
    assert_same_layers(load_weights(path), network(dtype))
    with np.load(path, allow_pickle=False) as archive:
        assert sorted(archive.files) == [
            "coef_0",
            "coef_1",
            "coef_2",
            "intercept_0",
            "intercept_1",
            "intercept_2",
        ]


def test_weights_of_more_than_ten_layers(tmp_path: Path) -> None:
    """Names must be put in the order of their numbers, not of their letters."""
    deep = SimpleNamespace(
        coefs_=[np.full((1, 1), float(i)) for i in range(12)],
        intercepts_=[np.full(1, -float(i)) for i in range(12)],
    )
    save_weights(deep, tmp_path / "deep.npz")
    assert_same_layers(load_weights(str(tmp_path / "deep.npz")), deep)


def test_weights_of_a_scikit_learn_estimator(tmp_path: Path) -> None:
    X = np.random.default_rng(0).normal(size=(20, 4))
    estimator = MLPClassifier(hidden_layer_sizes=(3,), solver="lbfgs", random_state=0, tol=0.1)
    estimator.fit(X, X[:, 0] > 0)
    save_weights(estimator, tmp_path / "mlp.npz")
    assert_same_layers(load_weights(tmp_path / "mlp.npz"), estimator)


@pytest.mark.parametrize("order", ["<", ">"])
def test_weights_byte_and_memory_order(tmp_path: Path, order: str) -> None:
    path = tmp_path / "w.npz"
    arrays = {f"coef_{i}": np.asfortranarray(a) for i, a in enumerate(network().coefs_)}
    arrays |= {f"intercept_{i}": a for i, a in enumerate(network().intercepts_)}
    np.savez_compressed(path, **{k: a.astype(f"{order}f8") for k, a in arrays.items()})
    assert_same_layers(load_weights(path), network())


def broken_networks() -> list[Any]:
    coef, intercept = np.ones((2, 3)), np.ones(3)
    return [
        ([], []),
        ([coef], []),
        ([coef], [intercept, intercept]),
        ([coef], [np.ones(2)]),
        ([coef], [np.ones((3, 1))]),
        ([coef[0]], [intercept]),
        ([coef[0]], [intercept[0]]),
        ([coef, coef], [intercept, intercept]),
        ([np.ones((0, 3))], [intercept]),
        ([np.ones((2, 0))], [np.ones(0)]),
        ([coef * np.nan], [intercept]),
        ([coef], [intercept / 0.0]),
        ([coef.astype(int)], [intercept]),
        ([coef.astype(np.float16)], [intercept]),
        ([coef.astype(np.longdouble)], [intercept]),
        ([coef.astype(complex)], [intercept]),
        ([coef.astype(str)], [intercept]),
    ]


@pytest.mark.filterwarnings("ignore:divide by zero")
def test_weights_that_are_no_network(tmp_path: Path) -> None:
    path = tmp_path / "w.npz"
    for coefs, intercepts in broken_networks():
        path.write_bytes(b"old")
        with pytest.raises(ValueError, match="weights: "):
            save_weights(SimpleNamespace(coefs_=coefs, intercepts_=intercepts), path)
        assert path.read_bytes() == b"old"
        named = {f"coef_{i}": a for i, a in enumerate(coefs)}
        named |= {f"intercept_{i}": a for i, a in enumerate(intercepts)}
        np.savez(path, **named)
        assert not survives(load_weights, path)
    assert names_in(tmp_path) == ["w.npz"]


@pytest.mark.parametrize(
    "names",
    [
        ["coef_0"],
        ["coef_0", "intercept_1"],
        ["coef_1", "intercept_1"],
        ["coef_0", "intercept_0", "extra"],
        ["coef_0", "intercept_0", "coef_2", "intercept_2"],
        ["coef_00", "intercept_0"],
    ],
)
def test_weights_under_other_names(tmp_path: Path, names: list[str]) -> None:
    path = tmp_path / "w.npz"
    arrays = {name: np.ones((1, 1) if name.startswith("coef") else 1) for name in names}
    np.savez(path, **arrays)
    with pytest.raises(ValueError, match="expected the arrays coef_0, intercept_0"):
        load_weights(path)


def test_weights_in_other_files(tmp_path: Path, seed_para: Path) -> None:
    path = tmp_path / "w.npz"
    np.save(tmp_path / "a.npy", np.ones(3))
    text_member = io.BytesIO()
    with zipfile.ZipFile(text_member, "w") as archive:
        archive.writestr("coef_0.npy", "text")
        archive.writestr("intercept_0", "text")
    pickled_member = io.BytesIO()
    np.savez(pickled_member, coef_0=np.array([[None]]), intercept_0=np.ones(1))
    for content in (
        b"",
        b"text",
        (tmp_path / "a.npy").read_bytes(),
        pickle.dumps(np.ones(3)),
        seed_para.read_bytes(),
        text_member.getvalue(),
        pickled_member.getvalue(),
    ):
        path.write_bytes(content)
        assert not survives(load_weights, path)


def test_failing_writer_keeps_the_old_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "w.npz"
    save_weights(network(), path)
    old = path.read_bytes()

    def fail(file: Any, **arrays: Any) -> None:
        file.write(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", fail)
    with pytest.raises(OSError, match="No space left"):
        save_weights(network(np.float32), path)
    assert path.read_bytes() == old
    assert names_in(tmp_path) == ["w.npz"]


@pytest.mark.parametrize("load", [load_weights, load_para])
def test_os_errors_pass(tmp_path: Path, load: Callable[[Path], Any]) -> None:
    with pytest.raises(FileNotFoundError, match="none"):
        load(tmp_path / "none")
    with pytest.raises(IsADirectoryError):
        load(tmp_path)


# --- load_para -------------------------------------------------------------------------------


def parameters(dtype: Any = np.float64) -> dict[str, np.ndarray]:
    expected = network(dtype)
    weights = {f"W{i}": np.array(coef.T) for i, coef in enumerate(expected.coefs_, start=1)}
    biases = {f"B{i}": b.reshape(-1, 1) for i, b in enumerate(expected.intercepts_, start=1)}
    return weights | biases


def write_para(path: Path, value: Any, protocol: int = 4) -> Path:
    path.write_bytes(pickle.dumps(value, protocol))
    return path


def test_real_para(seed_para: Path) -> None:
    coefs, intercepts = load_para(seed_para)
    assert [coef.shape for coef in coefs] == [(784, 256), (256, 128), (128, 10)]
    assert [intercept.shape for intercept in intercepts] == [(256,), (128,), (10,)]
    for array in (*coefs, *intercepts):
        assert array.dtype == np.float64
        assert array.flags.c_contiguous
        assert array.flags.owndata
    content = seed_para.read_bytes()
    first_weights = np.frombuffer(content, "<f8", count=3, offset=content.index(b"B") + 5)
    np.testing.assert_array_equal(coefs[0][:3, 0], first_weights)


@pytest.mark.slow
def test_real_para_classifies_real_digits(seed_para: Path, mnist_mat: Path) -> None:
    data, target = load_mnist_mat(mnist_mat, subset="test", return_X_y=True)
    activations = data / 225
    coefs, intercepts = load_para(seed_para)
    for coef, intercept in zip(coefs[:-1], intercepts[:-1], strict=True):
        activations = np.maximum(activations @ coef + intercept, 0)
    scores = activations @ coefs[-1] + intercepts[-1]
    assert np.mean(scores.argmax(axis=1) == target) == pytest.approx(0.9596, abs=1e-9)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_para_round_trip(tmp_path: Path, protocol: int, dtype: Any) -> None:
    path = write_para(tmp_path / "p.para", parameters(dtype), protocol)
    assert_same_layers(load_para(str(path)), network(dtype))


@pytest.mark.parametrize("rename", [str.lower, lambda name: name.replace("B", "b")])
def test_para_names_in_small_letters(tmp_path: Path, rename: Any) -> None:
    arrays = {rename(name): array for name, array in parameters().items()}
    path = write_para(tmp_path / "p.para", arrays, 2)
    assert_same_layers(load_para(path), network())


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_para_byte_and_memory_order(tmp_path: Path, protocol: int) -> None:
    arrays = {k: np.asfortranarray(a).astype(">f8") for k, a in parameters().items()}
    assert arrays["W1"].flags.f_contiguous
    path = write_para(tmp_path / "p.para", arrays, protocol)
    assert_same_layers(load_para(path), network())


@pytest.mark.parametrize("protocol", [0, 2, 3])
def test_para_of_either_numpy(tmp_path: Path, protocol: int) -> None:
    """NumPy 2 has renamed numpy.core to numpy._core; files have the one or the other."""
    new = pickle.dumps(parameters(), protocol).replace(b"numpy.core.", b"numpy._core.")
    old = new.replace(b"numpy._core.", b"numpy.core.")
    assert new != old
    for content in (old, new):
        (tmp_path / "p.para").write_bytes(content)
        assert_same_layers(load_para(tmp_path / "p.para"), network())


class Matrix(np.ndarray):
    pass


@pytest.mark.parametrize(
    "value",
    [
        None,
        [np.ones((2, 2))],
        {},
        {"W1": np.ones((2, 2))},
        {"W1": np.ones((2, 2)), "B2": np.ones((2, 1))},
        {"W1": np.ones((2, 2)), "B1": np.ones((2, 1)), "w1": np.ones((2, 2))},
        {"W1": np.ones((2, 2)), 1: np.ones((2, 1))},
        {"W0": np.ones((2, 2)), "B0": np.ones((2, 1))},
        {"W1": np.ones((2, 2)), "B1": np.ones((2, 1)), "lr": 0.1},
        {"W1": np.ones((2, 2)), "B1": np.ones((2, 1)), "extra": np.ones(1)},
        {"W1": np.ones((2, 2)), "B1": np.ones(2)},
        {"W1": np.ones((2, 2)), "B1": np.ones((1, 2))},
        {"W1": np.ones((2, 2)), "B1": np.ones((3, 1))},
        {"W1": np.ones((2, 2)), "B1": np.ones((2, 1, 1))},
        {"W1": np.ones(2), "B1": np.ones((2, 1))},
        {"W1": np.ones((0, 2)), "B1": np.ones((0, 1))},
        {"W1": [[1.0]], "B1": [[1.0]]},
        {"W1": np.float64(1), "B1": np.ones((1, 1))},
        {"W1": np.full((1, 1), np.nan), "B1": np.ones((1, 1))},
        {"W1": np.ones((1, 1)), "B1": np.full((1, 1), -np.inf)},
        {"W1": np.ones((1, 1), int), "B1": np.ones((1, 1))},
        {"W1": np.ones((1, 1), np.float16), "B1": np.ones((1, 1))},
        {"W1": np.array([[None]]), "B1": np.ones((1, 1))},
        {"W1": np.array([[1.0]], dtype=object), "B1": np.ones((1, 1))},
        {"W1": np.zeros((1, 1), [("f", "f8")]), "B1": np.ones((1, 1))},
        {"W1": np.ones((1, 1)).view(Matrix), "B1": np.ones((1, 1))},
        {1: np.ones((1, 1)), ("B", 1): np.ones((1, 1))},
        {"W1": np.ones((3, 2)), "B1": np.ones((3, 1)), "W2": np.ones((1, 2)), "B2": [[1.0]]},
    ],
)
def test_para_that_is_no_network(tmp_path: Path, value: Any) -> None:
    for protocol in PROTOCOLS:
        assert not survives(load_para, write_para(tmp_path / "p.para", value, protocol))


def test_para_layers_must_chain(tmp_path: Path) -> None:
    arrays = parameters()
    arrays["W2"] = np.ones((4, 2))
    with pytest.raises(ValueError, match=r"p\.para: layer 2: weights of shape \(2, 4\)"):
        load_para(write_para(tmp_path / "p.para", arrays))


class Reduce:
    """Pickles as a call."""

    def __init__(self, *reduced: Any) -> None:
        self.reduced = reduced

    def __reduce__(self) -> tuple:
        return self.reduced


def attacks(marker: Path) -> dict[str, Any]:
    """Values whose unpickling by `pickle.loads` would write to the file `marker`."""
    command = f"open({str(marker)!r}, 'w').close()"
    call = Reduce(exec, (command,))
    empty = np.ones((1, 1))
    rebuild, arguments, state = empty.__reduce__()
    return {
        "exec": call,
        "eval": Reduce(eval, (command,)),
        "os.system": Reduce(os.system, (f"echo > '{marker}'",)),
        "open": Reduce(builtins.open, (str(marker), "w")),
        "numpy": Reduce(np.savetxt, (str(marker), [0.0])),
        "as a parameter": {"W1": call, "B1": empty},
        "as a key": {"W1": empty, call: empty},
        "in an object array": {"W1": np.array([[call]], dtype=object), "B1": empty},
        "as an argument": {"W1": Reduce(rebuild, (np.ndarray, (0,), call), state), "B1": empty},
        "as a state": {"W1": Reduce(rebuild, arguments, call), "B1": empty},
        "in a state": {"W1": Reduce(rebuild, arguments, (*state[:4], call)), "B1": empty},
        "as a type": {
            "W1": Reduce(rebuild, arguments, (1, (1, 1), call, False, b"")),
            "B1": empty,
        },
        "in a type": {"W1": Reduce(np.dtype, ("f8", False, call)), "B1": empty},
    }


@pytest.mark.parametrize("name", attacks(Path()))
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_para_runs_nothing(tmp_path: Path, name: str, protocol: int) -> None:
    marker = tmp_path / "written"
    path = write_para(tmp_path / "p.para", attacks(marker)[name], protocol)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # "open" leaves its file to the garbage collector
        with contextlib.suppress(Exception):
            pickle.loads(path.read_bytes())
    assert marker.exists(), "the attack is none"
    marker.unlink()
    assert not survives(load_para, path)
    assert not marker.exists()


@pytest.mark.parametrize(
    "name",
    [
        "os.system",
        "builtins.eval",
        "builtins.getattr",
        "numpy.load",
        "numpy.fromfile",
        "numpy.memmap",
        "numpy.core.multiarray.scalar",
        "numpy._core.multiarray.fromfile",
        "numpy._core.numeric.frombuffer",
        "_codecs.decode",
        "copyreg._reconstructor",
        "skfcn.persistence.load_para",
    ],
)
def test_para_names_nothing_else(tmp_path: Path, name: str) -> None:
    module, _, attribute = name.rpartition(".")
    path = tmp_path / "p.para"
    for content in (
        f"c{module}\n{attribute}\n.".encode(),
        b"\x80\x04"
        + pickle.dumps(module, 4)[11:-2]
        + pickle.dumps(attribute, 4)[11:-2]
        + b"\x93.",
    ):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=f"it names '{name}'"):
            load_para(path)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"text",
        b".",
        b"\x80\x04}.more",
        b"\x80\x04P1\n.",  # a persistent id
        b"\x80\x04K\x01Q.",
        b"\x80\x05\x97.",  # an out-of-band buffer
        b"\x80\x04\x82\x01.",  # an extension code
        b"\x80\x04}r\xff\xff\xff\x7f.",  # a memo of 2**31 entries
        b"}p99999999999\n.",
        b"\x80\x04\x8e" + (2**40).to_bytes(8, "little") + b".",  # bytes of a terabyte
        b"\x80\x05\x96" + (2**40).to_bytes(8, "little") + b".",
        b"\x80\x04\x95" + (2**40).to_bytes(8, "little") + b"}.",  # a frame of a terabyte
        b"\x80\x04}N" + b"\x85" * 1_000_000 + b"Ns.",  # hashing this overflows the stack
        b"\x80\x04" + b"]" * 1_000_000 + b".",
    ],
)
def test_para_of_hostile_bytes(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "p.para"
    path.write_bytes(content)
    tracemalloc.start()
    try:
        assert not survives(load_para, path)
        assert tracemalloc.get_traced_memory()[1] < 3e7
    finally:
        tracemalloc.stop()


def test_para_shape_larger_than_the_data(tmp_path: Path) -> None:
    rebuild, arguments, state = np.ones((1, 1)).__reduce__()
    for shape in ((2**40, 1), (2**62, 2**62), (1, 2), (-1, 2), (0, 0), (1.0, 1), None, ((1,), 1)):
        value = Reduce(rebuild, arguments, (state[0], shape, *state[2:]))
        path = write_para(tmp_path / "p.para", {"W1": value, "B1": np.ones((1, 1))})
        assert not survives(load_para, path)


def test_para_cannot_change_the_reader(tmp_path: Path) -> None:
    """State set on a class instead of on an instance must not reach the next file."""
    hostile = b"cnumpy\ndtype\n(N}S'arguments'\nNstb."
    (tmp_path / "p.para").write_bytes(hostile)
    assert not survives(load_para, tmp_path / "p.para")
    assert_same_layers(load_para(write_para(tmp_path / "p.para", parameters())), network())


def test_para_too_large(tmp_path: Path) -> None:
    path = tmp_path / "p.para"
    with path.open("wb") as file:
        file.truncate(2**30 + 1)
    with pytest.raises(ValueError, match=r"p\.para: larger than 1 GiB"):
        load_para(path)
