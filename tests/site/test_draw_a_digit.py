"""The page "Draw a digit", opened from disk as somebody would who was sent the folder."""

import runpy
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from skfcn.datasets import load_mnist_mat

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/pages/draw_a_digit"
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}

# How people write digits: strokes through points of a square from 0 to 1, y downwards.
CIRCLE = [(0.5 - 0.35 * np.sin(t), 0.5 - 0.48 * np.cos(t)) for t in np.linspace(0, 2 * np.pi, 25)]
STROKES = {
    0: [CIRCLE],
    1: [[(0.35, 0.2), (0.52, 0.02), (0.5, 0.5), (0.49, 0.98)]],
    2: [[(0.2, 0.25), (0.3, 0.08), (0.5, 0.02), (0.7, 0.1), (0.76, 0.28), (0.65, 0.5), (0.4, 0.75),
         (0.18, 0.97), (0.5, 0.96), (0.85, 0.95)]],
    3: [[(0.22, 0.1), (0.5, 0.02), (0.74, 0.12), (0.74, 0.32), (0.45, 0.46), (0.75, 0.58),
         (0.8, 0.78), (0.6, 0.96), (0.35, 0.98), (0.18, 0.86)]],
    4: [[(0.3, 0.02), (0.2, 0.3), (0.16, 0.52), (0.45, 0.54), (0.85, 0.5)],
        [(0.7, 0.05), (0.67, 0.5), (0.64, 0.98)]],
    5: [[(0.75, 0.04), (0.32, 0.05), (0.28, 0.42), (0.55, 0.4), (0.76, 0.55), (0.75, 0.8),
         (0.5, 0.97), (0.2, 0.9)]],
    6: [[(0.65, 0.02), (0.4, 0.25), (0.26, 0.55), (0.28, 0.85), (0.5, 0.98), (0.72, 0.86),
         (0.72, 0.65), (0.52, 0.55), (0.3, 0.68)]],
    7: [[(0.15, 0.06), (0.5, 0.05), (0.82, 0.05), (0.62, 0.4), (0.48, 0.7), (0.4, 0.98)]],
    8: [[(0.7, 0.12), (0.5, 0.02), (0.3, 0.12), (0.32, 0.32), (0.5, 0.46), (0.72, 0.62),
         (0.74, 0.85), (0.5, 0.98), (0.28, 0.86), (0.3, 0.64), (0.5, 0.46), (0.7, 0.3),
         (0.7, 0.12)]],
    9: [[(0.72, 0.25), (0.5, 0.42), (0.28, 0.3), (0.34, 0.08), (0.58, 0.03), (0.72, 0.2),
         (0.7, 0.6), (0.62, 0.98)]],
}  # fmt: skip


@pytest.fixture
def open_page(browser):
    """Return a function that opens the page; in the end the page must not have complained."""
    contexts, troubles = [], []

    def open_page(**options):
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: troubles.append(message.text))
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on(
            "request",
            lambda request: (
                request.url.startswith(("file:", "data:")) or troubles.append(request.url)
            ),
        )
        page.goto((PAGE / "index.html").as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert troubles == []


def digit(page):
    # Two frames: the page computes in the first one after a stroke.
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return page.inner_text("#digit")


def ink(page):
    return page.evaluate("readInk().reduce((sum, value) => sum + value, 0)")


def painted(page, x, y):
    """Return how opaque the paper is at a place from 0 to 1."""
    return page.evaluate(
        """([x, y]) => {
          const { width } = paper;
          const copy = Object.assign(document.createElement("canvas"), { width, height: width });
          const context = copy.getContext("2d", { willReadFrequently: true });
          context.drawImage(paper, 0, 0);
          return context.getImageData(Math.floor(x * width), Math.floor(y * width), 1, 1).data[3];
        }""",
        [x, y],
    )


def on_paper(page, strokes, left, top, size):
    """Return the strokes in the page's coordinates: in a square of the paper, from 0 to 1."""
    box = page.locator("#paper").bounding_box()
    return [
        [
            (
                box["x"] + box["width"] * (left + size * x),
                box["y"] + box["height"] * (top + size * y),
            )
            for x, y in stroke
        ]
        for stroke in strokes
    ]


def draw_with_mouse(page, strokes):
    for stroke in strokes:
        page.mouse.move(*stroke[0])
        page.mouse.down()
        for point in stroke[1:]:
            page.mouse.move(*point, steps=2)
        page.mouse.up()


def draw_with_finger(page, strokes):
    session = page.context.new_cdp_session(page)

    def touch(kind, *points):
        session.send(
            "Input.dispatchTouchEvent",
            {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in points]},
        )

    for stroke in strokes:
        touch("touchStart", stroke[0])
        for begin, end in pairwise(stroke):
            for part in (0.5, 1.0):
                touch("touchMove", tuple(np.array(begin) * (1 - part) + np.array(end) * part))
        touch("touchEnd")


