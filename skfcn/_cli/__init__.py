"""The command line: `arguments` says what it takes, a file for each command what it does.

Results go to stdout, all else to stderr. The exit status is 0; 2 for whatever the user can put
right, a path, a file, an option, which is one line on stderr; 130 after Ctrl-C; 141 where
nobody reads the output any more; and 1, with a traceback, if this program is wrong.
"""

import sys
import warnings
from argparse import Namespace
from collections.abc import Callable, Sequence

from skfcn._cli.arguments import make_parser
from skfcn._cli.evaluate import evaluate
from skfcn._cli.info import info
from skfcn._cli.output import finish, note
from skfcn._cli.plot import plot
from skfcn._cli.predict import predict
from skfcn._cli.train import train

_COMMANDS: dict[str, Callable[[Namespace], None]] = {
    "train": train,
    "evaluate": evaluate,
    "predict": predict,
    "info": info,
    "plot": plot,
}
_WRONG = 2
_INTERRUPTED, _NOBODY_READS = 130, 141  # what a shell reports of SIGINT and SIGPIPE


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    try:
        try:
            return _run(arguments)
        finally:
            finish(sys.stdout)
    except BrokenPipeError:
        return _NOBODY_READS
    except OSError as error:  # of stdout, as on a full disk
        note(f"skfcn: error: {_one_line(error)}")
        return _WRONG


def _run(arguments: Sequence[str] | None) -> int:
    parser = make_parser()
    options = parser.parse_args(arguments)
    if options.command is None:
        parser.print_help()
        return 0
    try:
        with warnings.catch_warnings():
            warnings.showwarning = lambda message, *_, **__: note(
                f"skfcn {options.command}: warning: {_one_line(message)}", options.quiet
            )
            _COMMANDS[options.command](options)
    except BrokenPipeError:
        raise
    except (OSError, ValueError) as error:
        note(f"skfcn {options.command}: error: {_one_line(error)}")
        return _WRONG
    except KeyboardInterrupt as interruption:
        note("; ".join([f"skfcn {options.command}: interrupted", *map(str, interruption.args)]))
        return _INTERRUPTED
    return 0


def _one_line(error: Exception | Warning | str) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return " ".join(str(error).split())
