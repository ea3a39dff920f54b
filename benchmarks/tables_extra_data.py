"""Tables that are made up, for what the sets do not show.

Each function takes a seed and returns a `Split`; the rows that a case speaks of are those to
learn from.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit
from sklearn.metrics import roc_auc_score

from benchmarks.tables_data import Split


def many_rows(seed: int, n_train: int = 500_000, n_test: int = 100_000) -> Split:
    """28 numbers, of which a label's log odds are products, waves and edges."""
    rng = np.random.default_rng(seed)
    Z = rng.standard_normal((n_train + n_test, 28))
    log_odds = (
        Z[:, 0] * Z[:, 1]
        + np.sin(2 * Z[:, 2]) * Z[:, 3]
        + 1.5 * np.tanh(Z[:, 4] + Z[:, 5] - Z[:, 6])
        + np.where(Z[:, 7] > 0.5, Z[:, 8], -0.5 * Z[:, 9])
        + 0.5 * np.abs(Z[:, 10] - Z[:, 11])
        + 0.3 * Z[:, 12:20].sum(axis=1)
        - 0.56
    )
    return _binary(rng, _frame(Z), log_odds, n_train)


def many_values(seed: int, n_train: int = 20_000, n_test: int = 20_000) -> Split:
    """A column of 8,000 strings, each with an effect of its own, and four numbers."""
    rng = np.random.default_rng(seed)
    n_values = 8_000
    # Each value once, and the others of a long tail.
    frequency = 1 / (np.arange(n_values) + 400)
    drawn = rng.choice(n_values, n_train + n_test - n_values, p=frequency / frequency.sum())
    code = np.concatenate([rng.permutation(n_values), drawn])
    Z = rng.standard_normal((len(code), 4))
    log_odds = 1.5 * rng.standard_normal(n_values)[code] + Z[:, 0] + Z[:, 1] * Z[:, 2]
    X = _frame(Z).assign(shop=[f"shop {number:04d}" for number in code])
    return _binary(rng, X, log_odds, n_train)


def few_rows(seed: int) -> Split:
    """200 rows of eight numbers and a category of five values."""
    rng = np.random.default_rng(seed)
    n_train, n_test = 200, 5_000
    Z = rng.standard_normal((n_train + n_test, 8))
    code = rng.integers(5, size=len(Z))
    log_odds = (
        1.5 * Z[:, 0]
        - Z[:, 1]
        + Z[:, 2] * Z[:, 3]
        + np.cos(2 * Z[:, 4])
        + np.array([-2.0, -1.0, 0.0, 1.0, 2.0])[code]
    )
    X = _frame(Z).assign(color=np.array(["red", "green", "blue", "black", "white"])[code])
    return _binary(rng, X, log_odds, n_train)


def rare_class(seed: int) -> Split:
    """500 rows of ten numbers, five of them of the second class."""
    rng = np.random.default_rng(seed)

    def rows(n: int, n_rare: int) -> tuple[Any, Any]:
        y = np.zeros(n, dtype=int)
        y[rng.permutation(n)[:n_rare]] = 1
        Z = rng.standard_normal((n, 10))
        Z[y == 1, :3] += 1.5
        return _frame(Z), y

    (X_train, y_train), (X_test, y_test) = rows(500, 5), rows(20_000, 200)
    return Split(X_train, X_test, y_train, y_test)


def noise(seed: int) -> Split:
    """1,000 rows of five numbers of use and 300 that tell nothing, in any order."""
    rng = np.random.default_rng(seed)
    n_train, n_test = 1_000, 5_000
    Z = rng.standard_normal((n_train + n_test, 305))
    log_odds = 2 * Z[:, 0] - 2 * Z[:, 1] + 1.5 * Z[:, 2] * Z[:, 3] + 2 * np.sin(2 * Z[:, 4])
    return _binary(rng, _frame(Z[:, rng.permutation(305)]), log_odds, n_train)


def people(seed: int, n_train: int = 5_000, n_test: int = 5_000) -> Split:
    """Customers: an id, three numbers with gaps, a city, a plan, a date and a note."""
    rng = np.random.default_rng(seed)
    n = n_train + n_test
    age, income, visits = rng.normal(45, 15, n), rng.lognormal(10, 0.5, n), rng.poisson(4, n)
    city, plan = rng.integers(40, size=n), rng.integers(3, size=n)
    day = rng.integers(3650, size=n)
    words, feeling = _notes(rng, n)
    log_odds = (
        1.2 * np.sin((age - 45) / 15)
        + 0.8 * (np.log(income) - 10) / 0.5 * (plan - 1)
        + 0.2 * (visits - 4)
        + rng.normal(0, 0.8, 40)[city]
        + np.array([-0.6, 0.0, 0.6])[plan]
        + 1.2 * (day / 3650 - 0.5)
        + 0.8 * np.cos(2 * np.pi * day / 365.25)
        + feeling
    )
    # The larger class has 60 % of the rows.
    noisy = log_odds + rng.logistic(size=n)
    y = (noisy > np.quantile(noisy, 0.6)).astype(int)
    X = pd.DataFrame(
        {
            "id": [f"c{number:06d}" for number in rng.permutation(n)],
            "age": age.round(),
            "income": income.round(2),
            "visits": visits.astype(float),
            "city": np.array([f"city {number}" for number in range(40)])[city],
            "plan": np.array(["basic", "plus", "premium"])[plan],
            "joined": pd.Timestamp("2014-01-01") + pd.to_timedelta(day, unit="D"),
            "note": words,
        }
    )
    for name in ("age", "income", "visits"):
        X.loc[rng.random(n) < 0.1, name] = np.nan
    return _split(X, y, n_train)


def _notes(rng: np.random.Generator, n: int) -> tuple[list[str], Any]:
    """Return short texts, and what their words say."""
    neutral = ["the", "my", "a", "order", "account", "about", "when", "again", "today", "asked"]
    telling = {
        "happy": 1.5,
        "thanks": 1.0,
        "great": 1.5,
        "late": -1.0,
        "broken": -1.5,
        "refund": -1.5,
    }
    said = rng.random((n, len(telling))) < 0.2
    texts = []
    for row in said:
        words = [word for word, is_said in zip(telling, row, strict=True) if is_said]
        words += rng.choice(neutral, 8).tolist()
        texts.append(" ".join(rng.permutation(words)))
    return texts, said @ np.array(list(telling.values()))


def _frame(Z: Any) -> pd.DataFrame:
    return pd.DataFrame(Z, columns=[f"x{number}" for number in range(Z.shape[1])])


def _binary(rng: np.random.Generator, X: Any, log_odds: Any, n_train: int) -> Split:
    probability = expit(log_odds)
    y = (rng.random(len(probability)) < probability).astype(int)
    best = roc_auc_score(y[n_train:], probability[n_train:])
    return _split(X, y, n_train)._replace(best_auc=float(best))


def _split(X: Any, y: Any, n_train: int) -> Split:
    X_test = X[n_train:].reset_index(drop=True)
    return Split(X[:n_train].copy(), X_test, y[:n_train], y[n_train:])


GENERATORS: dict[str, Callable[[int], Split]] = {
    "many-rows": many_rows,
    "many-values": many_values,
    "few-rows": few_rows,
    "rare-class": rare_class,
    "noise": noise,
    "people": people,
}
