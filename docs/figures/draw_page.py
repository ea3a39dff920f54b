"""Draw ``draw_a_digit.png``: the page "Draw a digit" with a three drawn on it.

Run ``python docs/figures/draw_page.py`` from the root of the project. It needs Chromium and
playwright, which the extra ``docs`` brings.
"""

import shutil
from pathlib import Path

FOLDER = Path(__file__).parent
THREE = [(0.22, 0.1), (0.5, 0.02), (0.74, 0.12), (0.74, 0.32), (0.45, 0.46)]
THREE += [(0.75, 0.58), (0.8, 0.78), (0.6, 0.96), (0.35, 0.98), (0.18, 0.86)]


def main():
    """Open the page, draw with the mouse and take a picture."""
    from playwright.sync_api import sync_playwright  # pytest imports this file without the extra

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(viewport={"width": 1000, "height": 900}, color_scheme="light")
        page.goto((FOLDER.parent / "pages/draw_a_digit/index.html").as_uri())
        box = page.locator("#paper").bounding_box()
        corners = [
            (
                box["x"] + (0.15 + 0.75 * x) * box["width"],
                box["y"] + (0.12 + 0.75 * y) * box["height"],
            )
            for x, y in THREE
        ]
        page.mouse.move(*corners[0])
        page.mouse.down()
        for corner in corners[1:]:
            page.mouse.move(*corner)
        page.mouse.up()
        page.wait_for_timeout(300)
        page.screenshot(path=FOLDER / "draw_a_digit.png", full_page=True)
        browser.close()


if __name__ == "__main__":
    main()
