"""Who takes part in "accuracy": each learns, and lets a clock look at its test error meanwhile."""

import copy
from collections.abc import Callable, Mapping
from pathlib import Path
from runpy import run_path
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

from benchmarks.data import load, load_text
from benchmarks.tables_contenders import Task
from benchmarks.tables_contenders import make as make_for_table
from benchmarks.tables_data import CLASSIFICATION, load_split
from benchmarks.text import recipe
from skfcn import FCNClassifier, FCNRegressor
from skfcn.callbacks import Callback

N_EPOCHS = 200  # scikit-learn's default for those that have none of their own


class Problem(NamedTuple):
    """Rows to learn from, and rows to test; labels are whole numbers from 0 on."""

    X: Any
    y: Any
    X_test: Any
    y_test: Any
    is_classification: bool = True


class Clock:
    """Notes the test error as time goes by; it stands still while it looks.

    Parameters
    ----------
    problem : Problem
        Whose test rows are predicted.
    limit : float
        Seconds after which a fit has to end.
    """

    def __init__(self, problem: Problem, limit: float) -> None:
        self.problem, self.limit = problem, limit
        self.points: list[tuple[float, float]] = []  # seconds, and the error then
        self._spent, self._since = 0.0, perf_counter()

    def look(self, predict: Callable[[Any], Any]) -> bool:
        """Note the part of the test rows that is wrong, of numbers RMSE / deviation.

        Return whether time is up.
        """
        self._spent += perf_counter() - self._since
        y, predicted = self.problem.y_test, np.ravel(predict(self.problem.X_test))
        if self.problem.is_classification:
            error = np.mean(predicted != y)
        else:
            error = np.sqrt(np.mean((predicted - y) ** 2)) / np.std(y)
        self.points.append((self._spent, float(error)))
        self._since = perf_counter()
        return self._spent > self.limit


# ---- problems


def _images(data: str, white: float, test: str | None = None) -> Callable[[int], Problem]:
    def load_images(seed: int) -> Problem:
        X, y = load(data)
        if test is None:
            X, X_test, y, y_test = train_test_split(X, y, stratify=y, random_state=seed)
        else:
            X_test, y_test = load(test)
        return Problem(np.float32(X) / white, y, np.float32(X_test) / white, y_test)

    return load_images


def _text(seed: int) -> Problem:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.preprocessing import LabelEncoder

    words, labels = TfidfVectorizer(ngram_range=(1, 2), dtype=np.float32), LabelEncoder()
    (text, y), (test_text, y_test) = load_text("train"), load_text("test")
    X, y = words.fit_transform(text), labels.fit_transform(y)
    return Problem(X, y, words.transform(test_text), labels.transform(y_test))


def _table(name: str) -> Callable[[int], Problem]:
    def load_table(seed: int) -> Problem:
        split = load_split(name, seed)
        rows = split.X_train, split.y_train, split.X_test, split.y_test
        return Problem(*rows, name in CLASSIFICATION)

    return load_table


# ---- contenders


class _Look(Callback):
    """Lets the clock look after each epoch."""

    def __init__(self, clock: Clock, as_predict: Callable[[Any], Callable[[Any], Any]]) -> None:
        self.clock, self.as_predict = clock, as_predict

    def on_epoch_end(self, estimator: Any, *, record: Any, fitted_attributes: Any) -> bool:
        fitted = copy.copy(estimator)
        vars(fitted).update(fitted_attributes())
        return self.clock.look(self.as_predict(fitted))


class _Inputs:
    """What a network is given of a problem: columns encoded, and numbers to predict scaled."""

    def __init__(self, problem: Problem) -> None:
        self.X, self.y, self.columns, self.scaler = problem.X, problem.y, None, None
        if hasattr(self.X, "columns"):
            strings = tuple(self.X.select_dtypes(exclude="number").columns)
            task = Task(problem.is_classification, strings, 1, 0)
            self.columns = make_for_table("MLP", task)[0]
            self.X = self.columns.fit_transform(self.X)
        if not problem.is_classification:
            self.scaler = StandardScaler()
            self.y = self.scaler.fit_transform(self.y[:, None]).ravel()

    def as_predict(self, network: Any) -> Callable[[Any], Any]:
        """Return what predicts the rows of the problem."""

        def predict(X: Any) -> Any:
            y = network.predict(X if self.columns is None else self.columns.transform(X))
            return y if self.scaler is None else self.scaler.inverse_transform(y.reshape(-1, 1))

        return predict


def skfcn(problem: Problem, clock: Clock, seed: int, **parameters: Any) -> None:
    """Our networks, with defaults or with a recipe."""
    inputs = _Inputs(problem)
    kind = FCNClassifier if problem.is_classification else FCNRegressor
    network = kind(random_state=seed, **parameters)
    network.set_callbacks(_Look(clock, inputs.as_predict)).fit(inputs.X, inputs.y)


def skfcn_tabular(problem: Problem, clock: Clock, seed: int) -> None:
    """Our tabular estimators."""
    from skfcn.tabular import TabularClassifier, TabularRegressor

    kind = TabularClassifier if problem.is_classification else TabularRegressor
    look = _Look(clock, lambda fitted: fitted.predict)
    kind(random_state=seed).set_callbacks(look).fit(problem.X, problem.y)


