"""What belongs to what on the API's pages: parameters to topics, names to chapters of the guide.

Data alone; `api_pages` makes tables and links of it, and the tests read it.
"""

# For each kind of estimator: the topic, chapters of the guide about it, and its parameters.
_NETWORK = [
    (
        "Model",
        ["activations", "how_it_works"],
        ["hidden_layer_sizes", "activation", "init", "normalization", "transform_layer"],
    ),
    ("Loss", ["losses", "imbalanced"], ["loss", "class_weight"]),
    (
        "Optimizer",
        ["optimizers"],
        [
            *("solver", "batch_size", "shuffle", "momentum", "nesterovs_momentum"),
            *("beta_1", "beta_2", "epsilon", "max_grad_norm", "max_fun"),
        ],
    ),
    ("Learning rate", ["schedules"], ["learning_rate", "learning_rate_init", "power_t"]),
    (
        "Stopping",
        ["stopping"],
        [
            *("max_iter", "tol", "n_iter_no_change", "early_stopping", "validation_fraction"),
            "scoring",
        ],
    ),
    (
        "Regularization",
        ["regularization"],
        ["alpha", "l1_ratio", "dropout", "max_norm", "average", "augmentation"],
    ),
    (
        "Data and output",
        ["larger_than_memory", "overnight"],
        ["dtype", "random_state", "warm_start", "verbose"],
    ),
]
_TABLE = [
    ("Model", ["tables", "activations"], ["n_estimators", "hidden_layer_sizes", "activation"]),
    ("Loss", ["losses", "imbalanced"], ["loss", "class_weight"]),
    ("Optimizer", ["optimizers"], ["solver", "batch_size"]),
    ("Learning rate", ["schedules"], ["learning_rate", "learning_rate_init"]),
    ("Stopping", ["stopping"], ["max_iter", "cv", "scoring"]),
    ("Regularization", ["regularization"], ["dropout", "weight_decay"]),
    (
        "Data and output",
        ["tables", "performance"],
        ["categorical_features", "n_bins", "n_jobs", "random_state", "verbose"],
    ),
]
PARAMETERS = {
    "skfcn.FCNClassifier": _NETWORK,
    "skfcn.FCNRegressor": _NETWORK,
    "skfcn.TabularClassifier": _TABLE,
    "skfcn.TabularRegressor": _TABLE,
}

# The chapters that treat a module, or a name of it.
CHAPTERS = {
    "skfcn": ["first_steps", "choosing", "recipes"],
    "skfcn.FCNClassifier": ["first_steps", "choosing", "from_mlpclassifier"],
    "skfcn.FCNRegressor": ["regression", "choosing", "from_mlpclassifier"],
    "skfcn.TabularClassifier": ["tables", "when_to_use"],
    "skfcn.TabularRegressor": ["tables", "when_to_use"],
    "skfcn.from_sklearn": ["from_mlpclassifier"],
    "skfcn.activations": ["activations", "choosing"],
    "skfcn.activations.Activation": ["activations", "add_your_own"],
    "skfcn.normalization": ["regularization"],
    "skfcn.initializers": ["choosing", "how_it_works"],
    "skfcn.initializers.Initializer": ["choosing", "add_your_own"],
    "skfcn.losses": ["losses"],
    "skfcn.losses.Loss": ["losses", "add_your_own"],
    "skfcn.losses.FocalLoss": ["losses", "imbalanced"],
    "skfcn.losses.BinaryFocalLoss": ["losses", "imbalanced"],
    "skfcn.losses.AbsoluteError": ["losses", "regression"],
    "skfcn.losses.HuberLoss": ["losses", "regression"],
    "skfcn.losses.QuantileLoss": ["losses", "regression"],
    "skfcn.losses.PoissonLoss": ["losses", "regression"],
    "skfcn.losses.GammaLoss": ["losses", "regression"],
    "skfcn.optimizers": ["optimizers", "choosing"],
    "skfcn.optimizers.Optimizer": ["optimizers", "add_your_own"],
    "skfcn.schedules": ["schedules", "choosing"],
    "skfcn.schedules.Schedule": ["schedules", "add_your_own"],
    "skfcn.tuning": ["stopping", "recipes"],
    "skfcn.callbacks": ["stopping"],
    "skfcn.callbacks.Checkpoint": ["overnight"],
    "skfcn.callbacks.TimeLimit": ["stopping", "overnight"],
    "skfcn.displays": ["displays", "loss_curves"],
    "skfcn.preprocessing": ["first_steps", "tables"],
    "skfcn.preprocessing.PixelScaler": ["recipes", "larger_than_memory"],
    "skfcn.tabular": ["tables"],
    "skfcn.datasets": ["draw_a_digit"],
    "skfcn.persistence": ["serving"],
    "skfcn.onnx": ["onnx"],
    "skfcn.engine": ["how_it_works", "../layers"],
    "skfcn.training": ["how_it_works"],
}


def chapters(name: str) -> list[str]:
    """Return the chapters about an object, or about its module."""
    return CHAPTERS.get(name) or CHAPTERS[name.rpartition(".")[0]]
