"""Losses on raw outputs. Each owns its link, the function from raw outputs to predictions.

Because the loss sees raw outputs, it is stable by construction: softmax and logarithm meet
as log-sum-exp, sigmoid and logarithm as log(1 + exp), and nothing is clipped.

To add a loss, write a class with the two methods; pass an instance as ``loss=``, or enter it
in `LOSSES` to give it a name. A finite-difference test runs over the registry.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, log_expit, log_softmax, xlogy

from skfcn._components import Component
from skfcn.engine.blas import FloatArray


class Loss(Component):
    """A loss of each sample, with its gradient and the link it goes with.

    Attributes
    ----------
    out_activation : str
        Name of the link's inverse, as in scikit-learn's `out_activation_`.
    reported_per_output : bool
        Whether `loss_curve_` shows the loss divided by the number of outputs. What is
        minimised is the sum over them.
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
        y : ndarray of shape (n_samples, n_outputs)
            Targets; for classes, one column each with ones and zeros.
        raw : ndarray of shape (n_samples, n_outputs)
            Raw outputs; becomes the gradient of each sample's loss with respect to them.
        losses : ndarray of shape (n_samples,)
            Takes the losses.
        scratch : ndarray of shape (2, n_samples, n_outputs)
            For intermediate results: a step of training allocates nothing.
        """
        raise NotImplementedError

    def check_target(self, y: NDArray[Any]) -> None:
        """Raise ValueError if the loss is not defined for a target in y."""

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
        return _inside(_softmax(raw))

    def log_inverse_link(self, raw: FloatArray) -> FloatArray:
        return _log_inside(log_softmax(raw, axis=1))


class _Logistic(Loss):
    """Losses on one probability an output, each on its own."""

    out_activation = "logistic"

    def inverse_link(self, raw: FloatArray) -> FloatArray:
        return _inside(expit(raw))

    def log_inverse_link(self, raw: FloatArray) -> FloatArray:
        return _log_inside(log_expit(raw))


def _softmax(raw: FloatArray) -> FloatArray:
    # SciPy's takes four times as long on one row, as when a model is served.
    p = raw - np.maximum.reduce(raw, axis=1, keepdims=True)
    np.exp(p, out=p)
    p /= np.add.reduce(p, axis=1, keepdims=True)
    return p


def _inside(probability: FloatArray) -> FloatArray:
    """Undo what rounding does at the ends: no raw output means a certainty of 0 or 1."""
    limits = np.finfo(probability.dtype)
    np.maximum(probability, limits.tiny, out=probability)
    return np.minimum(probability, 1 - limits.epsneg, out=probability)


def _log_inside(log_probability: FloatArray) -> FloatArray:
    return np.maximum(log_probability, np.log(np.finfo(log_probability.dtype).tiny))


class LogLoss(_Softmax):
    """Cross-entropy of softmax probabilities, -Σⱼ yⱼ log softmax(raw)ⱼ, where y sums to one.

    Two classes, and labels that do not exclude each other, take `BinaryLogLoss` instead.

    References
    ----------
    Bridle (1990), "Probabilistic interpretation of feedforward classification network
    outputs".
    """

    def loss_gradient(
        self, y: FloatArray, raw: FloatArray, losses: FloatArray, scratch: FloatArray
    ) -> None:
        # With a row for each class, maxima and sums run along memory: twice as fast.
        p = scratch[0].reshape(raw.shape[1], raw.shape[0])
        column = scratch[1].reshape(-1)[: len(raw)]
        np.einsum("ij,ij->i", raw, y, out=losses)
        p[...] = raw.T
        # Shifting by the maximum changes no probability; exp then stays within (0, 1].
        np.maximum.reduce(p, axis=0, out=column)
        p -= column
        np.subtract(column, losses, out=losses)
        np.exp(p, out=p)
        np.add.reduce(p, axis=0, out=column)
        p *= np.reciprocal(column, out=column)
        np.subtract(p.T, y, out=raw)
        losses -= np.log(column, out=column)

    def for_target(self, target_type: str) -> Loss:
        return self if target_type == "multiclass" else BinaryLogLoss()


class BinaryLogLoss(_Logistic):
    """Cross-entropy of logistic probabilities, summed over the outputs.

    log(1 + exp(raw)) - y raw, for one output of two classes or several labels at once.
    """

    def loss_gradient(
        self, y: FloatArray, raw: FloatArray, losses: FloatArray, scratch: FloatArray
    ) -> None:
        value, product = scratch
        np.logaddexp(0, raw, out=value)
        value -= np.multiply(raw, y, out=product)
        value.sum(axis=1, out=losses)
        expit(raw, out=raw)
        raw -= y


class SquaredError(Loss):
    """Half the squared error, ½ Σⱼ (rawⱼ - yⱼ)². For classes, see `BrierLoss`."""

    reported_per_output = True

    def inverse_link(self, raw: FloatArray) -> FloatArray:
        return raw

    def loss_gradient(
        self, y: FloatArray, raw: FloatArray, losses: FloatArray, scratch: FloatArray
    ) -> None:
        raw -= y
        np.einsum("ij,ij->i", raw, raw, out=losses)
        losses *= 0.5

    def for_target(self, target_type: str) -> Loss:
        if target_type.startswith("continuous"):
            return self
        return BrierLoss() if target_type == "multiclass" else BinaryBrierLoss()


class PoissonLoss(Loss):
    """Half the Poisson deviance, Σⱼ (yⱼ log(yⱼ / pⱼ) - yⱼ + pⱼ) with p = exp(raw), for y >= 0.

    References
    ----------
    McCullagh & Nelder (1989), "Generalized linear models", chapter 6.
    """

    out_activation = "exp"

    def inverse_link(self, raw: FloatArray) -> FloatArray:
        return np.exp(raw)

    def loss_gradient(
        self, y: FloatArray, raw: FloatArray, losses: FloatArray, scratch: FloatArray
    ) -> None:
        value, product = scratch
        xlogy(y, y, out=value)
        value -= np.multiply(y, raw, out=product)
        np.exp(raw, out=raw)
        raw -= y
        value += raw
        value.sum(axis=1, out=losses)

    def check_target(self, y: NDArray[Any]) -> None:
        if y.min() < 0:
            raise ValueError(f"loss='poisson' requires non-negative y, got {y.min()}.")


class BrierLoss(_Softmax):
    """Half the squared error of softmax probabilities, ½ Σⱼ (pⱼ - yⱼ)².

    References
    ----------
    Brier (1950), "Verification of forecasts expressed in terms of probability".
    """

    def loss_gradient(
        self, y: FloatArray, raw: FloatArray, losses: FloatArray, scratch: FloatArray
    ) -> None:
        error, product = scratch
        each = losses[:, np.newaxis]
        raw -= raw.max(axis=1, keepdims=True, out=each)
        np.exp(raw, out=raw)
        raw /= raw.sum(axis=1, keepdims=True, out=each)
        np.subtract(raw, y, out=error)
        # The softmax's Jacobian is diag(p) - p pᵀ.
        np.einsum("ij,ij->i", raw, error, out=losses)
        raw *= np.subtract(error, each, out=product)
        np.einsum("ij,ij->i", error, error, out=losses)
        losses *= 0.5


class BinaryBrierLoss(_Logistic):
    """Half the squared error of logistic probabilities, summed over the outputs."""

    def loss_gradient(
        self, y: FloatArray, raw: FloatArray, losses: FloatArray, scratch: FloatArray
    ) -> None:
        probability, complement = scratch
        expit(raw, out=probability)
        np.subtract(1, probability, out=complement)
        np.subtract(probability, y, out=raw)
        np.einsum("ij,ij->i", raw, raw, out=losses)
        losses *= 0.5
        raw *= probability
        raw *= complement


LOSSES: dict[str, type[Loss]] = {
    "log_loss": LogLoss,
    "squared_error": SquaredError,
    "poisson": PoissonLoss,
}
