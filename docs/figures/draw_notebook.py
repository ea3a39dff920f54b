"""Draw ``notebook.png``: the diagram of a fitted pipeline, as a notebook shows it.

Run ``python docs/figures/draw_notebook.py`` from the root of the project. It needs Chromium and
playwright, which the extra ``docs`` brings.
"""

import shutil
from pathlib import Path

from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.utils import estimator_html_repr

from skfcn import FCNClassifier
from skfcn.preprocessing import PixelScaler


def main():
    """Fit, open the diagram, unfold the network and take a picture."""
    from playwright.sync_api import sync_playwright  # pytest imports this file without the extra

    X, y = load_digits(return_X_y=True)
    network = FCNClassifier(
        (256, 128),
        ["relu", "gelu"],
        normalization=["batch", None],
        dropout=0.2,
        early_stopping=True,
        random_state=0,
    )
    X_train, _, y_train, _ = train_test_split(X, y, random_state=0)
    model = make_pipeline(PixelScaler(16), network).fit(X_train, y_train)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(
            viewport={"width": 640, "height": 480}, device_scale_factor=2, color_scheme="light"
        )
        page.set_content(f"<body style='margin: 0'>{estimator_html_repr(model)}</body>")
        page.get_by_text("FCNClassifier", exact=True).locator("visible=true").first.click()
        page.mouse.move(0, 0)
        page.locator(".sk-container").screenshot(path=Path(__file__).with_name("notebook.png"))
        browser.close()


if __name__ == "__main__":
    main()
