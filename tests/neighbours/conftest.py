"""The programs of the guide's chapters that need an extra, and so cannot be doctests."""

import re
from pathlib import Path

import pytest

GUIDE = Path(__file__).parents[2] / "docs/guide"


@pytest.fixture(scope="session")
def guide_program():
    """Return a function that joins the Python of a chapter, or of one of its sections."""

    def program(chapter, section=None):
        text = (GUIDE / chapter).read_text("utf-8")
        if section is not None:
            text = re.search(rf"## {section}\n(.*?)(?=\n## |\Z)", text, re.DOTALL)[1]
        return "".join(re.findall(r"```python\n(.*?)```", text, re.DOTALL))

    return program
