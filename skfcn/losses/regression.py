"""Losses on real targets. They differ in what they fit: a mean, a median, another quantile."""

from collections.abc import Sequence
from numbers import Real
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.special import xlogy

from skfcn._sklearn import Constraints, real
from skfcn.engine import FloatArray
from skfcn.losses.base import Loss
from skfcn.losses.classification import BinaryBrierLoss, BrierLoss


class _Identity(Loss):
    """Losses on raw outputs that are the predictions."""

    def inverse_link(self, raw: FloatArray) -> FloatArray:
        return raw


class _Centred(_Identity):
    """Losses that scikit-learn does not have: no weights of its own are to be met."""

    def first_bias(self, mean: FloatArray) -> FloatArray | None:
        return mean


class _Log(Loss):
    """Losses on positive predictions, whose logarithms are the raw outputs."""

    out_activation = "exp"

    def inverse_link(self, raw: FloatArray) -> FloatArray:
        return np.exp(raw)


class SquaredError(_Identity):
    """Half the squared error, ½ Σⱼ (rawⱼ - yⱼ)². For classes, see `BrierLoss`.

    Examples
    --------
    >>> from skfcn import FCNRegressor
    >>> from skfcn.losses import SquaredError
    >>> X, y = [[0.0]] * 4, [1.0, 2.0, 3.0, 10.0]
    >>> network = FCNRegressor((), loss=SquaredError(), alpha=0, solver="lbfgs", random_state=0)
    >>> network.fit(X, y).predict([[0.0]]).round(2)  # the mean
    array([4.])
    """

    reported_per_output = True

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


class AbsoluteError(_Centred):
    """The absolute error, ``Σⱼ |rawⱼ - yⱼ|``. It fits the median.

    Examples
    --------
    >>> from skfcn import FCNRegressor
    >>> from skfcn.losses import AbsoluteError
    >>> X, y = [[0.0]] * 4, [1.0, 2.0, 2.0, 10.0]
    >>> network = FCNRegressor((), loss=AbsoluteError(), max_iter=2000, random_state=0)
    >>> network.fit(X, y).predict([[0.0]]).round(1)  # the median
    array([2.])
    """

    def loss_gradient(
        self, y: FloatArray, raw: FloatArray, losses: FloatArray, scratch: FloatArray
    ) -> None:
        raw -= y
        np.abs(raw, out=scratch[0]).sum(axis=1, out=losses)
        np.sign(raw, out=raw)


class HuberLoss(_Centred):
    """Half the squared error up to delta, and from there on linear, summed over the outputs.

    With r = raw - y, it is ½ r² where ``|r| ≤ δ``, and ``δ (|r| - δ / 2)`` elsewhere.

    Parameters
    ----------
    delta : float, default=1.35
        Where the loss becomes linear, in the unit of y. With errors that are normal and of
        unit variance, 1.35 keeps 95 % of the statistical efficiency of the squared error.

    References
    ----------
    Huber (1964), "Robust estimation of a location parameter".

    Examples
    --------
    >>> from skfcn import FCNRegressor
    >>> from skfcn.losses import HuberLoss
    >>> X, y = [[0.0]] * 4, [1.0, 2.0, 3.0, 10.0]
    >>> loss = HuberLoss(delta=1.0)
    >>> network = FCNRegressor((), loss=loss, alpha=0, solver="lbfgs", random_state=0)
    >>> network.fit(X, y).predict([[0.0]]).round(2)  # 10 pulls like 3.5 does
    array([2.5])
    """

    _parameter_constraints: ClassVar[Constraints] = {"delta": [real("(0, inf)")]}

    def __init__(self, delta: float = 1.35) -> None:
        self.delta = delta

    def loss_gradient(
        self, y: FloatArray, raw: FloatArray, losses: FloatArray, scratch: FloatArray
    ) -> None:
        clipped, half = scratch
        raw -= y
        np.clip(raw, -self.delta, self.delta, out=clipped)
        # Clipped to c, both branches are c (r - c / 2), and the gradient is c.
        raw -= np.multiply(clipped, 0.5, out=half)
        np.einsum("ij,ij->i", raw, clipped, out=losses)
        raw[...] = clipped


