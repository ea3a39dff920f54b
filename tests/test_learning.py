"""Optimizers, schedules and losses by name and as objects, where an estimator uses them."""

import warnings

import numpy as np
import pytest
from sklearn.datasets import load_diabetes, load_iris
from sklearn.metrics import d2_pinball_score, mean_absolute_error, mean_pinball_loss
from sklearn.model_selection import GridSearchCV

from skfcn import FCNClassifier, FCNRegressor
from skfcn.losses import HuberLoss, LogLoss, QuantileLoss
from skfcn.optimizers import OPTIMIZERS, AdamW, NAdam, RMSprop
from skfcn.schedules import SCHEDULES, Cosine, OneCycle, WarmUp

X, Y = load_iris(return_X_y=True)
X = (X - X.mean(axis=0)) / X.std(axis=0)
D, T = load_diabetes(return_X_y=True)
D, T = D / D.std(axis=0), (T - T.mean()) / T.std()
ENDLESS = float("inf")


def classifier(**params):
    common = {
        "max_iter": 8,
        "batch_size": 50,
        "learning_rate_init": 0.02,
        "random_state": 0,
        "shuffle": False,
        "n_iter_no_change": ENDLESS,
    }
    return FCNClassifier((12,), **{**common, **params})


def regressor(**params):
    common = {"max_iter": 60, "n_iter_no_change": ENDLESS, "learning_rate_init": 0.01}
    return FCNRegressor(random_state=0, **{"hidden_layer_sizes": (20,), **common, **params})


def weights(estimator):
    return estimator._parameters.vector


# --- optimizers -------------------------------------------------------------------------------


@pytest.mark.parametrize("solver", OPTIMIZERS)
def test_each_optimizer_learns(solver):
    assert classifier(solver=solver, max_iter=60).fit(X, Y).score(X, Y) > 0.94


@pytest.mark.parametrize("solver", OPTIMIZERS)
def test_epochs_one_by_one_are_the_epochs_of_a_fit(solver):
    whole, parts = classifier(solver=solver).fit(X, Y), classifier(solver=solver)
    for _ in range(8):
        parts.partial_fit(X, Y, classes=[0, 1, 2])

    np.testing.assert_array_equal(weights(parts), weights(whole))


@pytest.mark.parametrize(
    ("name", "component"),
    [
        ("adamw", AdamW(beta_1=0.8, beta_2=0.9, epsilon=1e-3)),
        ("nadam", NAdam(beta_1=0.8, beta_2=0.9, epsilon=1e-3)),
        ("rmsprop", RMSprop(epsilon=1e-3)),
    ],
)
def test_a_name_takes_what_the_estimator_has_for_it(name, component):
    settings = {"beta_1": 0.8, "beta_2": 0.9, "epsilon": 1e-3}

    by_name = classifier(solver=name, **settings).fit(X, Y)

    np.testing.assert_array_equal(
        weights(by_name), weights(classifier(solver=component).fit(X, Y))
    )


def test_decay_shrinks_the_weights():
    norms = [
        np.linalg.norm(
            classifier(solver=AdamW(weight_decay=decay), max_iter=50).fit(X, Y).coefs_[0]
        )
        for decay in (0.0, 0.1, 1.0)
    ]

    assert norms[0] > norms[1] > norms[2]


# --- schedules --------------------------------------------------------------------------------


def rates(estimator):
    return estimator.history_["learning_rate"]


def test_each_epoch_begins_at_the_schedules_rate():
    fitted = classifier(learning_rate="cosine").fit(X, Y)

    expected = 0.02 * (1 + np.cos(np.pi * np.arange(8) / 8)) / 2
    np.testing.assert_allclose(rates(fitted), expected, rtol=1e-12)


def test_the_rate_changes_from_step_to_step():
    seen = []

    class Spy(AdamW):
        def step(self, theta, gradient, *arrays, rate, t):
            seen.append(rate)
            super().step(theta, gradient, *arrays, rate=rate, t=t)

    classifier(learning_rate=OneCycle(rise=0.5), solver=Spy()).fit(X, Y)

    assert len(seen) == len(set(np.round(seen[:12], 12))) + 12 == 24
    assert max(seen) == pytest.approx(0.02, rel=1e-12)
    assert seen.index(max(seen)) == 12


@pytest.mark.parametrize("schedule", ["cosine", "one_cycle"])
def test_a_planned_course_is_run_to_its_end_without_a_warning(schedule):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fitted = classifier(learning_rate=schedule, n_iter_no_change=1, tol=10.0).fit(X, Y)

    assert fitted.n_iter_ == 8


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_epochs_one_by_one_follow_the_schedule(schedule):
    whole, parts = (classifier(learning_rate=schedule) for _ in range(2))
    whole.fit(X, Y)
    for _ in range(8):
        parts.partial_fit(X, Y, classes=[0, 1, 2])

    assert rates(parts) == rates(whole)
    np.testing.assert_array_equal(weights(parts), weights(whole))


def test_beyond_the_plan_the_rate_stays_at_its_end():
    model = classifier(learning_rate=Cosine(final=0.1), max_iter=2)
    for _ in range(4):
        model.partial_fit(X, Y, classes=[0, 1, 2])

    np.testing.assert_allclose(rates(model), [0.02, 0.011, 0.002, 0.002], rtol=1e-12)


def test_a_warm_start_begins_a_new_course():
    model = classifier(learning_rate="one_cycle", warm_start=True).fit(X, Y).fit(X, Y)

    assert rates(model)[:8] == rates(model)[8:]


