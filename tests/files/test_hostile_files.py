"""Files made to do harm: each is refused by name, in little time and memory, and runs nothing."""

import gzip
import io
import pickle
import struct
import subprocess
import sys
import time
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from skfcn.datasets import load_mnist_idx, load_mnist_mat
from skfcn.persistence import load_para, load_weights

pytestmark = pytest.mark.slow

MAX_SECONDS = 10  # of the processor; what is to be noticed here takes minutes or for ever
MIB = 2**20


def load_images(path: Path) -> Any:
    """Read an IDX file of images beside one label."""
    labels = path.with_name("train-labels-idx1-ubyte")
    labels.write_bytes(bytes([0, 0, 8, 1, 0, 0, 0, 1, 7]))
    return load_mnist_idx(path.parent)


def check_refused(
    load: Callable[[Path], Any], path: Path, content: bytes, reason: str, mib: float
) -> None:
    """The file is refused for this reason, and no more than `mib` of memory are taken."""
    path.write_bytes(content)
    tracemalloc.start()
    start = time.process_time()
    try:
        with pytest.raises(ValueError, match=reason) as caught:
            load(path)
        seconds = time.process_time() - start
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert str(path) in str(caught.value)
    assert len(str(caught.value)) < 1000 + len(str(path))
    assert seconds < MAX_SECONDS
    assert peak < mib * MIB


# --- Bombs: small files that unpack to large ones -----------------------------------------------


def deflate(n_bytes: int) -> bytes:
    """A zlib stream of so many zeros, made without having them in memory."""
    packer = zlib.compressobj(9)
    chunks = [packer.compress(bytes(min(MIB, n_bytes - i))) for i in range(0, n_bytes, MIB)]
    return b"".join(chunks) + packer.flush()


