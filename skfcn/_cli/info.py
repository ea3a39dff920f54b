"""``skfcn info``."""

import shutil
import textwrap
from argparse import Namespace
from pathlib import Path
from typing import Any

from skfcn._cli.data import CLASSIFICATION
from skfcn._cli.model import Model, load_model, scores_as_text, scores_in
from skfcn._cli.output import as_json
from skfcn._sklearn import name_of
from skfcn.activations import ACTIVATIONS
from skfcn.displays import hidden_names

_MOST = 10  # names that are shown
_PLAIN = (str, int, float, bool, type(None))
_WIDEST = 96


def info(options: Namespace) -> None:
    """Say what a model file holds."""
    model = load_model(options.model)
    document = _document(options.model, model)
    print(as_json(document) if options.json else _text(document))


def _document(path: Path, model: Model) -> dict[str, Any]:
    network = model.network
    layers = _layers(network)
    scaler = model.pixels
    return {
        "model": path,
        "bytes": path.stat().st_size,
        "task": model.task,
        "classes": getattr(network, "classes_", None),
        "n_features": model.estimator.n_features_in_,
        "feature_names": model.table.features,
        "pixels_divided_by": None if scaler is None else scaler.divisor,
        "layers": layers,
        "n_parameters": sum(layer["n_parameters"] for layer in layers),
        "dtype": str(network.coefs_[0].dtype),
        "estimator": type(network).__name__,
        "parameters": {
            name: value if isinstance(value, _PLAIN) else repr(value)
            for name, value in network.get_params(deep=False).items()
        },
        "changed_parameters": repr(network),
        "n_epochs": len(network.loss_curve_),
        "loss": network.loss_,
        "best_validation_score": network.best_validation_score_,
        "training": model.notes or None,
    }


def _layers(network: Any) -> list[dict[str, Any]]:
    """Return name, width, activation and number of parameters of each layer."""
    parameters, activations = network._run.network.parameters, network._run.network.activations
    widths = parameters.layer_sizes
    hidden = [name.lower() for name, _ in hidden_names(network, widths[1:-1])]
    names = ["input", *hidden, "output"]
    kinds = [None, *(name_of(item, ACTIVATIONS) for item in activations), network.out_activation_]
    sizes = [0, *(parameters.size_of_layer(layer) for layer in range(len(widths) - 1))]
    return [
        {"name": name, "units": units, "activation": kind, "n_parameters": size}
        for name, units, kind, size in zip(names, widths, kinds, sizes, strict=True)
    ]


def _text(document: dict[str, Any]) -> str:
    notes = document["training"] or {}
    size = document["bytes"]
    size_text = f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{size / 1e3:.0f} kB"
    facts = [
        ("file", f"{document['model']}, {size_text}"),
        ("predicts", _predicts(document, notes)),
        ("takes", _features(document)),
    ]
    more = []
    if notes:
        source = f"{notes['n_train']:,} rows of {notes['data']}"
        more.append(("trained on", source + (", interrupted" if notes["interrupted"] else "")))
    at_the_end = "" if document["loss"] is None else f", loss {document['loss']:.4g} at the end"
    more.append(("epochs", f"{document['n_epochs']}{at_the_end}"))
    if document["n_epochs"] and document["best_validation_score"] is not None:
        more.append(("validation", f"{document['best_validation_score']:.4f} at best"))
    if notes:
        score = scores_as_text(scores_in(notes, "test"))
        more.append(("test", f"{score} on {notes['n_test']:,} rows, {notes['test_part']}"))
    more.append(("parameters", document["changed_parameters"]))
    if notes:
        versions = ", ".join(f"{name} {value}" for name, value in notes["versions"].items())
        more.append(("versions", versions))
    return "\n".join([*_listed(facts), "", *_table(document), "", *_listed(more)])


def _predicts(document: dict[str, Any], notes: dict[str, Any]) -> str:
    target = f"{notes['target']}, " if notes.get("target") else ""
    if document["task"] != CLASSIFICATION:
        return f"{target}a number"
    return f"{target}one of {len(document['classes'])} classes: {_some(document['classes'])}"


def _features(document: dict[str, Any]) -> str:
    n = document["n_features"]
    if document["pixels_divided_by"] is not None:
        return f"{n} pixels, divided by {document['pixels_divided_by']:g}"
    names = document["feature_names"]
    return f"{n} features" + (f": {_some(names)}" if names else "")


def _some(names: Any) -> str:
    shown = ", ".join(str(name) for name in names[:_MOST])
    return shown + (", ..." if len(names) > _MOST else "")


def _table(document: dict[str, Any]) -> list[str]:
    """Return the layers, a line for each."""
    rows = [("layer", "units", "activation", "parameters")]
    rows += [
        (
            layer["name"],
            f"{layer['units']:,}",
            layer["activation"] or "",
            f"{layer['n_parameters']:,}" if layer["n_parameters"] else "",
        )
        for layer in document["layers"]
    ]
    rows.append(("all", "", document["dtype"], f"{document['n_parameters']:,}"))
    a, b, c, d = (max(map(len, column)) for column in zip(*rows, strict=True))
    return [f"{r[0]:<{a}}  {r[1]:>{b}}  {r[2]:<{c}}  {r[3]:>{d}}".rstrip() for r in rows]


def _listed(facts: list[tuple[str, str]]) -> list[str]:
    """Return facts beside their names, wrapped to the terminal."""
    width = min(shutil.get_terminal_size().columns, _WIDEST)
    lines = []
    for name, fact in facts:
        lines += textwrap.wrap(
            " ".join(fact.split()),
            max(width, 30),
            initial_indent=f"{name:<12}",
            subsequent_indent=" " * 12,
            break_long_words=False,
            break_on_hyphens=False,
        )
    return lines