@pytest.mark.parametrize("number", STROKES)
def test_a_digit_drawn_with_the_mouse_is_recognised(number, open_page):
    page = open_page(viewport={"width": 1200, "height": 1000})
    for square in [(0.2, 0.12, 0.7), (0.05, 0.4, 0.5), (0.35, 0.05, 0.55)]:
        draw_with_mouse(page, on_paper(page, STROKES[number], *square))
        assert digit(page) == str(number), square
        page.click("#clear")


@pytest.mark.parametrize("size", [0.12, 0.25, 0.9])
def test_digits_are_recognised_however_large(size, open_page):
    page = open_page(viewport={"width": 1200, "height": 1000})
    for number, strokes in STROKES.items():
        draw_with_mouse(page, on_paper(page, strokes, 0.05, 0.05, size))
        assert digit(page) == str(number)
        page.click("#clear")


@pytest.mark.parametrize("number", STROKES)
def test_a_digit_drawn_with_a_finger_is_recognised(number, open_page):
    page = open_page(**PHONE)
    draw_with_finger(page, on_paper(page, STROKES[number], 0.15, 0.12, 0.75))
    assert page.evaluate("scrollY") == 0
    assert digit(page) == str(number)


def test_the_page_is_not_sure_of_a_scribble(open_page):
    page, rng, said = (
        open_page(viewport={"width": 1200, "height": 1000}),
        np.random.default_rng(5),
        [],
    )
    for _ in range(10):
        draw_with_mouse(page, on_paper(page, [rng.random((12, 2))], 0.15, 0.15, 0.7))
        digit(page)
        said.append(page.inner_text("#sure"))
        page.click("#clear")
    assert said.count("not sure") >= 7


@pytest.fixture(scope="module")
def test_digits(mnist_mat):
    """Two hundred of MNIST's test images, bytes, and what they are."""
    X, y = load_mnist_mat(mnist_mat, subset="test", return_X_y=True)
    chosen = np.random.default_rng(0).choice(len(X), 200, replace=False)
    return X[chosen], y[chosen]


REPLAY = """images => images.map(pixels => {
  const ink = Float64Array.from(pixels, value => value / 255);
  const input = normalise(ink, 28, 28);
  const { probabilities } = forward(input);
  return { input: [...input], probabilities: [...probabilities] };
})"""


def test_the_page_recognises_real_digits_and_agrees_with_predict_proba(test_digits, open_page):
    X, y = test_digits
    page = open_page()
    seen = page.evaluate(REPLAY, X.tolist())

    probabilities = np.array([one["probabilities"] for one in seen])
    assert (probabilities.argmax(axis=1) == y).mean() >= 0.9

    network = runpy.run_path(str(ROOT / "examples/draw_a_digit.py"))["decode"](
        (PAGE / "weights.js").read_text("ascii")
    )
    inputs = np.array([one["input"] for one in seen])
    np.testing.assert_allclose(probabilities, network.predict_proba(inputs), rtol=0, atol=1e-4)
    # MNIST's own images are in that form already, up to a pixel's shift.
    shifts = [
        np.abs(np.roll(X / 255, shift, axis=1) - inputs).mean(axis=1)
        for shift in [0, *(28 * dy + dx for dy in (-1, 0, 1) for dx in (-1, 0, 1))]
    ]
    assert np.min(shifts, axis=0).max() < 0.05


def test_digits_replayed_on_the_paper_are_recognised(test_digits, open_page):
    X, y = test_digits
    page = open_page()
    answers = page.evaluate(
        """images => images.map(pixels => {
          const ink = Float64Array.from({ length: 280 * 280 }, (_, i) =>
            pixels[28 * Math.floor(i / 2800) + Math.floor(i % 280 / 10)] / 255);
          look(ink, 280);
          return Number(byId("digit").textContent);
        })""",
        X.tolist(),
    )
    assert np.mean(np.array(answers) == y) >= 0.9


def test_probabilities_and_reasons_are_shown_and_cleared(open_page):
    page = open_page()
    assert page.inner_text("#digit") == "?"
    assert page.is_visible("#hint")
    draw_with_mouse(page, on_paper(page, STROKES[3], 0.2, 0.1, 0.7))
    assert digit(page) == "3"
    assert not page.is_visible("#hint")

    percents = [float(text.split()[0]) for text in page.locator(".percent").all_inner_texts()]
    assert len(percents) == 10
    assert sum(percents) == pytest.approx(100, abs=0.6)
    colors = "[...document.querySelectorAll('.cell')].map(cell => cell.style.cssText)"
    for_three = page.evaluate(colors)
    assert page.inner_text("#unit-says").endswith("speaks for the 3.")
    page.hover(".cell:nth-child(41)")
    assert page.inner_text("#unit-name") == "Unit 41"
    page.click("#bars li:nth-child(9) button")
    assert page.inner_text("#asked") == "the 8"
    assert page.inner_text("#unit-says").endswith("speaks for the 8.")
    assert page.evaluate(colors) != for_three
    assert len(for_three) == 128

    page.keyboard.press("Escape")
    assert digit(page) == "?"
    assert page.is_visible("#hint")
    assert page.evaluate("[...state.probabilities].every(Number.isFinite)")


