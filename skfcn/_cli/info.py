"""``skfcn info``."""

import shutil
import textwrap
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from skfcn._cli.arguments import add_command, add_common_options
from skfcn._cli.data import CLASSIFICATION
from skfcn._cli.model import Model, layers_of, load_model, scores_as_text
from skfcn._cli.output import as_json

_INFO = """Say what a model file holds: layers, parameters, how it was trained, on what, and how \
well.

examples:
  $ skfcn info model.joblib
  $ skfcn info model.joblib --json"""

_PLAIN = (str, int, float, bool, type(None))


def add_info(commands: Any) -> None:
    """Add the command."""
    _, output = add_command(commands, info, "info MODEL", _INFO)
    add_common_options(output)


def info(options: Namespace) -> None:
    """Say what a model file holds."""
    document = _document(options.model, load_model(options.model))
    print(as_json(document) if options.json else _text(document))


def _document(path: Path, model: Model) -> dict[str, Any]:
    network, scaler = model.network, model.pixels
    layers = layers_of(network)
    return {
        "model": path,
        "bytes": path.stat().st_size,
        "task": model.task,
        "classes": getattr(network, "classes_", None),
        "n_features": model.estimator.n_features_in_,
        "feature_names": model.columns.features,
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


def _text(document: dict[str, Any]) -> str:
    notes, loss, size = document["training"] or {}, document["loss"], document["bytes"]
    size_text = f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{size / 1e3:.0f} kB"
    facts = {
        "file": f"{document['model']}, {size_text}",
        "predicts": _predicts(document, notes.get("target")),
        "takes": _takes(document),
    }
    more = {}
    if notes:
        more["trained on"] = f"{notes['n_train']:,} rows of {notes['data']}"
        more["trained on"] += ", interrupted" if notes["interrupted"] else ""
    more["epochs"] = f"{document['n_epochs']}"
    more["epochs"] += "" if loss is None else f", loss {loss:.4g} at the end"
    if document["n_epochs"] and document["best_validation_score"] is not None:
        more["validation"] = f"{document['best_validation_score']:.4f} at best"
    if notes:
        scores = scores_as_text(notes, "test_")
        more["test"] = f"{scores} on {notes['n_test']:,} rows, {notes['test_part']}"
    more["parameters"] = document["changed_parameters"]
    if notes:
        more["versions"] = ", ".join(f"{name} {n}" for name, n in notes["versions"].items())
    return "\n".join([*_listed(facts), "", *_table(document), "", *_listed(more)])


def _predicts(document: dict[str, Any], target: str | None) -> str:
    what = "a number"
    if document["task"] == CLASSIFICATION:
        what = f"one of {len(document['classes'])} classes: {_some(document['classes'])}"
    return f"{target}, {what}" if target else what


def _takes(document: dict[str, Any]) -> str:
    n, names = document["n_features"], document["feature_names"]
    if document["pixels_divided_by"] is not None:
        return f"{n} pixels, divided by {document['pixels_divided_by']:g}"
    return f"{n} features: {_some(names)}" if names else f"{n} features"


def _some(names: Sequence[Any], most: int = 10) -> str:
    return ", ".join(map(str, names[:most])) + (", ..." if len(names) > most else "")


def _table(document: dict[str, Any]) -> list[str]:
    """Return the layers, a line for each."""
    rows = [("layer", "units", "activation", "parameters")]
    for layer in document["layers"]:
        size = f"{layer['n_parameters']:,}" if layer["n_parameters"] else ""
        rows.append((layer["name"], f"{layer['units']:,}", layer["activation"] or "", size))
    rows.append(("all", "", document["dtype"], f"{document['n_parameters']:,}"))
    a, b, c, d = (max(map(len, column)) for column in zip(*rows, strict=True))
    return [f"{r[0]:<{a}}  {r[1]:>{b}}  {r[2]:<{c}}  {r[3]:>{d}}".rstrip() for r in rows]


def _listed(facts: dict[str, str]) -> list[str]:
    """Return facts beside their names, wrapped to the terminal."""
    width = max(30, min(shutil.get_terminal_size().columns, 96))
    wrapper = textwrap.TextWrapper(
        width, subsequent_indent=" " * 12, break_long_words=False, break_on_hyphens=False
    )
    lines = []
    for name, fact in facts.items():
        wrapper.initial_indent = f"{name:<12}"
        lines += wrapper.wrap(" ".join(fact.split()))
    return lines