def test_warm_up_comes_before_any():
    fitted = classifier(learning_rate=WarmUp("cosine", epochs=2)).fit(X, Y)

    plain = classifier(learning_rate="cosine").fit(X, Y)
    ramp = np.minimum(1, (3 * np.arange(8) + 1) / 6)
    np.testing.assert_allclose(rates(fitted), ramp * rates(plain), rtol=1e-12)


def test_a_function_is_a_schedule():
    fitted = classifier(learning_rate=lambda progress: 0.5**progress.epoch).fit(X, Y)

    np.testing.assert_allclose(rates(fitted), 0.02 * 0.5 ** np.arange(8), rtol=1e-12)


def test_a_function_that_returns_no_rate_is_named():
    with pytest.raises(ValueError, match="finite"):
        classifier(learning_rate=lambda progress: -1.0).fit(X, Y)


def test_a_class_is_no_schedule():
    with pytest.raises(ValueError, match=r"got the class Cosine; write learning_rate=Cosine\(\)"):
        classifier(learning_rate=Cosine).fit(X, Y)


def test_parameters_of_schedules_stand_in_a_grid():
    grid = {"learning_rate__schedule__final": [0.0, 1.0], "learning_rate__epochs": [0.5, 2.0]}

    search = GridSearchCV(classifier(learning_rate=WarmUp(Cosine())), grid, cv=2).fit(X, Y)

    assert len({params["learning_rate__epochs"] for params in search.cv_results_["params"]}) == 2
    assert search.best_estimator_.learning_rate.epochs in (0.5, 2.0)


# --- losses -----------------------------------------------------------------------------------


@pytest.mark.parametrize("loss", ["squared_error", "absolute_error", "huber", "quantile"])
def test_each_loss_learns(loss):
    fitted = regressor(loss=loss).fit(D, T)

    assert mean_absolute_error(T, fitted.predict(D)) < 0.6


@pytest.mark.parametrize("loss", ["poisson", "gamma"])
@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_positive_targets(loss, solver):
    target = np.exp(T / 2)

    fitted = regressor(loss=loss, solver=solver, max_iter=100, tol=1e-2).fit(D, target)

    prediction = fitted.predict(D)
    assert (prediction > 0).all()
    assert fitted.score(D, target) > 0.4
    with pytest.raises(ValueError, match=f"loss='{loss}' requires"):
        regressor(loss=loss).fit(D, -target)


def test_a_robust_loss_does_not_follow_an_outlier():
    line = np.linspace(-1, 1, 200)[:, np.newaxis]
    target = line[:, 0].copy()
    target[::20] = 50

    errors = {}
    for loss in ("squared_error", "huber", "absolute_error"):
        model = regressor(hidden_layer_sizes=(), loss=loss, max_iter=300, learning_rate_init=0.02)
        errors[loss] = np.abs(model.fit(line, target).predict(line) - line[:, 0]).mean()

    assert max(errors["huber"], errors["absolute_error"]) < 0.3 < errors["squared_error"]


@pytest.mark.slow
def test_several_quantiles_at_once():
    quantiles = [0.1, 0.5, 0.9]
    fitted = regressor(loss=QuantileLoss(quantiles), max_iter=100, early_stopping=True).fit(D, T)

    prediction = fitted.predict(D)
    assert prediction.shape == (len(D), 3)
    below = (T[:, np.newaxis] < prediction).mean(axis=0)
    np.testing.assert_allclose(below, quantiles, atol=0.1)
    scores = [
        d2_pinball_score(T, column, alpha=q)
        for column, q in zip(prediction.T, quantiles, strict=True)
    ]
    assert fitted.score(D, T) == pytest.approx(np.mean(scores), rel=1e-12)
    assert fitted.n_outputs_ == 3


def test_several_quantiles_of_several_targets_are_refused():
    with pytest.raises(ValueError, match="one column of y only"):
        regressor(loss=QuantileLoss([0.1, 0.9])).fit(D, np.column_stack([T, T]))


def test_one_quantile_is_fitted_better_by_its_loss():
    losses = {
        q: mean_pinball_loss(T, regressor(loss=QuantileLoss(q)).fit(D, T).predict(D), alpha=0.9)
        for q in (0.5, 0.9)
    }

    assert losses[0.9] < losses[0.5]


@pytest.mark.parametrize("target", ["multiclass", "binary", "multilabel"])
def test_focal_and_smoothed_classifiers(target):
    y = {"multiclass": Y, "binary": Y == 1, "multilabel": np.eye(3, dtype=int)[Y]}[target]
    plain = classifier(max_iter=150, solver="adam").fit(X, y)

    for loss in ("focal", LogLoss(label_smoothing=0.2)):
        fitted = classifier(max_iter=150, solver="adam", loss=loss).fit(X, y)
        assert fitted.score(X, y) > 0.9
        assert fitted.predict_proba(X).max() < plain.predict_proba(X).max()


def test_parameters_of_losses_stand_in_a_grid():
    grid = {"loss__delta": [0.1, 1.0]}

    search = GridSearchCV(regressor(loss=HuberLoss(), max_iter=5), grid, cv=2).fit(D, T)

    assert search.best_params_["loss__delta"] in (0.1, 1.0)


@pytest.mark.parametrize("loss", ["log_loss", "focal", "hubert"])
def test_a_loss_of_another_kind_is_named(loss):
    with pytest.raises(ValueError, match="loss"):
        regressor(loss=loss).fit(D, T)
