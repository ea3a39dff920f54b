"""Which buffers a batch has, which of them are shared, and in which memory they lie."""

import gc
import weakref

import numpy as np
import pytest

from skfcn.activations import ELU, SELU, ReLU, Tanh
from skfcn.engine import Buffers, Network, Workspace, mlp_layers
from skfcn.normalization import BatchNormalization, LayerNormalization

DTYPES = [np.float32, np.float64]


def make(dtype=np.float64):
    """A network whose first activation is in place and whose second is not."""
    return Network(mlp_layers([4, 3, 2], [ReLU(), ELU()]), 5, dtype)


def everything(dtype=np.float64):
    kinds = {0: BatchNormalization(), 1: LayerNormalization()}
    return Network(mlp_layers([4, 3, 2], [Tanh(), SELU()], kinds, {0: 0.1, 2: 0.5}), 5, dtype)


NETWORKS = {"mlp": make, "with normalization and dropout": everything}


def arrays_in(buffers):
    """All arrays of a batch that lie in the block of memory."""
    parts = [vars(layer).values() for layer in buffers.layers]
    arrays = [array for part in parts for array in part if isinstance(array, np.ndarray)]
    block = buffers.losses.base
    return [*(a for a in arrays if a.base is block), buffers.losses, buffers.scratch]


def names(buffers):
    return [{name for name, value in vars(b).items() if value is not None} for b in buffers]


@pytest.mark.parametrize("dtype", DTYPES)
def test_shapes_and_dtype(dtype):
    buffers = Workspace(make(dtype), 7).rows(7)
    layers = buffers.layers

    assert [layers[index].Z.shape for index in (0, 2, 4)] == [(7, 4), (7, 3), (7, 2)]
    assert layers[3].out.shape == (7, 3)
    assert [layers[index].dA.shape for index in (2, 4)] == [(7, 4), (7, 3)]
    assert layers[0].dA is None  # nobody asks for the gradient with respect to X
    assert buffers.losses.shape == (7,)
    assert buffers.scratch.shape == (2, 7, 2)
    assert len(arrays_in(buffers)) == 3 + 1 + 2 + 2
    assert {array.dtype for array in arrays_in(buffers)} == {np.dtype(dtype)}
    assert all(array.flags.c_contiguous for array in arrays_in(buffers))
    for index in (0, 2, 4):
        assert layers[index].ones.dtype == dtype
        np.testing.assert_array_equal(layers[index].ones, np.ones(7))


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_prediction_needs_the_layers_and_nothing_else(dtype):
    buffers = make(dtype).buffers(7)

    assert names(buffers) == [{"Z"}, set(), {"Z"}, {"out"}, {"Z"}]
    shapes = [array.shape for b in buffers for array in vars(b).values()]
    assert shapes == [(7, 4), (7, 3), (7, 3), (7, 2)]
    assert {array.dtype for b in buffers for array in vars(b).values()} == {np.dtype(dtype)}


def test_only_in_place_activations_share_the_buffer_of_their_input():
    network = make()
    buffers = network.workspace(7).rows(7)
    first, relu, second, elu, _ = buffers.layers

    network.forward(np.ones((7, 5)), buffers.layers)

    assert relu.out is relu.z is first.Z
    assert elu.z is second.Z
    assert elu.out is not elu.z


@pytest.mark.parametrize("n_rows", [1, 3, 7])
@pytest.mark.parametrize("network", NETWORKS)
def test_no_two_buffers_overlap(network, n_rows):
    buffers = NETWORKS[network]().workspace(7).rows(n_rows)
    distinct = arrays_in(buffers)

    for number, array in enumerate(distinct):
        array[...] = number

    assert [array.mean() for array in distinct] == list(range(len(distinct)))
    for b in buffers.layers:
        np.testing.assert_array_equal(getattr(b, "ones", 1), 1)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("network", NETWORKS)
def test_every_buffer_begins_a_line_of_the_cache(network, dtype):
    workspace = NETWORKS[network](dtype).workspace(7)

    arrays = [*arrays_in(workspace.rows(7)), *arrays_in(workspace.rows(2))]

    assert {array.ctypes.data % 64 for array in arrays} == {0}


def test_a_linear_model_has_one_buffer():
    (layer,) = Network(mlp_layers([2], []), 3).workspace(4).rows(4).layers

    assert names([layer]) == [{"Z", "ones"}]
    assert layer.Z.shape == (4, 2)


@pytest.mark.parametrize("m", [1, 3, 7])
@pytest.mark.parametrize("network", NETWORKS)
def test_rows_lie_in_the_same_memory(network, m):
    workspace = NETWORKS[network]().workspace(7)
    whole = workspace.rows(7)

    cut = workspace.rows(m)

    assert type(cut) is Buffers
    assert len(cut.layers) == len(whole.layers)
    assert names(cut.layers) == names(whole.layers)
    assert cut.losses.base is whole.losses.base
    assert len(arrays_in(cut)) == len(arrays_in(whole))
    assert arrays_in(cut)[0].ctypes.data == arrays_in(whole)[0].ctypes.data
    for part in arrays_in(cut):
        assert part.flags.c_contiguous
        assert part.ctypes.data + part.nbytes <= part.base.ctypes.data + part.base.nbytes


@pytest.mark.parametrize("m", [1, 3, 7])
def test_rows_have_the_shapes_of_a_workspace_of_their_own(m):
    cut, own = (make().workspace(n).rows(m) for n in (7, m))

    shapes = [[array.shape for array in arrays_in(buffers)] for buffers in (cut, own)]

    assert shapes[0] == shapes[1]
    assert (cut.losses.shape, cut.scratch.shape) == ((m,), (2, m, 2))
    assert cut.layers[0].ones.shape == (m,)


def test_rows_are_cached():
    workspace = make().workspace(7)

    assert workspace.rows(7) is workspace.rows(7)
    assert workspace.rows(3) is workspace.rows(3)
    assert workspace.rows(3) is not workspace.rows(7)


def test_dropout_draws_from_the_generator_of_the_workspace():
    rng = np.random.default_rng(0)

    workspace = everything().workspace(7, rng)

    generators = [b.rng for m in (7, 3) for b in workspace.rows(m).layers if hasattr(b, "rng")]
    assert generators == [rng] * 4


def test_the_memory_goes_with_the_last_reference():
    workspace = everything().workspace(7)
    workspace.rows(3)
    arrays = [array for m in (3, 7) for array in arrays_in(workspace.rows(m))]
    references = [weakref.ref(array) for array in [*arrays, arrays[0].base]]
    del arrays

    gc.disable()  # a cycle would keep the buffers until the collector runs
    try:
        del workspace
        assert all(reference() is None for reference in references)
    finally:
        gc.enable()
