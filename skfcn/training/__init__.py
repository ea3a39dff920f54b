"""How a network is trained: no label, no estimator.

It may import the engine, the components and `_sklearn`. Read in this order: `data` and `batches`
(rows of the data), `objective` (loss and gradient), `update` (one step), `state` (where training
stands), `loop` (the epochs), `lbfgs` (the alternative), `run` and `fit` (all of it, on data).
"""

from skfcn.training.averaging import MovingAverage
from skfcn.training.batches import Batches, Gather, SparseGather
from skfcn.training.data import Data, Targets, held_out_split
from skfcn.training.divergence import all_finite, divergence
from skfcn.training.fit import Fit, interrupted
from skfcn.training.lbfgs import full_batch, train_lbfgs
from skfcn.training.loop import Interrupted, Observer, Outcome, run_epoch, train
from skfcn.training.objective import Objective
from skfcn.training.run import Components, Run
from skfcn.training.scoring import Validator
from skfcn.training.start import first_run, new_run, resumed_run
from skfcn.training.state import Plateau, Position, TrainingState
from skfcn.training.update import Descent, limit_column_norms, limit_norm

__all__ = [
    "Batches",
    "Components",
    "Data",
    "Descent",
    "Fit",
    "Gather",
    "Interrupted",
    "MovingAverage",
    "Objective",
    "Observer",
    "Outcome",
    "Plateau",
    "Position",
    "Run",
    "SparseGather",
    "Targets",
    "TrainingState",
    "Validator",
    "all_finite",
    "divergence",
    "first_run",
    "full_batch",
    "held_out_split",
    "interrupted",
    "limit_column_norms",
    "limit_norm",
    "new_run",
    "resumed_run",
    "run_epoch",
    "train",
    "train_lbfgs",
]