class QuantileLoss(_Centred):
    """The pinball loss, which fits a quantile of y, or several quantiles at once.

    With r = y - raw, it is τ r where r > 0, and (τ - 1) r elsewhere, summed over the outputs.

    Parameters
    ----------
    quantile : float or sequence of float, default=0.5
        τ, in (0, 1). Several of them fit one column of targets, with an output for each.

    Notes
    -----
    Nothing keeps the outputs for several quantiles from crossing. Where the quantiles are in
    rising order, sorting each row of predictions never raises the loss.

    References
    ----------
    Koenker & Bassett (1978), "Regression quantiles".

    Examples
    --------
    >>> from skfcn import FCNRegressor
    >>> from skfcn.losses import QuantileLoss
    >>> X, y = [[0.0]] * 4, [1.0, 2.0, 3.0, 10.0]
    >>> loss = QuantileLoss([0.1, 0.9])
    >>> network = FCNRegressor((), loss=loss, learning_rate_init=0.1, max_iter=999, random_state=0)
    >>> network.fit(X, y).predict([[0.0]]).shape  # a column for each
    (1, 2)
    """

    _parameter_constraints: ClassVar[Constraints] = {"quantile": [real("(0, 1)"), "array-like"]}

    def __init__(self, quantile: float | Sequence[float] = 0.5) -> None:
        self.quantile = quantile

    def loss_gradient(
        self, y: FloatArray, raw: FloatArray, losses: FloatArray, scratch: FloatArray
    ) -> None:
        quantile = np.asarray(self.quantile, dtype=raw.dtype)
        value, product = scratch
        raw -= y
        np.maximum(raw, 0, out=value)
        value -= np.multiply(raw, quantile, out=product)
        value.sum(axis=1, out=losses)
        np.heaviside(raw, 0.5, out=raw)
        raw -= quantile

    def n_outputs(self, n_targets: int) -> int:
        n_quantiles = np.size(self.quantile)
        if n_quantiles > 1 and n_targets > 1:
            raise ValueError(
                "Several quantiles can be fitted to one column of y only; got "
                f"quantile={self.quantile!r} and {n_targets} columns."
            )
        return max(n_quantiles, n_targets)

    def _validate_params(self) -> None:
        super()._validate_params()
        values = np.asarray(self.quantile, dtype=object)
        in_range = all(isinstance(q, Real) and 0 < float(q) < 1 for q in values.flat)
        if values.ndim > 1 or values.size == 0 or not in_range:
            raise ValueError(
                f"The 'quantile' parameter of {type(self).__name__} must be a float in the range "
                f"(0.0, 1.0) or a sequence of them. Got {self.quantile!r} instead."
            )


class PoissonLoss(_Log):
    """Half the Poisson deviance, Σⱼ (yⱼ log(yⱼ / pⱼ) - yⱼ + pⱼ) with p = exp(raw), for y >= 0.

    References
    ----------
    McCullagh & Nelder (1989), "Generalized linear models", chapter 6.

    Examples
    --------
    >>> from skfcn import FCNRegressor
    >>> from skfcn.losses import PoissonLoss
    >>> X, y = [[0.0]] * 4, [0, 1, 2, 5]
    >>> network = FCNRegressor((), loss=PoissonLoss(), alpha=0, solver="lbfgs", random_state=0)
    >>> network.fit(X, y).predict([[0.0]]).round(2)  # the mean
    array([2.])
    """

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


class GammaLoss(_Log):
    """Half the Gamma deviance, Σⱼ (log(pⱼ / yⱼ) + yⱼ / pⱼ - 1) with p = exp(raw), for y > 0.

    It fits the mean; an error counts in proportion to the mean.

    References
    ----------
    McCullagh & Nelder (1989), "Generalized linear models", chapter 8.

    Examples
    --------
    >>> from skfcn import FCNRegressor
    >>> from skfcn.losses import GammaLoss
    >>> X, y = [[0.0]] * 4, [1.0, 2.0, 3.0, 10.0]
    >>> network = FCNRegressor((), loss=GammaLoss(), alpha=0, solver="lbfgs", random_state=0)
    >>> network.fit(X, y).predict([[0.0]]).round(2)  # the mean
    array([4.])
    """

    def loss_gradient(
        self, y: FloatArray, raw: FloatArray, losses: FloatArray, scratch: FloatArray
    ) -> None:
        value, slope = scratch
        # A positive target can become zero when it is cast to float32.
        np.maximum(y, np.finfo(raw.dtype).tiny, out=value)
        np.log(value, out=value)
        value -= raw
        # With u = log(y / p), the loss is exp(u) - 1 - u: nothing cancels where y is near p.
        np.expm1(value, out=slope)
        np.subtract(slope, value, out=value)
        value.sum(axis=1, out=losses)
        np.negative(slope, out=raw)

    def first_bias(self, mean: FloatArray) -> FloatArray | None:
        return np.log(mean)

    def check_target(self, y: NDArray[Any]) -> None:
        if y.min() <= 0:
            raise ValueError(f"loss='gamma' requires strictly positive y, got {y.min()}.")
