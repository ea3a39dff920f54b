"""Losses on probabilities. Those of several classes sum to one; those of labels do not."""

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, log_expit, log_softmax

from skfcn._sklearn import Constraints, real
from skfcn.engine import FloatArray
from skfcn.losses.base import Loss

# ---- the two links


class _Probability(Loss):
    """Losses on probabilities; the targets are zeros and ones, or lie between."""

    def check_target(self, y: NDArray[Any]) -> None:
        if y.dtype != bool and not (y.min() >= 0 and y.max() <= 1):
            raise ValueError(
                f"loss={self!r} requires y between 0 and 1, got {y.min()} to {y.max()}."
            )


class _Softmax(_Probability):
    """Losses on probabilities that sum to one over the outputs."""

    out_activation = "softmax"

    def inverse_link(self, raw: FloatArray) -> FloatArray:
        return _inside(_softmax(raw))

    def log_inverse_link(self, raw: FloatArray) -> FloatArray:
        return _log_inside(log_softmax(raw, axis=1))


class _Logistic(_Probability):
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


# ---- cross-entropy

_SMOOTHING: Constraints = {"label_smoothing": [real("[0, 1)")]}


def _smoothed(y: FloatArray, smoothing: float, n_classes: int, out: FloatArray) -> FloatArray:
    """Return the targets moved towards 1 / n_classes, in `out`, or themselves if it is by 0."""
    if not smoothing:
        return y
    np.multiply(y, 1 - smoothing, out=out)
    out += smoothing / n_classes
    return out


class LogLoss(_Softmax):
    """Cross-entropy of softmax probabilities, -Σⱼ yⱼ log softmax(raw)ⱼ, where y sums to one.

    For two classes, and for labels that do not exclude each other, `BinaryLogLoss` takes its
    place.

    Parameters
    ----------
    label_smoothing : float, default=0.0
        The part ε of each target, in [0, 1), that is spread over all K classes:
        (1 - ε) y + ε / K takes the place of y.

    References
    ----------
    Bridle (1990), "Probabilistic interpretation of feedforward classification network
    outputs".

    Szegedy, Vanhoucke, Ioffe, Shlens & Wojna (2016), "Rethinking the Inception architecture
    for computer vision", section 7, for the smoothing. :arxiv:`1512.00567`

    Examples
    --------
    >>> from skfcn import FCNClassifier
    >>> from skfcn.losses import LogLoss
    >>> X, y = [[-3.0], [-2.0], [0.0], [2.0], [3.0]], ["low", "low", "middle", "high", "high"]
    >>> loss = LogLoss(label_smoothing=0.1)
    >>> network = FCNClassifier((), loss=loss, solver="lbfgs", random_state=0)
    >>> network.fit(X, y).predict([[-3.0], [3.0]])
    array(['low', 'high'], dtype='<U6')
    """

    _parameter_constraints: ClassVar[Constraints] = _SMOOTHING

    def __init__(self, label_smoothing: float = 0.0) -> None:
        self.label_smoothing = label_smoothing

    def loss_gradient(
        self, y: FloatArray, raw: FloatArray, losses: FloatArray, scratch: FloatArray
    ) -> None:
        y = _smoothed(y, self.label_smoothing, raw.shape[1], out=scratch[1])
        # With a row for each class, maxima and sums run along memory: twice as fast.
        p = scratch[0].reshape(raw.shape[1], raw.shape[0])
        np.einsum("ij,ij->i", raw, y, out=losses)
        p[...] = raw.T
        column = raw.reshape(-1)[: len(raw)]  # free until the gradient is written
        # Shifting by the maximum changes no probability; exp then stays within (0, 1].
        np.maximum.reduce(p, axis=0, out=column)
        p -= column
        np.subtract(column, losses, out=losses)
        np.exp(p, out=p)
        np.add.reduce(p, axis=0, out=column)
        p *= np.reciprocal(column, out=column)
        losses -= np.log(column, out=column)
        np.subtract(p.T, y, out=raw)

    def for_target(self, target_type: str) -> Loss:
        return self if target_type == "multiclass" else BinaryLogLoss(self.label_smoothing)


class BinaryLogLoss(_Logistic):
    """Cross-entropy of logistic probabilities, summed over the outputs.

    log(1 + exp(raw)) - y raw, for one output of two classes or several labels at once.

    Parameters
    ----------
    label_smoothing : float, default=0.0
        The part ε of each target, in [0, 1), that is shared by yes and no:
        (1 - ε) y + ε / 2 takes the place of y.

    Examples
    --------
    See `LogLoss`, which takes it for two classes.
    """

    _parameter_constraints: ClassVar[Constraints] = _SMOOTHING

    def __init__(self, label_smoothing: float = 0.0) -> None:
        self.label_smoothing = label_smoothing

    def loss_gradient(
        self, y: FloatArray, raw: FloatArray, losses: FloatArray, scratch: FloatArray
    ) -> None:
        value, product = scratch
        np.logaddexp(0, raw, out=value)
        target = _smoothed(y, self.label_smoothing, 2, out=product)
        value -= np.multiply(raw, target, out=product)
        value.sum(axis=1, out=losses)
        expit(raw, out=raw)
        raw -= _smoothed(y, self.label_smoothing, 2, out=product)


# ---- focal loss

_FOCUS: Constraints = {"gamma": [real("[0, inf)")]}


