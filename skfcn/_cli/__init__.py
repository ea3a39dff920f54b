"""The command line: a file for each command, and for what the commands share.

Results go to stdout, all else to stderr. The exit status is 0; 2 for whatever the user can put
right, a path, a file, an option, which is one line on stderr; 130 after Ctrl-C; 141 where
nobody reads the output any more; and 1, with a traceback, if this program is wrong.
"""

import warnings
from collections.abc import Sequence

from skfcn._cli.commands import make_parser
from skfcn._cli.data import Columns as Columns
from skfcn._cli.model import save_model as save_model
from skfcn._cli.output import finish, note
from skfcn._cli.output import write_figure as write_figure
from skfcn._cli.output import write_report as write_report
from skfcn._cli.plot import draw_matrix as draw_matrix
from skfcn._cli.progress import Progress as Progress
from skfcn._cli.progress import as_clock as as_clock


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    name = "skfcn"
    try:
        try:
            options = make_parser().parse_args(arguments)
            name = options.parser.prog
            with warnings.catch_warnings():
                # Of a small part; of the whole the command has seen to it.
                warnings.filterwarnings("ignore", "The number of unique classes")
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
