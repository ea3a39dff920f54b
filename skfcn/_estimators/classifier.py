"""`FCNClassifier`: from labels to targets and back."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import ClassifierMixin
from sklearn.utils import Tags
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import unique_labels
from sklearn.utils.validation import check_is_fitted

from skfcn._estimators.base import BaseFCN
from skfcn._estimators.docs import documented
from skfcn._estimators.parameters import keep
from skfcn._estimators.validation import checked_arrays, class_weights, sort_outputs
from skfcn._sklearn import Constraints, StrOptions, with_callbacks
from skfcn.activations import Activation
from skfcn.engine import FloatArray, quiet_floats
from skfcn.initializers import Initializer
from skfcn.losses import Loss
from skfcn.optimizers import LBFGS, Optimizer
from skfcn.schedules import Schedule
from skfcn.training import ClassTargets, refuse_missing


@documented(
    split="The split is stratified,\n        except for multi-label targets.",
    loss="""\
    loss : {"log_loss", "squared_error", "focal"} or Loss, default="log_loss"
        Loss that training minimises: cross-entropy, half the squared error of the probabilities
        (Brier score), or the focal loss, which gives less weight to samples that are already
        right. Outputs are softmax probabilities for more than two classes, and logistic
        probabilities for two classes and for multi-label targets.""",
    class_weight="""\
    class_weight : dict, list of dict, "balanced" or None, default=None
        Weights of the classes, which multiply the weights of the samples; "balanced" gives all
        classes the same total weight. For multi-label targets, a list of one dict per label.
""",
    score="the accuracy",
    encoded="a column for each class",
    classes="""\
    classes_ : ndarray of shape (n_classes,)
        The labels.
