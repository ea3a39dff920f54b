"""``skfcn info``."""

import shutil
import textwrap
from argparse import Namespace
from typing import Any

from skfcn._cli.arguments import add_command
from skfcn._cli.data import CLASSIFICATION
from skfcn._cli.model import layers_of, load_model, scores_as_text
from skfcn._cli.output import as_columns, as_json, some

_INFO = """Say what a model file holds: layers, parameters, how it was trained, on what, and how \
well.

examples:
  $ skfcn info model.joblib
  $ skfcn info model.joblib --json"""


def add_info(commands: Any) -> None:
    """Add the command."""
    add_command(commands, info, "info MODEL", _INFO, "data", json=True)


def info(options: Namespace) -> None:
    """Say what a model file holds."""
    model = load_model(options.model)
    network, scaler, layers = model.network, model.pixels, layers_of(model.network)
    document = {
        "model": options.model,
        "bytes": options.model.stat().st_size,
        "task": model.task,
        "classes": getattr(network, "classes_", None),
        "n_features": model.estimator.n_features_in_,
        "feature_names": model.columns.features,
        "pixels_divided_by": None if scaler is None else scaler.divisor,
        "layers": layers,
        "n_parameters": sum(layer["n_parameters"] for layer in layers),
        "dtype": str(network.coefs_[0].dtype),
        "estimator": type(network).__name__,
        "parameters": network.get_params(deep=False),
        "changed_parameters": repr(network),
        "n_epochs": len(network.loss_curve_),
        "loss": network.loss_,
        "best_validation_score": network.best_validation_score_,
        "training": model.notes or None,
    }
    print(as_json(document) if options.json else _text(document))


def _text(document: dict[str, Any]) -> str:
    notes, loss, size = document["training"] or {}, document["loss"], document["bytes"]
    size_text = f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{size / 1e3:.0f} kB"
    predicts, takes = "a number", f"{document['n_features']} features"
    if document["task"] == CLASSIFICATION:
        predicts = f"one of {len(document['classes'])} classes: {some(document['classes'])}"
    if notes.get("target"):
        predicts = f"{notes['target']}, {predicts}"
    if document["pixels_divided_by"] is not None:
        pixels = f"{document['n_features']} pixels"
        takes = f"{pixels}, divided by {document['pixels_divided_by']:g}"
    elif document["feature_names"]:
        takes += f": {some(document['feature_names'])}"
    facts = {"file": f"{document['model']}, {size_text}", "predicts": predicts, "takes": takes}

    more = {}
    if notes:
        more["trained on"] = f"{notes['n_train']:,} rows of {notes['data']}"
        more["trained on"] += ", interrupted" if notes["interrupted"] else ""
    at_the_end = "" if loss is None else f", loss {loss:.4g} at the end"
    more["epochs"] = f"{document['n_epochs']}{at_the_end}"
    if document["n_epochs"] and document["best_validation_score"] is not None:
        more["validation"] = f"{document['best_validation_score']:.4f} at best"
    if notes:
        scores = scores_as_text(notes, "test_")
        more["test"] = f"{scores} on {notes['n_test']:,} rows, {notes['test_part']}"
    more["parameters"] = document["changed_parameters"]
    if notes:
        more["versions"] = ", ".join(f"{name} {n}" for name, n in notes["versions"].items())
    table = [("layer", "units", "activation", "parameters")]
    for name, units, activation, size in map(dict.values, document["layers"]):
        table.append((name, f"{units:,}", activation or "", f"{size:,}" if size else ""))
    table.append(("all", "", document["dtype"], f"{document['n_parameters']:,}"))
    return "\n\n".join([_listed(facts), as_columns(table, "<><>"), _listed(more)])


def _listed(facts: dict[str, str]) -> str:
    """Return facts beside their names, wrapped to the terminal."""
    width = max(30, min(shutil.get_terminal_size().columns, 96))
    wrapper = textwrap.TextWrapper(width, break_long_words=False, break_on_hyphens=False)
    wrapper.subsequent_indent = " " * 12
    lines = []
    for name, fact in facts.items():
        wrapper.initial_indent = f"{name:<12}"
        lines.append(wrapper.fill(" ".join(fact.split())))
    return "\n".join(lines)
