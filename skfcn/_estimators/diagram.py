"""The layers of a fitted network, drawn in HTML for notebooks.

No script, no style sheet, no file beside it, and no colour but grey and that of the text around
it, so it fits into any page, light or dark. A box is the taller the more units a layer has, by the
logarithm; what happens to them stands below, and between two boxes the number of parameters.
"""

from collections.abc import Sequence
from html import escape
from math import log2
from typing import NamedTuple

from skfcn._sklearn import name_of
from skfcn.activations import ACTIVATIONS
from skfcn.engine import Network
from skfcn.normalization import NORMALIZATIONS

_SHOWN = 12  # layers; of more, those in the middle are left out
_LONGEST = 60  # characters of a component, of which the user's can have any number

# A border has the colour of the text, unless it is given one.
_DRAWING = "padding: 0.8em; font: 0.85em/1.35 sans-serif; text-align: center"
_ROW = "display: flex; flex-wrap: wrap; justify-content: center; gap: 0.8em 0; max-width: 44em"
_LAYER = "display: flex; align-items: start"
_UPPER = "height: var(--tallest); min-height: 2.8em; display: flex; flex-direction: column; "
_UPPER += "justify-content: center"
_BOX = "display: flex; align-items: center; justify-content: center; box-sizing: border-box; "
_BOX += "border: 1.5px solid; border-radius: 0.3em; background: rgb(128 128 128 / 15%); "
_BOX += "min-width: 2.8em; padding: 0 0.3em; margin: 0 auto"
_LOWER = "max-width: 11em; overflow-wrap: anywhere; margin-top: 0.2em; padding: 0 0.2em"
_FAINT = "opacity: 0.75; font-size: 0.9em"


class Layer(NamedTuple):
    """What the drawing says of a layer."""

    n_units: int
    parts: Sequence[str]  # what happens to them
    n_parameters: int = 0  # that lead to them


def layers_of(network: Network, out_activation: str) -> list[Layer]:
    """Describe each layer, inputs first."""
    parameters = network.parameters
    names = ["input", *(name_of(item, ACTIVATIONS) for item in network.activations)]
    names.append(out_activation)
    layers = []
    for index, (n_units, name) in enumerate(zip(parameters.layer_sizes, names, strict=True)):
        parts = [_short(name)]
        n_parameters = parameters.size_of_layer(index - 1) if index else 0
        if kind := network.normalization.get(index - 1):
            normalization = name_of(kind, NORMALIZATIONS)
            known = normalization in NORMALIZATIONS
            parts.insert(0, f"{normalization} norm" if known else _short(normalization))
        if index in network.dropout:
            parts.append(f"dropout {network.dropout[index]:g}")
        layers.append(Layer(n_units, parts, n_parameters))
    return layers


def layers_html(network: Network, out_activation: str) -> str:
    """Draw the layers of a network, and say the same to those who cannot see it."""
    layers = layers_of(network, out_activation)
    total = f"{network.parameters.trainable.size:,} parameters, {network.dtype}"
    spoken = "; ".join(f"{layer.n_units:,} units, {', '.join(layer.parts)}" for layer in layers)
    tallest = _height(max(layer.n_units for layer in layers))
    drawn = [_layer(layer) for layer in layers]
    if len(drawn) > _SHOWN:
        half = _SHOWN // 2
        drawn[half:-half] = [_column("\u22ef", [f"{len(drawn) - 2 * half:,} more"])]
    return (
        f'<div role="img" aria-label="{escape(f"Layers: {spoken}. {total}.")}" '
        f'class="skfcn-layers" style="{_DRAWING}; --tallest: {tallest}">'
        f'<div style="{_ROW}">{"".join(drawn)}</div>'
        f'<div style="{_FAINT}; margin-top: 0.6em">{total}</div></div>'
    )


def _height(n_units: int) -> str:
    return f"{min(1.6 + 0.45 * log2(n_units), 8):.2f}em"


def _layer(layer: Layer) -> str:
    """Draw a layer, and before it the arrow that leads to it."""
    box = f'<b style="{_BOX}; height: {_height(layer.n_units)}">{layer.n_units:,}</b>'
    arrow = ""
    if layer.n_parameters:
        number = f'<div style="{_FAINT}">{layer.n_parameters:,}</div>'
        arrow = f'<div style="{_UPPER}; padding: 0 0.6em">{number}<div>\u2192</div></div>'
    return f'<div style="{_LAYER}">{arrow}{_column(box, layer.parts)}</div>'


def _column(upper: str, parts: Sequence[str]) -> str:
    # <wbr>: a long component may go on below what is in front of its parameters.
    lower = "".join(f"<div>{escape(part).replace('(', '(<wbr>')}</div>" for part in parts)
    return f'<div><div style="{_UPPER}">{upper}</div><div style="{_LOWER}">{lower}</div></div>'


def _short(name: str) -> str:
    name = " ".join(name.split())
    return name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}\u2026"
