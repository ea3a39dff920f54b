"""The documentation that both estimators share, each parameter in one place."""

from collections.abc import Callable
from string import Template
from typing import TypeVar

SHARED = Template("""\
Parameters
    ----------
    hidden_layer_sizes : int or array-like of int, default=(100,)
        Units of each hidden layer. An empty list makes a linear model.
    activation : {"identity", "logistic", "tanh", "relu", "leaky_relu", "elu", "selu", "gelu", \
            "gelu_tanh", "silu", "mish", "softplus"}, Activation or sequence, default="relu"
        Activation function of all hidden layers, or a list with one for each.
    solver : {"lbfgs", "sgd", "adam", "adamw", "nadam", "rmsprop"}, Optimizer or LBFGS, \
            default="adam"
        What minimises the loss: L-BFGS on all data at once, or a stochastic optimizer on
        mini-batches.
    alpha : float, default=0.0001
        Strength of the L2 penalty: ``alpha / 2`` times the sum of the squared weights, divided
        by the number of samples in a mini-batch, or by their total weight.
    batch_size : int or "auto", default="auto"
        Rows in a mini-batch; "auto" means ``min(200, n_samples)``.
    learning_rate : {"constant", "invscaling", "adaptive", "step", "exponential", "cosine", \
            "cosine_log", "one_cycle"}, Schedule or callable, default="constant"
        Schedule of the learning rate, for every stochastic solver. "adaptive" divides the rate
        by 5 when the training loss (with `early_stopping`, the validation score) has not
        improved by `tol` for `n_iter_no_change` epochs.
    learning_rate_init : float, default=0.001
        Learning rate, which the factor of the schedule multiplies.
    power_t : float, default=0.5
        Exponent of "invscaling".
    max_iter : int, default=200
        Largest number of epochs; for "lbfgs", of iterations.
    shuffle : bool, default=True
        Whether to shuffle the rows before each epoch. `early_stopping` draws its held-out rows
        at random in either case; pass `X_val` to `fit` to choose them yourself.
    random_state : int, RandomState instance or None, default=None
        Seed of the first weights, the shuffling and the held-out rows. With an int, every call
        gives the same result.
    tol : float, default=1e-4
        Smallest improvement of the loss or score that counts; for "lbfgs", the largest entry of
        the gradient at which training stops.
    verbose : bool, default=False
        Whether to print the loss of each epoch.
    warm_start : bool, default=False
        Whether `fit` starts from the weights of the previous fit.
    momentum : float, default=0.9
        Momentum of "sgd", in [0, 1].
    nesterovs_momentum : bool, default=True
        Whether "sgd" uses Nesterov's momentum.
    early_stopping : bool, default=False
        Whether to hold out `validation_fraction` of the rows and to stop when their score has
        not improved for `n_iter_no_change` epochs. The best weights are kept. $split
    validation_fraction : float, default=0.1
        Fraction of the rows that `early_stopping` holds out.
    beta_1, beta_2 : float, default=0.9, 0.999
        Decay rates of "adam", in [0, 1).
    epsilon : float, default=1e-8
        Numerical stability of "adam".
    n_iter_no_change : int or inf, default=10
        Number of epochs without improvement after which training stops. With ``inf``, training
        takes all `max_iter` epochs.
    max_fun : int, default=15000
        Largest number of times that "lbfgs" evaluates the loss.
$loss
    init : {"auto", "uniform", "normal", "glorot_uniform", "glorot_normal", "he_uniform", \
            "he_normal", "lecun_normal", "orthogonal"} or Initializer, default="auto"
        Rule that draws the first weights; "auto" is scikit-learn's.
    dtype : {"auto", "float32", "float64"}, default="auto"
        Type of the weights and of all computations; "auto" means float32 for an X of float32,
        and else float64. X is converted one mini-batch at a time. float32 takes less memory and
        time.
$class_weight    dropout : float or sequence of float, default=0.0
        Probability in [0, 1) that a unit is left out, drawn anew for each row of a mini-batch:
        one number for all hidden layers, or a list for the input layer and each hidden layer.
        Predictions use all units. With "selu", alpha dropout is used.
    normalization : {"layer", "batch"}, Normalization, None or sequence of them, default=None
        Normalization of the pre-activations of all hidden layers, or a list with one for each.
        "layer" brings each row to mean 0 and variance 1 over the units, "batch" each unit over
        the rows of a mini-batch.
    l1_ratio : float, default=0.0
        Share of the L1 penalty, in [0, 1]. The whole penalty is `alpha` times
        ``l1_ratio * |W|₁ + (1 - l1_ratio) / 2 * |W|²``.
    max_norm : float or None, default=None
        Largest norm of the weights that lead to a unit; longer ones are scaled down after each
        step.
    max_grad_norm : float or None, default=None
        Largest norm of the gradient; a longer one is scaled down before the step.
    average : float or None, default=None
        Decay of a moving average of the weights over the steps, such as 0.999. Predictions then
        use the average.
    scoring : "loss", str, callable, list, tuple, dict or None, default=None
        Score of the validation rows after each epoch, which decides when to stop: $score
        if None, the loss, or whatever :func:`sklearn.metrics.check_scoring` takes. Of several
        scores, the first decides.
    augmentation : callable or None, default=None
        Function that changes each training mini-batch: ``augmentation(X, y, rng)`` returns X and
        y of the same shapes, and may change them in place. y is encoded, $encoded; rng is
        a :class:`numpy.random.Generator`.
    transform_layer : int, default=-1
        Number of the hidden layer whose activations `transform` returns. A negative number
        counts from the last.

    Attributes
    ----------
$classes    coefs_ : list of ndarray of shape (n_in, n_out)
        Weights of each layer. You can assign to them.
    intercepts_ : list of ndarray of shape (n_out,)
        Biases of each layer. You can assign to them.
    loss_ : float
        The last entry of `loss_curve_`.
    loss_curve_ : list of float
        Loss after each epoch or iteration, penalty included.$curve
    best_loss_ : float or None
        The lowest loss; None with `early_stopping`.
    validation_scores_ : list of float or None
        With validation, the score after each epoch: $score, or that of `scoring`.
    best_validation_score_ : float or None
        The highest validation score.
    best_iteration_ : int
        The epoch whose weights are kept, counted from 1 along `loss_curve_`.
    history_ : dict of str to list of float
        What is known of each epoch: "epoch", "loss", "learning_rate" and "gradient_norm" (of
        its first and its last step), "seconds", and with validation "validation_loss",
        "validation_score" and "validation_<name>" of several scores. ``pandas.DataFrame``
        takes it.
    n_iter_ : int
        Epochs or iterations of the last fit.
    t_ : int
        Number of training samples that the stochastic solver has seen, over all fits.
    n_layers_ : int
        Number of layers, input and output included.
    n_outputs_ : int
        Number of outputs.
    out_activation_ : str
        $out_activation
    n_features_in_ : int
        Number of features seen in `fit`.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the features, if X has column names that are strings.

""")

C = TypeVar("C", bound=type)


def documented(shared: Template = SHARED, **own: str) -> Callable[[C], C]:
    """Put a shared text, with what is a class's `own`, where its docstring says ``$shared``."""

    def put_in(cls: C) -> C:
        if cls.__doc__:  # python -OO leaves it out
            text = shared.substitute(own).rstrip()
            cls.__doc__ = Template(cls.__doc__).substitute(shared=text)
        return cls

    return put_in
