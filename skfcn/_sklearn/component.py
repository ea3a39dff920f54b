"""What activations, losses, optimizers, initializers and schedules have in common.

A component is named by a string or given as an object; both end up as an object of the same
class. Components are `BaseEstimator`s, so `GridSearchCV` reaches their parameters
(``solver__beta_1``), `clone` copies them and their ``repr`` shows what was set. They hold
hyper-parameters only: what changes while training is kept by the fit.
"""

from collections.abc import Callable, Mapping
from numbers import Real
from sys import float_info
from typing import Any, ClassVar, TypeVar

import numpy as np
from sklearn.base import BaseEstimator, clone

from skfcn._sklearn.private import DocumentedEstimator


class Component(DocumentedEstimator):
    """Base of all components."""

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {}

    def _validate_params(self) -> None:
        check_numbers(self)
        super()._validate_params()


def check_numbers(estimator: BaseEstimator) -> None:
    """Raise ValueError if a parameter is a number that scikit-learn's checks stumble over."""
    for name, value in vars(estimator).items():  # get_params takes longer than a small batch
        if isinstance(value, Real) and not is_number(value):
            raise ValueError(
                f"The {name!r} parameter of {type(estimator).__name__} must be a Python or NumPy "
                f"number in the range of float64. Got {value!r} instead."
            )


def is_number(value: Any) -> bool:
    """Tell whether a value is a Python or NumPy number in the range of float64."""
    if isinstance(value, int):
        return abs(value) <= float_info.max
    return isinstance(value, float | np.integer | np.floating)


def python_number(value: Any) -> Any:
    """Return a NumPy scalar as Python's number, and all else as it is.

    What is computed with an int8 or a float16 would be one as well, and overflow.
    """
    if isinstance(value, np.longdouble):
        return float(value)
    return value.item() if isinstance(value, np.generic) else value


def use_python_numbers(component: Component) -> None:
    """Let a component compute with Python's numbers, and those within it."""
    for name, value in vars(component).items():
        if isinstance(value, Component):
            use_python_numbers(value)
        elif isinstance(value, np.generic):
            setattr(component, name, python_number(value))


C = TypeVar("C", bound=Component)


def resolve(
    spec: str | C,
    registry: Mapping[str, Callable[..., C]],
    parameters: Mapping[str, Mapping[str, Any]] | None = None,
) -> C:
    """Return the component that `spec` means, its parameters checked.

    Parameters
    ----------
    spec : str or Component
        A name in `registry`, or an object; the object is cloned, never used itself.
    registry : mapping of str to callable
        The components that have names: a class, or a class with some of its parameters set.
    parameters : mapping of str to mapping, default=None
        For some names, parameters to set; an object brings its own.
    """
    if isinstance(spec, str):
        component = registry[spec](**(parameters or {}).get(spec, {}))
    else:
        component = clone(spec)
    component._validate_params()
    use_python_numbers(component)
    return component


def same_component(one: Component, other: Component) -> bool:
    """Tell whether two components are of one class and have the same parameters."""
    return type(one) is type(other) and one.get_params() == other.get_params()


def name_of(component: Any, registry: Mapping[str, Callable[..., Component]]) -> str:
    """Return the name that means this component, the way back from `resolve`, or its repr."""
    for name, make in registry.items():
        if same_component(make(), component):
            return name
    return repr(component)
