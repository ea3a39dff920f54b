"""The site as its visitors meet it: every link, every page on a phone, search and gallery."""

import re
from html.parser import HTMLParser
from inspect import signature
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from sklearn.utils import estimator_html_repr

from skfcn import FCNClassifier, FCNRegressor, TabularClassifier, TabularRegressor
from skfcn._sklearn import DOCUMENTATION
from skfcn.activations import ELU
from skfcn.callbacks import TimeLimit
from skfcn.losses import LogLoss
from skfcn.optimizers import LBFGS
from skfcn.preprocessing import PixelScaler

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
ESTIMATORS = [FCNClassifier, FCNRegressor, TabularClassifier, TabularRegressor]

DESK, PHONE = {"width": 1400, "height": 900}, {"width": 390, "height": 844}


class Page(HTMLParser):
    """The links of a page and the places in it that links can lead to."""

    def __init__(self, html):
        super().__init__()
        self.links, self.ids = set(), set()
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.links |= {attrs[name] for name in ("href", "src") if attrs.get(name)}
        self.ids |= {attrs[name] for name in ("id", "name") if attrs.get(name)}


@pytest.fixture(scope="module")
def pages(site):
    """Each page by its path; those of the theme's own folder are parts, not pages."""
    paths = sorted(set(site.rglob("*.html")) - set(site.glob("_static/**/*.html")))
    return {path: Page(path.read_text("utf-8")) for path in paths}


def test_every_link_within_the_site_leads_somewhere(pages):
    broken, followed = [], 0
    for path, page in pages.items():
        for link in page.links:
            url = urlsplit(link)
            if url.scheme or url.netloc:
                continue
            followed += 1
            target = (path.parent / unquote(url.path)).resolve() if url.path else path
            if not target.is_file() or (
                url.fragment and target in pages and unquote(url.fragment) not in pages[target].ids
            ):
                broken.append((path.name, link))
    assert broken == []
    assert followed > 1000


@pytest.mark.parametrize(
    "estimator",
    [FCNClassifier(), FCNRegressor(), PixelScaler(), ELU(), LogLoss(), LBFGS(), TimeLimit(1.0)],
    ids=lambda estimator: type(estimator).__name__,
)
def test_the_diagrams_of_notebooks_link_to_pages_that_are_there(site, estimator):
    html = estimator_html_repr(estimator)
    [link] = re.findall(rf'href="{DOCUMENTATION}([^"#]+)"', html)
    assert (site / link).is_file()


# What is wider than its box, and neither code, a formula nor a table, which may scroll. (Hidden
# text for screen readers has a box of one pixel.)
CUT = """() => {
  const root = document.documentElement;
  const cut = root.scrollWidth > root.clientWidth ? [`the page is ${root.scrollWidth} wide`] : [];
  for (const box of document.querySelectorAll("body *")) {
    if (box.clientWidth < 2 || box.scrollWidth <= box.clientWidth + 1) continue;
    if (getComputedStyle(box).overflowX === "visible" || !box.textContent.trim()) continue;
    if (box.matches(".formula, .pst-scrollable-table-container")) continue;
    if (box.matches("pre") && window.innerWidth < 960) continue;
    const text = box.textContent.trim().slice(0, 60);
    cut.push(`${box.tagName} ${box.className}, ${box.scrollWidth} wide: ${text}`);
  }
  return cut;
}"""


def test_every_page_opens_without_an_error_and_nothing_is_cut_off(pages, site, address, browser):
    with browser.new_context(viewport=DESK) as context:
        page = context.new_page()
        troubles = []
        page.on(
            "console",
            lambda message: (
                message.type in {"error", "warning"} and troubles.append((page.url, message.text))
            ),
        )
        page.on("pageerror", lambda error: troubles.append((page.url, str(error))))
        page.on(
            "response",
            lambda response: response.status < 400 or troubles.append((page.url, response.url)),
        )
        page.on(
            "request",
            lambda request: (
                request.url.startswith((address, "data:"))
                or troubles.append((page.url, f"asks the network for {request.url}"))
            ),
        )
        viewports = [DESK, PHONE]
        for path in pages:
            page.goto(address + path.relative_to(site).as_posix())
            for viewport in viewports:
                page.set_viewport_size(viewport)
                cut = page.evaluate(CUT)
                troubles += [(page.url, viewport["width"], what) for what in cut]
            viewports.reverse()  # the next page begins as wide as this one ends
    assert troubles == []


