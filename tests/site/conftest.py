"""The built site, and a real browser to open it with."""

import functools
import http.server
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")


@pytest.fixture(scope="session")
def browser():
    """Chromium, without a window."""
    sync_api = pytest.importorskip(
        "playwright.sync_api", reason="a browser needs the extra docs: pip install -e '.[docs]'"
    )
    path = next(filter(None, map(shutil.which, NAMES)), None)
    assert path, f"no browser is installed; looked for {', '.join(NAMES)}"
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu"]
        )
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def site():
    """Build the site with the command that CONTRIBUTING.md gives; return its folder."""
    pytest.importorskip("sphinx", reason="the site needs the extra docs: pip install -e '.[docs]'")
    command = [sys.executable, "-m", "sphinx", "-W", "docs", "docs/_build/html"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return ROOT / "docs/_build/html"


@pytest.fixture(scope="session")
def address(site):
    """Serve the site on this machine; return its address."""

    class Silent(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args):
            pass

    handler = functools.partial(Silent, directory=site)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
