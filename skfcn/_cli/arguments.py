"""The options of each command."""

from argparse import ArgumentParser, ArgumentTypeError, RawDescriptionHelpFormatter
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from skfcn._settings import SOLVERS
from skfcn.activations import ACTIVATIONS
from skfcn.initializers import INITIALIZERS

_DATA = """where DATA is one of
  digits           the 1,797 handwritten digits of 8 x 8 pixels that scikit-learn brings
  mnist_all.mat    MNIST as a MATLAB file, train0 ... train9 and test0 ... test9
  FOLDER           MNIST's IDX files, such as train-images-idx3-ubyte, gzipped or not
  FILE.csv         a table with a header, whose last column is the class; also .csv.gz

Data with a test part of its own are scored on that part, others on a stratified fifth that
is held out, the same one for the same seed."""


def _number(
    kind: Callable[[str], float], accepts: Callable[[float], bool], what: str
) -> Callable[[str], float]:
    """Return a parser of numbers that complains as a person would."""

    def parse(text: str) -> float:
        try:
            value = kind(text)
            if accepts(value):
                return value
        except ValueError:
            pass
        raise ArgumentTypeError(f"{text!r} is not {what}")

    return parse


_COUNT = _number(int, lambda n: n >= 1, "a whole number from 1 on")
_SEED = _number(int, lambda n: 0 <= n < 2**32, "a whole number from 0 to 4294967295")
_POSITIVE = _number(float, lambda x: 0 < x < float("inf"), "a number above 0")
_NOT_NEGATIVE = _number(float, lambda x: 0 <= x < float("inf"), "a number from 0 on")


class _Parser(ArgumentParser):
    """Says what is wrong in one line, and where to read more."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: error: {message} (see {self.prog} --help)\n")


def make_parser() -> ArgumentParser:
    """Return the parser of ``python -m skfcn``."""
    parser = _Parser(
        prog="skfcn", description="Train and use fully connected networks for classification."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_train(commands)
    _add_evaluate(commands)
    _add_predict(commands)
    return parser


def _add_train(commands: Any) -> None:
    train = commands.add_parser(
        "train",
        help="train a network, score it, save it and draw its curves",
        description="Train a network, score it on data it has not seen, and save it.",
        epilog=_DATA,
        formatter_class=RawDescriptionHelpFormatter,
    )
    train.add_argument(
        "--data", default="digits", metavar="DATA", help="what to train on (default: digits)"
    )
    train.add_argument(
        "--recipe",
        choices=["tutorial"],
        help="start from these settings: tutorial is 784-256-128-10 with ReLU, plain "
        "gradient descent and pixels / 225; other options given here still count",
    )
    net = train.add_argument_group("the network")
    net.add_argument(
        "--hidden",
        type=_COUNT,
        nargs="*",
        metavar="UNITS",
        help="units of each hidden layer (default: 256 128)",
    )
    net.add_argument(
        "--activation",
        choices=list(ACTIVATIONS),
        metavar="NAME",
        help=f"of the hidden layers: {', '.join(ACTIVATIONS)} (default: relu)",
    )
    net.add_argument(
        "--init",
        choices=list(INITIALIZERS),
        metavar="NAME",
        help=f"the first weights: {', '.join(INITIALIZERS)} (default: auto)",
    )
    learning = train.add_argument_group("learning")
    learning.add_argument(
        "--solver",
        choices=list(SOLVERS),
        metavar="NAME",
        help=f"one of {', '.join(SOLVERS)} (default: adam)",
    )
    learning.add_argument(
        "--lr", type=_POSITIVE, metavar="RATE", help="learning rate (default: 0.001)"
    )
    learning.add_argument(
        "--alpha", type=_NOT_NEGATIVE, metavar="STRENGTH", help="L2 penalty (default: 0.0001)"
    )
    learning.add_argument(
        "--batch-size", type=_COUNT, metavar="ROWS", help="default: 64; tutorial: 128"
    )
    learning.add_argument("--epochs", type=_COUNT, metavar="N", help="default: 20; tutorial: 15")
    learning.add_argument(
        "--seed",
        type=_SEED,
        default=0,
        metavar="N",
        help="of the split, the first weights and the shuffling (default: 0)",
    )
    learning.add_argument(
        "--divide-by",
        type=_POSITIVE,
        metavar="D",
        help="what pixels are divided by (default: the value of a white one; tutorial: 225)",
    )
    files = train.add_argument_group("files that it writes")
    files.add_argument(
        "--out",
        type=Path,
        default=Path("model.joblib"),
        metavar="FILE",
        help="the fitted pipeline (default: model.joblib)",
    )
    files.add_argument(
        "--plot",
        type=Path,
        default=Path("curves.png"),
        metavar="FILE",
        help="curves of loss and accuracy (default: curves.png)",
    )
    files.add_argument("--report", type=Path, metavar="FILE", help="figures and settings as JSON")
    files.add_argument(
        "--checkpoint",
        type=Path,
        metavar="FOLDER",
        help="save training here each minute and each epoch; the same command goes on from it if "
        "it was cut off",
    )


def _add_evaluate(commands: Any) -> None:
    evaluate = commands.add_parser(
        "evaluate",
        help="score a saved model",
        description="Score a saved model: accuracy, per-class results, confusion matrix. "
        "A model is a joblib file, which can run code when it is loaded: use your own.",
        epilog=_DATA,
        formatter_class=RawDescriptionHelpFormatter,
    )
    evaluate.add_argument("model", type=Path, metavar="MODEL", help="what train saved")
    evaluate.add_argument("--data", default="digits", metavar="DATA", help="default: digits")
    evaluate.add_argument(
        "--all", action="store_true", help="score all rows, not just the test part"
    )
    evaluate.add_argument(
        "--plot", type=Path, metavar="FILE", help="also draw the confusion matrix"
    )


def _add_predict(commands: Any) -> None:
    predict = commands.add_parser(
        "predict",
        help="label the rows of a CSV file, or an image",
        description="Print the label of each row of a CSV file of features, or of an image, "
        "which must have as many pixels as the model takes; white is the ink, as in MNIST. "
        "A model is a joblib file, which can run code when it is loaded: use your own.",
    )
    predict.add_argument("model", type=Path, metavar="MODEL", help="what train saved")
    predict.add_argument(
        "file", type=Path, metavar="FILE", help="a CSV file with a header, or an image"
    )
    predict.add_argument(
        "--proba", action="store_true", help="print the probability of each class as well"
    )
    predict.add_argument(
        "--invert", action="store_true", help="the image has dark ink on light paper"
    )
