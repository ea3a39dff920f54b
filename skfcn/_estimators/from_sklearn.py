"""Fitted networks of scikit-learn's, made ours; `to_sklearn` of an estimator is the way back."""

from copy import deepcopy
from typing import Any

from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.utils.validation import check_is_fitted

from skfcn._estimators.classifier import FCNClassifier
from skfcn._estimators.mlp import read_targets, read_training
from skfcn._estimators.parameters import settings_of
from skfcn._estimators.regressor import FCNRegressor
from skfcn._estimators.validation import checked_arrays


def from_sklearn(mlp: Any) -> FCNClassifier | FCNRegressor:
    """Make a fitted estimator of one that scikit-learn has fitted.

    Parameters, weights and fitted attributes are copied; float32 stays float32. Nothing is
    shared, but for the global random numbers that ``random_state=None`` means.

    Parameters
    ----------
    mlp : MLPClassifier or MLPRegressor
        A fitted one.

    Returns
    -------
    estimator : FCNClassifier or FCNRegressor
        It predicts what `mlp` predicts. `partial_fit` goes on where `mlp` stopped, the moments
        of its optimizer included, and so does `fit` with `warm_start`.

    Raises
    ------
    TypeError
        If `mlp` is neither.
    NotFittedError
        If it is not fitted.

    Notes
    -----
    An integer `random_state` goes on from where `mlp` left it, where scikit-learn's own
    `partial_fit` starts it again. After "lbfgs", `loss_curve_` holds `loss_` alone.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.neural_network import MLPClassifier
    >>> from skfcn import from_sklearn
    >>> X, y = load_iris(return_X_y=True)
    >>> mlp = MLPClassifier(solver="lbfgs", max_iter=1000, random_state=0).fit(X, y)
    >>> from_sklearn(mlp)
    FCNClassifier(max_iter=1000, random_state=0, solver='lbfgs')
    """
    kind: Any
    if isinstance(mlp, MLPClassifier):
        kind = FCNClassifier
    elif isinstance(mlp, MLPRegressor):
        kind = FCNRegressor
    else:
        raise TypeError(f"Expected a fitted MLPClassifier or MLPRegressor, got {mlp!r}.")
    check_is_fitted(mlp, "coefs_")
    shared = kind().get_params().keys() & mlp.get_params().keys()
    estimator = kind(**deepcopy({name: getattr(mlp, name) for name in shared}))
    coefs, intercepts = checked_arrays(mlp.coefs_, mlp.intercepts_)
    estimator._adopt(coefs, intercepts, read_targets(mlp))
    read_training(mlp, estimator._fitted.state, settings_of(estimator).schedule)
    if hasattr(mlp, "feature_names_in_"):
        estimator.feature_names_in_ = mlp.feature_names_in_.copy()
    return estimator
