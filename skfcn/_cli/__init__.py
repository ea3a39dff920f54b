"""The command line: `arguments` says what it takes, the other files what it does.

Whatever the user can put right, a path, a file, an option, is one line on stderr and exit
status 2.
"""

import sys
from collections.abc import Sequence

from skfcn._cli.apply import evaluate, predict
from skfcn._cli.arguments import make_parser
from skfcn._cli.train import train

_COMMANDS = {"train": train, "evaluate": evaluate, "predict": predict}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    options = make_parser().parse_args(arguments)
    try:
        _COMMANDS[options.command](options)
    except (OSError, ValueError) as error:
        print(f"skfcn {options.command}: error: {_one_line(error)}", file=sys.stderr)
        return 2
    return 0


def _one_line(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return " ".join(str(error).split())
