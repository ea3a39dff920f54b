"""The layers of a fitted network, drawn in HTML for notebooks.

No script, no style sheet, no colour but grey and the text's: it fits into any page, light or dark.
The height of a box is the logarithm of a layer's units; what happens to them stands below.
"""

from collections.abc import Sequence
from html import escape
from math import log2
from typing import Any

from skfcn._sklearn import Component, name_of
from skfcn.activations import ACTIVATIONS
from skfcn.engine import Activate, Network, Stage
from skfcn.normalization import NORMALIZATIONS, Normalization
from skfcn.training import Model

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


def activation_names(network: Network) -> list[str]:
    """Return the name of the activation of each hidden layer, or its repr if it has none."""
    layers = [layer for layer in network.layers if isinstance(layer, Activate)]
    return [name_of(layer.f, ACTIVATIONS) for layer in layers]


def stages_of(model: Model) -> list[Stage]:
    """Describe a network, inputs first, with the names that users know of its components."""
    stages = model.network.summary()
    stages[0].parts.insert(0, "input")
    stages[-1].parts.append(model.loss.out_activation)
    return [stage._replace(parts=[_named(part) for part in stage.parts]) for stage in stages]


def _named(part: Any) -> str:
    if isinstance(part, str):
        return part
    if isinstance(part, Normalization):
        name = name_of(part, NORMALIZATIONS)
        return f"{name} norm" if name in NORMALIZATIONS else _short(name)
    return _short(name_of(part, ACTIVATIONS) if isinstance(part, Component) else repr(part))


def layers_html(model: Model) -> str:
    """Draw the layers of a network, and say the same to those who cannot see it."""
    stages = stages_of(model)
    network = model.network
    total = f"{network.parameters.trainable.size:,} parameters, {network.dtype}"
    spoken = "; ".join(f"{stage.n_units:,} units, {', '.join(stage.parts)}" for stage in stages)
    tallest = _height(max(stage.n_units for stage in stages))
    drawn = [_drawn(stage) for stage in stages]
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


def _drawn(layer: Stage) -> str:
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
