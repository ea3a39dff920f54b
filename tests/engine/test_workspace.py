"""Which buffers a batch has, which of them are shared, and their first rows."""

import gc
import weakref

import numpy as np
import pytest

from skfcn.engine import ForwardBuffers, Workspace

SIZES = (5, 4, 3, 2)


KINDS = [ForwardBuffers, Workspace]


def of(kind):
    return kind.__name__


def buffers(workspace):
    """The buffers with a row for each sample and a column for each unit."""
    deltas = workspace.deltas if isinstance(workspace, Workspace) else []
    return [*workspace.pre_activations, *workspace.activations, *deltas]


def vectors(workspace):
    return [workspace.ones, workspace.losses]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_shapes_and_dtype(dtype):
    workspace = Workspace(SIZES, [True, False], 7, dtype)

    assert [Z.shape for Z in workspace.pre_activations] == [(7, 4), (7, 3), (7, 2)]
    assert [A.shape for A in workspace.activations] == [(7, 4), (7, 3)]
    assert [dA.shape for dA in workspace.deltas] == [(7, 4), (7, 3)]
    assert {buffer.dtype for buffer in buffers(workspace)} == {np.dtype(dtype)}
    assert all(buffer.flags.c_contiguous for buffer in buffers(workspace))
    assert [vector.shape for vector in vectors(workspace)] == [(7,), (7,)]
    assert workspace.scratch.shape == (2, 7, 2)
    assert {a.dtype for a in (*vectors(workspace), workspace.scratch)} == {np.dtype(dtype)}
    np.testing.assert_array_equal(workspace.ones, 1)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_forward_pass_needs_the_layers_and_nothing_else(dtype):
    forward = ForwardBuffers(SIZES, [True, False], 7, dtype)

    assert [Z.shape for Z in forward.pre_activations] == [(7, 4), (7, 3), (7, 2)]
    assert [A.shape for A in forward.activations] == [(7, 4), (7, 3)]
    assert {buffer.dtype for buffer in buffers(forward)} == {np.dtype(dtype)}
    assert forward.activations[0] is forward.pre_activations[0]
    assert not {"deltas", "ones", "losses", "scratch"} & set(dir(forward))


def test_only_in_place_activations_share_the_buffer_of_their_input():
    workspace = Workspace(SIZES, [True, False], 7, np.float64)

    assert workspace.activations[0] is workspace.pre_activations[0]
    distinct = [*workspace.pre_activations, workspace.activations[1], *workspace.deltas]
    distinct += [*vectors(workspace), *workspace.scratch]
    for number, buffer in enumerate(distinct):
        buffer[...] = number
    assert [buffer.mean() for buffer in distinct] == list(range(len(distinct)))


def test_a_linear_model_has_one_buffer():
    assert [b.shape for b in buffers(Workspace((3, 2), [], 4, np.float64))] == [(4, 2)]


@pytest.mark.parametrize("kind", KINDS, ids=of)
def test_every_hidden_layer_says_whether_it_is_in_place(kind):
    with pytest.raises(ValueError, match="argument"):
        kind(SIZES, [True], 7, np.float64)


@pytest.mark.parametrize("kind", KINDS, ids=of)
@pytest.mark.parametrize("m", [1, 3, 7])
def test_rows_are_the_first_rows_of_the_same_memory(m, kind):
    workspace = kind(SIZES, [True, False], 7, np.float64)

    cut = workspace.rows(m)

    assert type(cut) is kind
    assert (cut.n_rows, workspace.n_rows) == (m, 7)
    assert len(buffers(cut)) == len(buffers(workspace)) == (5 if kind is ForwardBuffers else 7)
    for part, whole in zip(buffers(cut), buffers(workspace), strict=True):
        assert part.shape == (m, whole.shape[1])
        assert part.ctypes.data == whole.ctypes.data
        assert part.flags.c_contiguous


@pytest.mark.parametrize("m", [1, 3, 7])
def test_rows_cut_what_the_loss_needs_too(m):
    workspace = Workspace(SIZES, [True, False], 7, np.float64)

    cut = workspace.rows(m)

    for part, whole in zip(vectors(cut), vectors(workspace), strict=True):
        assert part.shape == (m,)
        assert part.ctypes.data == whole.ctypes.data
    assert cut.scratch.shape == (2, m, 2)
    for part, whole in zip(cut.scratch, workspace.scratch, strict=True):
        assert part.ctypes.data == whole.ctypes.data
        assert part.flags.c_contiguous


def test_rows_share_what_the_whole_shares():
    cut = Workspace(SIZES, [True, False], 7, np.float64).rows(3)

    assert cut.activations[0].ctypes.data == cut.pre_activations[0].ctypes.data
    assert not np.shares_memory(cut.activations[1], cut.pre_activations[1])


@pytest.mark.parametrize("kind", KINDS, ids=of)
def test_rows_are_cached(kind):
    workspace = kind(SIZES, [True, False], 7, np.float64)

    assert workspace.rows(7) is workspace
    assert workspace.rows(3) is workspace.rows(3)
    assert workspace.rows(3).rows(3) is workspace.rows(3)
    assert workspace.rows(5).rows(3).n_rows == 3


def test_the_memory_goes_with_the_last_reference():
    workspace = Workspace(SIZES, [True, False], 7, np.float64)
    workspace.rows(3)
    arrays = [*buffers(workspace), *vectors(workspace), workspace.scratch]
    references = [weakref.ref(array) for array in arrays]
    del arrays

    gc.disable()  # a cycle would keep the buffers until the collector runs
    try:
        del workspace
        assert all(reference() is None for reference in references)
    finally:
        gc.enable()
