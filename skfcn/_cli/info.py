"""``skfcn info``."""

import textwrap
from argparse import Namespace
from shutil import get_terminal_size
from typing import Any

from skfcn._cli.data import CLASSIFICATION
from skfcn._cli.model import is_tabular, layers_of, load_model, scores_as_text
from skfcn._cli.output import as_columns, as_json, some


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
        "n_networks": network.n_estimators if is_tabular(network) else 1,
        "dtype": str(network._fitted.model.network.dtype),
        "estimator": type(network).__name__,
        "parameters": network.get_params(deep=False),
        "changed_parameters": repr(network),
        "n_epochs": len(network.loss_curve_),
        "loss": (network.loss_curve_ or [None])[-1] if is_tabular(network) else network.loss_,
        "best_validation_score": getattr(network, "best_validation_score_", None),
        "oob_score": getattr(network, "oob_score_", None),
        "training": model.notes or None,
    }
    print(as_json(document) if options.json else _text(document))


def _text(document: dict[str, Any]) -> str:
    notes, loss, size = document["training"], document["loss"], document["bytes"]
    n_features, names = document["n_features"], document["feature_names"]
    predicts, takes = "a number", f"{n_features} features"
    if document["task"] == CLASSIFICATION:
        predicts = f"one of {len(document['classes'])} classes: {some(document['classes'])}"
    if document["pixels_divided_by"] is not None:
        takes = f"{n_features} pixels, divided by {document['pixels_divided_by']:g}"
    elif names:
        takes += f": {some(names)}"
    if notes and notes["target"]:
        predicts = f"{notes['target']}, {predicts}"
    size_text = f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{size / 1e3:.0f} kB"
    facts = {"file": f"{document['model']}, {size_text}", "predicts": predicts, "takes": takes}

    table = [("layer", "units", "activation", "parameters")]
    for name, units, activation, size in map(dict.values, document["layers"]):
        table.append((name, f"{units:,}", activation or "", f"{size:,}" if size else ""))
    n_networks = document["n_networks"]
    of_all = "all" if n_networks == 1 else f"all of {n_networks}"
    table.append((of_all, "", document["dtype"], f"{document['n_parameters']:,}"))

    epochs = "epochs" if n_networks == 1 else "rounds"
    more = {epochs: str(document["n_epochs"])}
    if loss is not None:
        more[epochs] += f", loss {loss:.4g} at the end"
    if document["n_epochs"] and document["best_validation_score"] is not None:
        more["validation"] = f"{document['best_validation_score']:.4f} at best"
    if document["oob_score"] is not None:
        more["out of bag"] = f"{document['oob_score']:.4f}"
    if notes:
        what = f"{notes['n_train']:,} rows of {notes['data']}"
        more = {"trained on": what + ", interrupted" * notes["interrupted"], **more}
        scores = scores_as_text(notes, "test_")
        more["test"] = f"{scores} on {notes['n_test']:,} rows, {notes['test_part']}"
        more["versions"] = ", ".join(f"{name} {n}" for name, n in notes["versions"].items())
    more["parameters"] = " ".join(document["changed_parameters"].split())
    return "\n\n".join([_as_lines(facts), as_columns(table, "<><>"), _as_lines(more)])


def _as_lines(facts: dict[str, str]) -> str:
    """Return facts beside their names, wrapped to the terminal."""
    width = max(30, min(get_terminal_size().columns, 96))
    wrapper = textwrap.TextWrapper(width, "", " " * 12, break_long_words=False)
    wrapper.break_on_hyphens = False
    return "\n".join(wrapper.fill(f"{name:<12}{fact}") for name, fact in facts.items())
