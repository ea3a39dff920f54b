"""One vector and its views: layout, assignment, copies."""

import copy
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skfcn.engine import Parameters

COPIES = {
    "pickle": lambda p: pickle.loads(pickle.dumps(p)),
    "deepcopy": copy.deepcopy,
}
DTYPES = [np.float32, np.float64]


def filled(layer_sizes, dtype=np.float64):
    parameters = Parameters(layer_sizes, dtype)
    parameters.vector[...] = np.arange(len(parameters.vector))
    return parameters


def assert_bound(parameters):
    """The views cover the vector, weights first, and are its memory."""
    arrays = [*parameters.coefs, *parameters.intercepts]
    flat = np.concatenate([array.ravel() for array in arrays])
    np.testing.assert_array_equal(flat, parameters.vector)
    assert all(np.shares_memory(array, parameters.vector) for array in arrays)
    for number, array in enumerate(arrays):
        array[...] = number
    numbers = np.repeat(np.arange(len(arrays)), [array.size for array in arrays])
    np.testing.assert_array_equal(parameters.vector, numbers)


@pytest.mark.parametrize("layer_sizes", [(3, 1), (2, 3, 1), (4, 8, 8, 4, 1)])
def test_layer_shapes(layer_sizes):
    parameters = Parameters(layer_sizes)

    assert parameters.layer_sizes == layer_sizes
    n_in, n_out = layer_sizes[:-1], layer_sizes[1:]
    assert [W.shape for W in parameters.coefs] == list(zip(n_in, n_out, strict=True))
    assert [b.shape for b in parameters.intercepts] == [(n,) for n in n_out]


def test_the_vector_holds_all_weights_and_then_all_biases():
    parameters = filled((2, 3, 1))

    np.testing.assert_array_equal(parameters.coefs[0], [[0, 1, 2], [3, 4, 5]])
    np.testing.assert_array_equal(parameters.coefs[1], [[6], [7], [8]])
    np.testing.assert_array_equal(parameters.intercepts[0], [9, 10, 11])
    np.testing.assert_array_equal(parameters.intercepts[1], [12])
    np.testing.assert_array_equal(parameters.weights, np.arange(9))
    assert np.shares_memory(parameters.weights, parameters.vector)
    assert_bound(parameters)


def test_parameters_start_at_zero():
    np.testing.assert_array_equal(Parameters((2, 3, 1)).vector, np.zeros(13))


@pytest.mark.parametrize("dtype", DTYPES)
def test_dtype_is_that_of_every_view(dtype):
    parameters = Parameters((2, 3, 1), dtype)

    arrays = [parameters.vector, parameters.weights, *parameters.coefs, *parameters.intercepts]
    assert {array.dtype for array in arrays} == {np.dtype(dtype)}


def test_default_dtype_is_float64():
    assert Parameters((2, 1)).vector.dtype == np.float64


@pytest.mark.parametrize("layer", [1, -1])
def test_assigning_to_an_item_writes_into_the_vector(layer):
    parameters = filled((2, 3, 1))
    expected = parameters.vector.copy()
    expected[6:9], expected[12] = [-1, -2, -3], -4

    parameters.coefs[layer] = [[-1], [-2], [-3]]
    parameters.intercepts[layer] = np.array([-4])

    np.testing.assert_array_equal(parameters.vector, expected)
    assert_bound(parameters)


def test_assigning_to_a_slice_writes_into_the_vector():
    parameters = filled((2, 3, 1))

    parameters.coefs[:] = [np.full((2, 3), 7.0), np.full((3, 1), 8.0)]
    parameters.intercepts[1:] = [np.array([9.0])]

    np.testing.assert_array_equal(parameters.vector, [7] * 6 + [8] * 3 + [9, 10, 11] + [9])
    assert_bound(parameters)


@pytest.mark.parametrize("shape", [(3, 2), (2, 1), (3,), (6,), ()])
def test_an_item_of_another_shape_is_refused_and_changes_nothing(shape):
    parameters = filled((2, 3, 1))

    with pytest.raises(ValueError, match=r"Layer 0: expected arrays of shape \[\(2, 3\)\]"):
        parameters.coefs[0] = np.zeros(shape)

    np.testing.assert_array_equal(parameters.vector, np.arange(13))


@pytest.mark.parametrize(
    "value",
    [
        [np.zeros((2, 3)), np.zeros((3, 2))],
        [np.zeros((2, 3))],
        [np.zeros((2, 3)), np.zeros((3, 1)), np.zeros((1, 1))],
    ],
    ids=["wrong shape", "too few", "too many"],
)
def test_a_slice_that_does_not_fit_is_refused_and_changes_nothing(value):
    parameters = filled((2, 3, 1))

    with pytest.raises(ValueError, match=r"shape|shorter|longer|layer"):
        parameters.coefs[:] = value

    np.testing.assert_array_equal(parameters.vector, np.arange(13))


