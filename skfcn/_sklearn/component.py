"""What activations, losses, optimizers, initializers and schedules have in common.

A component is named by a string or given as an object; both end up as an object of the same
class. Components are `BaseEstimator`s, so `GridSearchCV` reaches their parameters
(``solver__beta_1``), `clone` copies them and their ``repr`` shows what was set. They hold
hyper-parameters only: what changes while training is kept by the fit.
"""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, TypeVar

from sklearn.base import clone

from skfcn._sklearn.number import python_number
from skfcn._sklearn.private import Constraints, DocumentedEstimator


class Component(DocumentedEstimator):
    """Base of all components."""

    _parameter_constraints: ClassVar[Constraints] = {}


C = TypeVar("C", bound=Component)


def resolve(
    spec: str | C,
    registry: Mapping[str, Callable[..., C]],
    parameters: Mapping[str, Mapping[str, Any]] | None = None,
) -> C:
    """Return the component that `spec` means, its parameters checked and Python's numbers.

    It is a name in `registry`, which takes the `parameters` for that name, or an object, which
    brings its own; the object is cloned, never used itself.
    """
    if isinstance(spec, str):
        component = registry[spec](**(parameters or {}).get(spec, {}))
    else:
        component = clone(spec)
    component._validate_params()
    _use_python_numbers(component)
    return component


def _use_python_numbers(component: Component) -> None:
    for name, value in vars(component).items():
        if isinstance(value, Component):
            _use_python_numbers(value)
        else:
            setattr(component, name, python_number(value))


def same_component(one: Component, other: Component) -> bool:
    """Tell whether two components are of one class and have the same parameters."""
    return type(one) is type(other) and one.get_params() == other.get_params()


def name_of(component: Any, registry: Mapping[str, Callable[..., Component]]) -> str:
    """Return the name that means this component, the way back from `resolve`, or its repr."""
    for name, make in registry.items():
        if same_component(make(), component):
            return name
    return repr(component)
