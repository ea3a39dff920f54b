"""Links from the chapters to files of the project lead to the pages that show their code."""

import re
from pathlib import PurePosixPath

from sphinx.application import Sphinx

LINK = re.compile(r"\[([^\]]+)\]\((?:\.\./)+(skfcn/[\w/]+?|examples/plot_\w+)(?:\.py|/)?\)")


def page(path: str) -> str:
    """Return the page of a file of the project, from the root of the site."""
    folder, _, name = path.partition("/")
    return f"gallery/{name}.html" if folder == "examples" else f"_modules/{path}.html"


def rewrite(app: Sphinx, docname: str, source: list[str]) -> None:
    up = "../" * (len(PurePosixPath(docname).parts) - 1)

    def link(match: re.Match) -> str:
        text = re.sub("`([^`]+)`", r"<code>\1</code>", match[1])
        return f'<a href="{up}{page(match[2])}">{text}</a>'

    source[0] = LINK.sub(link, source[0])


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("source-read", rewrite)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
