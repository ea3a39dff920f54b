"""What a loss has to offer."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from skfcn._sklearn import Component
from skfcn.engine import FloatArray


class Loss(Component):
    """A loss of each sample, with its gradient and the link it goes with.

    Attributes
    ----------
    out_activation : str
        Name of the link's inverse, as in scikit-learn's `out_activation_`.
    reported_per_output : bool
        Whether `loss_curve_` shows the mean over the outputs; training minimises the sum.
    """

    out_activation: str = "identity"
    reported_per_output: bool = False

    def inverse_link(self, raw: FloatArray) -> FloatArray:
        """Return the predictions for raw outputs of shape (n_samples, n_outputs).

        A loss for two classes has one output, the second class's, and
        ``inverse_link(-raw) = 1 - inverse_link(raw)``.
        """
        raise NotImplementedError

    def log_inverse_link(self, raw: FloatArray) -> FloatArray:
        """Return the logarithm of the predictions."""
        prediction = self.inverse_link(raw)
        return np.log(np.maximum(prediction, np.finfo(prediction.dtype).tiny))

    def loss_gradient(
        self, y: FloatArray, raw: FloatArray, losses: FloatArray, scratch: FloatArray
    ) -> None:
        """Compute the loss of each sample, and its gradient in place of the raw outputs.

        Parameters
        ----------
        y : ndarray of shape (n_samples, n_targets)
            Targets; for classes, one column each with ones and zeros.
        raw : ndarray of shape (n_samples, n_outputs)
            Raw outputs; becomes the gradient of each sample's loss with respect to them.
        losses : ndarray of shape (n_samples,)
            Takes the losses.
        scratch : ndarray of shape (2, n_samples, n_outputs)
            For intermediate results: a step of training allocates nothing.
        """
        raise NotImplementedError

    def first_bias(self, mean: FloatArray) -> FloatArray | None:
        """Return the raw outputs that predict the mean of the targets, for training to begin at.

        None, the default, lets it begin near zero; `mean` has a value for each column.
        """
        return None

    def n_outputs(self, n_targets: int) -> int:
        """Return how many raw outputs the network needs for so many columns of targets.

        ValueError says that the loss, with its parameters, is not defined for so many.
        """
        return n_targets

    def check_target(self, y: NDArray[Any]) -> None:
        """Raise ValueError if the loss is not defined for a target in y."""

    def for_target(self, target_type: str) -> "Loss":
        """Return the form of this loss for a kind of target, as scikit-learn names it."""
        return self
