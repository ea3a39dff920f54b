"""The documentation that both estimators share, each parameter in one place."""

from collections.abc import Callable
from string import Template
from typing import TypeVar

SHARED = Template("""\
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
            "cosine_log", "one_cycle"}, Schedule or callable, default="constant"
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
        Whether to shuffle the rows before each epoch. The rows that `early_stopping` holds out
        are random all the same; pass `X_val` to validate on the last ones.
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
        it has not improved. The weights that scored best are kept. $split
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
$loss
    init : {"auto", "uniform", "normal", "glorot_uniform", "glorot_normal", "he_uniform", \
            "he_normal", "lecun_normal", "orthogonal"} or Initializer, default="auto"
        The first weights; "auto" is scikit-learn's rule.
    dtype : {"auto", "float32", "float64"}, default="auto"
        The type to compute in; "auto" means float32 for an X of float32, else float64. X is
        cast a batch at a time, never as a whole. float32 takes less memory and time, and the
        accuracy is the same.
$class_weight    dropout : float or sequence of float, default=0.0
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
        $score if None, the loss, or what :func:`sklearn.metrics.check_scoring` takes; of
        several the first decides.
    augmentation : callable or None, default=None
        Maps each batch in training, ``augmentation(X, y, rng)``, to X and y of the same shapes;
        it may change them in place. y is encoded, $encoded; rng is a
        :class:`numpy.random.Generator`.
    transform_layer : int, default=-1
        The hidden layer whose activations `transform` returns, counted from 0 or, if
        negative, from the last.

    Attributes
    ----------
$classes    coefs_ : list of ndarray of shape (n_in, n_out)
        Weights of each layer. They can be assigned to.
    intercepts_ : list of ndarray of shape (n_out,)
        Biases of each layer. They can be assigned to.
    loss_ : float
        The last entry of `loss_curve_`.
    loss_curve_ : list of float
        Loss after each epoch or iteration, penalty included.$curve
    best_loss_ : float or None
        The lowest loss; None with `early_stopping`.
    validation_scores_ : list of float or None
        With validation, $score, or what `scoring` says, after each epoch.
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
        $out_activation
    n_features_in_ : int
        Number of features seen in `fit`.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Their names, if X has string ones.

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
