"""What the API's pages have besides the docstrings: parameters by topic, and links to the guide.

What belongs to what is in `topics`.
"""

from docutils import nodes
from docutils.parsers.rst import Directive
from docutils.statemachine import StringList
from sphinx import addnodes
from sphinx.application import Sphinx
from topics import PARAMETERS, chapters


class InTheGuide(Directive):
    """A paragraph, its content, that ends with links to the chapters about a module or object."""

    required_arguments = 1
    has_content = True

    def run(self) -> list[nodes.Node]:
        links = ", ".join(f":doc:`/guide/{name}`" for name in chapters(self.arguments[0]))
        lines = [*self.content, f"In the guide: {links}."]
        paragraph = nodes.Element()
        self.state.nested_parse(StringList(lines, self.name), self.content_offset, paragraph)
        return paragraph.children


def chapter_link(name: str, docname: str) -> nodes.Node:
    """Return a link to a chapter, with the chapter's title."""
    return addnodes.pending_xref(
        "",
        nodes.inline("", name),
        refdomain="std",
        reftype="doc",
        reftarget=f"/guide/{name}",
        refexplicit=False,
        refwarn=True,
        refdoc=docname,
    )


def separated(links: list[nodes.Node]) -> nodes.paragraph:
    paragraph = nodes.paragraph()
    for link in links:
        paragraph += [nodes.Text(", "), link] if len(paragraph) else [link]
    return paragraph


def entries(fields: nodes.field_list) -> dict[str, str]:
    """Give the entry of each parameter an id; return the ids by the parameters' names."""
    ids = {}
    for field in fields:
        if field[0].astext() != "Parameters":
            continue
        for item in field.findall(nodes.definition_list_item):
            names = next(item[0].findall(nodes.strong)).astext().split(", ")
            for name in names:
                ids[name] = f"parameter-{names[0]}"
            item[0]["ids"].append(ids[names[0]])
    return ids


def table(rows: list[list[nodes.Node]]) -> nodes.table:
    """Return a table, with a title and the heads of its columns."""
    heads = [nodes.paragraph(text=text) for text in ("Topic", "Parameters", "In the guide")]
    group = nodes.tgroup(cols=3)
    group += [nodes.colspec(colwidth=width) for width in (15, 60, 25)]
    for part, content in ((nodes.thead(), [heads]), (nodes.tbody(), rows)):
        part += [nodes.row("", *(nodes.entry("", cell) for cell in row)) for row in content]
        group += part
    title = nodes.title(text="Parameters by topic")
    return nodes.table("", title, group, classes=["by-topic"], align="left")


def add_topics(app: Sphinx, domain: str, objtype: str, content: addnodes.desc_content) -> None:
    """Put the table of topics above the list of an estimator's parameters."""
    name = content.parent[0]
    topics = PARAMETERS.get(f"{name.get('module')}.{name.get('fullname')}")
    fields = next((node for node in content if isinstance(node, nodes.field_list)), None)
    if topics is None or fields is None:
        return
    docname = app.env.docname
    ids = entries(fields)
    rows = []
    for topic, guide, parameters in topics:
        links = [
            nodes.reference("", "", nodes.literal(text=name), refid=ids[name], internal=True)
            for name in parameters
            if name in ids  # a regressor has no class weights
        ]
        pages = [chapter_link(name, docname) for name in guide]
        rows.append([nodes.paragraph(text=topic), separated(links), separated(pages)])
    content.insert(content.index(fields), table(rows))


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("in-the-guide", InTheGuide)
    app.connect("object-description-transform", add_topics)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
