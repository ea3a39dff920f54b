"""The machine: arrays in, arrays out. It knows no labels, no loss and no estimator.

Read in this order: `blas` (products in place), `parameters` (one vector, its layers as
views), `workspace` (every buffer a batch needs), `network` (forward and backward), `dropout`, and
`threads` (how many a product deserves).
"""

from skfcn.engine.network import Network
from skfcn.engine.parameters import Parameters
from skfcn.engine.workspace import ForwardBuffers, NormalizationBuffers, Workspace

__all__ = ["ForwardBuffers", "Network", "NormalizationBuffers", "Parameters", "Workspace"]
