"""The commands and their options."""

from argparse import SUPPRESS
from pathlib import Path
from typing import Any

from skfcn import __version__
from skfcn._cli.help import Parser, add_common_options
from skfcn._cli.train_options import DATA, add_train

_COMMANDS = """Train fully connected neural networks on tables and images of digits, and use them.

commands:
  train  train a network, score it, save it, draw its curves
  evaluate  score a model
  predict  label the rows of tables, or images
  info  say what a model file holds
  plot  draw a model"""

_EXAMPLES = """examples:
  $ skfcn train
  $ skfcn evaluate model.joblib
  $ skfcn predict model.joblib rows.csv
  $ skfcn info model.joblib

Results go to stdout, messages to stderr. skfcn COMMAND --help says more of a command."""

_EVALUATE = f"""{DATA}
Of the data that it was trained on, a model is scored on the part that was held out; of other \
data, on all rows. A model is a joblib file, which can run code when it is loaded: use your own.

examples:
  $ skfcn evaluate model.joblib --plot confusion.png
  $ skfcn evaluate model.joblib --data fruit.csv --json"""

_PREDICT = """Of a table, the columns that the model was trained on are picked by name. An \
image must have as many pixels as the model takes; white is the ink, as in MNIST. A model is a \
joblib file, which can run code when it is loaded: use your own.

examples:
  $ skfcn predict model.joblib rows.csv | sort | uniq -c
  $ skfcn predict model.joblib - --proba < rows.csv
  $ skfcn predict model.joblib rows.csv --json"""

_INFO = """examples:
  $ skfcn info model.joblib
  $ skfcn info model.joblib --json"""

_PLOT = """WHAT is one of
  network  units as nodes and weights as edges; of wide layers a few units
  weights  what each unit of the first layer looks for, as an image
  training  loss, and validation score, by epoch

examples:
  $ skfcn plot model.joblib network
  $ skfcn plot model.joblib training --out loss.pdf"""

PLOTS = ("network", "weights", "training")


def make_parser() -> Parser:
    """Return the parser of ``python -m skfcn``."""
    parser = Parser(
        prog="skfcn",
        usage="skfcn COMMAND [options]",
        description=_COMMANDS,
        epilog=_EXAMPLES,
        add_help=False,
    )
    commands = parser.add_subparsers(
        dest="command", metavar="COMMAND", help=SUPPRESS, prog="skfcn"
    )
    for add in (add_train, _add_evaluate, _add_predict, _add_info, _add_plot):
        add(commands)
    other = parser.add_argument_group("options")
    other.add_argument("-h", "--help", action="help", help="show this help, and end")
    version = f"skfcn {__version__}"
    other.add_argument("--version", action="version", version=version, help="show the version")
    return parser


def _add_evaluate(commands: Any) -> None:
    evaluate = commands.add_parser(
        "evaluate",
        usage="skfcn evaluate MODEL [options]",
        description="Score a model: accuracy, each class, who is mistaken for whom; or, of "
        "regression, R2 and errors.",
        epilog=_EVALUATE,
        add_help=False,
    )
    data = evaluate.add_argument_group("data")
    _add_model(data)
    data.add_argument(
        "--data", metavar="DATA", help="what to score it on (default: what it was trained on)"
    )
    data.add_argument("--all", action="store_true", help="score all rows in any case")
    output = evaluate.add_argument_group("output")
    output.add_argument(
        "--plot",
        type=Path,
        metavar="FILE",
        help="also draw the confusion matrix or, of regression, the predictions",
    )
    add_common_options(output)


def _add_predict(commands: Any) -> None:
    predict = commands.add_parser(
        "predict",
        usage="skfcn predict MODEL FILE [FILE ...] [options]",
        description="Print the label, or the number, that a model predicts for each row of a "
        "table, or for an image.",
        epilog=_PREDICT,
        add_help=False,
    )
    data = predict.add_argument_group("data")
    _add_model(data)
    data.add_argument(
        "files",
        nargs="+",
        metavar="FILE",
        help="a .csv or .csv.gz file with a header, - for one from stdin, or an image",
    )
    data.add_argument(
        "--invert", action="store_true", help="the images have dark ink on light paper"
    )
    output = predict.add_argument_group("output")
    output.add_argument(
        "--proba", action="store_true", help="as CSV, with the probability of each class"
    )
    add_common_options(output)


def _add_info(commands: Any) -> None:
    info = commands.add_parser(
        "info",
        usage="skfcn info MODEL [options]",
        description="Say what a model file holds: layers, parameters, how it was trained, on "
        "what, and how well.",
        epilog=_INFO,
        add_help=False,
    )
    _add_model(info.add_argument_group("data"))
    add_common_options(info.add_argument_group("output"))


def _add_plot(commands: Any) -> None:
    plot = commands.add_parser(
        "plot",
        usage="skfcn plot MODEL WHAT [options]",
        description="Draw the network of a model, its weights, or how it was trained.",
        epilog=_PLOT,
        add_help=False,
    )
    data = plot.add_argument_group("data")
    _add_model(data)
    data.add_argument("what", choices=PLOTS, metavar="WHAT", help=f"one of {', '.join(PLOTS)}")
    output = plot.add_argument_group("output")
    output.add_argument(
        "--out", type=Path, metavar="FILE", help="where to draw it (default: WHAT.png)"
    )
    add_common_options(output, json=False)


def _add_model(group: Any) -> None:
    group.add_argument("model", type=Path, metavar="MODEL", help="a file that train saved")
