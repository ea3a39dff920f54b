"""The examples of the documentation and of docstrings write plain file names: where they go."""

import pytest


@pytest.fixture(autouse=True)
def _folder_of_an_example(request):
    """Run each page and each docstring in an empty folder of its own."""
    if isinstance(request.node, pytest.DoctestItem):
        folder = request.getfixturevalue("tmp_path")
        request.getfixturevalue("monkeypatch").chdir(folder)
