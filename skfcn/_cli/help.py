"""How the command explains itself: help that fits the terminal, errors of one line."""

import re
import shutil
import textwrap
from argparse import ArgumentParser, ArgumentTypeError, HelpFormatter, Namespace
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from typing import Any, NoReturn

_WIDEST = 96  # longer lines are hard to read
_CONTINUED = "      "  # a command that goes on
_TERM = re.compile(r"( +)(\S.*?) {2,}(\S.*)")


class _Formatter(HelpFormatter):
    """Wraps all text to the terminal, and leaves lists and commands in it lists and commands.

    An indented line that begins with ``$`` is a command, which is never wrapped, nor is what it
    goes on with; one with a gap of two spaces is a term and its explanation. All else is
    paragraphs.
    """

    def __init__(self, prog: str) -> None:
        width = min(shutil.get_terminal_size().columns - 2, _WIDEST)
        super().__init__(prog, max_help_position=26, width=max(width, 24))

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        lines: list[str] = []
        for line in text.splitlines():
            if line.startswith(("  $ ", _CONTINUED)):
                lines.append(line)
            elif match := _TERM.fullmatch(line):
                lines += _hanging(width, *match.groups())
            else:
                lines += _wrapped(line, width) or [""]
        return "\n".join(indent + line for line in lines)


def _hanging(width: int, margin: str, term: str, explanation: str) -> list[str]:
    """Return a term and, beside or below it, its explanation."""
    column = " " * 18
    if width < 60 or len(margin + term) + 2 > len(column):
        return [margin + term, *_wrapped(explanation, width, margin + "  ")]
    first, *rest = _wrapped(explanation, width, column)
    return [f"{margin}{term}".ljust(len(column)) + first.lstrip(), *rest]


def _wrapped(text: str, width: int, margin: str = "") -> list[str]:
    return textwrap.wrap(
        text,
        width,
        initial_indent=margin,
        subsequent_indent=margin,
        break_on_hyphens=False,
        break_long_words=False,
    )


class Parser(ArgumentParser):
    """Says what is wrong in one line, and what may have been meant."""

    def __init__(self, **settings: Any) -> None:
        settings = {"formatter_class": _Formatter, "allow_abbrev": False, **settings}
        super().__init__(**settings)
        self.set_defaults(parser=self)

    def parse_args(self, args: Any = None, namespace: Any = None) -> Namespace:  # type: ignore[override]
        options, unknown = self.parse_known_args(args, namespace)
        if unknown:
            # The command's own parser knows its options; this one knows commands only.
            options.parser.error_unknown(unknown)
        return options

    def error_unknown(self, unknown: Sequence[str]) -> NoReturn:
        """Complain of arguments that are no options."""
        name = unknown[0].partition("=")[0]
        if not name.startswith("-"):
            self.error(f"expected no argument {name!r}")
        options = re.findall(r"(?<![\w-])--[a-z][a-z-]*", self.format_help())
        self.error(f"there is no option {name}{_suggestion(name, options)}")

    def error(self, message: str) -> NoReturn:
        if match := re.search(r"invalid choice: '(.*?)' \(choose from (.*)\)", message):
            choices = [choice.strip(" '") for choice in match[2].split(",")]
            hint = _suggestion(match[1], choices) or f"; it is one of {', '.join(choices)}"
            what = message.partition(":")[0].removeprefix("argument ")
            message = f"there is no {what} {match[1]!r}{hint}"
        self.exit(2, f"{self.prog}: error: {message} (see {self.prog} --help)\n")


def _suggestion(word: str, known: Sequence[str]) -> str:
    close = get_close_matches(word, known, n=1)
    return f"; did you mean {close[0]}?" if close else ""


def number(
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


COUNT = number(int, lambda n: n >= 1, "a whole number from 1 on")
SEED = number(int, lambda n: 0 <= n < 2**32, "a whole number from 0 to 4294967295")
POSITIVE = number(float, lambda x: 0 < x < float("inf"), "a number above 0")
NOT_NEGATIVE = number(float, lambda x: 0 <= x < float("inf"), "a number from 0 on")
FRACTION = number(float, lambda x: 0 <= x < 1, "a number from 0 to below 1")


def duration(text: str) -> float:
    """Return the seconds that a text such as ``90``, ``90s``, ``15m`` or ``1.5h`` means."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([smh]?)", text)
    seconds = float(match[1]) * {"": 1, "s": 1, "m": 60, "h": 3600}[match[2]] if match else 0
    if seconds == 0:
        raise ArgumentTypeError(f"{text!r} is not a time, such as 90s, 15m or 1.5h")
    return seconds


def add_common_options(group: Any, json: bool = True) -> None:
    """Add the options that all commands have."""
    if json:
        group.add_argument(
            "--json", action="store_true", help="print the results as one JSON document"
        )
    group.add_argument("-q", "--quiet", action="store_true", help="nothing on stderr but errors")
    group.add_argument("-h", "--help", action="help", help="show this help, and end")