def mlp(problem: Problem, clock: Clock, seed: int) -> None:
    """Scikit-learn's network, with defaults."""
    from sklearn.neural_network import MLPClassifier, MLPRegressor

    inputs = _Inputs(problem)
    kind = MLPClassifier if problem.is_classification else MLPRegressor
    network = kind(random_state=seed)
    classes = {"classes": np.unique(problem.y)} if problem.is_classification else {}
    for _ in range(N_EPOCHS):
        network.partial_fit(inputs.X, inputs.y, **classes)
        if clock.look(inputs.as_predict(network)):
            return


def pytorch(problem: Problem, clock: Clock, seed: int) -> None:
    """A loop in PyTorch that does what scikit-learn's defaults do."""
    import torch

    inputs = _Inputs(problem)
    X = torch.from_numpy(np.float32(inputs.X))
    loss_function: Any = torch.nn.MSELoss()
    y = torch.from_numpy(np.asarray(inputs.y, np.float32).reshape(-1, 1))
    if problem.is_classification:
        loss_function = torch.nn.CrossEntropyLoss()
        y = torch.from_numpy(np.asarray(inputs.y, np.int64))
    torch.manual_seed(seed)
    n_outputs = int(y.max()) + 1 if problem.is_classification else 1
    layers = [torch.nn.Linear(X.shape[1], 100), torch.nn.ReLU(), torch.nn.Linear(100, n_outputs)]
    network = torch.nn.Sequential(*layers)
    optimizer = torch.optim.Adam(network.parameters(), fused=True)

    class Fitted:
        def predict(self, X: Any) -> Any:
            with torch.no_grad():
                raw = network(torch.from_numpy(np.float32(X)))
            return (raw.argmax(1) if problem.is_classification else raw).numpy()

    for _ in range(N_EPOCHS):
        for rows in torch.randperm(len(X)).split(200):
            optimizer.zero_grad()
            loss_function(network(X[rows]), y[rows]).backward()
            optimizer.step()
        if clock.look(inputs.as_predict(Fitted())):
            return


def trees(problem: Problem, clock: Clock, seed: int) -> None:
    """Scikit-learn's HistGradientBoosting, five trees a class at a time."""
    strings: tuple[str, ...] = ()
    if hasattr(problem.X, "columns"):
        strings = tuple(problem.X.select_dtypes(exclude="number").columns)
    task = Task(problem.is_classification, strings, 1, seed)
    model = make_for_table("HistGradientBoosting:warm_start=True", task)
    columns, boosting = (model[0], model[1]) if strings else (None, model[1])
    X = problem.X if columns is None else columns.fit_transform(problem.X)
    for n_trees in range(5, 101, 5):
        boosting.set_params(max_iter=n_trees).fit(X, problem.y)
        if clock.look((model if strings else boosting).predict):
            return


def logistic_regression(problem: Problem, clock: Clock, seed: int) -> None:
    """Scikit-learn's LogisticRegression."""
    from sklearn.linear_model import LogisticRegression

    clock.look(LogisticRegression(C=20, max_iter=1000).fit(problem.X, problem.y).predict)


# ---- who takes part in what


def _example(name: str) -> dict[str, Any]:
    """Return what an example defines."""
    return run_path(str(Path(__file__).parents[1] / "examples" / name))


PROBLEMS: dict[str, tuple[str, Callable[[int], Problem]]] = {
    "mnist": ("MNIST", _images("mnist", 255.0, "mnist-test")),
    "digits": ("digits", _images("digits", 1.0)),
    "text": ("77 intents of bank customers", _text),
    "letter": ("letter", _table("letter")),
    "credit_g": ("credit_g", _table("credit_g")),
    "cal_housing": ("cal_housing", _table("cal_housing")),
}
CONTENDERS: dict[str, Callable[..., None]] = {
    "skfcn": skfcn,
    "skfcn, a recipe": skfcn,
    "skfcn, tabular": skfcn_tabular,
    "MLPClassifier": mlp,
    "PyTorch": pytorch,
    "HistGradientBoosting": trees,
    "LogisticRegression": logistic_regression,
}
RECIPES: Mapping[str, dict[str, Any]] = {  # chosen on rows held out of those to learn from
    "mnist": {**_example("mnist_dropout.py")["RECIPE"], "max_iter": 6},  # in place of 40 epochs
    "text": recipe(),
}


def takes_part(contender: str, problem: str) -> bool:
    """Tell whether a contender is one for a problem."""
    is_table = problem not in ("mnist", "digits", "text")
    return {
        "skfcn, a recipe": problem in RECIPES,
        "skfcn, tabular": is_table,
        "PyTorch": problem != "text",
        "HistGradientBoosting": problem != "text",  # which is sparse
        "LogisticRegression": problem == "text",
    }.get(contender, True)


def run(contender: str, problem: str, seed: int, limit: float) -> list[tuple[float, float]]:
    """Fit, and return after how many seconds the test error was what."""
    rng = np.random.default_rng(0)
    few = Problem(
        rng.random((60, 2), np.float32), np.arange(60) % 2, np.zeros((2, 2)), np.zeros(2)
    )
    CONTENDERS[contender](few, Clock(few, limit=0), seed)  # imports belong to no fit
    found = PROBLEMS[problem][1](seed)
    parameters = RECIPES[problem] if contender == "skfcn, a recipe" else {}
    clock = Clock(found, limit)
    CONTENDERS[contender](found, clock, seed, **parameters)
    return clock.points
