"""Who is compared on tables: each takes the same data frame, and has its defaults.

A contender's function is told of the table and returns an estimator. What an estimator needs done
to a frame stands in front of it, so its time counts.
"""

import re
from ast import literal_eval
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Self

from sklearn.base import BaseEstimator, TransformerMixin

# What a fit of up to ten seconds has.
TEN_SECONDS: dict[str, Any] = {"n_estimators": 24}


@dataclass(frozen=True)
class Task:
    """What a contender is told before it sees the data.

    Parameters
    ----------
    is_classification : bool
        Whether the target is a label.
    strings : tuple of str
        The columns that hold strings.
    cores : int
        How many it may use.
    seed : int
        Its random state.
    """

    is_classification: bool
    strings: tuple[str, ...]
    cores: int
    seed: int

    def choose(self, package: str, stem: str) -> Any:
        """Return the classifier or the regressor of a package."""
        kind = "Classifier" if self.is_classification else "Regressor"
        return getattr(import_module(package), f"{stem}{kind}")


class AsCategories(TransformerMixin, BaseEstimator):
    """Columns of strings become pandas' categories, and columns have plain names.

    Parameters
    ----------
    columns : sequence of str
        Those that hold strings.
    most_values : int, default=None
        A column of more values becomes their numbers in sorted order, -1 for a new one, as
        scikit-learn's `OrdinalEncoder` does.
    fill : bool, default=False
        Whether the median replaces missing numbers.
    """

    def __init__(
        self, columns: Any = (), most_values: int | None = None, fill: bool = False
    ) -> None:
        self.columns = columns
        self.most_values = most_values
        self.fill = fill

    def fit(self, X: Any, y: Any = None) -> Self:
        """Note the values of each column."""
        self.values_ = {name: sorted(X[name].dropna().unique()) for name in self.columns}
        self.medians_ = X.median(numeric_only=True) if self.fill else {}
        return self

    def transform(self, X: Any) -> Any:
        """Return another frame."""
        import pandas as pd

        X = X.fillna(self.medians_) if self.fill else X.copy()
        for name, values in self.values_.items():
            known = X[name].where(X[name].isin(values))
            column = known.astype(pd.CategoricalDtype(values))
            too_many = self.most_values is not None and len(values) > self.most_values
            X[name] = column.cat.codes if too_many else column
        # LightGBM refuses names with brackets or commas.
        return X.set_axis([f"column{number}" for number in range(X.shape[1])], axis=1)


class AsStrings(TransformerMixin, BaseEstimator):
    """Columns of strings hold no missing values, which CatBoost refuses."""

    def __init__(self, columns: Any = ()) -> None:
        self.columns = columns

    def fit(self, X: Any, y: Any = None) -> Self:
        """Nothing is to be learned."""
        return self

    def transform(self, X: Any) -> Any:
        """Return another frame."""
        strings = {name: X[name].astype(object).fillna("").astype(str) for name in self.columns}
        return X.assign(**{name: column.astype(object) for name, column in strings.items()})


def skfcn(task: Task, **parameters: Any) -> Any:
    """Ours; it uses as many threads as BLAS has."""
    return task.choose("skfcn", "Tabular")(random_state=task.seed, **parameters)


def skfcn_10s(task: Task, **parameters: Any) -> Any:
    """Ours, at about ten seconds a fit."""
    return skfcn(task, **{**TEN_SECONDS, **parameters})


def mlp(task: Task, **parameters: Any) -> Any:
    """Scikit-learn's network, behind what it needs; a number to predict is standardised too."""
    from sklearn.compose import TransformedTargetRegressor, make_column_transformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    network = task.choose("sklearn.neural_network", "MLP")(random_state=task.seed, **parameters)
    if not task.is_classification:
        network = TransformedTargetRegressor(network, transformer=StandardScaler())
    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    columns = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore"), list(task.strings)), remainder=numbers
    )
    return make_pipeline(columns, network)


def hist_gradient_boosting(task: Task, **parameters: Any) -> Any:
    """Scikit-learn's trees, which take categories of at most 255 values."""
    from sklearn.pipeline import make_pipeline

    trees = task.choose("sklearn.ensemble", "HistGradientBoosting")
    common = {"categorical_features": "from_dtype", "random_state": task.seed}
    return make_pipeline(
        AsCategories(task.strings, most_values=255), trees(**{**common, **parameters})
    )


def lightgbm(task: Task, **parameters: Any) -> Any:
    """LightGBM, silent."""
    from sklearn.pipeline import make_pipeline

    common = {"n_jobs": task.cores, "random_state": task.seed, "verbose": -1}
    trees = task.choose("lightgbm", "LGBM")(**{**common, **parameters})
    return make_pipeline(AsCategories(task.strings), trees)


