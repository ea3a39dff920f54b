"""How Sphinx builds the site: ``python -m sphinx -W docs docs/_build/html``."""

import os
import sys
from pathlib import Path

from skfcn import __version__

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

project = "skfcn"
author = "The skfcn developers"
copyright = f"2026, {author}"
version = release = __version__
language = "en"

extensions = [
    "api_pages",
    "chapters",
    "chinese",
    "mathml",
    "scikit_learn",
    "myst_parser",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.extlinks",
    "sphinx.ext.viewcode",
    "sphinx_copybutton",
    "sphinx_design",
    "sphinx_gallery.gen_gallery",
]
exclude_patterns = [
    *("_build", "pages"),
    *("gallery/*.md5", "gallery/*.ipynb", "gallery/*.json", "gallery/backreferences"),
]
templates_path = ["_templates"]
default_role = "literal"
nitpicky = True
add_function_parentheses = False
toc_object_entries_show_parents = "hide"
extlinks = {
    "arxiv": ("https://arxiv.org/abs/%s", "arXiv:%s"),
    "doi": ("https://doi.org/%s", "doi:%s"),
}

# The chapters are Markdown: also read, and tested, as they lie in the repository.
myst_enable_extensions = ["dollarmath", "colon_fence", "attrs_inline", "substitution"]
myst_substitutions = {"version": version}
myst_heading_anchors = 3

# The API's pages come from the docstrings.
autosummary_generate = True
autodoc_typehints = "none"
autodoc_member_order = "bysource"
autodoc_docstring_signature = False
numpydoc_show_class_members = False
numpydoc_xref_param_type = False
viewcode_line_numbers = True

copybutton_prompt_text = r">>> |\.\.\. "
copybutton_prompt_is_regexp = True

# An installed skfcn does not know where the data are; the examples take MNIST where it is.
MNIST = Path(__file__).parents[2] / "shared/data/mnist_all.mat"
if MNIST.exists():
    os.environ.setdefault("SKFCN_MNIST", str(MNIST))

sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "gallery",
    "filename_pattern": r"[\\/]plot_",
    "ignore_pattern": r"^(?!plot_)",  # the other examples are programs of their own
    "copyfile_regex": r"index\.rst",  # the gallery's page, written by hand, by topic
    "backreferences_dir": "gallery/backreferences",  # for "Examples using" on the API's pages
    "doc_module": ("skfcn",),
    "thumbnail_size": (560, 360),
    "abort_on_example_error": True,
    "download_all_examples": False,
    "remove_config_comments": True,
    "write_computation_times": False,
    "show_memory": False,
    "capture_repr": (),
    "within_subsection_order": "FileNameSortKey",
    "show_signature": False,
    "image_srcset": ["2x"],
    "reset_modules": ("matplotlib", "strict_examples.make_warnings_errors"),
    "reset_modules_order": "both",
}

html_theme = "pydata_sphinx_theme"
html_title = "skfcn"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_favicon = "_static/logo.svg"
html_extra_path = ["pages"]
html_show_sourcelink = False
html_context = {"default_mode": "auto"}
html_theme_options = {
    "logo": {"text": "skfcn", "image_light": "_static/logo.svg", "image_dark": "_static/logo.svg"},
    "navbar_align": "left",
    "navigation_with_keys": False,
    "show_prev_next": True,
    "secondary_sidebar_items": ["page-toc"],
    "show_toc_level": 2,
    "navbar_end": ["theme-switcher"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
html_sidebars = {"index": [], "gallery/**": []}
