"""The cases: what is timed, against whom, and the bar that is to be met."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from benchmarks import others, text
from benchmarks.contenders import CONTENDERS, FLOORS, Fit, Job, scikit_learn, skfcn
from benchmarks.data import TABLES

FLOOR = "floor"
OURS = "skfcn"


@dataclass(frozen=True)
class Bar:
    """What is asked of us.

    Parameters
    ----------
    against : str
        A contender, `FLOOR` for the faster of the two, or "seconds", "MB" or "accuracy" for our
        own figure.
    at_least : float, default=None
        How many times as fast as the contender, or how accurate.
    at_most : float, default=None
        How many times the floor's time, or how many seconds or MB.
    """

    against: str
    at_least: float | None = None
    at_most: float | None = None


@dataclass(frozen=True)
class Case:
    """One line of the table.

    Parameters
    ----------
    name, title : str
        For the command line and for the table.
    jobs : mapping of str to callable
        For each contender, what prepares its job.
    bars : tuple of Bar
        What is asked.
    same_weights : bool
        Whether we and scikit-learn must take as many epochs to the same weights.
    """

    name: str
    title: str
    jobs: Mapping[str, Callable[[], Job]]
    bars: tuple[Bar, ...] = ()
    same_weights: bool = False


def fit_case(
    name: str,
    title: str,
    fit: Fit,
    bars: tuple[Bar, ...] = (),
    contenders: Iterable[str] = CONTENDERS,
    same_weights: bool = False,
) -> Case:
    """Return a case in which contenders fit."""
    jobs = {contender: partial(CONTENDERS[contender], fit) for contender in contenders}
    return Case(name, title, jobs, bars, same_weights)


def at_least(factor: float, *contenders: str) -> tuple[Bar, ...]:
    """Return bars: as many times as fast as each of these."""
    return tuple(Bar(contender, at_least=factor) for contender in contenders)


def _epochs(n: int) -> dict[str, Any]:
    return {"max_iter": n, "n_iter_no_change": n}


def _mnist(dtype: str, n_epochs: int, hidden: tuple[int, ...], **parameters: Any) -> Fit:
    common = {"hidden_layer_sizes": hidden, "batch_size": 128, **_epochs(n_epochs)}
    scale = 1.0 if dtype == "uint8" else 255.0  # bytes stay bytes
    return Fit("mnist", dtype, scale, parameters={**common, **parameters})


_PAIR = (OURS, "scikit-learn")
_SMALL, _WIDE = (256, 128), (1024, 1024)
_MNIST_ADAM = _mnist("float32", 4, _SMALL)
_ADAM_UINT8 = _mnist("uint8", 1, _SMALL, learning_rate_init=1e-5)


def _stochastic() -> list[Case]:
    floor = partial(Bar, FLOOR)
    sgd = _mnist("float32", 4, _SMALL, solver="sgd", learning_rate_init=0.05)
    return [
        fit_case(
            "mnist-sgd",
            "MNIST 784-256-128-10, batch 128, SGD, float32",
            sgd,
            (
                floor(at_most=1.3),
                *at_least(2.4, "scikit-learn"),
                *at_least(1.4, "PyTorch"),
                Bar("MB", at_most=64),
            ),
        ),
        fit_case(
            "mnist-adam",
            "the same, Adam",
            _MNIST_ADAM,
            (
                floor(at_most=1.5),
                *at_least(2.2, "scikit-learn"),
                *at_least(1.25, "PyTorch"),
                Bar("MB", at_most=64),
            ),
        ),
        fit_case(
            "mnist-adam-float64",
            "the same, Adam, float64",
            _mnist("float64", 3, _SMALL),
            (*at_least(2, "scikit-learn"), Bar("MB", at_most=64)),
        ),
        fit_case(
            "mnist-adam-uint8",
            "the same, Adam, X of bytes",
            _ADAM_UINT8,
            (Bar("MB", at_most=64),),
            contenders=_PAIR,
        ),
        fit_case(
            "mnist-wide",
            "MNIST 784-1024-1024-10, batch 128, Adam, float32",
            _mnist("float32", 1, _WIDE),
            (floor(at_most=1.5), *at_least(0.9, "PyTorch")),
        ),
        fit_case(
            "digits",
            "digits 64-100-10, batch 32, Adam, float32",
            Fit("digits", "float32", parameters={"batch_size": 32, **_epochs(20)}),
            (*at_least(4.5, "scikit-learn"), *at_least(5, "PyTorch"), *at_least(12, "skorch")),
        ),
        fit_case(
            "sparse",
            "CSR 10,000 × 50,000, 100 non-zeros a row, 100 hidden, Adam",
            Fit("zipf", parameters=_epochs(2)),
            at_least(4, "scikit-learn"),
            contenders=_PAIR,
            same_weights=True,
        ),
    ]


def _text() -> list[Case]:
    fit = Fit("zipf", parameters=_epochs(2))
    return [
        Case(
            "sparse-lazy",
            "the same, Adam(lazy=True)",
            {OURS: partial(text.lazily, fit), "scikit-learn": partial(scikit_learn, fit)},
            at_least(15, "scikit-learn"),
        ),
        Case(
            "text",
            "10,003 questions, 77 intents, from texts to a fitted pipeline, mean of three seeds",
            {name: partial(text.intents, name) for name in (OURS, "logistic regression")},
            (Bar("seconds", at_most=3), Bar("accuracy", at_least=0.9)),
        ),
        Case(
            "text-pieces",
            "partial_fit of 1,000 questions, words hashed to 2²⁰ columns, 64 hidden, lazy Adam",
            {name: partial(text.hashed, name) for name in _PAIR},
            (Bar("MB", at_most=64),),
        ),
    ]


def _defaults() -> list[Case]:
    stopping = {"early_stopping": True, **_epochs(100)}
    variants: list[tuple[str, str, float, dict[str, Any]]] = [
        ("defaults", "all defaults", 3, {}),
        # Ours stratifies what it holds out, so it may stop at another epoch: all are run.
        ("early-stopping", "early_stopping=True, 100 epochs", 2, stopping),
        ("lbfgs", 'solver="lbfgs"', 2, {"solver": "lbfgs"}),
    ]
    return [
        fit_case(
            f"{variant}-{table}",
            f"{table}, {title}",
            Fit(table, parameters=parameters),
            at_least(2 if table == "splice" else factor, "scikit-learn"),
            contenders=_PAIR,
            same_weights=variant == "defaults",
        )
        for variant, title, factor, parameters in variants
        for table in TABLES
    ]


def _others() -> list[Case]:
    beside = "skfcn with torch imported"
    return [
        Case(
            "beside-torch",
            "MNIST as above, Adam, torch imported before skfcn",
            {OURS: partial(skfcn, _MNIST_ADAM), beside: partial(others.beside_torch, _MNIST_ADAM)},
            (Bar(beside, at_most=1.05),),
        ),
        Case(
            "grid-search",
            "GridSearchCV, 12 candidates × 5 folds, digits, n_jobs=2",
            {name: partial(others.grid_search, name) for name in _PAIR},
            at_least(3, "scikit-learn"),
        ),
        Case(
            "predict-one",
            "predict_proba of one row, 64-100-10",
            {name: partial(others.predict_one, name) for name in _PAIR},
            at_least(4, "scikit-learn"),
        ),
        Case(
            "predict-many",
            "predict of 10,000 MNIST rows, 784-256-128-10, float32",
            {
                **{name: partial(others.predict_many, name) for name in _PAIR},
                **{name: partial(others.predict_products, name) for name in FLOORS},
            },
            (Bar(FLOOR, at_most=1.15), *at_least(1.15, "scikit-learn")),
        ),
        Case(
            "import",
            "import skfcn after sklearn.neural_network",
            {OURS: others.import_time},
            (Bar("seconds", at_most=0.05),),
        ),
    ]


def _edges() -> list[Case]:
    """Return the cases in which one call does little, where scikit-learn is not to be faster."""
    pieces = [
        Case(
            f"edge-partial-fit-{kind.lower()}-{n_before}",
            f"{kind}.partial_fit of one row, after {n_before:,} others",
            {name: partial(others.partial_fit_one, name, kind, n_before) for name in _PAIR},
            at_least(1, "scikit-learn"),
        )
        for kind in ("Regressor", "Classifier")
        for n_before in (0, 5000)
    ]
    forms = [("csr", (20, 200)), ("csc", (20, 200)), ("csr", (2000, 1000)), ("csc", (2000, 1000))]
    forms += [("csr", (5000, 5000)), ("csc", (5000, 5000)), ("csc", (200, 50_000))]
    forms += [("fortran", (2000, 100))]
    return pieces + [
        Case(
            f"edge-predict-{form}-{shape[0]}",
            f"predict of {shape[0]:,} × {shape[1]:,}, {called[form]}",
            {
                name: partial(others.predict_form, name, form, shape, 200_000 // sum(shape))
                for name in _PAIR
            },
            at_least(1, "scikit-learn"),
        )
        for called in [{"csr": "CSR", "csc": "CSC", "fortran": "Fortran's order"}]
        for form, shape in forms
    ]


def _growth() -> list[Case]:
    """Return the cases of the growth plots, ``grow-AXIS-VALUE``; see `growth`."""
    base = {"batch": 128, "width": 256, "depth": 2, "samples": 20_000}
    values = {
        "batch": (8, 16, 32, 64, 128, 256, 512, 1024),
        "width": (16, 32, 64, 128, 256, 512, 1024),
        "depth": (1, 2, 4, 8, 16),
        "samples": (1_000, 5_000, 20_000, 100_000),
    }
    return [
        fit_case(
            f"grow-{axis}-{value}",
            f"{axis} {value}",
            _growth_fit(**{**base, axis: value}),
            contenders=(*_PAIR, "PyTorch", *FLOORS),
        )
        for axis in values
        for value in values[axis]
    ]


def _growth_fit(batch: int, width: int, depth: int, samples: int) -> Fit:
    parameters = {"hidden_layer_sizes": (width,) * depth, "batch_size": batch, **_epochs(1)}
    return Fit(f"normal-{samples}-100", "float32", parameters=parameters)


TABLE_CASES = [*_stochastic(), *_text(), *_defaults(), *_others(), *_edges()]
GROWTH_CASES = _growth()
CASES = {case.name: case for case in (*TABLE_CASES, *GROWTH_CASES)}