def _focus(margin: FloatArray, slope: FloatArray, spare: FloatArray, gamma: float) -> None:
    """Turn margins m into losses, and leave minus the losses' derivatives in `slope`.

    The true class has the probability p = 1 / (1 + exp(-m)). With q = 1 - p, the loss is
    -q^γ log p, and its derivative -q^γ (q - γ p log p). Neither q nor log p is computed from
    p: where p rounds to 1 or to 0, they still have all their digits.
    """
    expit(margin, out=slope)
    np.negative(margin, out=margin)
    expit(margin, out=spare)
    np.logaddexp(0, margin, out=margin)
    slope *= margin
    slope *= gamma
    slope += spare
    spare **= gamma
    slope *= spare
    margin *= spare


class FocalLoss(_Softmax):
    """Focal loss of softmax probabilities, -(1 - p)^γ log p with p that of the true class.

    It is cross-entropy with less weight on samples that are classified well. The paper's weight
    of each class, α, is set by `sample_weight` or `class_weight`. For two classes, and for labels
    that do not exclude each other, `BinaryFocalLoss` takes its place.

    Parameters
    ----------
    gamma : float, default=2.0
        How much less weight well-classified samples get; 0 is cross-entropy.

    Notes
    -----
    The probabilities that minimise the focal loss are not the true ones; as a rule, they are less
    certain.

    References
    ----------
    Lin, Goyal, Girshick, He & Dollár (2017), "Focal loss for dense object detection".
    :arxiv:`1708.02002`

    Examples
    --------
    >>> from skfcn import FCNClassifier
    >>> from skfcn.losses import FocalLoss
    >>> X, y = [[-3.0], [-2.0], [0.0], [2.0], [3.0]], ["low", "low", "middle", "high", "high"]
    >>> network = FCNClassifier((), loss=FocalLoss(gamma=1.0), solver="lbfgs", random_state=0)
    >>> network.fit(X, y).predict([[-3.0], [3.0]])
    array(['low', 'high'], dtype='<U6')
    """

    _parameter_constraints: ClassVar[Constraints] = _FOCUS

    def __init__(self, gamma: float = 2.0) -> None:
        self.gamma = gamma

    def loss_gradient(
        self, y: FloatArray, raw: FloatArray, losses: FloatArray, scratch: FloatArray
    ) -> None:
        n_samples, n_classes = raw.shape
        others, product = scratch.reshape(2, n_classes, n_samples)  # as in LogLoss
        np.einsum("ij,ij->i", raw, y, out=losses)
        others[...] = raw.T
        highest = product[0]
        np.maximum.reduce(others, axis=0, out=highest)
        others -= highest
        losses -= highest
        np.exp(others, out=others)
        others -= np.multiply(others, y.T, out=product)  # leaves an exact zero
        # The margin by which the true class beats all others together: with it the loss is
        # that of two classes, and a gradient for all others is shared out among them.
        total, spare = product[:2]
        np.add.reduce(others, axis=0, out=total)
        np.maximum(total, np.finfo(total.dtype).tiny, out=total)
        others /= total
        losses -= np.log(total, out=total)
        _focus(losses, total, spare, self.gamma)
        others -= y.T
        others *= total
        raw[...] = others.T

    def for_target(self, target_type: str) -> Loss:
        return self if target_type == "multiclass" else BinaryFocalLoss(self.gamma)


class BinaryFocalLoss(_Logistic):
    """Focal loss of logistic probabilities, summed over the outputs.

    -(1 - p)^γ log p, with p = expit(raw) where y is one and expit(-raw) where it is zero.

    Parameters
    ----------
    gamma : float, default=2.0
        How much less weight well-classified samples get; 0 is cross-entropy.

    Examples
    --------
    See `FocalLoss`, which takes it for two classes.
    """

    _parameter_constraints: ClassVar[Constraints] = _FOCUS

    def __init__(self, gamma: float = 2.0) -> None:
        self.gamma = gamma

    def loss_gradient(
        self, y: FloatArray, raw: FloatArray, losses: FloatArray, scratch: FloatArray
    ) -> None:
        slope, spare = scratch
        np.multiply(y, 2, out=slope)
        slope -= 1
        raw *= slope  # the margin
        _focus(raw, slope, spare, self.gamma)
        raw.sum(axis=1, out=losses)
        np.multiply(y, -2, out=raw)
        raw += 1
        raw *= slope


# ---- squared error


class BrierLoss(_Softmax):
    """Half the squared error of softmax probabilities, ½ Σⱼ (pⱼ - yⱼ)².

    For two classes, and for labels that do not exclude each other, `BinaryBrierLoss` takes its
    place.

    References
    ----------
    Brier (1950), "Verification of forecasts expressed in terms of probability".

    Examples
    --------
    >>> from skfcn import FCNClassifier
    >>> from skfcn.losses import BrierLoss
    >>> X, y = [[-3.0], [-2.0], [0.0], [2.0], [3.0]], ["low", "low", "middle", "high", "high"]
    >>> network = FCNClassifier((), loss=BrierLoss(), solver="lbfgs", random_state=0)
    >>> network.fit(X, y).predict([[-3.0], [3.0]])
    array(['low', 'high'], dtype='<U6')
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

    def for_target(self, target_type: str) -> Loss:
        return self if target_type == "multiclass" else BinaryBrierLoss()


class BinaryBrierLoss(_Logistic):
    """Half the squared error of logistic probabilities, summed over the outputs.

    Examples
    --------
    See `BrierLoss`, which takes it for two classes.
    """

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