def test_a_stroke_may_leave_the_paper_and_end_outside(open_page):
    page = open_page(viewport={"width": 1200, "height": 1000})
    (stroke,) = on_paper(page, [[(0.5, 0.1), (0.5, 0.6), (1.3, 0.7)]], 0, 0, 1)
    draw_with_mouse(page, [stroke])
    before = ink(page)
    page.mouse.move(*on_paper(page, [[(0.2, 0.2)]], 0, 0, 1)[0][0], steps=3)
    assert ink(page) == before
    assert before > 0


def test_a_tap_makes_a_dot_and_undo_takes_it_back(open_page):
    page = open_page(viewport={"width": 1200, "height": 1000})
    page.mouse.click(*on_paper(page, [[(0.3, 0.6)]], 0, 0, 1)[0][0])
    assert digit(page) != "?"
    assert painted(page, 0.3, 0.6) == 255
    assert painted(page, 0.3, 0.66) == 0
    draw_with_mouse(page, on_paper(page, [[(0.6, 0.2), (0.6, 0.8)]], 0, 0, 1))

    page.keyboard.press("Control+z")
    digit(page)
    assert painted(page, 0.6, 0.5) == 0
    assert painted(page, 0.3, 0.6) == 255
    page.click("#undo")
    assert digit(page) == "?"
    page.click("#undo")
    assert digit(page) == "?"


def test_two_fingers_draw_two_strokes(open_page):
    page = open_page(**PHONE)
    session = page.context.new_cdp_session(page)
    left, right = on_paper(page, [[(0.3, 0.2), (0.3, 0.8)], [(0.7, 0.2), (0.7, 0.8)]], 0, 0, 1)
    for kind, points in [
        ("touchStart", [left[0]]),
        ("touchStart", [left[0], right[0]]),
        ("touchMove", [left[1], right[1]]),
        ("touchEnd", []),
    ]:
        points = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(points)]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    digit(page)
    assert [painted(page, x, 0.5) for x in (0.3, 0.5, 0.7)] == [255, 0, 255]
    assert page.evaluate("[growing.size, visualViewport.scale]") == [0, 1]


def test_the_paper_is_as_fine_as_the_screen_and_keeps_the_drawing_when_it_turns(open_page):
    page = open_page(**PHONE, device_scale_factor=3)
    draw_with_finger(page, on_paper(page, STROKES[7], 0.15, 0.12, 0.75))
    before = digit(page), ink(page)
    for width, height in [(844, 390), (390, 844)]:
        page.set_viewport_size({"width": width, "height": height})
        assert (digit(page), ink(page)) == before
        assert page.evaluate("paper.width") == round(3 * page.evaluate("paper.clientWidth"))
        assert painted(page, 0.15 + 0.75 * 0.5, 0.12 + 0.75 * 0.05) == 255


def test_the_keyboard_draws_and_looks_at_units(open_page):
    page = open_page()
    page.focus("#paper")
    assert page.is_visible("#keys")
    for key, times in [("Space", 1), ("ArrowDown", 12), ("Space", 1), ("ArrowRight", 9)]:
        for _ in range(times):
            page.keyboard.press(key)
    assert digit(page) == "1"
    assert page.inner_text("#said").startswith("1, ")
    assert page.evaluate("scrollY") == 0

    for _ in range(20):  # past undo, clear and the bars
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.className").startswith("cell"):
            break
    name = page.inner_text("#unit-name")
    assert page.evaluate("document.activeElement.ariaLabel") == name.lower()
    page.keyboard.press("ArrowLeft")
    assert page.inner_text("#unit-name") == f"Unit {int(name.split()[1]) - 1}"
    page.keyboard.press("Escape")
    assert digit(page) == "?"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(scheme, open_page):
    """By the 4.5 to 1 of WCAG 2.2, contrast (minimum)."""
    page = open_page(color_scheme=scheme)
    colors = page.evaluate(
        """() => [...document.querySelectorAll("p, a, button, kbd, figcaption, .for, .against")]
          .map(element => {
            let ground = element.id === "hint" || element.id === "keys" ? paper : element;
            while (getComputedStyle(ground).backgroundColor === "rgba(0, 0, 0, 0)")
              ground = ground.parentElement;
            return [getComputedStyle(element).color, getComputedStyle(ground).backgroundColor]
              .map(color => color.match(/[0-9]+/g).map(Number));
          })"""
    )

    def luminance(color):
        parts = np.array(color) / 255
        linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
        return linear @ [0.2126, 0.7152, 0.0722]

    assert len(colors) > 20
    for pair in colors:
        dark, light = sorted(map(luminance, pair))
        assert (light + 0.05) / (dark + 0.05) >= 4.5, pair


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_the_page_without_scrolling_sideways(scheme, open_page):
    page = open_page(**PHONE, color_scheme=scheme)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.locator("#paper").bounding_box()["width"] > 300


def test_the_weights_are_compact():
    assert (PAGE / "weights.js").stat().st_size < 400_000
