"""The documentation that both estimators share, each parameter in one place."""

from string import Template

SHARED = Template("""\
Parameters
    ----------
    n_estimators : int, default=8
        Number of networks.
    hidden_layer_sizes : int or array-like of int, default=(64, 64, 64)
        Units of each hidden layer of a network.
    activation : {"identity", "logistic", "tanh", "relu", "leaky_relu", "elu", "selu", "gelu", \
            "gelu_tanh", "silu", "mish", "softplus"} or Activation, default=$activation
        Activation function of the hidden layers.
$loss
    solver : {"sgd", "adam", "adamw", "nadam", "rmsprop"} or Optimizer, default="adam"
        Optimizer; "adam" has ``beta_2=0.95`` here.
    learning_rate : {"constant", "invscaling", "adaptive", "step", "exponential", "cosine", \
            "cosine_log", "one_cycle"}, Schedule or callable, default="cosine_log"
        Schedule of the learning rate.
    learning_rate_init : float, default=$rate
        Learning rate that the schedule's factor multiplies.
    max_iter : int, default=1200
        Number of training steps. The time of a fit is proportional to it. To limit the seconds,
        pass :class:`skfcn.callbacks.TimeLimit` to `set_callbacks`.
    batch_size : int or "auto", default="auto"
        Rows that each network sees in a step. "auto" is a sixteenth of all rows, between 32 and
        128; for large tables it is more, up to 1,024, so that each row is seen about
        twice.
    n_bins : int, default=$n_bins
        Number of quantile bins of each numeric column, which every other group of four networks
        sees as further inputs; 0 for none. There are 1,024 bins in all at most.
    dropout : float, default=0.0
        Probability in [0, 1) that a hidden unit is left out in a step.
    weight_decay : float, default=0.0
        Each step multiplies the weights by ``1 - rate * weight_decay``.
    categorical_features : "from_dtype" or array-like of {bool, int, str}, default="from_dtype"
        Mask, numbers or names of columns that hold categories, in addition to the columns of
        strings, booleans and categories.
$class_weight    cv : int, cross-validation generator or iterable, default=None
        Splits of the rows into a training and a held-out part, one for each network; None for
        at most 8 folds, $stratified.
        Where rows belong together, such as those of one person, pass the splits of a
        :class:`~sklearn.model_selection.GroupKFold`.
    scoring : "loss", str, callable, list, tuple, dict or None, default="loss"
        Score of a network's held-out rows, which decides the round whose weights are kept: the
        loss, $score if None, or whatever :func:`sklearn.metrics.check_scoring` takes. Of several
        scores, the first decides.
    n_jobs : int, default=None
        Number of threads, each of which trains a group of four networks, if a step has enough
        work. None means as many as BLAS may use, -1 all cores. The result does not depend on the
        number of threads.
    random_state : int, RandomState instance or None, default=None
        Seed of the first weights, the folds and the mini-batches. With an int, every call gives
        the same result.
    verbose : bool, default=False
        Whether to print the loss of each round of steps.

    Attributes
    ----------
$classes    oob_score_ : float
        $score of the predictions for held-out rows.
$oob
    history_ : dict of str to list of float
        Figures of each round of steps, after which every network is scored: "epoch",
        "loss", "learning_rate", "validation_loss", "seconds". ``pandas.DataFrame`` takes it.
    loss_curve_ : list of float
        Loss of each round, the mean over its steps and the networks.
    n_iter_ : int
        Steps of training.
    encoder_ : TableEncoder
        Encoder that turns a table into the inputs of the networks.
    n_features_in_ : int
        Columns seen in `fit`.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns, if they are strings.
""")
