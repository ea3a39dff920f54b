"""`FCNRegressor`: real targets."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import RegressorMixin
from sklearn.utils.metaestimators import available_if

from skfcn._estimators.base import BaseFCN
from skfcn._estimators.targets import NumberTargets
from skfcn._estimators.validation import check_output, checked_arrays
from skfcn._sklearn import StrOptions, with_callbacks
from skfcn.activations import Activation
from skfcn.engine import FloatArray
from skfcn.initializers import Initializer
from skfcn.losses import Loss
from skfcn.optimizers import LBFGS, Optimizer
from skfcn.schedules import Schedule

_LOSSES = {"squared_error", "absolute_error", "huber", "quantile", "poisson", "gamma"}


class FCNRegressor(RegressorMixin, BaseFCN):
    """Fully connected neural network for regression.

    Parameters, defaults and attributes are those of
    :class:`sklearn.neural_network.MLPRegressor`, and so are the weights it learns; but
    `hidden_layer_sizes` comes first, as in :class:`FCNClassifier`, and `loss` goes by name.
    The parameters from `init` on are additions; `activation`, `solver`, `learning_rate`, `loss`,
    `init` and `normalization` also take objects, which bring parameters of their own.

    Parameters
    ----------
    hidden_layer_sizes : int or array-like of int, default=(100,)
        Units of each hidden layer. An empty one makes a linear model.
    activation : {"identity", "logistic", "tanh", "relu", "leaky_relu", "elu", "selu", "gelu", \
            "gelu_tanh", "silu", "mish", "softplus"}, Activation or sequence, default="relu"
        Activation function of the hidden layers, or one for each.
    solver : {"lbfgs", "sgd", "adam", "adamw", "nadam", "rmsprop"}, Optimizer or LBFGS, \
            default="adam"
        What minimises the loss: L-BFGS on all data at once, or a stochastic optimizer on
        mini-batches.
    alpha : float, default=0.0001
        Strength of the L2 penalty, ``alpha / 2`` times the sum of squared weights, divided by
        the number (or total weight) of the samples in a batch.
    batch_size : int or "auto", default="auto"
        Rows in a mini-batch; "auto" means ``min(200, n_samples)``.
    learning_rate : {"constant", "invscaling", "adaptive", "step", "exponential", "cosine", \
            "one_cycle"}, Schedule or callable, default="constant"
        How the learning rate changes, for every stochastic solver. "adaptive" divides it by 5
        when the training loss (the validation score with `early_stopping`) has not improved
        by `tol` for `n_iter_no_change` epochs.
    learning_rate_init : float, default=0.001
        The learning rate at first.
    power_t : float, default=0.5
        Exponent of "invscaling".
    max_iter : int, default=200
        Epochs at most; iterations for "lbfgs".
    shuffle : bool, default=True
        Whether to shuffle the rows before each epoch.
    random_state : int, RandomState instance or None, default=None
        Determines the first weights, the shuffling and the held-out part. An int gives the
        same result at every call.
    tol : float, default=1e-4
        The least improvement that counts; for "lbfgs", the gradient at which it stops.
    verbose : bool, default=False
        Whether to print the loss of each epoch.
    warm_start : bool, default=False
        Whether `fit` goes on from the weights of the last one.
    momentum : float, default=0.9
        Momentum of "sgd", in [0, 1].
    nesterovs_momentum : bool, default=True
        Whether that momentum is Nesterov's.
    early_stopping : bool, default=False
        Whether to hold out `validation_fraction` of the data and to stop when the score on
        it has not improved. The weights that scored best are kept. The split is random.
    validation_fraction : float, default=0.1
        The part of the data that `early_stopping` holds out.
    beta_1, beta_2 : float, default=0.9, 0.999
        Decay rates of "adam", in [0, 1).
    epsilon : float, default=1e-8
        Numerical stability of "adam".
    n_iter_no_change : int or inf, default=10
        Epochs in a row without improvement before training stops. With ``inf`` it runs for
        `max_iter` epochs.
    max_fun : int, default=15000
        How often "lbfgs" may evaluate the loss.
    loss : {"squared_error", "absolute_error", "huber", "quantile", "poisson", "gamma"} or Loss, \
            default="squared_error"
        What is minimised; "poisson" and "gamma" are deviances of targets from zero on or above
        zero, and predict the exponential of the network's output. With
        ``QuantileLoss([0.05, 0.5, 0.95])`` a network predicts several quantiles at once, a
        column each.
    init : {"auto", "uniform", "normal", "glorot_uniform", "glorot_normal", "he_uniform", \
            "he_normal", "lecun_normal", "orthogonal"} or Initializer, default="auto"
        The first weights; "auto" is scikit-learn's rule.
    dtype : {"auto", "float32", "float64"}, default="auto"
        The type to compute in; "auto" means float32 for an X of float32, else float64. X is
        cast a batch at a time, never as a whole. float32 takes less memory and time, and the
        accuracy is the same.
    dropout : float or sequence of float, default=0.0
        Part of the units that each row of a batch leaves out at random, in [0, 1): one number
        for the hidden layers, or one for the input layer and each hidden layer. Prediction
        leaves nothing out. With "selu" it is alpha dropout.
    normalization : {"layer", "batch"}, Normalization, None or sequence of them, default=None
        Brings the pre-activations of the hidden layers, all or each, to mean 0 and variance
        1: over the units of a layer, or over the rows of a batch.
    l1_ratio : float, default=0.0
        Which part of the penalty is L1, in [0, 1]: `alpha` times
        ``l1_ratio * |W|₁ + (1 - l1_ratio) / 2 * |W|²``.
    max_norm : float or None, default=None
        After each step, the weights that lead to a unit are scaled down to this norm.
    max_grad_norm : float or None, default=None
        Before each step, the gradient is scaled down to this norm.
    average : float or None, default=None
        Predict with a moving average of the weights over the steps, in which the past keeps
        this share, as 0.999.
    scoring : "loss", str, callable, list, tuple, dict or None, default=None
        What is computed of the validation data after each epoch and decides when to stop:
        the R² if None, the loss, or what :func:`sklearn.metrics.check_scoring` takes; of
        several the first decides.
    augmentation : callable or None, default=None
        Maps each batch in training, ``augmentation(X, y, rng)``, to X and y of the same shapes;
        it may change them in place. y is encoded, of shape (n_rows, n_outputs); rng is a
        :class:`numpy.random.Generator`.
    transform_layer : int, default=-1
        The hidden layer whose activations `transform` returns, counted from 0 or, if
        negative, from the last.

    Attributes
    ----------
    coefs_ : list of ndarray of shape (n_in, n_out)
        Weights of each layer. They can be assigned to.
    intercepts_ : list of ndarray of shape (n_out,)
        Biases of each layer. They can be assigned to.
    loss_ : float
        The last entry of `loss_curve_`.
    loss_curve_ : list of float
        Loss after each epoch or iteration, penalty included. With several outputs, squared
        errors are averaged over them in the curve of a stochastic solver, as in scikit-learn;
        what is minimised is their sum.
    best_loss_ : float or None
        The lowest loss; None with `early_stopping`.
    validation_scores_ : list of float or None
        With validation, R², or what `scoring` says, after each epoch.
    best_validation_score_ : float or None
        The highest of them.
    best_iteration_ : int
        The epoch, counted along `loss_curve_` from 1, whose weights are kept.
    history_ : dict of str to list of float
        What is known of each epoch: "epoch", "loss", "learning_rate" and "gradient_norm" (of
        its first and its last step), "seconds", and with validation "validation_loss",
        "validation_score" and "validation_<name>" of several scores. ``pandas.DataFrame``
        takes it.
    n_iter_ : int
        Epochs or iterations of the last fit.
    t_ : int
        Training samples that the stochastic solver has seen, over all fits.
    n_layers_ : int
        Number of layers, input and output included.
    n_outputs_ : int
        Number of outputs.
    out_activation_ : str
        "identity" or "exp".
    n_features_in_ : int
        Number of features seen in `fit`.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Their names, if X has string ones.

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
    >>> regressor.score(X_test, y_test) > 0.9
    True
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **BaseFCN._parameter_constraints,
        "loss": [StrOptions(_LOSSES), Loss],
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
        loss: str | Loss = "squared_error",
        init: str | Initializer = "auto",
        dtype: str = "auto",
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
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.solver = solver
        self.alpha = alpha
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.learning_rate_init = learning_rate_init
        self.power_t = power_t
        self.max_iter = max_iter
        self.shuffle = shuffle
        self.random_state = random_state
        self.tol = tol
        self.verbose = verbose
        self.warm_start = warm_start
        self.momentum = momentum
        self.nesterovs_momentum = nesterovs_momentum
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.n_iter_no_change = n_iter_no_change
        self.max_fun = max_fun
        self.loss = loss
        self.init = init
        self.dtype = dtype
        self.dropout = dropout
        self.normalization = normalization
        self.l1_ratio = l1_ratio
        self.max_norm = max_norm
        self.max_grad_norm = max_grad_norm
        self.average = average
        self.scoring = scoring
        self.augmentation = augmentation
        self.transform_layer = transform_layer

    @with_callbacks
    def fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        X_val: ArrayLike | None = None,
        y_val: ArrayLike | None = None,
        sample_weight_val: ArrayLike | None = None,
    ) -> Self:
        """Train the network.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Training data. They are neither copied nor converted as a whole, and never made
            dense; `dtype` says what they are computed in.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Targets.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the samples, not negative.
        X_val : {array-like, sparse matrix} of shape (n_val, n_features), default=None
            Validation data. If given, the score on them decides when to stop and the weights
            that scored best are kept, as with `early_stopping`, which needs not be set.
        y_val : array-like of shape (n_val,) or (n_val, n_outputs), default=None
            Their targets.
        sample_weight_val : array-like of shape (n_val,), default=None
            Their weights.

        Returns
        -------
        self : FCNRegressor
            The fitted estimator.

        Raises
        ------
        ValueError
            If a parameter or the data are not acceptable, or if training diverges.
        """
        validation = (X_val, y_val, sample_weight_val)
        self._fit(X, y, sample_weight, validation=validation)
        return self

    @available_if(BaseFCN._has_partial_fit)
    @with_callbacks
    def partial_fit(
        self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> Self:
        """Train for one epoch on these data, going on from where the last call ended.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Training data.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Targets.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the samples, not negative.

        Returns
        -------
        self : FCNRegressor
            The fitted estimator.

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

        Parameters
        ----------
        coefs : sequence of array-like of shape (n_in, n_out)
            Weights of each layer. float32 is kept, anything else becomes float64.
        intercepts : sequence of array-like of shape (n_out,)
            Biases of each layer.
        **params
            Parameters of the regressor, such as `activation`.

        Returns
        -------
        regressor : FCNRegressor
            It predicts, and `partial_fit` trains it on.

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
        return self._fitted.model.targets.score(prediction, y, sample_weight)

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
        raw = self._raw_outputs(X)
        with np.errstate(over="ignore"):
            prediction = check_output(self._fitted.model.loss.inverse_link(raw))
        return prediction[:, 0] if prediction.shape[1] == 1 else prediction