""",
    curve="",
    out_activation='"softmax" or "logistic".',
)
class FCNClassifier(ClassifierMixin, BaseFCN):
    """Fully connected neural network for classification.

    Parameters, defaults and attributes are those of
    :class:`sklearn.neural_network.MLPClassifier`, and so are the weights it learns. The
    parameters from `loss` on are additions. `activation`, `solver`, `learning_rate`, `loss`,
    `init` and `normalization` also take objects, which have parameters of their own.

    $shared

    See Also
    --------
    sklearn.neural_network.MLPClassifier : The estimator whose interface this one has.

    References
    ----------
    Rumelhart, Hinton & Williams (1986), "Learning representations by back-propagating errors".

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.model_selection import train_test_split
    >>> from skfcn import FCNClassifier
    >>> X, y = load_digits(return_X_y=True)
    >>> X_train, X_test, y_train, y_test = train_test_split(X / 16, y, random_state=0)
    >>> clf = FCNClassifier(hidden_layer_sizes=(64, 32), max_iter=300, random_state=0)
    >>> clf.fit(X_train, y_train).score(X_test, y_test)
    0.9...
    """

    _parameter_constraints: ClassVar[Constraints] = {
        **BaseFCN._parameter_constraints,
        "loss": [StrOptions({"log_loss", "squared_error", "focal"}), Loss],
        "class_weight": [dict, list, StrOptions({"balanced"}), None],
    }

    def __init__(
        self,
        hidden_layer_sizes: Any = (100,),
        activation: str | Activation | Sequence[str | Activation] = "relu",
        *,
        solver: str | Optimizer | LBFGS = "adam",
        alpha: float = 0.0001,
        batch_size: int | str = "auto",
        learning_rate: str | Schedule | Callable[..., float] = "constant",
        learning_rate_init: float = 0.001,
        power_t: float = 0.5,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: Any = None,
        tol: float = 1e-4,
        verbose: bool = False,
        warm_start: bool = False,
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        n_iter_no_change: float = 10,
        max_fun: int = 15000,
        loss: str | Loss = "log_loss",
        init: str | Initializer = "auto",
        dtype: str = "auto",
        class_weight: dict[Any, float] | list[dict[int, float]] | str | None = None,
        dropout: float | Sequence[float] = 0.0,
        normalization: Any = None,
        l1_ratio: float = 0.0,
        max_norm: float | None = None,
        max_grad_norm: float | None = None,
        average: float | None = None,
        scoring: Any = None,
        augmentation: Callable[..., Any] | None = None,
        transform_layer: int = -1,
    ) -> None:
        keep(locals())

    @available_if(BaseFCN._has_partial_fit)
    @with_callbacks
    def partial_fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        classes: ArrayLike | None = None,
    ) -> Self:
        """Train for one epoch, going on from where the last call ended; return the estimator.

        Parameters
        ----------
        X, y, sample_weight : array-like
            Those of `fit`.
        classes : array-like of shape (n_classes,), default=None
            All labels of all calls; required in the first call only.

        Raises
        ------
        ValueError
            If the first call has no `classes`, a later one has others, or the data are not right.
        """
        if isinstance(self.class_weight, str):
            raise ValueError(
                f"class_weight={self.class_weight!r} is not supported for partial_fit, which "
                "sees a part of the data. Pass the weights, as compute_class_weight("
                f"{self.class_weight!r}, classes=classes, y=y) has them for all of it, as a dict."
            )
        fitted = self.__sklearn_is_fitted__()
        if classes is None and self._are_classes(sample_weight, y):
            classes, sample_weight = sample_weight, None
        if classes is None and not fitted:
            raise ValueError(
                "classes must be passed on the first call to partial_fit. Pass them by name: "
                "partial_fit(X, y, classes=classes). By position, sample_weight comes first."
            )
        try:
            with quiet_floats():  # it casts to integers, to see whether they are
                labels = None if classes is None else unique_labels(classes)
        except TypeError:  # they cannot be sorted
            refuse_missing(classes, "classes")
            raise
        if fitted and labels is not None and not np.array_equal(labels, self.classes_):
            raise ValueError(
                f"`classes={classes!r}` is not the same as on last call to partial_fit, "
                f"was: {self.classes_!r}"
            )
        self._fit(X, y, sample_weight, incremental=True, classes=labels)
        return self

    def _are_classes(self, sample_weight: Any, y: Any) -> bool:
        """Tell whether the third argument is meant as `classes`, which it was before 1.7."""
        if np.ndim(sample_weight) != 1 or len(sample_weight) == len(y):
            return False
        return not self.__sklearn_is_fitted__() or np.array_equal(
            np.unique(sample_weight), self.classes_
        )

    @classmethod
    def from_weights(
        cls,
        coefs: Sequence[ArrayLike],
        intercepts: Sequence[ArrayLike],
        *,
        classes: ArrayLike | None = None,
        **params: Any,
    ) -> Self:
        """Make a fitted classifier of weights that were trained elsewhere.

        It predicts, and `partial_fit` trains it on.

        Parameters
        ----------
        coefs : sequence of array-like of shape (n_in, n_out)
            Weights of each layer. float32 is kept, anything else becomes float64.
        intercepts : sequence of array-like of shape (n_out,)
            Biases of each layer.
        classes : array-like of shape (n_classes,), default=None
            The label of each output, or the two labels of a single output; 0, 1, 2 … if
            None. Outputs are put into the sorted order of their labels.
        **params
            Parameters of the classifier, such as `activation`.

        Raises
        ------
        ValueError
            If the shapes do not fit together, or a value is not finite.

        Examples
        --------
        >>> from skfcn import FCNClassifier
        >>> clf = FCNClassifier.from_weights([[[2.0], [-2.0]]], [[0.0]], classes=["no", "yes"])
        >>> clf.predict([[1, 0], [0, 1]])
        array(['yes', 'no'], dtype='<U3')
        """
        coefs, intercepts = checked_arrays(coefs, intercepts)
        coefs[-1], intercepts[-1], labels = sort_outputs(coefs[-1], intercepts[-1], classes)
        return cls._from_arrays(coefs, intercepts, ClassTargets.of(labels), **params)

    @property
    def classes_(self) -> NDArray[Any]:
        """The labels, sorted."""
        check_is_fitted(self)
        classes: NDArray[Any] = self._fitted.model.targets.classes
        return classes

    def _targets_of(
        self, y: NDArray[Any], classes: NDArray[Any] | None, loss: Any
    ) -> ClassTargets:
        return ClassTargets.of(y, classes)

    def _check_again(self, targets: ClassTargets, y: NDArray[Any]) -> None:
        targets.check_known_classes(y)

    def _class_weights(self, targets: ClassTargets, y: NDArray[Any]) -> NDArray[Any] | None:
        return class_weights(self, targets, y)

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Predict labels.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Data.

        Returns
        -------
        y : ndarray of shape (n_samples,) or (n_samples, n_labels)
            The most probable labels, of the type that `fit` was given.
        """
        check_is_fitted(self)
        return self._predicted(X, self._fitted.model.targets.decode)

    def predict_proba(self, X: ArrayLike) -> FloatArray:
        """Predict the probability of each label.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Data.

        Returns
        -------
        probability : ndarray of shape (n_samples, n_classes)
            Columns in the order of `classes_`. Rows sum to one. For multi-label targets, and
            for a loss that treats each class by itself, such as ``BinaryLogLoss()``, each
            column is a probability of its own.
        """
        return self._class_outputs(X, np.ones_like, "inverse_link")

    def predict_log_proba(self, X: ArrayLike) -> FloatArray:
        """Predict the logarithm of the probabilities, finite however small they are.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Data.

        Returns
        -------
        log_probability : ndarray of shape (n_samples, n_classes)
            Columns in the order of `classes_`.
        """
        return self._class_outputs(X, np.zeros_like, "log_inverse_link")

    def _class_outputs(self, X: ArrayLike, certain: Callable[..., Any], link: str) -> FloatArray:
        """Return what a link makes of the outputs of all classes, or of one that is certain."""
        check_is_fitted(self)
        model = self._fitted.model
        if model.targets.is_certain:
            return self._predicted(X, certain)
        from_raw = getattr(model.loss, link)

        def finish(raw: FloatArray) -> FloatArray:
            # 1 - expit(raw) is expit(-raw), but loses its digits where it is small.
            probability: FloatArray = from_raw(
                np.hstack([-raw, raw]) if raw.shape[1] == 1 else raw
            )
            return probability

        return self._predicted(X, finish)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags
