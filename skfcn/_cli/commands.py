"""The commands and their options, as the help shows them."""

from argparse import SUPPRESS, Namespace
from collections.abc import Callable
from pathlib import Path
from typing import Any

from skfcn import __version__
from skfcn._cli.data import CLASSIFICATION, REGRESSION
from skfcn._cli.evaluate import evaluate
from skfcn._cli.info import info
from skfcn._cli.options import COUNT, FRACTION, NOT_NEGATIVE, POSITIVE, RECIPES, SEED, Parser
from skfcn._cli.options import add_option as add
from skfcn._cli.plot import plot
from skfcn._cli.predict import predict
from skfcn._cli.train import train
from skfcn._estimators import SOLVERS
from skfcn.activations import ACTIVATIONS
from skfcn.initializers import INITIALIZERS
from skfcn.normalization import NORMALIZATIONS
from skfcn.schedules import SCHEDULES

_HELP = """Train fully connected neural networks on tables and images of digits, and use them.

commands:
  train           train a network, score it, save it, draw its curves
  evaluate        score a model
  predict         label the rows of tables, or images
  info            say what a model file holds
  plot            draw a model"""

_EXAMPLES = """examples:
  $ skfcn train
  $ skfcn evaluate model.joblib
  $ skfcn predict model.joblib rows.csv
  $ skfcn info model.joblib

Results go to stdout, messages to stderr. skfcn COMMAND --help says more of a command."""

_DATA = """DATA is one of
  digits          1,797 handwritten digits of 8 x 8 pixels, from scikit-learn
  mnist_all.mat   MNIST as a MATLAB file, train0 ... train9 and test0 ... test9
  FOLDER          MNIST or EMNIST as IDX files, train-images-idx3-ubyte and more, or .gz; or \
pictures, a folder for each class
  FILE            a table: CSV with any separator, with a header or none, compressed or not; \
ARFF, svmlight, Parquet, Excel
  -               the same, from stdin
"""
_TRUST = "A model is a joblib file, which can run code when it is loaded: use your own."

_TRAIN = f"""Train a network, score it on data it has not seen, and save it.

{_DATA}
MNIST is scored on its own test part, other data on a fifth that is held out, the same one for \
the same seed. Ctrl-C ends training; what was trained so far is scored and saved.

examples:
  $ skfcn train --hidden 64 32 --epochs 10
  $ skfcn train --data fruit.csv --target kind --early-stopping"""

_EVALUATE = f"""Score a model: accuracy, each class, who is mistaken for whom; or, of regression, \
R2 and errors.

{_DATA}
Of the data that it was trained on, a model is scored on the part that was held out; of other \
data, on all rows. {_TRUST}

examples:
  $ skfcn evaluate model.joblib --plot confusion.png
  $ skfcn evaluate model.joblib --data fruit.csv --json"""

_PREDICT = f"""Print the label, or the number, that a model predicts for each row of a table, or \
for an image.

Of a table, the columns that the model was trained on are picked by name. An image must have as \
many pixels as the model takes; white is the ink, as in MNIST. {_TRUST}

examples:
  $ skfcn predict model.joblib rows.csv | sort | uniq -c
  $ skfcn predict model.joblib - --proba < rows.csv"""

_INFO = """Say what a model file holds: layers, parameters, how it was trained, on what, and how \
well.

examples:
  $ skfcn info model.joblib
  $ skfcn info model.joblib --json"""

_PLOT = """Draw the network of a model, its weights, or how it was trained.

WHAT is one of
  network         units as nodes and weights as edges; of wide layers a few units
  weights         what each unit of the first layer looks for, as an image
  training        loss, and validation score, by epoch

examples:
  $ skfcn plot model.joblib network
  $ skfcn plot model.joblib training --out loss.pdf"""


def make_parser() -> Parser:
    """Return the parser of ``python -m skfcn``."""
    parser = Parser(_HELP, _EXAMPLES, prog="skfcn", usage="skfcn COMMAND [options]")
    parser.set_defaults(run=lambda options: parser.print_help(), quiet=False)
    commands = parser.add_subparsers(metavar="COMMAND", help=SUPPRESS, prog="skfcn")
    _add_settings(*_add_command(commands, train, "train", _TRAIN, "data network training output"))

    data, output = _add_command(commands, evaluate, "evaluate MODEL", _EVALUATE, "data output")
    add(data, "--data DATA", "what to score it on (default: what it was trained on)")
    add(data, "--target COLUMN", "the true values (default: what it was trained on)")
    data.add_argument("--all", action="store_true", help="score all rows in any case")
    what = "also draw the confusion matrix or, of regression, the predictions"
    add(output, "--plot FILE", what, Path)
    usage = "predict MODEL FILE [FILE ...]"
    data, output = _add_command(commands, predict, usage, _PREDICT, "data output")
    what = "a table, - for one from stdin, or a picture"
    add(data, "files FILE", what, nargs="+")
    what = "the pictures have dark ink on light paper (default: seen by their edge)"
    data.add_argument("--invert", action="store_true", help=what)
    what = "as CSV, with the probability of each class"
    output.add_argument("--proba", action="store_true", help=what)
    _add_command(commands, info, "info MODEL", _INFO, "data")
    data, output = _add_command(commands, plot, "plot MODEL WHAT", _PLOT, "data output")
    kinds = ["network", "weights", "training"]
    data.add_argument("what", choices=kinds, metavar="WHAT", help=f"one of {', '.join(kinds)}")
    add(output, "--out FILE", "where to draw it (default: WHAT.png)", Path)

    options = parser.add_argument_group("options")
    options.add_argument("-h", "--help", action="help", help="show this help, and end")
    version = f"skfcn {__version__}"
    options.add_argument("--version", action="version", version=version, help="show the version")
    return parser


def _add_command(
    commands: Any, run: Callable[[Namespace], None], usage: str, text: str, groups: str
) -> list[Any]:
    """Add a command with the options that all have; return its groups of options."""
    above, _, below = text.partition("\n\n")  # the options
    settings = {"usage": f"skfcn {usage} [options]", "description": above, "epilog": below}
    parser = commands.add_parser(usage.split()[0], **settings)
    parser.set_defaults(run=run)
    added = [parser.add_argument_group(name) for name in groups.split()]
    if "MODEL" in usage:
        add(added[0], "model MODEL", "a file that train saved", Path)
    option = parser.add_argument_group("options").add_argument
    if run is not plot:
        option("--json", action="store_true", help="print the results as one JSON document")
    option("-q", "--quiet", action="store_true", help="nothing on stderr but errors")
    option("-h", "--help", action="help", help="show this help, and end")
    return added


def _add_header(data: Any) -> None:
    header = data.add_mutually_exclusive_group()
    what = "the table's first row names the columns (default: seen by what is in it)"
    header.add_argument("--header", action="store_true", default=None, help=what)
    what = "it does not: the columns are called 1, 2, 3 ..."
    header.add_argument("--no-header", dest="header", action="store_false", help=what)


def _add_settings(data: Any, network: Any, training: Any, output: Any) -> None:
    """Add the options of ``skfcn train`` to its groups."""
    add(data, "--data DATA", "what to train on", default="digits")
    what = "the table's column to predict (default: target, class, label or y, else the last)"
    add(data, "--target COLUMN", what)
    what = "what to learn (default: classification, if the target looks like it)"
    add(data, "--task TASK", what, [CLASSIFICATION, REGRESSION])
    what = "a column to leave out; may be repeated"
    data.add_argument("--drop", metavar="COLUMN", action="append", default=[], help=what)
    _add_header(data)
    add(network, "--hidden UNITS", "units of each hidden layer", COUNT, nargs="*")
    add(network, "--activation NAME", "of the hidden layers", ACTIVATIONS)
    add(network, "--init NAME", "the first weights", INITIALIZERS)
    add(network, "--normalization NAME", "of the hidden layers", NORMALIZATIONS, "none")
    add(network, "--dropout PART", "part of the hidden units that a step leaves out", FRACTION)
    what = "start from other settings, of plain gradient descent and with pixels / 225"
    add(training, "--recipe NAME", what, RECIPES)
    add(training, "--solver NAME", "what minimises the loss", SOLVERS)
    add(training, "--lr RATE", "learning rate at first", POSITIVE)
    add(training, "--schedule NAME", "how the rate changes", SCHEDULES)
    add(training, "--alpha STRENGTH", "L2 penalty", NOT_NEGATIVE)
    add(training, "--batch-size ROWS", "rows of a step", COUNT)
    add(training, "--epochs N", "passes over the data", COUNT)
    what = "hold out a tenth of the rows; stop N epochs after its best score, with those weights"
    add(training, "--early-stopping N", what, COUNT, "off; N: 10", nargs="?", const=10)
    add(training, "--seed N", "of the split, the first weights and the shuffling", SEED, "0")
    add(output, "--out FILE", "the model, a fitted estimator", Path, "model.joblib")
    add(output, "--plot FILE", "curves of loss and score", Path, "curves.png")
    what = "draw no curves"
    output.add_argument("--no-plot", dest="plot", action="store_const", const=None, help=what)
    add(output, "--report FILE", "also write what --json prints to a file", Path)
    what = "save training here each minute and epoch; when cut off, the same command goes on"
    add(output, "--checkpoint FOLDER", what, Path)
