"""How the text of a table is laid out: encoding, separator, quotes, header. Pure Python."""

import csv
import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

Row = list[str]

_SAMPLE_LINES, _FEW_LINES, _SAMPLE_BYTES = 200, 20, 200_000
_SEPARATORS = ["\t", ";", "|", ",", " "]  # of two that fit alike the first
_CALLED = {"\t": "tabs", ";": "semicolons", "|": "bars", " ": "blanks"}

MISSING = {"", "?", "na", "n/a", "n.a.", "nan", "-nan", "null", "nil", "<na>", "#n/a", "#na"}
# Among words these may be words; among numbers and dates they are none.
AMID_NUMBERS = MISSING | {"none", "-", "--", "---", ".", "..", "...", "*", "missing", "unknown"}
AMID_NUMBERS |= {"#div/0!", "#value!", "#ref!", "#num!", "inf", "-inf", "+inf", "infinity"}
AMID_NUMBERS |= {"-infinity", "nd", "n.d.", "not available", "1.#ind", "-1.#ind", "1.#qnan"}

_NUMBER = re.compile(
    r"[-+]?\s*[$€£¥]?\s*(\d[\d,.' \u00a0\u202f]*|[.,]\d+)([eE][-+]?\d+)?\s*[%€$£]?"
)
_YEAR = re.compile(r"(1[89]|20)\d\d")
_PLAIN = re.compile(r"[-+]?(\d+([.,]\d+)?|[.,]\d+)([eE][-+]?\d+)?")


def is_missing(text: str) -> bool:
    """Tell whether a cell stands for a value that is not known."""
    return text == "None" or text.lower() in MISSING


def is_number(text: str) -> bool:
    """Tell whether a cell looks like a number, in any spelling."""
    return _NUMBER.fullmatch(text) is not None


class Layout(NamedTuple):
    """How the text of a table is laid out.

    Attributes
    ----------
    encoding, separator, quote, escape, decimal
        As pandas takes them.
    skip : int
        Lines before the first row, the header included.
    header : list of str or None
        The names of the columns, if there are such.
    width : int
        Cells of a row.
    rows : list of list of str
        The first rows.
    said : list of str
        What was assumed.
    """

    encoding: str
    separator: str
    quote: str
    escape: str | None
    decimal: str
    skip: int
    header: Row | None
    width: int
    rows: list[Row]
    said: list[str]


def encoding_of(content: bytes | bytearray) -> tuple[str, bool]:
    """Return the encoding of a text, and whether it is a guess."""
    for mark, encoding in _MARKS.items():
        if content.startswith(mark):
            return encoding, False
    head = bytes(content[:_SAMPLE_BYTES])
    for place, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        if head and head[place::2].count(0) > len(head) / 4:
            return encoding, True
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return _guess(content), True
    return "utf-8", False


_MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


def _guess(content: bytes | bytearray) -> str:
    """Guess an encoding of one or two bytes by the bytes that are no ASCII."""
    runs = re.findall(rb"[\x80-\xff]+", bytes(content))
    high = b"".join(runs)
    in_runs = sum(len(run) for run in runs if len(run) > 1) / len(high)
    guesses = ["cp1252"]
    if in_runs > 0.8:  # letters of Western languages stand alone
        firsts = [run[i] for run in runs for i in range(0, len(run) - 1, 2)]
        if sum(0xB0 <= first <= 0xD7 for first in firsts) > 0.6 * len(firsts):
            guesses.insert(0, "gb18030")  # the characters that are common
        else:
            guesses.insert(0, "cp1251")
    elif sum(byte in (0x82, 0x83) for byte in high) > 0.3 * len(high):
        guesses.insert(0, "cp932")  # kana
    for guess in guesses:
        try:
            content.decode(guess)
        except UnicodeDecodeError:
            continue
        return guess
    return "latin-1"


def layout_of(content: bytes | bytearray, header: bool | None, names: Sequence[str]) -> Layout:
    """Find out how a table is laid out.

    Parameters
    ----------
    content : bytes
        The file.
    header : bool or None
        Whether the first row has the names of the columns; None to see.
    names : sequence of str
        Names of columns that are known, by which a header is told; or none.
    """
    encoding, is_guess = encoding_of(content)
    said = [f"read as {encoding}, a guess"] if is_guess else []
    lines = _sample(content, encoding)
    skip, header_line = _before_the_table(lines)
    lines = lines[skip:]
    if header_line is not None:
        lines.insert(0, header_line)
    quote = _quote(lines)
    escape = "\\" if any(f"\\{quote}" in line for line in lines) else None
    separator, rows, width = max(
        (_tried(lines, separator, quote, escape) for separator in _SEPARATORS),
        key=lambda tried: tried[1],
    )[0]
    if separator in _CALLED and width > 1:
        said.append(f"columns separated by {_CALLED[separator]}")
    decimal = "," if separator != "," and _has_decimal_commas(rows) else "."
    if decimal == ",":
        said.append("a comma before the fraction of numbers")
    form = encoding, separator, quote, escape, decimal
    if not rows:
        return Layout(*form, skip, None, 0, [], said)
    first = rows[0]
    named = set(names) <= set(first) if names else False
    if header_line is not None or named:
        header = True
    elif header is None:
        header = has_header(rows, width)
    if not header:
        return Layout(*form, skip, None, width, rows, said)
    skip += header_line is None
    width = max(width, len(first))
    return Layout(*form, skip, first, width, rows[1:], said)


