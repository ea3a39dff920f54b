"""How the command reads its options and explains itself."""

import re
import textwrap
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Callable
from functools import partial
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
TRUST = "A model is a joblib file, which can run code when it is loaded: use your own."

Add = Callable[..., Any]  # adds an option, as ArgumentParser.add_argument does


class Parser(ArgumentParser):
    """Says what is wrong in one line, and what may have been meant."""

    def __init__(self, description: str, epilog: str, **settings: Any) -> None:
        width = min(get_terminal_size().columns - 2, 96)  # longer lines are hard to read
        form = partial(RawDescriptionHelpFormatter, max_help_position=26, width=width)
        settings |= {"formatter_class": form, "allow_abbrev": False, "add_help": False}
        texts = _wrapped(description, width), _wrapped(epilog, width)
        super().__init__(description=texts[0], epilog=texts[1], **settings)
        self.set_defaults(parser=self)

    def parse_args(self, args: Any = None, namespace: Any = None) -> Namespace:  # type: ignore[override]
        options, unknown = self.parse_known_args(args, namespace)
        if unknown:
            name, parser = unknown[0].partition("=")[0], options.parser  # the command's own one
            if not name.startswith("-"):
                parser.error(f"expected no argument {unknown[0]!r}")
            known = re.findall(r"--[a-z-]+", parser.format_help())
            parser.error(f"there is no option {name}{suggestion(name, known)}")
        return options

    def _check_value(self, action: Any, value: Any) -> None:
        if action.choices is not None and value not in action.choices:
            name = action.option_strings[0] if action.option_strings else action.metavar
            all_of_them = f"; it is one of {', '.join(action.choices)}"
            hint = suggestion(value, action.choices) or all_of_them
            self.error(f"there is no {name} {value!r}{hint}")

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: error: {message} (see {self.prog} --help)\n")


def _wrapped(text: str, width: int) -> str:
    """Wrap paragraphs and lists, but not commands."""
    lines = []
    for line in text.splitlines():
        below = " " * 18 if line.startswith("  ") else ""  # of a list's second column
        wrapper = textwrap.TextWrapper(width, "", below, break_on_hyphens=False)
        lines.append(line if line.startswith("  $ ") else wrapper.fill(line))
    return "\n".join(lines)


def add_command(
    commands: Any, run: Callable[[Namespace], None], usage: str, text: str, groups: str, json: bool
) -> list[Add]:
    """Add a command with the options that all have; return what adds others to each group.

    Of the help, `text`, the first paragraph stands above the options.
    """
    above, _, below = text.partition("\n\n")
    settings = {"usage": f"skfcn {usage} [options]", "description": above, "epilog": below}
    parser = commands.add_parser(usage.split()[0], **settings)
    parser.set_defaults(run=run)
    adders = [parser.add_argument_group(name).add_argument for name in groups.split()]
    if "MODEL" in usage:
        adders[0]("model", type=Path, metavar="MODEL", help="a file that train saved")
    add = parser.add_argument_group("options").add_argument
    if json:
        add("--json", action="store_true", help="print the results as one JSON document")
    add("-q", "--quiet", action="store_true", help="nothing on stderr but errors")
    add("-h", "--help", action="help", help="show this help, and end")
    return adders
