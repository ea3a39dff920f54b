"""Losses on raw outputs. Each owns its link, the function from raw outputs to predictions.

Because the loss sees raw outputs, it is stable by construction: softmax and logarithm meet
as log-sum-exp, sigmoid and logarithm as log(1 + exp), and nothing is clipped.

To add a loss, write a class with the two methods; pass an instance as ``loss=``, or enter it
in `LOSSES` to give it a name. A finite-difference test runs over the registry.
"""

import numpy as np
from scipy.special import expit, log_expit, log_softmax, softmax

from skfcn._components import Component
from skfcn.engine.blas import FloatArray


class Loss(Component):
    """A loss of each sample, with its gradient and the link it goes with.

    Attributes
    ----------
    out_activation : str
        Name of the link's inverse, as in scikit-learn's `out_activation_`.
    """

    out_activation: str = "identity"

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

    def loss_gradient(self, y: FloatArray, raw: FloatArray) -> FloatArray:
        """Return the loss of each sample, and leave its gradient in `raw`.

        Parameters
        ----------
        y : ndarray of shape (n_samples, n_outputs)
            Targets; for classes, one column each with ones and zeros.
        raw : ndarray of shape (n_samples, n_outputs)
            Raw outputs; becomes the gradient of each sample's loss with respect to them.

        Returns
        -------
        losses : ndarray of shape (n_samples,)
        """
        raise NotImplementedError

    def for_target(self, target_type: str) -> "Loss":
        """Return the form of this loss for a kind of target.

        Parameters
        ----------
        target_type : str
            As `sklearn.utils.multiclass.type_of_target` names it.
        """
        return self


class _Softmax(Loss):
    """Losses on probabilities that sum to one over the outputs."""

    out_activation = "softmax"

    def inverse_link(self, raw: FloatArray) -> FloatArray:
        return softmax(raw, axis=1)

    def log_inverse_link(self, raw: FloatArray) -> FloatArray:
        return log_softmax(raw, axis=1)


class _Logistic(Loss):
    """Losses on one probability an output, each on its own."""

    out_activation = "logistic"

    def inverse_link(self, raw: FloatArray) -> FloatArray:
        return expit(raw)

    def log_inverse_link(self, raw: FloatArray) -> FloatArray:
        return log_expit(raw)


class LogLoss(_Softmax):
    """Cross-entropy of softmax probabilities, -Σⱼ yⱼ log softmax(raw)ⱼ, where y sums to one.

    Two classes, and labels that do not exclude each other, take `BinaryLogLoss` instead.

    References
    ----------
    Bridle (1990), "Probabilistic interpretation of feedforward classification network
    outputs".
    """

    def loss_gradient(self, y: FloatArray, raw: FloatArray) -> FloatArray:
        # Shifting a row changes neither loss nor gradient; exp then stays within (0, 1].
        raw -= raw.max(axis=1, keepdims=True)
        shifted_target = np.einsum("ij,ij->i", raw, y)
        np.exp(raw, out=raw)
        total = raw.sum(axis=1, keepdims=True)
        raw /= total
        raw -= y
        return np.log(total[:, 0]) - shifted_target

    def for_target(self, target_type: str) -> Loss:
        return self if target_type == "multiclass" else BinaryLogLoss()


class BinaryLogLoss(_Logistic):
    """Cross-entropy of logistic probabilities, summed over the outputs.

    log(1 + exp(raw)) - y raw, for one output of two classes or several labels at once.
    """

    def loss_gradient(self, y: FloatArray, raw: FloatArray) -> FloatArray:
        losses = (np.logaddexp(0, raw) - raw * y).sum(axis=1)
        expit(raw, out=raw)
        raw -= y
        return losses


class SquaredError(Loss):
    """Half the squared error, ½ Σⱼ (rawⱼ - yⱼ)². For classes, see `BrierLoss`."""

    def inverse_link(self, raw: FloatArray) -> FloatArray:
        return raw

    def loss_gradient(self, y: FloatArray, raw: FloatArray) -> FloatArray:
        raw -= y
        return 0.5 * np.einsum("ij,ij->i", raw, raw)

    def for_target(self, target_type: str) -> Loss:
        if target_type.startswith("continuous"):
            return self
        return BrierLoss() if target_type == "multiclass" else BinaryBrierLoss()


class BrierLoss(_Softmax):
    """Half the squared error of softmax probabilities, ½ Σⱼ (pⱼ - yⱼ)².

    References
    ----------
    Brier (1950), "Verification of forecasts expressed in terms of probability".
    """

    def loss_gradient(self, y: FloatArray, raw: FloatArray) -> FloatArray:
        raw[...] = self.inverse_link(raw)
        error = raw - y
        losses = 0.5 * np.einsum("ij,ij->i", error, error)
        # The softmax's Jacobian is diag(p) - p pᵀ.
        error -= np.einsum("ij,ij->i", raw, error)[:, np.newaxis]
        raw *= error
        return losses


class BinaryBrierLoss(_Logistic):
    """Half the squared error of logistic probabilities, summed over the outputs."""

    def loss_gradient(self, y: FloatArray, raw: FloatArray) -> FloatArray:
        probability = expit(raw)
        np.subtract(probability, y, out=raw)
        losses = 0.5 * np.einsum("ij,ij->i", raw, raw)
        raw *= probability
        raw *= 1 - probability
        return losses


LOSSES: dict[str, type[Loss]] = {
    "log_loss": LogLoss,
    "squared_error": SquaredError,
}
