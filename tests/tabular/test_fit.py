"""What a fit of a committee leaves, against the same computed by hand from its parts."""

import numpy as np
import pytest
from scipy.special import log_softmax, softmax
from sklearn.datasets import make_classification
from sklearn.metrics import roc_auc_score

from skfcn import TabularClassifier, TabularRegressor
from skfcn.losses import BinaryLogLoss, LogLoss
from skfcn.tabular import CommitteeModel, Group, MembersFit

X, Y = make_classification(300, n_informative=6, n_classes=3, flip_y=0.1, random_state=0)


@pytest.fixture
def fits(monkeypatch):
    """The fits that estimators make, each with a copy of what it knows before it forgets it."""
    made = []
    original = MembersFit.held_out_raw

    def noted(self):
        folds, raws = self.state.folds, self.state.held_out_raw
        made.append((self, list(folds), [raw.copy() for raw in raws]))
        return original(self)

    monkeypatch.setattr(MembersFit, "held_out_raw", noted)
    return made


SHORT = {"max_iter": 120, "random_state": 0}
SMALL = SHORT | {"n_estimators": 5, "hidden_layer_sizes": (32, 32)}


def classifier(**params):
    return TabularClassifier(**SMALL | params)


def test_each_member_is_kept_where_it_was_best_on_the_rows_that_it_holds_out(fits):
    clf = classifier().fit(X, Y)
    ((fit, folds, raws),) = fits

    raw = clf._fitted.model.network.raw_outputs(clf.encoder_.transform(X))
    for member, ((_, held_out), noted) in enumerate(zip(folds, raws, strict=True)):
        np.testing.assert_allclose(raw[member, held_out], noted, rtol=1e-4, atol=1e-5)
        smoothed = 0.9 * np.eye(3)[Y[held_out]] + 0.1 / 3
        loss = -(smoothed * log_softmax(noted.astype(float), axis=1)).sum(axis=1).mean()
        assert fit.state.member_loss[member] == pytest.approx(loss, rel=1e-5)
    mean = np.mean(clf.history_["validation_loss"][-1])
    assert fit.state.member_loss.mean() <= mean


@pytest.mark.parametrize(
    ("scoring", "score_of"),
    [
        ("accuracy", lambda y, p: (p.argmax(axis=1) == y).mean()),
        (None, lambda y, p: (p.argmax(axis=1) == y).mean()),
        (["roc_auc_ovr", "accuracy"], lambda y, p: roc_auc_score(y, p, multi_class="ovr")),
        (
            lambda clf, X, y: clf.predict_proba(X)[y == 1, 1].mean(),
            lambda y, p: p[y == 1, 1].mean(),
        ),
    ],
    ids=["by name", "accuracy by default", "the first of two", "callable"],
)
def test_a_score_decides_when_a_member_is_kept(fits, scoring, score_of):
    clf = classifier(scoring=scoring).fit(X, Y)
    ((fit, folds, raws),) = fits

    for member, ((_, held_out), raw) in enumerate(zip(folds, raws, strict=True)):
        score = score_of(Y[held_out], softmax(raw.astype(float), axis=1))
        assert fit.state.member_score[member] == pytest.approx(score, rel=1e-5)
    assert fit.state.member_score.mean() >= max(clf.history_["validation_score"])
    by_loss = classifier().fit(X, Y)
    assert not np.array_equal(clf.predict_proba(X), by_loss.predict_proba(X))
    assert clf.history_["loss"] == by_loss.history_["loss"]


def test_scores_of_numbers_are_on_the_scale_of_the_targets(fits):
    y = X[:, 0] * 1000
    TabularRegressor(**SMALL, scoring="neg_mean_absolute_error").fit(X, y)
    ((fit, folds, raws),) = fits

    for member, ((_, held_out), raw) in enumerate(zip(folds, raws, strict=True)):
        predicted = np.clip(raw[:, 0] * y.std() + y.mean(), y.min(), y.max())
        error = np.abs(predicted - y[held_out]).mean()
        assert fit.state.member_score[member] == pytest.approx(-error, rel=1e-4)


def test_a_score_that_is_nan_keeps_the_last_of_the_members():
    clf = classifier(scoring=lambda clf, X, y: np.nan).fit(X, Y)

    assert clf.score(X, Y) > 0.8


