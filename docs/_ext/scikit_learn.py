"""References to other projects in docstrings, ours and those inherited from scikit-learn.

Sphinx resolves them with inventories from the network. The site is built without one, so names of
scikit-learn's become links by the rule that its pages have, and other names remain text.
"""

import re

from docutils import nodes
from sphinx.application import Sphinx

API = "https://scikit-learn.org/stable/modules/generated/"


def resolve(app: Sphinx, env, node, contents):
    """Link `sklearn.module.Name` to its page; let other projects' names stand as they are."""
    name = node.get("reftarget", "")
    if name.startswith("sklearn."):
        return nodes.reference("", "", contents, refuri=f"{API}{name}.html", internal=False)
    return contents if name.startswith(("numpy.", "scipy.", "matplotlib.", "pandas.")) else None


def without_labels(app: Sphinx, what, name, obj, options, lines: list[str]) -> None:
    """Keep the text of references to sections of scikit-learn's own guide."""
    lines[:] = [re.sub(r":(?:ref|term):`([^`<]+?)(?:\s*<[^>]+>)?`", r"\1", line) for line in lines]


def setup(app: Sphinx) -> dict[str, bool]:
    app.setup_extension("sphinx.ext.autodoc")
    app.connect("missing-reference", resolve)
    app.connect("autodoc-process-docstring", without_labels)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
