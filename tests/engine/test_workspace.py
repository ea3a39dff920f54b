"""Which buffers a batch has, which of them are shared, and their first rows."""

import gc
import weakref

import numpy as np
import pytest

from skfcn.engine import Workspace

SIZES = (5, 4, 3, 2)


def buffers(workspace):
    return [*workspace.pre_activations, *workspace.activations, *workspace.deltas]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_shapes_and_dtype(dtype):
    workspace = Workspace(SIZES, [True, False], 7, dtype)

    assert [Z.shape for Z in workspace.pre_activations] == [(7, 4), (7, 3), (7, 2)]
    assert [A.shape for A in workspace.activations] == [(7, 4), (7, 3)]
    assert [dA.shape for dA in workspace.deltas] == [(7, 4), (7, 3)]
    assert {buffer.dtype for buffer in buffers(workspace)} == {np.dtype(dtype)}
    assert all(buffer.flags.c_contiguous for buffer in buffers(workspace))


def test_only_in_place_activations_share_the_buffer_of_their_input():
    workspace = Workspace(SIZES, [True, False], 7, np.float64)

    assert workspace.activations[0] is workspace.pre_activations[0]
    distinct = [*workspace.pre_activations, workspace.activations[1], *workspace.deltas]
    for number, buffer in enumerate(distinct):
        buffer[...] = number
    assert [buffer.mean() for buffer in distinct] == list(range(len(distinct)))


def test_a_linear_model_has_one_buffer():
    assert [b.shape for b in buffers(Workspace((3, 2), [], 4, np.float64))] == [(4, 2)]


def test_every_hidden_layer_says_whether_it_is_in_place():
    with pytest.raises(ValueError, match="argument"):
        Workspace(SIZES, [True], 7, np.float64)


@pytest.mark.parametrize("m", [1, 3, 7])
def test_rows_are_the_first_rows_of_the_same_memory(m):
    workspace = Workspace(SIZES, [True, False], 7, np.float64)

    cut = workspace.rows(m)

    assert cut.n_rows == m
    for part, whole in zip(buffers(cut), buffers(workspace), strict=True):
        assert part.shape == (m, whole.shape[1])
        assert part.ctypes.data == whole.ctypes.data
        assert part.flags.c_contiguous


def test_rows_share_what_the_whole_shares():
    cut = Workspace(SIZES, [True, False], 7, np.float64).rows(3)

    assert cut.activations[0].ctypes.data == cut.pre_activations[0].ctypes.data
    assert not np.shares_memory(cut.activations[1], cut.pre_activations[1])


def test_rows_are_cached():
    workspace = Workspace(SIZES, [True, False], 7, np.float64)

    assert workspace.rows(7) is workspace
    assert workspace.rows(3) is workspace.rows(3)
    assert workspace.rows(3).rows(3) is workspace.rows(3)


def test_the_memory_goes_with_the_last_reference():
    workspace = Workspace(SIZES, [True, False], 7, np.float64)
    workspace.rows(3)
    references = [weakref.ref(buffer) for buffer in buffers(workspace)]

    gc.disable()  # a cycle would keep the buffers until the collector runs
    try:
        del workspace
        assert all(reference() is None for reference in references)
    finally:
        gc.enable()
