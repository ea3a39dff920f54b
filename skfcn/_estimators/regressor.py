"""`FCNRegressor`: real targets."""

from collections.abc import Sequence
from typing import Any, ClassVar, Self

from numpy.typing import ArrayLike, NDArray
from sklearn.base import RegressorMixin
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from skfcn._estimators.base import BaseFCN
from skfcn._estimators.docs import documented
from skfcn._estimators.validation import check_output, checked_arrays
from skfcn._sklearn import Constraints, StrOptions, with_callbacks
from skfcn.engine import FloatArray, quiet_floats
from skfcn.losses import Loss
from skfcn.training import NumberTargets

_LOSSES = {"squared_error", "absolute_error", "huber", "quantile", "poisson", "gamma"}


@documented(
    split="The split is random.",
    loss="""\
    loss : {"squared_error", "absolute_error", "huber", "quantile", "poisson", "gamma"} or Loss, \
            default="squared_error"
        Loss that training minimises. "poisson" is a deviance for targets from zero on, "gamma"
        for targets above zero; both predict the exponential of the network's output. With
        ``QuantileLoss([0.05, 0.5, 0.95])`` a network predicts several quantiles,
        a column each.""",
    class_weight="",
    score="the R²",
    encoded="of shape (n_rows, n_outputs)",
    classes="",
    curve=""" With several outputs and a
        stochastic solver, it is the mean of the squared errors over the outputs, as in
        scikit-learn; training minimises their sum.""",
    out_activation='"identity" or "exp".',
)
class FCNRegressor(RegressorMixin, BaseFCN):
    """Fully connected neural network for regression.

    Parameters, defaults and attributes are those of
    :class:`sklearn.neural_network.MLPRegressor`, and so are the weights it learns; but
    `hidden_layer_sizes` comes first, as in :class:`FCNClassifier`, and `loss` goes by name.
    The parameters from `init` on are additions; `activation`, `solver`, `learning_rate`, `loss`,
    `init` and `normalization` also take objects, which bring parameters of their own.

    $shared

    See Also
    --------
    sklearn.neural_network.MLPRegressor : The estimator whose interface this one has.

    References
    ----------
    Rumelhart, Hinton & Williams (1986), "Learning representations by back-propagating errors".

    Examples
    --------
    >>> from sklearn.datasets import make_regression
    >>> from sklearn.model_selection import train_test_split
    >>> from skfcn import FCNRegressor
    >>> X, y = make_regression(n_samples=200, n_features=20, random_state=1)
    >>> X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=1)
    >>> regressor = FCNRegressor(solver="lbfgs", random_state=1).fit(X_train, y_train)
    >>> regressor.score(X_test, y_test)
    0.9...
    """

    _parameter_constraints: ClassVar[Constraints] = {
        **BaseFCN._parameter_constraints,
        "loss": [StrOptions(_LOSSES), Loss],
    }

    @available_if(BaseFCN._has_partial_fit)
    @with_callbacks
    def partial_fit(
        self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> Self:
        """Train for one epoch, going on from where the last call ended; return the estimator.

        Parameters
        ----------
        X, y, sample_weight : array-like
            Those of `fit`.

        Raises
        ------
        ValueError
            If the data are not acceptable, or if training diverges.
        """
        self._fit(X, y, sample_weight, incremental=True)
        return self

    @classmethod
    def from_weights(
        cls, coefs: Sequence[ArrayLike], intercepts: Sequence[ArrayLike], **params: Any
    ) -> Self:
        """Make a fitted regressor of weights that were trained elsewhere.

        It predicts, and `partial_fit` trains it on.

        Parameters
        ----------
        coefs : sequence of array-like of shape (n_in, n_out)
            Weights of each layer. float32 is kept, anything else becomes float64.
        intercepts : sequence of array-like of shape (n_out,)
            Biases of each layer.
        **params
            Parameters of the regressor, such as `activation`.

        Raises
        ------
        ValueError
            If the shapes do not fit together, or a value is not finite.

        Examples
        --------
        >>> from skfcn import FCNRegressor
        >>> FCNRegressor.from_weights([[[2.0], [1.0]]], [[0.5]]).predict([[1, 0], [0, 1]])
        array([2.5, 1.5])
        """
        coefs, intercepts = checked_arrays(coefs, intercepts)
        targets = NumberTargets(len(intercepts[-1]))
        return cls._from_arrays(coefs, intercepts, targets, **params)

    def _targets_of(
        self, y: NDArray[Any], classes: NDArray[Any] | None, loss: Any
    ) -> NumberTargets:
        return NumberTargets.of(y, loss)

    def score(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> float:
        """Return the coefficient of determination, R², of the predictions.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Data.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Targets.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the samples.

        Returns
        -------
        score : float
            1 at best. For several quantiles, the mean over them of the part of the pinball
            loss that is explained, D².
        """
        prediction = self.predict(X)
        with quiet_floats():
            return self._fitted.model.targets.score(prediction, y, sample_weight)

    def _linked(self, raw: FloatArray) -> FloatArray:
        model = self._fitted.model
        prediction = model.loss.inverse_link(raw)
        return raw if prediction is raw else check_output(prediction, model.theta)

    def predict(self, X: ArrayLike) -> FloatArray:
        """Predict targets.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Data.

        Returns
        -------
        y : ndarray of shape (n_samples,) or (n_samples, n_outputs)
            Predictions.
        """
        check_is_fitted(self)
        prediction = self._predicted(X, self._linked)
        return prediction[:, 0] if prediction.shape[1] == 1 else prediction
