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
        What minimises the loss; "adam" has ``beta_2=0.95`` here.
    learning_rate : {"constant", "invscaling", "adaptive", "step", "exponential", "cosine", \
            "cosine_log", "one_cycle"}, Schedule or callable, default="cosine_log"
        How the learning rate changes from step to step.
    learning_rate_init : float, default=$rate
        What the schedule is a factor on.
    max_iter : int, default=1200
        Steps of training. The time of a fit is proportional to it; to end after so many seconds,
        pass :class:`skfcn.callbacks.TimeLimit` to `set_callbacks`.
    batch_size : int or "auto", default="auto"
        Rows that each network sees in a step; "auto" is a sixteenth of all, but at least 32 and
        at most 128; more, up to 1,024, where each row would otherwise be seen less than twice.
    n_bins : int, default=$n_bins
        Every other group of four networks also sees where a number lies among so many bins, of as
        many rows each; 0 for none. Of more than 1,024 bins in all, each number has fewer.
    dropout : float, default=0.0
        The part of the hidden units that each step leaves out.
    weight_decay : float, default=0.0
        Each step multiplies the weights by ``1 - rate * weight_decay``.
    categorical_features : "from_dtype" or array-like of {bool, int, str}, default="from_dtype"
        The columns that hold categories, by a mask, by number or by name, in addition to those
        of strings, booleans and categories.
$class_weight    cv : int, cross-validation generator or iterable, default=None
        How the rows are split, for each network, into those that it learns from and those that
        it is tested on; None for at most 8 folds, $stratified.
        Where rows belong together, as those of one person, pass the splits of a
        :class:`~sklearn.model_selection.GroupKFold`.
    scoring : "loss", str, callable, list, tuple, dict or None, default="loss"
        What decides, of the rows that a network holds out, after which round it is kept: the
        loss, $score if None, or what :func:`sklearn.metrics.check_scoring` takes; of several the
        first.
    n_jobs : int, default=None
        How many groups of four networks are trained at a time, in threads, where a step has
        enough work for that. None means as many as BLAS may use, -1 all cores. The result does
        not depend on it.
    random_state : int, RandomState instance or None, default=None
        Determines the first weights, the folds and the batches. An int gives the same result at
        every call.
    verbose : bool, default=False
        Whether to print the loss of each round of steps.

    Attributes
    ----------
$classes    oob_score_ : float
        $score of what the networks say of rows that they have not learned from.
$oob
    history_ : dict of str to list of float
        What is known of each round of steps, after which every network is tested: "epoch",
        "loss", "learning_rate", "validation_loss", "seconds". ``pandas.DataFrame`` takes it.
    loss_curve_ : list of float
        Loss of each round, the mean over its steps and the networks.
    n_iter_ : int
        Steps of training.
    encoder_ : TableEncoder
        What turns a table into the inputs of the networks.
    n_features_in_ : int
        Columns seen in `fit`.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Their names, if X has string ones.
""")
