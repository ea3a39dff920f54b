"""Columns of text, by skrub's vectorizer in front of a tabular estimator."""

import numpy as np
import pandas as pd
import pytest
from sklearn.pipeline import make_pipeline

from skfcn import TabularClassifier

pytestmark = pytest.mark.slow

REASON = "skrub needs its extra: pip install -e '.[skrub]'"
skrub = pytest.importorskip("skrub", reason=REASON)


def reviews(n=400, seed=0):
    """Return sentences, one never like another, of which a word tells the label; and an id."""
    rng = np.random.default_rng(seed)
    good, bad = ["splendid", "lovely", "excellent"], ["dreadful", "poor", "broken"]
    y = rng.integers(0, 2, n)
    notes = [
        f"order {rng.integers(10**6)} was {rng.choice(good if label else bad)} on day {day}"
        for day, label in enumerate(y)
    ]
    return pd.DataFrame({"id": [f"c{k:05d}" for k in range(n)], "note": notes}), y


def test_the_warning_about_text_names_a_pipeline_that_learns_from_it():
    X, y = reviews()
    train, test = slice(0, 300), slice(300, 400)
    clf = TabularClassifier(max_iter=240, random_state=0)

    with pytest.warns(UserWarning, match="skrub's TableVectorizer"):
        clf.fit(X[train].assign(size=np.arange(300)), y[train])
    model = make_pipeline(skrub.TableVectorizer(), clf).fit(X[train], y[train])

    assert model.score(X[test], y[test]) > 0.9
