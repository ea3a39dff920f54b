"""What a notebook shows of the estimators: scikit-learn's diagram, our link, the layers."""

import re
from html import unescape
from html.parser import HTMLParser
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.datasets import load_iris
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import estimator_html_repr

from skfcn import FCNClassifier, FCNRegressor
from skfcn._estimators import stages_of
from skfcn._sklearn import DOCUMENTATION
from skfcn.activations import ELU, Activation
from skfcn.normalization import LayerNormalization
from skfcn.optimizers import LBFGS
from skfcn.preprocessing import PixelScaler

X, Y = load_iris(return_X_y=True)
QUICK = {"max_iter": 2, "n_iter_no_change": np.inf, "random_state": 0}
API = (Path(__file__).parents[2] / "docs/api/index.rst").read_text("utf-8")


def drawings(html):
    """Each drawing's label, and the texts in it, in the order of the page."""
    found = []
    for part in html.split('<div role="img" aria-label="')[1:]:
        label, _, rest = part.partition('"')
        drawn = rest.partition("parameters, float")[0].partition(">")[2]
        texts = re.sub(r"<wbr>", "", drawn)
        texts = [unescape(text) for text in re.split(r"<[^>]+>", texts) if text]
        found.append((unescape(label), texts[:-1]))
    return found


class Balanced(HTMLParser):
    """Complains of a tag that is closed where another is open."""

    def __init__(self, html):
        super().__init__()
        self.open, self.tags = [], set()
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        if tag != "wbr":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def pages_of_the_site():
    """The classes that the API lists, with the pages that autosummary writes for them."""
    for part in API.split(".. currentmodule:: ")[1:]:
        module, *lines = part.splitlines()
        for line in lines:
            if match := re.match(r"   (\w+)$", line):
                listed = getattr(import_module(module), match[1])
                if isinstance(listed, type) and issubclass(listed, BaseEstimator):
                    yield listed, f"api/generated/{module}.{match[1]}.html"


PAGES = dict(pages_of_the_site())


@pytest.mark.parametrize("cls", PAGES, ids=lambda cls: cls.__name__)
def test_the_link_leads_to_the_page_of_the_class(cls):
    assert cls.__new__(cls)._get_doc_link() == DOCUMENTATION + PAGES[cls]


def test_every_kind_of_component_is_among_them():
    assert {FCNClassifier, FCNRegressor, ELU, LBFGS, PixelScaler} < PAGES.keys()
    assert len(PAGES) > 50


class OwnActivation(ELU):
    pass


@pytest.mark.parametrize("estimator", [FCNClassifier(), FCNRegressor(), ELU(), PixelScaler()])
def test_the_diagram_has_the_link(estimator):
    html = estimator_html_repr(estimator)
    assert f'href="{DOCUMENTATION}{PAGES[type(estimator)]}"' in html
    assert drawings(html) == []


def test_classes_of_the_user_have_no_page_of_ours():
    assert DOCUMENTATION not in estimator_html_repr(OwnActivation())


def test_the_layers_are_drawn():
    network = FCNClassifier((100, 50), **QUICK).fit(X, Y)
    [(label, texts)] = drawings(estimator_html_repr(network))
    assert label == (
        "Layers: 4 units, input; 100 units, relu; 50 units, relu; 3 units, softmax. "
        "5,703 parameters, float64."
    )
    assert " ".join(texts) == "4 input 500 → 100 relu 5,050 → 50 relu 153 → 3 softmax"
    assert sum(array.size for array in network.coefs_ + network.intercepts_) == 5703


def test_what_else_happens_in_a_layer():
    network = FCNRegressor(
        (8, 6, 5),
        ["gelu", ELU(alpha=0.1), "tanh"],
        dropout=[0.1, 0.25, 0, 0],
        normalization=["batch", None, LayerNormalization(epsilon=0.01)],
        dtype="float32",
        **QUICK,
    ).fit(X, X[:, :2])
    layers = stages_of(network._fitted.model)
    assert [(layer.n_units, layer.parts) for layer in layers] == [
        (4, ["input", "dropout 0.1"]),
        (8, ["batch norm", "gelu", "dropout 0.25"]),
        (6, ["ELU(alpha=0.1)"]),
        (5, ["LayerNormalization(epsilon=0.01)", "tanh"]),
        (2, ["identity"]),
    ]
    # Weights, biases, and gains where there is a normalization.
    assert [layer.n_parameters for layer in layers] == [0, 48, 54, 40, 12]
    assert sum(layer.n_parameters for layer in layers) == network._parameters.trainable.size
    assert "154 parameters, float32." in estimator_html_repr(network)


