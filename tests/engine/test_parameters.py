"""One vector and its views: layout, assignment, copies."""

import copy
import pickle
from itertools import pairwise

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


def spec_of(layer_sizes):
    """The arrays of fully connected layers of these widths, inputs first."""
    return [
        {"W": ("weight", (n_in, n_out)), "b": ("bias", (n_out,))}
        for n_in, n_out in pairwise(layer_sizes)
    ]


def filled(layer_sizes, dtype=np.float64):
    parameters = Parameters(spec_of(layer_sizes), dtype=dtype)
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
    parameters = Parameters(spec_of(layer_sizes))

    assert parameters.spec == spec_of(layer_sizes)
    assert [list(arrays) for arrays in parameters.layers] == [["W", "b"]] * (len(layer_sizes) - 1)
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
    np.testing.assert_array_equal(Parameters(spec_of((2, 3, 1))).vector, np.zeros(13))


@pytest.mark.parametrize("dtype", DTYPES)
def test_dtype_is_that_of_every_view(dtype):
    parameters = Parameters(spec_of((2, 3, 1)), dtype=dtype)

    arrays = [parameters.vector, parameters.weights, *parameters.coefs, *parameters.intercepts]
    assert {array.dtype for array in arrays} == {np.dtype(dtype)}


def test_default_dtype_is_float64():
    assert Parameters(spec_of((2, 1))).vector.dtype == np.float64


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
    parameters, other = Parameters(spec_of((2, 3, 1))), filled((2, 3, 1))

    parameters.assign(other.coefs, other.intercepts)

    np.testing.assert_array_equal(parameters.vector, other.vector)
    assert not np.shares_memory(parameters.vector, other.vector)
    assert_bound(parameters)


@pytest.mark.parametrize("name", ["coefs", "intercepts"])
@pytest.mark.parametrize("layer_sizes", [(2, 3, 2), (2, 3), (2, 3, 1, 1)])
def test_assign_names_what_does_not_fit_and_changes_nothing(name, layer_sizes):
    parameters = filled((2, 3, 1))
    wrong = Parameters(spec_of(layer_sizes))
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
    original = Parameters(spec_of(layer_sizes), dtype=dtype)
    original.vector[...] = rng.standard_normal(len(original.vector))

    packed = original.like()
    packed.assign(original.coefs, original.intercepts)

    assert packed.spec == original.spec
    assert packed.vector.dtype == dtype
    np.testing.assert_array_equal(packed.vector, original.vector)
    assert not np.shares_memory(packed.vector, original.vector)
    assert_bound(packed)


@pytest.mark.parametrize("how", COPIES)
@pytest.mark.parametrize("dtype", DTYPES)
def test_copies_have_views_of_their_own_vector(how, dtype):
    original = filled((2, 3, 1), dtype)

    twin = COPIES[how](original)

    assert twin.spec == original.spec
    assert twin.vector.dtype == dtype
    np.testing.assert_array_equal(twin.vector, original.vector)
    assert_bound(twin)
    np.testing.assert_array_equal(original.vector, np.arange(13))


def test_a_pickle_holds_the_numbers_once():
    parameters = Parameters(spec_of((100, 100, 10)))

    assert len(pickle.dumps(parameters)) < parameters.vector.nbytes + 1000


# --- layers of any arrays ---------------------------------------------------------------------

MIXED = [
    {"W": ("weight", (2, 3))},
    {"b": ("bias", (3,)), "gain": ("free", (3,)), "statistics": ("statistic", (2, 3))},
    {},
    {"table": ("free", (4, 1)), "W": ("weight", (2, 2, 2))},
]


def test_the_vector_is_ordered_by_kind_and_then_by_layer():
    parameters = Parameters(MIXED)
    parameters.vector[...] = np.arange(6 + 3 + 3 + 6 + 4 + 8)

    assert parameters.slices == {
        (0, "W"): slice(0, 6),
        (3, "W"): slice(6, 14),
        (1, "b"): slice(14, 17),
        (1, "gain"): slice(17, 20),
        (3, "table"): slice(20, 24),
        (1, "statistics"): slice(24, 30),
    }
    for (layer, name), part in parameters.slices.items():
        array = parameters.layers[layer][name]
        assert array.shape == MIXED[layer][name][1]
        assert np.shares_memory(array, parameters.vector)
        np.testing.assert_array_equal(array.ravel(), np.arange(part.start, part.stop))


def test_what_is_penalised_comes_first_and_what_is_not_trained_last():
    parameters = Parameters(MIXED)
    parameters.vector[...] = np.arange(30)

    np.testing.assert_array_equal(parameters.weights, np.arange(14))
    np.testing.assert_array_equal(parameters.trainable, np.arange(24))
    assert np.shares_memory(parameters.trainable, parameters.vector)
    assert [coef.shape for coef in parameters.coefs] == [(2, 3), (2, 2, 2)]
    assert [intercept.shape for intercept in parameters.intercepts] == [(3,)]


def test_a_vector_that_is_given_is_shown_and_not_copied():
    vector = np.arange(30, dtype=np.float32)

    parameters = Parameters(MIXED, vector)

    assert parameters.vector is vector
    assert np.shares_memory(parameters.layers[3]["table"], vector)


@pytest.mark.parametrize("dtype", DTYPES)
def test_like_is_zeros_of_the_same_shapes_and_type(dtype):
    parameters = Parameters(MIXED, np.arange(30, dtype=dtype))

    other = parameters.like()

    assert (other.spec, other.vector.dtype) == (MIXED, dtype)
    assert not other.vector.any()
    assert not np.shares_memory(other.vector, parameters.vector)
    np.testing.assert_array_equal(parameters.vector, np.arange(30))


@pytest.mark.parametrize("how", COPIES)
def test_copies_bind_every_array(how):
    original = Parameters(MIXED, np.arange(30.0))

    twin = COPIES[how](original)
    twin.vector[...] = -1

    assert twin.slices == original.slices
    assert all((array == -1).all() for arrays in twin.layers for array in arrays.values())
    np.testing.assert_array_equal(original.vector, np.arange(30))