def test_assign_copies_all_layers():
    parameters, other = Parameters((2, 3, 1)), filled((2, 3, 1))

    parameters.assign(other.coefs, other.intercepts)

    np.testing.assert_array_equal(parameters.vector, other.vector)
    assert not np.shares_memory(parameters.vector, other.vector)
    assert_bound(parameters)


@pytest.mark.parametrize("name", ["coefs", "intercepts"])
@pytest.mark.parametrize("layer_sizes", [(2, 3, 2), (2, 3), (2, 3, 1, 1)])
def test_assign_names_what_does_not_fit_and_changes_nothing(name, layer_sizes):
    parameters = filled((2, 3, 1))
    wrong = Parameters(layer_sizes)
    arrays = {"coefs": parameters.coefs, "intercepts": parameters.intercepts}

    with pytest.raises(ValueError, match=f"^{name} must have the shapes"):
        parameters.assign(**(arrays | {name: getattr(wrong, name)}))

    np.testing.assert_array_equal(parameters.vector, np.arange(13))


@settings(deadline=None)
@given(
    st.lists(st.integers(1, 6), min_size=2, max_size=5),
    st.sampled_from(DTYPES),
    st.integers(0, 2**32 - 1),
)
def test_arrays_survive_the_round_trip_through_the_vector(layer_sizes, dtype, seed):
    rng = np.random.default_rng(seed)
    original = Parameters(layer_sizes, dtype)
    original.vector[...] = rng.standard_normal(len(original.vector))

    packed = Parameters.from_arrays(original.coefs, original.intercepts)

    assert packed.layer_sizes == tuple(layer_sizes)
    assert packed.vector.dtype == dtype
    np.testing.assert_array_equal(packed.vector, original.vector)
    assert not np.shares_memory(packed.vector, original.vector)
    assert_bound(packed)


@pytest.mark.parametrize(
    ("coef_dtype", "intercept_dtype", "expected"),
    [
        (np.float32, np.float32, np.float32),
        (np.float32, np.float64, np.float64),
        (np.int64, np.int64, np.float64),
        (np.float32, np.int64, np.float64),
    ],
)
def test_from_arrays_takes_the_common_float_type(coef_dtype, intercept_dtype, expected):
    packed = Parameters.from_arrays(
        [np.ones((2, 1), dtype=coef_dtype)], [np.ones(1, dtype=intercept_dtype)]
    )

    assert packed.vector.dtype == expected
    np.testing.assert_array_equal(packed.vector, [1, 1, 1])


def test_from_arrays_takes_nested_lists():
    packed = Parameters.from_arrays([[[1, 2]], [[3], [4]]], [[5, 6], [7]])

    assert packed.layer_sizes == (1, 2, 1)
    np.testing.assert_array_equal(packed.vector, [1, 2, 3, 4, 5, 6, 7])


@pytest.mark.parametrize(
    ("coefs", "intercepts", "match"),
    [
        ([], [], "at least one of each, got 0 and 0"),
        ([np.zeros((2, 1))], [], "got 1 and 0"),
        ([np.zeros((2, 1))], [np.zeros(1), np.zeros(1)], "got 1 and 2"),
        ([np.zeros(2)], [np.zeros(1)], "must be 2-D"),
        ([np.zeros((2, 3)), np.zeros((4, 1))], [np.zeros(3), np.zeros(1)], "coefs must have"),
        ([np.zeros((2, 3))], [np.zeros(2)], "intercepts must have"),
    ],
)
def test_from_arrays_refuses_what_is_no_network(coefs, intercepts, match):
    with pytest.raises(ValueError, match=match):
        Parameters.from_arrays(coefs, intercepts)


@pytest.mark.parametrize("how", COPIES)
@pytest.mark.parametrize("dtype", DTYPES)
def test_copies_have_views_of_their_own_vector(how, dtype):
    original = filled((2, 3, 1), dtype)

    twin = COPIES[how](original)

    assert twin.layer_sizes == original.layer_sizes
    assert twin.vector.dtype == dtype
    np.testing.assert_array_equal(twin.vector, original.vector)
    assert_bound(twin)
    np.testing.assert_array_equal(original.vector, np.arange(13))


def test_a_pickle_holds_the_numbers_once():
    parameters = Parameters((100, 100, 10))

    assert len(pickle.dumps(parameters)) < parameters.vector.nbytes + 1000


def test_the_sizes_of_the_layers_add_up_to_what_is_trained():
    parameters = Parameters([4, 3, 5, 2], normalized=[1], tracked=[1])
    sizes = [parameters.size_of_layer(layer) for layer in range(3)]
    assert sizes == [4 * 3 + 3, 3 * 5 + 5 + 5, 5 * 2 + 2]
    assert sum(sizes) == parameters.trainable.size
