"""How the command reads its options and explains itself."""

import textwrap
from argparse import ArgumentParser, HelpFormatter, Namespace
from collections.abc import Callable
from pathlib import Path
from shutil import get_terminal_size
from typing import Any, NoReturn

from skfcn._cli.output import suggestion

DATA = """DATA is one of
  digits          the 1,797 handwritten digits of 8 x 8 pixels that scikit-learn brings
  mnist_all.mat   MNIST as a MATLAB file, train0 ... train9 and test0 ... test9
  FOLDER          MNIST's IDX files, such as train-images-idx3-ubyte, gzipped or not
  FILE.csv        a table with a header; also FILE.csv.gz
  -               the same, from stdin
"""
Add = Callable[..., Any]  # adds an option, as ArgumentParser.add_argument does
TRUST = "A model is a joblib file, which can run code when it is loaded: use your own."


class _Formatter(HelpFormatter):
    """Wraps all text to the terminal: paragraphs and lists, but not commands."""

    def __init__(self, prog: str) -> None:
        width = min(get_terminal_size().columns - 2, 96)  # longer lines are hard to read
        super().__init__(prog, max_help_position=26, width=max(width, 24))

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        lines: list[str] = []
        for line in text.splitlines():
            if line.startswith(("  $ ", "      ")):  # a command, and what it goes on with
                lines.append(line)
            else:
                below = " " * 18 if line.startswith("  ") else ""  # of a list's second column
                wrapper = textwrap.TextWrapper(width, "", below, break_on_hyphens=False)
                lines += wrapper.wrap(line) or [""]
        return "\n".join(lines)


class Parser(ArgumentParser):
    """Says what is wrong in one line, and what may have been meant."""

    def __init__(self, **settings: Any) -> None:
        settings |= {"formatter_class": _Formatter, "allow_abbrev": False, "add_help": False}
        super().__init__(**settings)
        self.set_defaults(parser=self)

    def parse_args(self, args: Any = None, namespace: Any = None) -> Namespace:  # type: ignore[override]
        options, unknown = self.parse_known_args(args, namespace)
        if unknown:
            name, parser = unknown[0].partition("=")[0], options.parser  # the command's own one
            if name.startswith("-"):
                hint = suggestion(name, parser._option_string_actions)
                parser.error(f"there is no option {name}{hint}")
            parser.error(f"expected no argument {name!r}")
        return options

    def _check_value(self, action: Any, value: Any) -> None:
        if action.choices is not None and value not in action.choices:
            name = action.option_strings[0] if action.option_strings else action.metavar
            all_of_them = f"; it is one of {', '.join(action.choices)}"
            hint = suggestion(value, action.choices) or all_of_them
            self.error(f"there is no {name} {value!r}{hint}")

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: error: {message} (see {self.prog} --help)\n")


def add_command(
    commands: Any, run: Callable[[Namespace], None], usage: str, text: str, groups: str
) -> list[Add]:
    """Add a command; return what adds options to each group.

    Of the help, `text`, the first paragraph stands above the options.
    """
    name, *arguments = usage.split()
    above, _, below = text.partition("\n\n")
    usage = f"skfcn {usage} [options]"
    parser = commands.add_parser(name, usage=usage, description=above, epilog=below)
    parser.set_defaults(run=run)
    adders: list[Add] = [parser.add_argument_group(name).add_argument for name in groups.split()]
    if "MODEL" in arguments:
        adders[0]("model", type=Path, metavar="MODEL", help="a file that train saved")
    return adders


def add_common_options(add: Add, json: bool = True) -> None:
    """Add the options that all commands have."""
    if json:
        add("--json", action="store_true", help="print the results as one JSON document")
    add("-q", "--quiet", action="store_true", help="nothing on stderr but errors")
    add("-h", "--help", action="help", help="show this help, and end")
