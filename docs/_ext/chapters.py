"""What a chapter needs to be at home both in the repository, as Markdown, and on the site.

Links that lead out of `docs/` become links to the page that shows the file. The empty line that
ends a doctest is left out, and so are line ends between Chinese characters, which would show as
spaces.
"""

import re
from pathlib import PurePosixPath

from sphinx.application import Sphinx

LINK = re.compile(r"\[([^\]]+)\]\((?:\.\./)+([\w/]+?)(?:/|\.(?:py|md))((?:#[\w-]+)?)\)")
PAGES = [  # how the path of a file, without its suffix, becomes that of a page
    (r"README$", "index"),
    (r"(CONTRIBUTING|CHANGELOG)$", lambda match: match[1].lower()),
    (r"examples/(plot_\w+)$", r"gallery/\1"),
    (r"(skfcn/[\w/]+)$", r"_modules/\1"),
]
CHINESE = "[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]"
LINE_END = re.compile(f"(?<={CHINESE})\n(?={CHINESE})")


def page(path: str) -> str | None:
    """Return the page of a file from the root of the site, without its suffix, if there is one."""
    for pattern, replacement in PAGES:
        if re.match(pattern, path):
            return re.sub(pattern, replacement, path)
    return None


def rewrite(app: Sphinx, docname: str, source: list[str]) -> None:
    up = "../" * (len(PurePosixPath(docname).parts) - 1)

    def link(match: re.Match) -> str:
        path = page(match[2])
        if path is None:
            return match[0]
        text = re.sub("`([^`]+)`", r"<code>\1</code>", match[1])
        return f'<a href="{up}{path}.html{match[3]}">{text}</a>'

    text = LINK.sub(link, source[0]).replace("\n\n```\n", "\n```\n")
    source[0] = LINE_END.sub("", text)


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("source-read", rewrite)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