def gzip_bomb(start: bytes, n_bytes: int) -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    chunks = [packer.compress(start)]
    chunks += [packer.compress(b"1\n" * (MIB // 2)) for _ in range(n_bytes // MIB)]
    return b"".join(chunks) + packer.flush()


def mat_element(kind: int, content: bytes) -> bytes:
    return struct.pack("<II", kind, len(content)) + content + bytes(-len(content) % 8)


def mat_file(*elements: bytes) -> bytes:
    return bytes(124) + b"\0\1IM" + b"".join(elements)


def mat_compressed(packed: bytes) -> bytes:
    return struct.pack("<II", 15, len(packed)) + packed


def npy(header: str, values: bytes = b"", version: int = 1) -> bytes:
    size = struct.pack("<H" if version == 1 else "<I", len(header) + 1)
    return b"\x93NUMPY" + bytes([version, 0]) + size + header.encode() + b"\n" + values


def npy_header(shape: str, dtype: str = "'<f8'") -> str:
    return f"{{'descr': {dtype}, 'fortran_order': False, 'shape': {shape}, }}"


def npz(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return file.getvalue()


INTERCEPT = ("intercept_0.npy", npy(npy_header("(1,)"), np.ones(1).tobytes()))


def npz_bomb(method: int = zipfile.ZIP_DEFLATED) -> bytes:
    n_values = 4 * MIB
    content = npy(npy_header(f"({n_values}, 1)"), bytes(8 * n_values))
    return npz(("coef_0.npy", content), INTERCEPT, method=method)


def npz_with_false_sizes(content: bytes, n_bytes: int) -> bytes:
    """A directory that says that the first member has so many bytes."""
    changed = bytearray(content)
    directory = changed.index(b"PK\1\2")
    struct.pack_into("<I", changed, directory + 24, n_bytes)
    struct.pack_into("<I", changed, 22, n_bytes)
    return bytes(changed)


def npz_with_one_member_for_many(n_members: int) -> bytes:
    """A directory whose entries all point to the same compressed bytes."""
    content = npz(("coef_00.npy", npy(npy_header("(100000, 1)"), bytes(800_000))))
    start = content.index(b"PK\1\2")
    entry = content[start : content.index(b"PK\5\6")]
    directory = b"".join(
        entry.replace(b"coef_00", f"coef_{i:02}".encode()) for i in range(n_members)
    )
    end = struct.pack("<4H2IH", 0, 0, n_members, n_members, len(directory), start, 0)
    return content[:start] + directory + b"PK\5\6" + end


BOMBS = {
    "idx.gz": (
        load_images,
        "train-images-idx3-ubyte.gz",
        lambda: gzip_bomb(b"\0\0\x08\3" + struct.pack(">3I", 128, 1024, 1024), 128 * MIB),
    ),
    "idx.gz of many members": (
        load_images,
        "train-images-idx3-ubyte.gz",
        lambda: gzip_bomb(b"\0\0\x08\3" + struct.pack(">3I", 128, 1024, 1024), MIB) * 128,
    ),
    "mat": (load_mnist_mat, "m.mat", lambda: mat_file(mat_compressed(deflate(128 * MIB)))),
    "mat of many variables": (
        load_mnist_mat,
        "m.mat",
        lambda: mat_file(*[mat_compressed(other_variable(MIB))] * 128),
    ),
    "npz": (load_weights, "w.npz", npz_bomb),
    "npz of many members": (load_weights, "w.npz", lambda: npz_with_one_member_for_many(60)),
}


def other_variable(n_bytes: int) -> bytes:
    parts = [(6, struct.pack("<II", 9, 0)), (5, struct.pack("<II", 1, n_bytes)), (1, b"x")]
    parts.append((2, bytes(n_bytes)))
    return zlib.compress(mat_element(14, b"".join(mat_element(*part) for part in parts)))


@pytest.mark.parametrize("name", BOMBS)
def test_bombs(tmp_path: Path, name: str) -> None:
    load, file_name, make = BOMBS[name]
    content = make()
    assert len(content) < MIB
    limit = max(16, 100 * len(content) / MIB)
    reason = "unpacks to more than .* bytes, which is more than 100 times|Overlapped entries"
    # zlib puts what it unpacks together from pieces.
    check_refused(load, tmp_path / file_name, content, reason, mib=2 * limit + 8)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc, sets RLIMIT_AS")
def test_bombs_where_memory_is_scarce(tmp_path: Path) -> None:
    """In a process that may take 120 MiB more than the package does: nothing runs out."""
    for name, (load, file_name, make) in BOMBS.items():
        folder = tmp_path / name
        folder.mkdir()
        (folder / file_name).write_bytes(make())
        (folder / "loader").write_text(load.__name__)
    code = """
import resource, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
import test_hostile_files as tests
pages = int(Path("/proc/self/statm").read_text().split()[0])
limit = pages * resource.getpagesize() + 120 * 2**20
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
for folder in sorted(Path(sys.argv[1]).iterdir()):
    load = getattr(tests, (folder / "loader").read_text())
    (path,) = [p for p in folder.iterdir() if p.name != "loader"]
    try:
        load(path)
    except ValueError as error:
        assert str(path) in str(error) and "MemoryError" not in str(error), error
        print(folder.name)
"""
    command = [sys.executable, "-c", code, str(tmp_path), str(Path(__file__).parent)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == sorted(BOMBS)


def test_what_compresses_well_is_no_bomb(tmp_path: Path) -> None:
    """Small files may unpack to any size up to 16 MiB, larger ones to 100 times their own."""
    path = tmp_path / "w.npz"
    np.savez_compressed(path, coef_0=np.zeros((1000, 1000)), intercept_0=np.zeros(1000))
    assert path.stat().st_size * 200 < 8_000_000
    assert load_weights(path)[0][0].shape == (1000, 1000)
    noise = np.random.default_rng(0).bytes(300_000)  # which no packing makes smaller
    images = b"\0\0\x08\3" + struct.pack(">3I", 206_000, 10, 10) + noise + bytes(20_300_000)
    labels = b"\0\0\x08\1" + struct.pack(">I", 206_000) + bytes(206_000)
    (tmp_path / "train-images-idx3-ubyte.gz").write_bytes(gzip.compress(images))
    (tmp_path / "train-labels-idx1-ubyte.gz").write_bytes(gzip.compress(labels))
    assert len(images) > 20_000_000
    assert len(load_mnist_idx(tmp_path).data) == 206_000


# --- .npz ---------------------------------------------------------------------------------------


class Touch:
    """Pickles as a call that makes a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple:
        return exec, (f"open({str(self.path)!r}, 'w').close()",)


@pytest.mark.parametrize(
    ("coef", "reason"),
    [
        (npy(npy_header("(1000000000000, 1)")), "another size"),
        (npy(npy_header("(2, 2)"), bytes(24)), "another size"),
        (npy(npy_header("(2, 2)"), bytes(40)), "another size"),
        (npy(npy_header("(-1, 2)"), bytes(32)), "another size"),
        (npy(npy_header("(-2, -2)"), bytes(32)), "ValueError"),
        (npy(npy_header("(18446744073709551616, 0)")), "ValueError|OverflowError"),
        (npy(npy_header(f"({'9' * 5000}, 1)")), "ValueError"),
        (npy(npy_header(f"({'9,' * 4000})")), "another size"),
        (npy(npy_header("(1, 1)", "'|O'"), pickle.dumps([None])), "array of object"),
        (npy(npy_header("(1, 1)", "'|V8'"), bytes(8)), r"array of \|V8"),
        (npy(npy_header("(1, 1)", "'<U2'"), bytes(8)), "array of <U2"),
        (npy(npy_header("(1, 1)", "[('a', '<f8')]"), bytes(8)), "array of "),
        (npy(npy_header("(1, 1)", "'<V2147483647'"), bytes(8)), "array of "),
        (npy(npy_header("(1, 1)") + " " * 20_000, bytes(8)), "ValueError"),
        (npy(npy_header("(1, 1)") + " " * 20_000, bytes(8), version=2), "ValueError"),
        (npy(npy_header("(1, 1)"), bytes(8), version=3), "KeyError"),
        (npy("(" * 9000), "Error"),
        (npy("-" * 9000 + "1"), "Error"),
        (npy("[" * 150 + "]" * 150), "ValueError"),
        (npy("__import__('os').system('true')"), "ValueError"),
        (npy(npy_header("(1, 1)"))[:9], "ValueError"),
        (b"", "ValueError"),
        (pickle.dumps(np.ones((1, 1))), "ValueError"),
    ],
    ids=range(23),
)
def test_npz_headers(tmp_path: Path, coef: bytes, reason: str) -> None:
    content = npz(("coef_0.npy", coef), INTERCEPT)
    reason = f"cannot be read as an .npz archive of weights .*{reason}"
    check_refused(load_weights, tmp_path / "w.npz", content, reason, mib=20)


def test_npz_header_of_version_2(tmp_path: Path) -> None:
    """NumPy writes it only for headers that are longer than those of floats, but it is right."""
    coef = npy(npy_header("(2, 1)"), np.array([3.0, 4.0]).tobytes(), version=2)
    (tmp_path / "w.npz").write_bytes(npz(("coef_0.npy", coef), INTERCEPT))
    coefs, intercepts = load_weights(tmp_path / "w.npz")
    assert coefs[0].tolist() == [[3.0], [4.0]]
    assert intercepts[0].tolist() == [1.0]


def test_npz_runs_nothing(tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    np.savez(tmp_path / "w.npz", coef_0=np.array([[Touch(marker)]]), intercept_0=np.ones(1))
    with np.load(tmp_path / "w.npz", allow_pickle=True) as archive:
        archive["coef_0"]
    assert marker.exists(), "the attack is none"
    marker.unlink()
    with pytest.raises(ValueError, match=r"w\.npz.* array of object"):
        load_weights(tmp_path / "w.npz")
    assert not marker.exists()


COEF = ("coef_0.npy", npy(npy_header("(1, 1)"), bytes(8)))


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_npz_of_other_methods(tmp_path: Path, method: int) -> None:
    """They unpack to far more still, and LZMA takes the memory that its header asks for."""
    content = npz(COEF, INTERCEPT, method=method)
    check_refused(load_weights, tmp_path / "w.npz", content, "coef_0 is compressed in", mib=1)


@pytest.mark.parametrize(
    ("content", "n_bytes"),
    [(npz_bomb(), 200), (npz(("coef_0.npy", bytes(32 * MIB))), MIB)],
    ids=["an array", "no array"],
)
def test_npz_with_false_sizes(tmp_path: Path, content: bytes, n_bytes: int) -> None:
    content = npz_with_false_sizes(content, n_bytes)
    reason = "cannot be read as an .npz archive"
    check_refused(load_weights, tmp_path / "w.npz", content, reason, mib=10)


def test_npz_with_a_name_twice(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        content = npz(COEF, INTERCEPT, COEF)
    check_refused(load_weights, tmp_path / "w.npz", content, "coef_0 is there twice", mib=1)


def test_npz_with_many_names(tmp_path: Path) -> None:
    content = npz(*[(f"{'x' * 1000}{i}.npy", COEF[1]) for i in range(1000)])
    check_refused(load_weights, tmp_path / "w.npz", content, "expected the arrays coef_0", mib=10)


def test_npz_encrypted(tmp_path: Path) -> None:
    content = bytearray(npz(COEF, INTERCEPT))
    content[6] |= 1
    content[content.index(b"PK\1\2") + 8] |= 1
    check_refused(load_weights, tmp_path / "w.npz", content, "encrypted", mib=1)


# --- .para --------------------------------------------------------------------------------------

PUT_W1 = b"\x80\x04}X\x02\0\0\0W1"
DOUBLED_BY_DUP = b"N" + b"2\x86" * 60
DOUBLED_BY_MEMO = [
    # A text may be used twice, and what does nothing may stand after each tuple.
    b"X\1\0\0\0a" + b"".join(b"q%ch%c\x86%b" % (i, i, nothing) for i in range(60))
    for nothing in (b"", b"Nb", b"(u", b"q\xff", b"\x95" + bytes(8))
]


@pytest.mark.parametrize("doubled", [DOUBLED_BY_DUP, *DOUBLED_BY_MEMO])
@pytest.mark.parametrize(
    "use",
    [
        b"}%bNs.",  # as a key
        b"}(%bNu.",
        b"(%bNd.",
        b"\x8f(%b\x90.",  # in a set
        b"(%b\x91.",  # in a frozen set
        b"}X\x02\0\0\0W1%bs.",  # in the place of an array
        b"%bX\x01\0\0\0a\x93.",  # as a module's name
        b"X\x05\0\0\0numpy%b\x93.",
        b"%b)R.",  # as a function
        b"cnumpy\ndtype\n%bR.",  # as its arguments
        b"cnumpy\ndtype\n)R%bb.",  # as a state
    ],
    ids=range(11),
)
def test_para_of_2_to_the_60_tuples(tmp_path: Path, doubled: bytes, use: bytes) -> None:
    """To hash, to compare or to print them takes for ever."""
    content = b"\x80\x04" + use.replace(b"%b", doubled)
    check_refused(load_para, tmp_path / "p.para", content, "cannot be read as", mib=1)


ARRAY = {
    "function": b"cnumpy.core.multiarray\n_reconstruct\n",
    "arguments": b")",
    "version": b"K\1",
    "shape": b"K\1K\1\x86",
    "type's arguments": b"(X\2\0\0\0f8\x89\x88t",
    "type's version": b"K\3",
    "byte order": b"X\1\0\0\0<",
    "memory order": b"\x89",
    "bytes": b"C\x08" + struct.pack("<d", 3.0),
}


def para_of_parts(**changes: bytes) -> bytes:
    (call, arguments, version, shape, type_call, type_version, endian, order, raw) = (
        ARRAY | changes
    ).values()
    dtype = b"cnumpy\ndtype\n" + type_call + b"R(" + type_version + endian + b"NNtb"
    array = call + arguments + b"R(" + version + shape + dtype + order + raw + b"tb"
    bias = array if not changes else para_of_parts()[len(b"\x80\x04}(X\2\0\0\0W1") :]
    if changes:
        bias = bias[bias.index(b"B1") + 2 : -len(b"u.")]
    return b"\x80\x04}(X\2\0\0\0W1" + array + b"X\2\0\0\0B1" + bias + b"u."


@pytest.mark.parametrize("part", [name for name in ARRAY if name != "arguments"])
def test_para_of_2_to_the_60_tuples_in_an_array(tmp_path: Path, part: str) -> None:
    (tmp_path / "p.para").write_bytes(para_of_parts())
    assert load_para(tmp_path / "p.para")[0][0].tolist() == [[3.0]]
    content = para_of_parts(**{part: DOUBLED_BY_DUP.replace(b"2\x86", b"q\0h\0\x86")})
    check_refused(load_para, tmp_path / "p.para", content, "cannot be read as", mib=1)


@pytest.mark.parametrize("n_layers", [3, 800])
def test_para_whose_arrays_share_their_bytes(tmp_path: Path, n_layers: int) -> None:
    """One array of 2 MiB under so many names: it would be copied as many times."""
    weights, biases = np.ones((512, 512)), np.ones((512, 1))
    arrays = {f"W{i}": weights for i in range(1, n_layers + 1)}
    arrays |= {f"B{i}": biases for i in range(1, n_layers + 1)}
    content = pickle.dumps(arrays, 4)
    check_refused(load_para, tmp_path / "p.para", content, "arrays of the same bytes", mib=10)


@pytest.mark.parametrize(
    "content",
    [
        b"}" + b"I" + b"9" * 200_000 + b"\n.",
        b"L" + b"9" * 200_000 + b"L\n.",
        b"\x80\x04\x8b" + struct.pack("<I", 10**6) + b"\x7f" * 10**6 + b".",  # a long integer
        b"\x80\x04" + b"(" * 30_000 + b".",
        b"\x80\x04" + b"(" * 19_000 + b"t" * 900 + b".",
        b"\x80\x04" + b"]" * 19_000 + b"a" * 900 + b".",
        b"\x80\x04" + b"}" * 10_000 + b"s" * 9000 + b".",
        b"\x80\x04N" + b"\x85" * 19_000 + b".",
        b"\x80\x04}N" + b"\x85" * 19_000 + b"Ns.",  # to hash it overflows a thread's stack
        b"\x80\x04}N" + b"\x85" * 4_900 + b"Ns.",
        b"\x80\x04" + b"N" * 10_000 + b"}" + b"(t" * 4000 + b".",
        b"\x80\x04" + b"N" * 10_000 + b"}" + b"X\x01\0\0\0aNs" * 3000 + b".",
        b"\x80\x04cnumpy\ndtype\n)R" + b"h\0b" * 9000 + b".",
        b"\x80\x04" + b"cnumpy\ndtype\n)R" * 6000 + b".",
        b"S'" + b"x" * 10**6 + b".",
        b"S" + b"x" * 10**6 + b"\n.",
        b"c" + b"x" * 10**6 + b"\ny\n.",
        b"}p0\ng0\ns.",  # a dict in itself
        b"\x80\x04}\x94X\x02\0\0\0W1h\0s.",
        b"\x80\x04}.}.",
        b"\x80\x04.",
        b"\x80\x04}}.",
        b"\x80\x04(}.",
        b"\x80\x04t.",
        b"\x80\x04}h\x05.",
    ],
    ids=range(25),
)
def test_para_of_odd_instructions(tmp_path: Path, content: bytes) -> None:
    check_refused(load_para, tmp_path / "p.para", content, "p.para: ", mib=30)


# --- .mat ---------------------------------------------------------------------------------------


def mat_variable(*parts: tuple[int, bytes]) -> bytes:
    return mat_element(14, b"".join(mat_element(*part) for part in parts))


FLAGS = (6, struct.pack("<II", 9, 0))
DIMS = (5, struct.pack("<II", 1, 784))
NAME = (1, b"train0")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (mat_variable(FLAGS, (5, b"\xff" * 8), NAME, (2, bytes(784))), "reshape|Maximum|large"),
        (mat_variable(FLAGS, (5, b"\xff" * 4 * 500), NAME, (2, bytes(784))), "ValueError"),
        (mat_variable(FLAGS, DIMS, NAME, (2, bytes(783))), "reshape"),
        (mat_variable(FLAGS, DIMS, NAME, (2, bytes(784)), (2, b"")), "too many values"),
        (mat_variable(FLAGS, DIMS, NAME), "not enough values"),
        (mat_variable(FLAGS, DIMS), "not enough values"),
        (mat_element(14, mat_variable(FLAGS)[8:] + struct.pack("<II", 2, 2**32 - 1)), "too early"),
        (struct.pack("<II", 14, 2**31), "too early"),
        (mat_compressed(zlib.compress(bytes(100))[:-5]), "end too early"),
        (mat_compressed(mat_compressed(zlib.compress(bytes(100)))), "error"),
        (mat_compressed(zlib.compress(mat_compressed(zlib.compress(b"")))), "of type 15"),
        (mat_compressed(zlib.compress(b"")), "not enough values"),
        (mat_compressed(zlib.compress(bytes(8) * 2 * 10**6)), "too many values"),
        (mat_compressed(zlib.compress(mat_element(14, bytes(8) * 2 * 10**6))), "there is none"),
        (
            mat_compressed(
                zlib.compress(mat_variable(FLAGS, DIMS, NAME) + bytes(8) * 10**6),
            ),
            "too many values",
        ),
    ],
    ids=range(15),
)
def test_mat_elements(tmp_path: Path, content: bytes, reason: str) -> None:
    """What is compressed here unpacks to less than the limit: its elements are the danger."""
    check_refused(load_mnist_mat, tmp_path / "m.mat", mat_file(content), reason, mib=45)


# --- gzip ---------------------------------------------------------------------------------------


def test_gzip_of_many_empty_members(tmp_path: Path) -> None:
    content = gzip.compress(b"") * 20_000
    path = tmp_path / "train-images-idx3-ubyte.gz"
    check_refused(load_images, path, content, "ends where 16 bytes should follow", mib=2)


def test_gzip_with_a_long_name(tmp_path: Path) -> None:
    content = b"\x1f\x8b\x08\x08" + bytes(6) + b"x" * 300_000
    path = tmp_path / "train-images-idx3-ubyte.gz"
    check_refused(load_images, path, content, "cannot be read as a gzip file", mib=2)


def test_gzip_in_gzip_is_unpacked_once(tmp_path: Path) -> None:
    content = gzip.compress(gzip.compress(b"\0\0\x08\3" + struct.pack(">3I", 1, 1, 1) + b"7"))
    path = tmp_path / "train-images-idx3-ubyte.gz"
    check_refused(load_images, path, content, "begins with 1f 8b", mib=2)
