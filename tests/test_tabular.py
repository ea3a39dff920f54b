"""Real tables, from text to held-out scores: what scikit-learn's own networks do with them, we do.

All parameters are the defaults, but for a fixed seed.
"""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.compose import (
    TransformedTargetRegressor,
    make_column_selector,
    make_column_transformer,
)
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from threadpoolctl import threadpool_limits

from skfcn import FCNClassifier, FCNRegressor

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
]

SEED = 0
MAX_ROWS = 10_000  # letter has 20 000 and cal_housing 20 640: a sample of them, drawn with SEED

# Columns that tell rows apart and are no features: the names of the sequences, and the speakers
# with the side of the original split that they were on.
IDENTIFIERS = {"splice": {"Instance_name"}, "vowel": {"Train or Test", "Speaker Number"}}

# For each set, a held-out score that is reached.
ACCURACY = {
    "credit_g": 0.74,
    "letter": 0.90,
    "segment": 0.94,
    "spambase": 0.93,
    "splice": 0.94,
    "vehicle": 0.75,
    "vowel": 0.90,
    "waveform5000": 0.81,
}
R2 = {"abalone": 0.50, "cal_housing": 0.72, "cpu_act": 0.97, "kin8nm": 0.89}


@pytest.fixture(autouse=True)
def _one_blas_thread():
    """Let the threads of scikit-learn's small products not wait for each other."""
    with threadpool_limits(1):
        yield


def read(folder, name):
    """Return what brings the columns of a set onto one scale, and its split."""
    table = pd.read_csv(folder / f"{name}.csv.gz", skipinitialspace=True)
    identifiers = IDENTIFIERS.get(name, set())
    assert identifiers <= set(table.columns[:-1])
    X, y = table[table.columns[:-1]].drop(columns=identifiers), table[table.columns[-1]].to_numpy()
    preprocessing = make_column_transformer(
        (StandardScaler(), make_column_selector(dtype_include="number")),
        (OneHotEncoder(handle_unknown="ignore"), make_column_selector(dtype_exclude="number")),
    )
    rows = np.random.RandomState(SEED).permutation(len(X))[:MAX_ROWS]
    split = train_test_split(X.iloc[rows], y[rows], random_state=SEED)
    return preprocessing, split


@pytest.mark.parametrize("name", ACCURACY)
def test_same_classifier(tabular, name):
    preprocessing, (X_train, X_test, y_train, y_test) = read(tabular, name)
    theirs, ours = (
        make_pipeline(preprocessing, network(random_state=SEED)).fit(X_train, y_train)
        for network in (MLPClassifier, FCNClassifier)
    )
    assert ours[-1].n_iter_ == theirs[-1].n_iter_
    assert_array_equal(ours.predict(X_test), theirs.predict(X_test))
    assert_allclose(ours.predict_proba(X_test), theirs.predict_proba(X_test), atol=1e-9)
    score = ours.score(X_test, y_test)
    assert score == theirs.score(X_test, y_test)
    assert score > ACCURACY[name]


@pytest.mark.parametrize("name", R2)
def test_same_regressor(tabular, name):
    preprocessing, (X_train, X_test, y_train, y_test) = read(tabular, name)
    theirs, ours = (
        TransformedTargetRegressor(
            make_pipeline(preprocessing, network(random_state=SEED)),
            transformer=StandardScaler(),
        ).fit(X_train, y_train)
        for network in (MLPRegressor, FCNRegressor)
    )
    assert ours.regressor_[-1].n_iter_ == theirs.regressor_[-1].n_iter_
    assert_allclose(ours.predict(X_test), theirs.predict(X_test), rtol=1e-6)
    score = ours.score(X_test, y_test)
    assert_allclose(score, theirs.score(X_test, y_test), rtol=1e-9)
    assert score > R2[name]
