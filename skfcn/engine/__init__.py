"""The machine: arrays in, arrays out. It knows no labels, no loss and no estimator.

It imports no other folder. Read in this order: `layers` (forward and backward), `network` (layers
in a row, and one vector), `parameters` (that vector, and the views of it), `workspace` (every
buffer a batch needs), `evaluate` (many rows, a chunk at a time), `members` (more layers). `blas`,
`sparse` and `threads` do the products.
"""

from skfcn.engine.blas import (
    axpy,
    dot,
    matmul,
    matmul_stacks,
    matmul_transposed_a,
    matmul_transposed_b,
    scal,
    sum_rows,
)
from skfcn.engine.evaluate import (
    as_batch,
    chunk_workspace,
    chunks,
    hidden_activations,
    raw_chunks,
    raw_outputs,
)
from skfcn.engine.features import Choose, Embed, PiecewiseLinear
from skfcn.engine.floats import quiet_floats
from skfcn.engine.layers import Activate, Dense, Dropout, Layer, Normalize
from skfcn.engine.members import MemberDense, Repeat, Scale, ScaledMemberDense
from skfcn.engine.network import Network, Stage, mlp_layers
from skfcn.engine.parameters import Parameters, Spec, size_of
from skfcn.engine.sparse import sparse_matmul, sparse_matmul_transposed_a
from skfcn.engine.threads import blas_threads, threads_for
from skfcn.engine.types import Buffers, FloatArray, NewBuffer, Rows
from skfcn.engine.workspace import Workspace

__all__ = [
    "Activate",
    "Buffers",
    "Choose",
    "Dense",
    "Dropout",
    "Embed",
    "FloatArray",
    "Layer",
    "MemberDense",
    "Network",
    "NewBuffer",
    "Normalize",
    "Parameters",
    "PiecewiseLinear",
    "Repeat",
    "Rows",
    "Scale",
    "ScaledMemberDense",
    "Spec",
    "Stage",
    "Workspace",
    "as_batch",
    "axpy",
    "blas_threads",
    "chunk_workspace",
    "chunks",
    "dot",
    "hidden_activations",
    "matmul",
    "matmul_stacks",
    "matmul_transposed_a",
    "matmul_transposed_b",
    "mlp_layers",
    "quiet_floats",
    "raw_chunks",
    "raw_outputs",
    "scal",
    "size_of",
    "sparse_matmul",
    "sparse_matmul_transposed_a",
    "sum_rows",
    "threads_for",
]
