"""The Chinese pages, `docs/zh`, are Chinese around the text as well.

Sphinx has one language for a site. Its templates ask `_` and `gettext` for their words, so on
these pages the two are ours.
"""

from sphinx.application import Sphinx

WORDS = {
    "Back to top": "回到顶部",
    "Breadcrumb": "当前位置",
    "Collapse Sidebar": "收起侧栏",
    "Color mode": "颜色模式",
    "Dark": "深色",
    "Expand Sidebar": "展开侧栏",
    "Home": "首页",
    "Light": "浅色",
    "On this page": "本页内容",
    "Search": "搜索",
    "Search the docs ...": "搜索文档……",
    "Section Navigation": "本章各页",
    "Site navigation": "网站导航",
    "Skip to main content": "跳到正文",
    "System Settings": "跟随系统",
    "Version warning": "版本提示",
    "next": "下一页",
    "next page": "下一页",
    "previous": "上一页",
    "previous page": "上一页",
    "© Copyright %(copyright)s.": "© %(copyright)s",
}
PARTS = {"User guide": "用户指南", "Gallery": "示例", "API": "API 参考", "Development": "开发"}
LINK = 'title="Link to this heading"', 'title="链接到此标题"'


def translate(text: str, **values: str) -> str:
    found = WORDS.get(text, text)
    return found % values if values else found


def be_chinese(app: Sphinx, docname: str, template: str, context: dict, doctree) -> None:
    if not docname.startswith("zh/"):
        return
    context["language"] = "zh-CN"
    context["_"] = context["gettext"] = translate
    context["theme_search_bar_text"] = WORDS["Search the docs ..."]
    context["body"] = context["body"].replace(*LINK)
    _, before, after = app.builder.relations[docname]
    for name, neighbour in (("prev", before), ("next", after)):  # the outer ones are English
        if not (neighbour or "").startswith("zh/"):
            context[name] = None
    header = context["generate_header_nav_html"]

    def chinese_header(**kwargs) -> str:
        html = header(**kwargs)
        for english, chinese in PARTS.items():
            html = html.replace(f" {english}\n", f" {chinese}\n")
        return html

    context["generate_header_nav_html"] = chinese_header


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("html-page-context", be_chinese, priority=900)  # after the theme's own
    return {"parallel_read_safe": True, "parallel_write_safe": True}
