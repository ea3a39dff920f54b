"""The site as its visitors meet it: every link, every page on a phone, search and gallery."""

import re
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

import pytest
from sklearn.utils import estimator_html_repr

from skfcn import FCNClassifier, FCNRegressor
from skfcn._sklearn import DOCUMENTATION
from skfcn.activations import ELU
from skfcn.callbacks import TimeLimit
from skfcn.losses import LogLoss
from skfcn.optimizers import LBFGS
from skfcn.preprocessing import PixelScaler

pytestmark = pytest.mark.slow

PHONE = {"width": 390, "height": 844}


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


def test_every_page_opens_without_an_error_and_fits_a_phone(pages, site, address, browser):
    with browser.new_context(viewport=PHONE) as context:
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
        for path in pages:
            page.goto(address + path.relative_to(site).as_posix())
            width = page.evaluate("document.documentElement.scrollWidth")
            if width > PHONE["width"]:
                troubles.append((page.url, f"is {width} wide"))
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
    assert len(widths) >= 12
    assert min(widths) > 0
