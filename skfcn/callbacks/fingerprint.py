"""What makes two fits the same: the parameters and the data, each by its name."""

import pickle
from hashlib import sha256
from typing import Any, NamedTuple

import joblib
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse

from skfcn._sklearn import constrained_parameters
from skfcn.training import Data, Fit

# They do not change what is trained; warm_start only by the network that it goes on with.
_IRRELEVANT = {"verbose", "warm_start", "transform_layer", "n_jobs"}
_CHUNK = 2**22  # bytes that are digested at once


class Trait(NamedTuple):
    """One thing by which a fit is known: how to show it, and a digest that tells it apart."""

    shown: str
    digest: str


def identity_of(fit: Fit) -> dict[str, Trait]:
    """Return the traits of a fit that is about to start; ValueError if one cannot be pickled."""
    estimator = fit.estimator
    params = {**constrained_parameters(estimator), **estimator.get_params(deep=False)}
    traits = {
        name: _parameter(name, value) for name, value in params.items() if name not in _IRRELEVANT
    }
    traits |= _data(fit.data, "")
    if fit.held_out is not None:
        traits |= _data(fit.held_out, "_val")
    if getattr(estimator, "warm_start", False) and estimator.__sklearn_is_fitted__():
        theta = fit.theta
        traits["the fitted network"] = Trait(f"{len(theta)} parameters", _digest(theta))
    return traits


def name_of(traits: dict[str, Trait]) -> str:
    """Return a short name for the fit that has these traits."""
    digests = "".join(f"{name}:{trait.digest};" for name, trait in sorted(traits.items()))
    return sha256(digests.encode()).hexdigest()[:12]


def differences(now: dict[str, Trait], before: dict[str, Trait]) -> list[str]:
    """Say in what two fits differ, parameter by parameter and array by array."""
    none = Trait("None", "")
    pairs = {name: (before.get(name, none), now.get(name, none)) for name in {**now, **before}}
    return [
        f"{name} was {old.shown} and is now {new.shown}"
        + (", of other values" if old.shown == new.shown else "")
        for name, (old, new) in pairs.items()
        if old != new
    ]


def _parameter(name: str, value: Any) -> Trait:
    if isinstance(value, np.random.RandomState):
        shown = "a RandomState"  # its repr tells the address
    elif callable(value) and hasattr(value, "__qualname__"):
        shown = value.__qualname__
    else:
        shown = repr(value)
    try:
        return Trait(shown, joblib.hash(value))
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise ValueError(
            f"Checkpoint: {name}={shown} cannot be saved ({error}). A function has to be defined "
            "in a module, by name."
        ) from error


def _data(data: Data, suffix: str) -> dict[str, Trait]:
    X, weight = data.X, data.sample_weight
    # The labels as they are shown: those that y encodes have another type for each data set.
    classes = joblib.hash(np.unique(data.labels).tolist()) if data.y.dtype == bool else ""
    traits = {
        f"X{suffix}": Trait(_shown(X), "".join(map(_digest, _parts(X)))),
        f"y{suffix}": Trait(_shown(data.labels), "".join(map(_digest, _parts(data.y))) + classes),
    }
    if weight is not None:
        traits[f"sample_weight{suffix}"] = Trait(_shown(weight), _digest(weight))
    return traits


def _parts(array: Any) -> tuple[NDArray[Any], ...]:
    """Return the arrays that a matrix, or encoded labels, are kept in."""
    if issparse(array):
        return array.data, array.indices, array.indptr
    return (array,) if isinstance(array, np.ndarray) else _parts(array.content)


def _shown(array: Any) -> str:
    sparse = "sparse " if issparse(array) else ""
    return f"{sparse}{array.dtype} of shape {array.shape}"


def _digest(array: NDArray[Any]) -> str:
    """Digest type, shape and values, a few rows at a time: no array is copied whole."""
    digest = sha256(f"{array.dtype.str} {array.shape}".encode())
    n_rows = max(1, _CHUNK // max(1, array[:1].nbytes))
    for start in range(0, len(array), n_rows):
        digest.update(np.ascontiguousarray(array[start : start + n_rows]).data)
    return digest.hexdigest()
