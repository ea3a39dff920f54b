"""How a network is trained: no estimator.

It may import the engine, the components and `_sklearn`. Read in this order: `data` and `batches`
(rows of the data), `objective` (loss and gradient), `update` (one step), `state` (where training
stands), `loop` (the epochs), `lazy` (steps on the rows in use), `lbfgs` (the alternative); then
`targets` (labels and numbers), `encoded` (labels in less memory), `model` (what predicts),
`settings` (what is asked for), `start` and `fit` (all of it, on data).
"""

from skfcn.training.batches import Batches, Gather, SparseGather, gather
from skfcn.training.data import Data, Targets, held_out_split
from skfcn.training.divergence import Divergence, all_finite, divergence, largest
from skfcn.training.encoded import OneHot, SparseRows
from skfcn.training.fit import Fit, FullBatchFit, StochasticFit, interrupted
from skfcn.training.labels import is_missing, refuse_missing
from skfcn.training.lazy import Journal, LazyObjective, LazyUpdate, RowsInUse, kinds_of_step
from skfcn.training.lbfgs import full_batch, train_lbfgs
from skfcn.training.loop import Outcome, run_epoch, train
from skfcn.training.model import Fitted, Model
from skfcn.training.objective import Objective
from skfcn.training.observer import Observer, tell
from skfcn.training.record import Record
from skfcn.training.scoring import Validator, mean_loss, view_of
from skfcn.training.settings import Settings
from skfcn.training.start import begin, blank, resume
from skfcn.training.state import Best, MovingAverage, TrainState
from skfcn.training.targets import ClassTargets, NumberTargets, check_real
from skfcn.training.update import Update, clip_column_norms, clip_norm, first_moments

__all__ = [
    "Batches",
    "Best",
    "ClassTargets",
    "Data",
    "Divergence",
    "Fit",
    "Fitted",
    "FullBatchFit",
    "Gather",
    "Journal",
    "LazyObjective",
    "LazyUpdate",
    "Model",
    "MovingAverage",
    "NumberTargets",
    "Objective",
    "Observer",
    "OneHot",
    "Outcome",
    "Record",
    "RowsInUse",
    "Settings",
    "SparseGather",
    "SparseRows",
    "StochasticFit",
    "Targets",
    "TrainState",
    "Update",
    "Validator",
    "all_finite",
    "begin",
    "blank",
    "check_real",
    "clip_column_norms",
    "clip_norm",
    "divergence",
    "first_moments",
    "full_batch",
    "gather",
    "held_out_split",
    "interrupted",
    "is_missing",
    "kinds_of_step",
    "largest",
    "mean_loss",
    "refuse_missing",
    "resume",
    "run_epoch",
    "tell",
    "train",
    "train_lbfgs",
    "view_of",
]
