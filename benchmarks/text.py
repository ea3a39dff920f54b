"""Text: questions of bank customers, and words that are hashed."""

from dataclasses import replace
from time import perf_counter
from typing import Any

import numpy as np

from benchmarks.contenders import Facts, Fit, Job, skfcn
from benchmarks.data import load_text

N_SEEDS = 3
N_COLUMNS, N_UNITS, PIECE = 2**20, 64, 1000


def lazily(fit: Fit) -> Job:
    """FCNClassifier whose Adam moves the weights of the words in use."""
    from skfcn.optimizers import Adam

    return skfcn(replace(fit, parameters={**fit.parameters, "solver": Adam(lazy=True)}))


def recipe() -> dict[str, Any]:
    """Return the parameters that cross-validation on the training part has chosen."""
    from skfcn.initializers import Normal
    from skfcn.optimizers import Adam

    return {
        "hidden_layer_sizes": (256,),
        "solver": Adam(lazy=True),
        "init": Normal(scale=0.05),
        "batch_size": 64,
        "learning_rate": "one_cycle",
        "learning_rate_init": 0.003,
        "max_iter": 10,
        "dropout": 0.6,
        "alpha": 0,
    }


def network(seed: int) -> Any:
    """Return a network of that recipe."""
    from skfcn import FCNClassifier

    return FCNClassifier(**recipe(), random_state=seed)


def intents(contender: str) -> Job:
    """From texts to a fitted pipeline, for each of three seeds; the mean of the times."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    X, y = load_text("train")
    X_test, y_test = load_text("test")

    def job() -> Facts:
        seconds, right = [], []
        for seed in range(N_SEEDS):
            words = TfidfVectorizer(ngram_range=(1, 2), dtype=np.float32)
            last = network(seed) if contender == "skfcn" else LogisticRegression(C=20)
            start = perf_counter()
            model = make_pipeline(words, last).fit(X, y)
            seconds.append(perf_counter() - start)
            right.append(model.score(X_test, y_test))
        return {"seconds": float(np.mean(seconds)), "accuracy": float(np.mean(right))}

    return job


def hashed(contender: str) -> Job:
    """One piece more for a network of a million columns, of which a batch uses some thousand."""
    from sklearn.feature_extraction.text import HashingVectorizer

    texts, y = load_text("train")
    order = np.random.default_rng(0).permutation(len(y))[: 2 * PIECE]
    words = HashingVectorizer(ngram_range=(1, 2), n_features=N_COLUMNS, dtype=np.float32)
    X, y, classes = words.transform(texts[order]), y[order], np.unique(y)
    model = _of_hashed_words(contender).partial_fit(X[:PIECE], y[:PIECE], classes=classes)

    def job() -> None:
        model.partial_fit(X[PIECE:], y[PIECE:])

    return job


def _of_hashed_words(contender: str) -> Any:
    if contender == "skfcn":
        from skfcn import FCNClassifier
        from skfcn.optimizers import Adam

        return FCNClassifier((N_UNITS,), solver=Adam(lazy=True), random_state=0)
    from sklearn.neural_network import MLPClassifier

    return MLPClassifier((N_UNITS,), random_state=0)
