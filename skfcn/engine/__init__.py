"""The machine: arrays in, arrays out. It knows no labels, no loss and no estimator.

Read in this order: `blas` (products in place), `parameters` (one vector, its layers as
views), `workspace` (every buffer a batch needs), `network` (forward and backward), `dropout`, and
`threads` (how many a product deserves).
"""

from skfcn.engine.blas import (
    axpy,
    dot,
    matmul,
    matmul_transposed_a,
    matmul_transposed_b,
    scal,
    sum_rows,
)
from skfcn.engine.dropout import Dropout
from skfcn.engine.evaluate import (
    as_batch,
    chunk_workspace,
    chunks,
    hidden_activations,
    raw_outputs,
)
from skfcn.engine.network import Network
from skfcn.engine.parameters import Parameters
from skfcn.engine.sparse import add_sparse_matmul, sparse_matmul_transposed_a
from skfcn.engine.threads import threads_for
from skfcn.engine.types import FloatArray
from skfcn.engine.workspace import ForwardBuffers, NormalizationBuffers, Workspace

__all__ = [
    "Dropout",
    "FloatArray",
    "ForwardBuffers",
    "Network",
    "NormalizationBuffers",
    "Parameters",
    "Workspace",
    "add_sparse_matmul",
    "as_batch",
    "axpy",
    "chunk_workspace",
    "chunks",
    "dot",
    "hidden_activations",
    "matmul",
    "matmul_transposed_a",
    "matmul_transposed_b",
    "raw_outputs",
    "scal",
    "sparse_matmul_transposed_a",
    "sum_rows",
    "threads_for",
]
