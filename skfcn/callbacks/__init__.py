"""Callbacks: what this package adds to scikit-learn's own.

A callback is given to an estimator by ``set_callbacks`` and follows scikit-learn's protocol, so
it can stand beside scikit-learn's own (from version 1.9 on). Ours may have more hooks: to add one,
derive a class from `Callback`, which names them, and override what is of interest.
"""

from skfcn.callbacks.base import Callback
from skfcn.callbacks.checkpoint import Checkpoint
from skfcn.callbacks.step_log import StepLog
from skfcn.callbacks.stopping import Target, TimeLimit

__all__ = ["Callback", "Checkpoint", "StepLog", "Target", "TimeLimit"]