def test_every_row_is_held_out_by_one_member_and_learned_by_the_others(fits):
    classifier().fit(X, Y)
    ((_, folds, _),) = fits

    held_out = np.concatenate([rows for _, rows in folds])
    np.testing.assert_array_equal(np.sort(held_out), np.arange(300))
    for rows, others in folds:
        np.testing.assert_array_equal(np.sort(np.r_[rows, others]), np.arange(300))
        assert np.bincount(Y[others]).min() >= 10  # stratified


def test_the_held_out_probabilities_are_those_of_the_member_that_holds_a_row_out(fits):
    clf = classifier().fit(X, Y)
    ((_, folds, raws),) = fits

    factor = clf._fitted.model.factor
    for (_, held_out), raw in zip(folds, raws, strict=True):
        expected = softmax(factor * raw.astype(float), axis=1)
        np.testing.assert_allclose(clf.oob_decision_function_[held_out], expected, rtol=1e-5)


def test_a_member_is_given_its_own_rows_only_and_each_once_a_pass(monkeypatch):
    seen = []
    original = Group.batches

    def noted(self, n_steps):
        for rows in original(self, n_steps):
            seen.append((self, rows.reshape(len(self.members), -1)))
            yield rows

    monkeypatch.setattr(Group, "batches", noted)
    classifier(n_estimators=5, batch_size=40).fit(X, Y)

    group = seen[0][0]
    assert len(seen) == 120
    for member in range(5):
        rows = np.array([batch[member] for _, batch in seen])
        assert np.isin(rows, group.rows[member]).all()
        per_pass = rows[: len(rows) // 6 * 6].reshape(-1, 6 * 40)  # 240 rows in batches of 40
        assert all(len(set(one)) == 240 for one in per_pass)
        assert not np.array_equal(per_pass[0], per_pass[1])


def test_a_probability_is_the_sharpened_mean_of_the_members():
    clf = TabularClassifier(**SHORT).fit(X, Y)
    model, encoded = clf._fitted.model, clf.encoder_.transform(X)

    mean = softmax(model.network.raw_outputs(encoded).astype(float), axis=2).mean(axis=0)
    power = mean**model.factor
    expected = power / power.sum(axis=1, keepdims=True)

    assert model.factor > 1  # smoothed labels leave networks unsure
    np.testing.assert_allclose(clf.predict_proba(X), expected, rtol=2e-5)


@pytest.mark.parametrize(
    ("loss", "probability"),
    [(LogLoss(), [[0.2, 0.3, 0.5]]), (BinaryLogLoss(), [[0.2, 0.7]])],
)
def test_sharpening_raises_to_a_power_and_keeps_the_order(loss, probability):
    probability = np.array(probability)

    sharp = CommitteeModel(None, loss, None, factor=2.0).sharpened(probability)

    against = 1 - probability if isinstance(loss, BinaryLogLoss) else 0
    total = probability**2 + against**2 if np.ndim(against) else (probability**2).sum()
    np.testing.assert_allclose(sharp, probability**2 / total)
    plain = CommitteeModel(None, loss, None).sharpened(probability)
    np.testing.assert_array_equal(plain, probability)


def test_members_that_see_noise_count_for_nothing():
    rng = np.random.default_rng(0)
    many = rng.standard_normal((600, 300))
    labels = many[:, 0] + many[:, 1] > 0

    clf = TabularClassifier(max_iter=240, random_state=0).fit(many, labels)

    weights = clf._fitted.model.weights
    assert weights[:4].max() < 1e-3
    np.testing.assert_allclose(weights[4:], 0.25, rtol=1e-2)
    new = rng.standard_normal((1000, 300))
    assert clf.score(new, new[:, 0] + new[:, 1] > 0) > 0.9


def test_the_spread_is_the_deviation_of_the_members():
    y = X[:, 0] * 10 + 50
    reg = TabularRegressor(**SMALL).fit(X, y)

    raw = reg._fitted.model.network.raw_outputs(reg.encoder_.transform(X))[:, :, 0]
    mean, std = reg.predict(X, return_std=True)

    np.testing.assert_allclose(std, raw.std(axis=0) * y.std(), rtol=1e-4)
    np.testing.assert_allclose(
        mean, np.clip(raw.mean(axis=0) * y.std() + y.mean(), y.min(), y.max()), rtol=1e-5
    )


def test_divergence_is_an_error_that_loses_nothing():
    clf = classifier(max_iter=24).fit(X, Y)
    before = clf.predict_proba(X)

    clf.set_params(learning_rate_init=1e30)
    with pytest.raises(ValueError, match="in round 2"):
        clf.fit(X, Y)

    np.testing.assert_array_equal(clf.predict_proba(X), before)
