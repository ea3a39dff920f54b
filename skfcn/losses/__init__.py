"""Losses on raw outputs. Each owns its link, the function from raw outputs to predictions.

Because the loss sees raw outputs, it is stable by construction: softmax and logarithm meet
as log-sum-exp, sigmoid and logarithm as log(1 + exp), and nothing is clipped.

To add a loss, write a class with the two methods; pass an instance as ``loss=``, or enter it
in `LOSSES` to give it a name. A finite-difference test runs over the registry.
"""

from skfcn.losses.base import Loss
from skfcn.losses.classification import (
    BinaryBrierLoss,
    BinaryFocalLoss,
    BinaryLogLoss,
    BrierLoss,
    FocalLoss,
    LogLoss,
)
from skfcn.losses.regression import (
    AbsoluteError,
    GammaLoss,
    HuberLoss,
    PoissonLoss,
    QuantileLoss,
    SquaredError,
)

__all__ = [
    "LOSSES",
    "AbsoluteError",
    "BinaryBrierLoss",
    "BinaryFocalLoss",
    "BinaryLogLoss",
    "BrierLoss",
    "FocalLoss",
    "GammaLoss",
    "HuberLoss",
    "LogLoss",
    "Loss",
    "PoissonLoss",
    "QuantileLoss",
    "SquaredError",
]

LOSSES: dict[str, type[Loss]] = {
    "log_loss": LogLoss,
    "focal": FocalLoss,
    "squared_error": SquaredError,
    "absolute_error": AbsoluteError,
    "huber": HuberLoss,
    "quantile": QuantileLoss,
    "poisson": PoissonLoss,
    "gamma": GammaLoss,
}