def catboost(task: Task, **parameters: Any) -> Any:
    """CatBoost, silent."""
    from sklearn.pipeline import make_pipeline

    common = {"thread_count": task.cores, "random_state": task.seed, "verbose": 0}
    trees = task.choose("catboost", "CatBoost")(
        cat_features=list(task.strings), allow_writing_files=False, **{**common, **parameters}
    )
    return make_pipeline(AsStrings(task.strings), trees)


def _pytabkit(stem: str) -> Callable[..., Any]:
    def make(task: Task, **parameters: Any) -> Any:
        from sklearn.pipeline import make_pipeline

        network = task.choose("pytabkit", stem)
        common = {"device": "cpu", "n_threads": task.cores, "random_state": task.seed}
        # They take no missing numbers.
        return make_pipeline(
            AsCategories(task.strings, fill=True), network(**{**common, **parameters})
        )

    return make


def hist_target_encoding(task: Task, **parameters: Any) -> Any:
    """Scikit-learn's trees, with the mean target of each value in place of strings."""
    from sklearn.compose import make_column_transformer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import TargetEncoder

    encoder = TargetEncoder(random_state=task.seed)
    trees = task.choose("sklearn.ensemble", "HistGradientBoosting")
    return make_pipeline(
        make_column_transformer((encoder, list(task.strings)), remainder="passthrough"),
        trees(random_state=task.seed, **parameters),
    )


def hist_by_hand(task: Task, **parameters: Any) -> Any:
    """The same with categories, after someone has dropped what it cannot use."""
    from sklearn.compose import make_column_transformer
    from sklearn.pipeline import make_pipeline

    kept = tuple(name for name in task.strings if name in ("city", "plan"))
    dropping = make_column_transformer(
        ("drop", ["id", "joined", "note"]),
        remainder="passthrough",
        verbose_feature_names_out=False,
    ).set_output(transform="pandas")
    trees = task.choose("sklearn.ensemble", "HistGradientBoosting")
    return make_pipeline(dropping, AsCategories(kept), trees(random_state=task.seed, **parameters))


def skfcn_vectorizer(task: Task, **parameters: Any) -> Any:
    """Ours behind skrub's TableVectorizer."""
    from sklearn.pipeline import make_pipeline
    from skrub import TableVectorizer

    return make_pipeline(TableVectorizer(), skfcn(task, **parameters))


def skrub_pipeline(task: Task) -> Any:
    """What skrub offers for a table: its vectorizer and scikit-learn's trees."""
    from skrub import tabular_pipeline

    return tabular_pipeline("classifier" if task.is_classification else "regressor")


CONTENDERS: dict[str, Callable[..., Any]] = {
    "skfcn": skfcn,
    "skfcn-10s": skfcn_10s,
    "MLP": mlp,
    "HistGradientBoosting": hist_gradient_boosting,
    "LightGBM": lightgbm,
    "CatBoost": catboost,
    "RealMLP-TD-S": _pytabkit("RealMLP_TD_S_"),
    "RealMLP-TD": _pytabkit("RealMLP_TD_"),
    "TabM-D": _pytabkit("TabM_D_"),
}
# Those that only the further cases have.
FURTHER: dict[str, Callable[..., Any]] = {
    "HistGradientBoosting with target encoding": hist_target_encoding,
    "HistGradientBoosting by hand": hist_by_hand,
    "skfcn behind TableVectorizer": skfcn_vectorizer,
    "skrub.tabular_pipeline": skrub_pipeline,
}
PACKAGES = {
    "MLP": "scikit-learn",
    "LightGBM": "lightgbm",
    "CatBoost": "catboost",
    "RealMLP-TD-S": "pytabkit",
    "RealMLP-TD": "pytabkit",
    "TabM-D": "pytabkit",
    "skrub.tabular_pipeline": "skrub",
}


def split_names(text: str) -> list[str]:
    """Split at the commas that stand in no brackets."""
    return [name.strip() for name in re.split(r",(?![^(\[]*[)\]])", text) if name.strip()]


def parse(spec: str) -> tuple[str, dict[str, Any]]:
    """Return the name and the parameters of NAME:PARAMETER=VALUE:..."""
    name, *settings = spec.split(":")
    if name not in CONTENDERS and name not in FURTHER:
        raise ValueError(f"no contender is called {name!r}; there are {', '.join(CONTENDERS)}")
    parameters = {}
    for setting in settings:
        key, _, value = setting.partition("=")
        try:
            parameters[key] = literal_eval(value)
        except (ValueError, SyntaxError):
            parameters[key] = value  # a string without quotes
    return name, parameters


def make(spec: str, task: Task) -> Any:
    """Return an estimator."""
    name, parameters = parse(spec)
    return {**CONTENDERS, **FURTHER}[name](task, **parameters)