def test_text_on_a_phone_is_large_enough_to_read(address, browser):
    with browser.new_context(viewport=PHONE) as context:
        page = context.new_page()
        page.goto(address + "guide/how_it_works.html")
        sizes = page.evaluate(
            "[...document.querySelectorAll('article p, article pre, article td, article math')]"
            ".map(e => parseFloat(getComputedStyle(e).fontSize))"
        )
        assert min(sizes) >= 13
        heights = page.evaluate(
            "[...document.querySelectorAll('math')].map(e => e.getBoundingClientRect().height)"
        )
        assert len(heights) > 20
        assert min(heights) > 5


@pytest.mark.parametrize(
    ("words", "result"),
    [
        ("FCNClassifier", "api/generated/skfcn.FCNClassifier.html"),
        ("dropout", "guide/regularization.html"),
    ],
)
def test_search_finds(words, result, address, browser):
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{address}search.html?q={words}")
        page.wait_for_selector("#search-results li a")
        links = page.eval_on_selector_all(
            "#search-results li a", "links => links.map(a => a.href)"
        )
    assert any(link.startswith(address + result) for link in links)


def test_the_pictures_of_the_gallery_load(address, browser):
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(address + "gallery/index.html", wait_until="networkidle")
        widths = page.eval_on_selector_all(
            ".sphx-glr-thumbcontainer img", "images => images.map(image => image.naturalWidth)"
        )
    assert len(widths) == len(list((ROOT / "examples").glob("plot_*.py")))
    assert min(widths) > 0


def test_the_gallery_has_each_example_under_one_topic(site):
    index = (ROOT / "examples/index.rst").read_text("utf-8")
    examples = sorted(path.stem for path in (ROOT / "examples").glob("plot_*.py"))
    assert sorted(re.findall(r"^   \.\./examples/(\w+)\.py$", index, re.M)) == examples
    in_order = re.findall(r"^   (plot_\w+)$", index, re.M)  # for "previous" and "next"
    assert in_order == re.findall(r"^   \.\./examples/(\w+)\.py$", index, re.M)
    html = (site / "gallery/index.html").read_text("utf-8")
    topics = re.findall(r"<section.*?</section>", html.partition("<h1>Gallery")[2], re.S)
    assert len(topics) == index.count(".. minigallery::")
    for topic in topics:
        assert re.search(r"<h2>.*?</h2>\s*<p>[^<]+\.</p>", topic, re.S)
        assert "sphx-glr-thumbcontainer" in topic


def test_pictures_of_MNIST_are_of_MNIST_where_it_is(site, mnist_mat):
    assert "60,000 images to train on" in (site / "gallery/plot_mnist.html").read_text("utf-8")


# --- the API's pages --------------------------------------------------------------------------


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda estimator: estimator.__name__)
def test_the_parameters_by_topic_link_to_their_entries(site, estimator):
    html = (site / f"api/generated/skfcn.{estimator.__name__}.html").read_text("utf-8")
    table = re.search(r'<table class="by-topic.*?</table>', html, re.S)[0]
    linked = dict(re.findall(r'href="#(parameter-\w+)"><code[^>]*><span class="pre">(\w+)', table))
    names = re.findall(r'href="#parameter-\w+"><code[^>]*><span class="pre">(\w+)', table)
    assert sorted(names) == sorted(signature(estimator).parameters)
    assert {f'<dt id="{entry}">' in html for entry in linked} == {True}
    assert "../../guide/regularization.html" in table


def test_pages_of_the_api_lead_to_examples_and_chapters(site):
    def page(name):
        return (site / f"api/generated/skfcn.{name}.html").read_text("utf-8")

    assert "Examples using FCNClassifier" in page("FCNClassifier")
    assert "gallery/plot_mnist.html" in page("displays.MisclassifiedDisplay")
    assert "guide/optimizers.html" in page("optimizers.Adam").partition("<article")[2]
    assert "guide/optimizers.html" in (site / "api/index.html").read_text("utf-8")
    assert "Examples using" not in page("persistence.load_para")


# --- the Chinese pages ------------------------------------------------------------------------


def test_around_a_chinese_page_all_is_chinese(site):
    for path in (site / "zh").glob("*.html"):
        html = path.read_text("utf-8")
        assert '<html lang="zh-CN"' in html
        html = re.sub(r"<(script|style|article|title|kbd).*?</\1>", "", html, flags=re.S)
        html = html.partition("<body")[2]
        shown = re.findall(r">\s*([^<>]*[A-Za-z][^<>]*?)\s*<", html)
        told = re.findall(r'\s(?:title|aria-label|placeholder)="([^"]*[A-Za-z][^"]*)"', html)
        assert set(shown) | set(told) <= {"skfcn", "API 参考", "© 2026, The skfcn developers"}