def test_it_is_the_fitted_network_that_is_drawn():
    network = FCNClassifier((7,), "tanh", **QUICK).fit(X, Y)
    network.set_params(activation="relu", hidden_layer_sizes=(50,))
    assert "7 units, tanh;" in drawings(estimator_html_repr(network))[0][0]


def test_inside_other_estimators():
    pipeline = make_pipeline(StandardScaler(), FCNClassifier((7,), **QUICK))
    search = GridSearchCV(pipeline, {"fcnclassifier__alpha": [0.1, 1.0]}, cv=2)
    assert drawings(estimator_html_repr(search)) == []
    search.fit(X, Y)
    for estimator in (search, search.best_estimator_):
        html = estimator_html_repr(estimator)
        assert [label for label, _ in drawings(html)] == [
            "Layers: 4 units, input; 7 units, relu; 3 units, softmax. 59 parameters, float64."
        ]
        assert f"{DOCUMENTATION}api/generated/skfcn.FCNClassifier.html" in html


def test_many_layers_leave_out_those_in_the_middle():
    network = FCNClassifier((4,) * 20, **QUICK).fit(X, Y)
    label, texts = drawings(estimator_html_repr(network))[0]
    assert label.count("units") == 22
    assert texts.count("relu") == 10
    assert texts[texts.index("⋯") + 1] == "10 more"


@pytest.mark.parametrize("hidden", [(), (4,), (4,) * 30])
def test_the_drawing_is_sound_html_without_scripts(hidden):
    network = FCNClassifier(hidden, **QUICK).fit(X, Y)
    drawing = network._drawing()
    page = Balanced(drawing)
    assert page.open == []
    assert page.tags <= {"div", "b", "wbr"}
    assert not re.search(r"url\(|https?:|\son\w+=", drawing)


def test_names_of_the_user_are_text_not_html():
    class Named(Activation):
        in_place = True

        def __init__(self, name="x"):
            self.name = name

        def forward(self, z, out):
            np.maximum(z, 0, out=out)

        def backward(self, z, out, delta):
            delta *= out > 0

    evil = '"><script>alert("x")</script>'
    network = FCNClassifier((4,), Named(evil), **QUICK).fit(X, Y)
    drawing = network._drawing()
    assert Balanced(drawing).tags <= {"div", "b", "wbr"}
    assert "<script" not in drawing
    label, texts = drawings(drawing)[0]
    assert any(text.startswith("Named(name='\"><script>") for text in texts)
    assert "<script>" in label

    long = FCNClassifier((4,), Named("long " * 100), **QUICK).fit(X, Y)
    assert max(map(len, drawings(long._drawing())[0][1])) == 60


@pytest.mark.parametrize("hidden", [(), (4,)])
def test_looking_at_a_fitted_network_raises_nothing(hidden):
    """Without hidden layers there are no columns to name; `dir`, and so a notebook, may ask."""
    network = FCNRegressor(hidden, **QUICK).fit(X, Y)
    assert "coefs_" in dir(network)
    assert "<b" in estimator_html_repr(network)
    assert network._repr_mimebundle_()["text/html"]


def test_printing_is_not_changed():
    assert str(FCNClassifier((7,), **QUICK).fit(X, Y)) == (
        "FCNClassifier(hidden_layer_sizes=(7,), max_iter=2, n_iter_no_change=inf,\n"
        "              random_state=0)"
    )


@pytest.mark.parametrize("missing", ["_get_params_html", "_get_doc_link", "_html_repr"])
def test_a_diagram_remains_without_the_private_name(missing, monkeypatch):
    """A later scikit-learn may build its diagram in another way."""
    network = FCNClassifier((7,), **QUICK).fit(X, Y)
    if missing == "_html_repr":
        table = type(BaseEstimator._get_params_html(network))
        monkeypatch.setattr(table, "_repr_html_inner", lambda self: "<p>table</p>")
        monkeypatch.delattr(table, "_html_repr")
        assert not hasattr(BaseEstimator._get_params_html(network), "_html_repr")
    else:
        holder = next(cls for cls in BaseEstimator.__mro__ if missing in vars(cls))
        monkeypatch.delattr(holder, missing)
    html = estimator_html_repr(network)
    assert "FCNClassifier" in html
    assert len(drawings(html)) == (missing != "_get_params_html")