def _sample(content: bytes | bytearray, encoding: str) -> list[str]:
    n_bytes = _SAMPLE_BYTES
    while True:
        text = bytes(content[:n_bytes]).decode(encoding, errors="ignore")
        lines = re.split(r"\r\n|\r|\n", text)
        if n_bytes >= len(content):
            return lines[:_SAMPLE_LINES]
        if len(lines) > _FEW_LINES:
            return lines[:-1][:_SAMPLE_LINES]  # the last one is cut
        n_bytes *= 4


def _before_the_table(lines: list[str]) -> tuple[int, str | None]:
    """Return how many lines say something of the table, and the header if it is one of them."""
    skip, header = 0, None
    if lines and re.fullmatch(r"sep=.", lines[0].strip()):  # for Excel
        return 1, None
    while skip < len(lines) and lines[skip].startswith(("#", "%")):
        header = lines[skip].lstrip("#% ")
        skip += 1
    follows = next((line for line in lines[skip:] if line.strip()), "")
    is_header = header is not None and any(
        follows.count(separator) == header.count(separator) > 0 for separator in "\t;,| "
    )
    return skip, header if is_header else None


def _quote(lines: list[str]) -> str:
    """Return the quotation mark that cells are enclosed in, which may be a single one."""
    text = "\n".join(lines)
    single = len(re.findall(r"(?:^|[,;\t])\s*'[^'\n]*'\s*(?=$|[,;\t])", text, re.M))
    return "'" if single > len(lines) / 2 and '"' not in text else '"'


def _tried(
    lines: list[str], separator: str, quote: str, escape: str | None
) -> tuple[tuple[str, list[Row], int], tuple[float, ...]]:
    """Return rows for a separator, how wide they are, and how well it fits."""
    if separator == " ":
        lines = [" ".join(line.split()) for line in lines]
    form = {"delimiter": separator, "quotechar": quote, "escapechar": escape}
    try:
        rows = list(csv.reader(lines, skipinitialspace=True, **form))  # type: ignore[arg-type]
    except csv.Error:  # a cell of more than 131,072 characters, where this separates nothing
        rows = []
    rows = [[cell.strip() for cell in row] for row in rows if any(map(str.strip, row))]
    if not rows:
        return (separator, [], 0), (0.0,)
    counts = Counter(map(len, rows[1:] or rows))
    width = max(counts, key=lambda n: (counts[n], n))
    fits = sum(n for length, n in counts.items() if length == width) / counts.total()
    offset = width - len(rows[0])
    cells = [cell for row in rows[1:] or rows for cell in row]
    numbers = sum(_PLAIN.fullmatch(cell) is not None for cell in cells) / len(cells)
    if width == 1 or (separator == " " and (fits < 0.9 or (offset and not numbers))):
        return (separator, rows, width if separator != " " else 1), (0.1 * (separator == ","),)
    fits -= 0.2 * min(abs(offset), 2)
    return (separator, rows, width), (1 + round(fits, 1), numbers, -_SEPARATORS.index(separator))


def _has_decimal_commas(rows: list[Row]) -> bool:
    """Tell whether numbers have a comma before the fraction, and none has a point there."""
    plain = [cell for row in rows for cell in row if _PLAIN.fullmatch(cell)]
    commas = [cell for cell in plain if "," in cell]
    is_sure = any(not re.fullmatch(r"[-+]?\d{1,3},\d{3}", cell) for cell in commas)
    return is_sure and not any("." in cell for cell in plain)


def has_header(rows: list[Row], width: int) -> bool:
    """Tell whether the first row has names: texts above numbers, or words that come only there."""
    first, rest = rows[0], rows[1:]
    if len(first) < width and rest:  # R leaves out the name of the rows' names
        return not all(map(is_number, first))
    if not rest:
        return not any(map(is_number, first))
    if _counts_through(first):
        return True
    votes = 0.0
    columns = zip(*[_filled(row, width) for row in rest], strict=True)
    for name, column in zip(_filled(first, width), columns, strict=True):
        known = [cell for cell in column if not is_missing(cell)]
        if not known or is_missing(name):
            continue
        n_numbers = sum(map(is_number, known))
        if _YEAR.fullmatch(name) and not all(map(_YEAR.fullmatch, known)):
            continue  # of a column for each year
        if n_numbers > 0.8 * len(known):
            votes += -1 if is_number(name) else 1
        elif is_number(name):
            votes -= 0.5
        elif name in known:
            votes -= 1
        elif len(set(known)) < len(known):
            votes += 0.5
    return votes > 0 or (votes == 0 and not any(map(is_number, first)))


def _counts_through(cells: Row) -> bool:
    """Tell whether cells are 0, 1, 2 ... or 1, 2, 3 ..., as pandas calls columns without names."""
    whole = [int(cell) for cell in cells if cell.isdecimal()]
    enough = len(whole) > 2 and len(whole) >= len(cells) - 1
    return enough and whole == list(range(whole[0], whole[0] + len(whole))) and whole[0] < 2


def _filled(row: Row, width: int) -> Row:
    return row[:width] + [""] * (width - len(row))
