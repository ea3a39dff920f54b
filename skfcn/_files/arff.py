"""Reader of ARFF files, Weka's: SciPy's knows no texts, no dates and no sparse rows."""

import io
import re
from typing import Any

from skfcn._files.layout import encoding_of

_NAME = r"\s*('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|\S+)\s+"
_ATTRIBUTE = re.compile(rf"@attribute{_NAME}(.*)", re.I)


def is_arff(content: bytes | bytearray) -> bool:
    """Tell whether the first line that is no comment names a relation."""
    lines = bytes(content[:100_000]).splitlines()
    first = next((line for line in lines if line.strip() and not line.startswith(b"%")), b"")
    return first.strip(b"\xef\xbb\xbf \t").lower().startswith(b"@relation")


def read_arff(content: bytes | bytearray) -> Any:
    """Return a data frame; nominal attributes are categories. Raises almost anything on others."""
    import pandas

    text = content.decode(encoding_of(content)[0])
    lines = text.splitlines()
    start = next(n for n, line in enumerate(lines) if line.strip().lower().startswith("@data"))
    found = [m for line in lines[:start] if (m := _ATTRIBUTE.match(line.strip()))]
    names = [_unquoted(match[1]) for match in found]
    kinds = [match[2].strip().lower() for match in found]
    rows = [line for line in lines[start + 1 :] if line.strip() and not line.startswith("%")]
    is_sparse = bool(rows) and rows[0].lstrip().startswith("{")
    if is_sparse:
        rows = [_dense(row, kinds, found) for row in rows]
    quote = "'" if sum(row.count("'") for row in rows) > sum(r.count('"') for r in rows) else '"'
    cells = pandas.read_csv(
        io.StringIO("\n".join(rows)),
        sep="\t" if rows and "\t" in rows[0] and "," not in rows[0] else ",",
        header=None,
        names=range(len(names)),
        dtype=object,
        quotechar=quote,
        escapechar="\\",
        skipinitialspace=True,
        keep_default_na=False,
        na_values=["?"],
    )
    for place, kind in enumerate(kinds):
        column = cells[place]
        if kind.split()[0] in ("numeric", "real", "integer"):
            cells[place] = pandas.to_numeric(column)
        else:
            cells[place] = column.str.strip()
            if kind.startswith("{"):
                cells[place] = cells[place].astype("category")
    return cells.set_axis(names, axis="columns")


def _unquoted(text: str) -> str:
    return text[1:-1] if text[0] in "'\"" else text


def _dense(row: str, kinds: list[str], found: list[re.Match[str]]) -> str:
    """Return a sparse row, {place value, ...}, with the others: 0, or the first nominal value."""
    cells = [
        kind[1:].split(",")[0].strip(" }") if kind.startswith("{") else "0"
        for kind in (match[2].strip() for match in found)
    ]
    for pair in re.findall(r"(\d+)\s+('[^']*'|\"[^\"]*\"|[^,}]+)", row):
        cells[int(pair[0])] = pair[1].strip()
    return ",".join(cells)
