"""The options of ``skfcn train``."""

from pathlib import Path
from typing import Any

from skfcn._cli.help import (
    COUNT,
    FRACTION,
    NOT_NEGATIVE,
    POSITIVE,
    SEED,
    add_common_options,
    duration,
)
from skfcn._estimators import SOLVERS
from skfcn.activations import ACTIVATIONS
from skfcn.initializers import INITIALIZERS
from skfcn.normalization import NORMALIZATIONS
from skfcn.schedules import SCHEDULES

DATA = """DATA is one of
  digits  the 1,797 handwritten digits of 8 x 8 pixels that scikit-learn brings
  mnist_all.mat  MNIST as a MATLAB file, train0 ... train9 and test0 ... test9
  FOLDER  MNIST's IDX files, such as train-images-idx3-ubyte, gzipped or not
  FILE.csv  a table with a header; also FILE.csv.gz
  -  the same, from stdin
"""

_TRAIN = f"""{DATA}
MNIST is scored on its own test part, other data on a fifth that is held out, the same one for \
the same seed. Ctrl-C ends training; what was trained so far is scored and saved.

examples:
  $ skfcn train --hidden 64 32 --epochs 10
  $ skfcn train --data fruit.csv --target price \\
      --task regression --early-stopping
  $ skfcn train --data fruit.csv --target kind"""


def add_train(commands: Any) -> None:
    """Add the command."""
    train = commands.add_parser(
        "train",
        usage="skfcn train [options]",
        description="Train a network, score it on data it has not seen, and save it.",
        epilog=_TRAIN,
        add_help=False,
    )
    _add_data_options(train.add_argument_group("data"))
    _add_network_options(train.add_argument_group("network"))
    _add_training_options(train.add_argument_group("training"))
    output = train.add_argument_group("output")
    output.add_argument(
        "--out",
        type=Path,
        default=Path("model.joblib"),
        metavar="FILE",
        help="the model, a fitted pipeline (default: model.joblib)",
    )
    output.add_argument(
        "--plot",
        type=Path,
        default=Path("curves.png"),
        metavar="FILE",
        help="curves of loss and score (default: curves.png)",
    )
    output.add_argument(
        "--no-plot", dest="plot", action="store_const", const=None, help="draw no curves"
    )
    output.add_argument(
        "--report", type=Path, metavar="FILE", help="also write what --json prints to a file"
    )
    output.add_argument(
        "--checkpoint",
        type=Path,
        metavar="FOLDER",
        help="save training here each minute and each epoch; the same command goes on from it if "
        "it was cut off",
    )
    add_common_options(output)


def _add_data_options(data: Any) -> None:
    data.add_argument(
        "--data", default="digits", metavar="DATA", help="what to train on (default: digits)"
    )
    data.add_argument(
        "--target", metavar="COLUMN", help="the table's column to predict (default: the last)"
    )
    data.add_argument(
        "--task",
        choices=["classification", "regression"],
        default="classification",
        metavar="TASK",
        help="classification or, for a table whose target is a quantity, regression (default: "
        "classification)",
    )
    data.add_argument(
        "--divide-by",
        type=POSITIVE,
        metavar="D",
        help="what pixels are divided by (default: the value of a white one; tutorial: 225)",
    )


def _add_network_options(network: Any) -> None:
    network.add_argument(
        "--hidden",
        type=COUNT,
        nargs="*",
        metavar="UNITS",
        help="units of each hidden layer (default: 256 128)",
    )
    _add_choice(network, "--activation", ACTIVATIONS, "relu", "of the hidden layers")
    _add_choice(network, "--init", INITIALIZERS, "auto", "the first weights")
    _add_choice(network, "--normalization", NORMALIZATIONS, "none", "of the hidden layers")
    network.add_argument(
        "--dropout",
        type=FRACTION,
        metavar="PART",
        help="part of the hidden units that each step leaves out (default: 0)",
    )
    _add_choice(
        network, "--dtype", ("auto", "float32", "float64"), "auto", "the type to compute in"
    )


def _add_training_options(training: Any) -> None:
    training.add_argument(
        "--recipe",
        choices=["tutorial"],
        metavar="NAME",
        help="start from these settings: tutorial is 784-256-128-10 with ReLU, plain "
        "gradient descent and pixels / 225; other options given here still count",
    )
    _add_choice(training, "--solver", SOLVERS, "adam", "what minimises the loss")
    training.add_argument(
        "--lr",
        type=POSITIVE,
        metavar="RATE",
        help="learning rate at first (default: 0.001; tutorial: 0.01)",
    )
    _add_choice(training, "--schedule", SCHEDULES, "constant", "how the rate changes")
    training.add_argument(
        "--alpha",
        type=NOT_NEGATIVE,
        metavar="STRENGTH",
        help="L2 penalty (default: 0.0001; tutorial: 0)",
    )
    training.add_argument(
        "--batch-size",
        type=COUNT,
        metavar="ROWS",
        help="rows of a step (default: 64; tutorial: 128)",
    )
    training.add_argument(
        "--epochs",
        type=COUNT,
        metavar="N",
        help="passes over the data (default: 20; tutorial: 15)",
    )
    training.add_argument(
        "--early-stopping",
        type=COUNT,
        nargs="?",
        const=10,
        metavar="N",
        help="hold out a tenth of the training rows; stop when their score has not risen for N "
        "epochs, and keep the best weights (default: off; N: 10)",
    )
    training.add_argument(
        "--max-time",
        type=duration,
        metavar="TIME",
        help="stop after the epoch in which the time is up, such as 90s, 15m or 1.5h (default: "
        "no limit)",
    )
    training.add_argument(
        "--seed",
        type=SEED,
        default=0,
        metavar="N",
        help="of the split, the first weights and the shuffling (default: 0)",
    )


def _add_choice(group: Any, name: str, choices: Any, default: str, what: str) -> None:
    """Add an option that is one of several names."""
    names = ", ".join(choices)
    group.add_argument(
        name, choices=list(choices), metavar="NAME", help=f"{what}: {names} (default: {default})"
    )
