"""Products and updates in place, against plain NumPy in extended precision."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skfcn.engine import (
    axpy,
    dot,
    matmul,
    matmul_stacks,
    matmul_transposed_a,
    matmul_transposed_b,
    scal,
    sum_rows,
)

DTYPES = [np.float32, np.float64]
PRODUCTS = {
    "matmul": (matmul, lambda a, b: (a, b)),
    "matmul_transposed_a": (matmul_transposed_a, lambda a, b: (a.T.copy(), b)),
    "matmul_transposed_b": (matmul_transposed_b, lambda a, b: (a, b.T.copy())),
}
LENGTHS = [1, 2, 7, 1000, 100_000]

dtypes = st.sampled_from(DTYPES)
products = st.sampled_from(sorted(PRODUCTS))
widths = st.integers(1, 20)
seeds = st.integers(0, 2**32 - 1)


def normal(seed, *shape, dtype):
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


def assert_product(actual, a, b, added=0.0):
    """Compare with a @ b + added within the bound of any order of summation.

    Each of the k + 1 additions and the product before it round by at most eps / 2 of what
    has been summed, which is at most |a| @ |b| + |added|.
    """
    a, b, added = (np.asarray(x, dtype=np.longdouble) for x in (a, b, added))
    bound = (a.shape[1] + 2) * np.finfo(actual.dtype).eps * (abs(a) @ abs(b) + abs(added))
    assert (abs(actual - (a @ b + added)) <= bound).all()


@settings(deadline=None)
@given(products, widths, widths, widths, dtypes, seeds)
def test_products_equal_numpy_and_overwrite_garbage(name, m, k, n, dtype, seed):
    function, arrange = PRODUCTS[name]
    a, b = normal(seed, m, k, dtype=dtype), normal(seed + 1, k, n, dtype=dtype)
    out = np.full((m, n), np.nan, dtype=dtype)

    function(*arrange(a, b), out)

    assert_product(out, a, b)


@settings(deadline=None)
@given(widths, widths, widths, dtypes, st.sampled_from([1.0, -0.5]), seeds)
def test_matmul_adds_beta_times_out(m, k, n, dtype, beta, seed):
    a, b = normal(seed, m, k, dtype=dtype), normal(seed + 1, k, n, dtype=dtype)
    out = normal(seed + 2, m, n, dtype=dtype)
    added = beta * out

    matmul(a, b, out, beta=beta)

    assert_product(out, a, b, added)


@settings(deadline=None)
@given(products, widths, widths, widths, dtypes, seeds)
def test_products_write_into_the_first_rows_of_a_larger_buffer(name, m, k, n, dtype, seed):
    function, arrange = PRODUCTS[name]
    a, b = normal(seed, m, k, dtype=dtype), normal(seed + 1, k, n, dtype=dtype)
    buffer = np.full((m + 3, n), np.nan, dtype=dtype)

    function(*arrange(a, b), buffer[:m])

    assert_product(buffer[:m], a, b)
    assert np.isnan(buffer[m:]).all()


@settings(deadline=None)
@given(products, widths, widths, widths, dtypes, seeds)
def test_products_write_into_a_part_of_a_vector(name, m, k, n, dtype, seed):
    function, arrange = PRODUCTS[name]
    a, b = normal(seed, m, k, dtype=dtype), normal(seed + 1, k, n, dtype=dtype)
    vector = np.full(1 + m * n + 1, np.nan, dtype=dtype)

    function(*arrange(a, b), vector[1:-1].reshape(m, n))

    assert_product(vector[1:-1].reshape(m, n), a, b)
    assert np.isnan(vector[[0, -1]]).all()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", PRODUCTS)
def test_products_of_many_rows_equal_numpy(name, dtype):
    function, arrange = PRODUCTS[name]
    a, b = normal(0, 300, 200, dtype=dtype), normal(1, 200, 150, dtype=dtype)
    out = np.full((300, 150), np.nan, dtype=dtype)

    function(*arrange(a, b), out)

    assert_product(out, a, b)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", PRODUCTS)
def test_products_take_read_only_inputs_and_leave_them_alone(name, dtype):
    function, arrange = PRODUCTS[name]
    inputs = arrange(normal(0, 5, 3, dtype=dtype), normal(1, 3, 4, dtype=dtype))
    before = [x.copy() for x in inputs]
    for x in inputs:
        x.flags.writeable = False
    out = np.zeros((5, 4), dtype=dtype)

    function(*inputs, out)

    assert out.all()
    for x, copy in zip(inputs, before, strict=True):
        np.testing.assert_array_equal(x, copy)


@settings(deadline=None)
@given(st.integers(1, 4), widths, widths, widths, dtypes, seeds)
def test_products_of_stacks_equal_numpy_and_overwrite_garbage(members, m, k, n, dtype, seed):
    a = normal(seed, members, m, k, dtype=dtype)
    b = normal(seed + 1, members, k, n, dtype=dtype)
    vector = np.full(1 + members * m * n + 1, np.nan, dtype=dtype)
    out = vector[1:-1].reshape(members, m, n)

    for left in (a, np.ascontiguousarray(a.swapaxes(1, 2)).swapaxes(1, 2)):
        out.fill(np.nan)
        matmul_stacks(left, b, out)
        for one in range(members):
            assert_product(out[one], a[one], b[one])
    assert np.isnan(vector[[0, -1]]).all()


@settings(deadline=None)
@given(widths, widths, dtypes, seeds)
def test_sum_rows_adds_up_the_rows_and_overwrites_garbage(m, n, dtype, seed):
    a, ones = normal(seed, m, n, dtype=dtype), np.ones(m, dtype)
    vector = np.full(1 + n + 1, np.nan, dtype=dtype)

    sum_rows(a, ones, vector[1:-1])

    assert_product(vector[1:-1], ones[np.newaxis], a)
    assert np.isnan(vector[[0, -1]]).all()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (2048, 1), (1, 2048), (300, 200)])
def test_sum_rows_of_odd_shapes_takes_the_first_rows_of_larger_buffers(shape, dtype):
    m, n = shape
    buffer, ones = normal(0, m + 3, n, dtype=dtype), np.ones(m + 3, dtype)
    before = buffer.copy()
    buffer.flags.writeable = ones.flags.writeable = False
    out = np.full(n, np.nan, dtype)

    sum_rows(buffer[:m], ones[:m], out)

    assert_product(out, ones[np.newaxis, :m], before[:m])
    np.testing.assert_array_equal(buffer, before)


@pytest.mark.parametrize("dtype", DTYPES)
def test_integers_are_summed_and_multiplied_exactly(dtype):
    rng = np.random.default_rng(0)
    a, b = (rng.integers(-9, 10, shape).astype(dtype) for shape in [(11, 7), (7, 5)])
    out, total = np.full((11, 5), np.nan, dtype), np.full(7, np.nan, dtype)

    for name, (function, arrange) in PRODUCTS.items():
        out.fill(np.nan)
        function(*arrange(a, b), out)
        np.testing.assert_array_equal(out, a @ b, err_msg=name)
    sum_rows(a, np.ones(11, dtype), total)
    np.testing.assert_array_equal(total, a.sum(axis=0))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("n", LENGTHS)
def test_axpy_adds_in_place_within_one_rounding_of_each_operation(n, dtype):
    x, y = normal(n, n, dtype=dtype), normal(n + 1, n, dtype=dtype)
    x.flags.writeable = False
    buffer = np.concatenate([y, [dtype(7)]])
    expected = dtype(-0.3).astype(np.longdouble) * x + y
    bound = np.finfo(dtype).eps * (abs(0.3 * x) + abs(y))

    axpy(-0.3, x, buffer[:n])

    assert (abs(buffer[:n] - expected) <= bound).all()
    assert buffer[n] == 7


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("n", LENGTHS)
def test_scal_multiplies_in_place(n, dtype):
    x = normal(n, n, dtype=dtype)
    buffer = np.concatenate([x, [dtype(7)]])

    scal(-0.3, buffer[:n])

    np.testing.assert_array_equal(buffer[:n], dtype(-0.3) * x)
    assert buffer[n] == 7


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("n", LENGTHS)
def test_dot_is_the_inner_product_as_a_python_float(n, dtype):
    x, y = normal(n, n, dtype=dtype), normal(n + 1, n, dtype=dtype)
    x.flags.writeable = y.flags.writeable = False

    result = dot(x, y)

    assert type(result) is float
    assert_product(np.array([[result]], dtype=dtype), x[np.newaxis], y[:, np.newaxis])


def at_any_address(array, offset):
    """The same numbers, `offset` bytes after a multiple of 64."""
    buffer = np.zeros(array.nbytes + 128, dtype=np.uint8)
    start = -buffer.ctypes.data % 64 + offset
    moved = buffer[start : start + array.nbytes].view(array.dtype).reshape(array.shape)
    moved[...] = array
    return moved


@pytest.mark.parametrize("dtype", DTYPES)
def test_no_result_depends_on_where_in_memory_its_operands_lie(dtype):
    # Memory that is allocated anew lies elsewhere in each run, by multiples of 16 bytes.
    arrays = [normal(i, *shape, dtype=dtype) for i, shape in enumerate([(97, 45), (45, 31)])]
    arrays += [normal(i, n, dtype=dtype) for i in (2, 3) for n in (37, 1003, 9999)]
    results = set()
    for offset in (0, 16, 32, 48):
        a, b, *vectors = (at_any_address(array, offset) for array in arrays)
        out, total = (at_any_address(np.zeros(n, dtype), offset) for n in (97 * 31, 45))
        matmul(a, b, out.reshape(97, 31))
        bits = out.tobytes()
        gradient = at_any_address(np.zeros((45, 31), dtype), offset)
        matmul_transposed_a(a, out.reshape(97, 31), gradient)
        matmul_transposed_b(out.reshape(97, 31), b, a)
        bits += gradient.tobytes()
        sum_rows(a, at_any_address(np.ones(97, dtype), offset), total)
        bits += a.tobytes() + total.tobytes()
        for x, y in zip(vectors[:3], vectors[3:], strict=True):
            bits += np.float64([dot(x, y), dot(x, x)]).tobytes()
            axpy(0.3, x, y)
            scal(0.7, x)
            bits += x.tobytes() + y.tobytes()
        results.add(bits)
    assert len(results) == 1
