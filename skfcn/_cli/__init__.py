"""The command line: a file for each command, and for what the commands share.

Results go to stdout, all else to stderr. The exit status is 0; 2 for whatever the user can put
right, a path, a file, an option, which is one line on stderr; 130 after Ctrl-C; 141 where
nobody reads the output any more; and 1, with a traceback, if this program is wrong.
"""

import warnings
from argparse import SUPPRESS
from collections.abc import Sequence

from skfcn import __version__
from skfcn._cli.data import Columns, load_table
from skfcn._cli.evaluate import add_evaluate, draw_matrix
from skfcn._cli.info import add_info
from skfcn._cli.model import save_model
from skfcn._cli.options import Parser
from skfcn._cli.output import finish, note, write_figure, write_report
from skfcn._cli.plot import add_plot
from skfcn._cli.predict import add_predict
from skfcn._cli.progress import Progress, as_clock
from skfcn._cli.train import add_train

__all__ = [
    "Columns",
    "Progress",
    "as_clock",
    "draw_matrix",
    "load_table",
    "main",
    "make_parser",
    "save_model",
    "write_figure",
    "write_report",
]

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


def make_parser() -> Parser:
    """Return the parser of ``python -m skfcn``."""
    parser = Parser(_HELP, _EXAMPLES, prog="skfcn", usage="skfcn COMMAND [options]")
    parser.set_defaults(run=lambda options: parser.print_help(), quiet=False)
    commands = parser.add_subparsers(metavar="COMMAND", help=SUPPRESS, prog="skfcn")
    for add in (add_train, add_evaluate, add_predict, add_info, add_plot):
        add(commands)
    options = parser.add_argument_group("options")
    options.add_argument("-h", "--help", action="help", help="show this help, and end")
    version = f"skfcn {__version__}"
    options.add_argument("--version", action="version", version=version, help="show the version")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    name = "skfcn"
    try:
        try:
            options = make_parser().parse_args(arguments)
            name = options.parser.prog
            with warnings.catch_warnings():
                warnings.showwarning = lambda message, *_, **__: note(
                    f"{name}: warning: {_one_line(message)}", options.quiet
                )
                options.run(options)
        finally:
            finish()
    except BrokenPipeError:
        return 141  # as a shell reports SIGPIPE
    except (OSError, ValueError) as error:
        note(f"{name}: error: {_one_line(error)}")
        return 2
    except KeyboardInterrupt as interruption:
        note("; ".join([f"{name}: interrupted", *map(str, interruption.args)]))
        return 130  # as a shell reports SIGINT
    return 0


def _one_line(error: Exception | Warning | str) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return " ".join(str(error).split())
