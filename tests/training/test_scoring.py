"""Validation data of the user's own, what is scored on them, and what is kept of each epoch."""

import numpy as np
import pandas as pd
import pytest
import sklearn
from scipy.sparse import csr_array
from sklearn.base import clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.datasets import load_diabetes, load_digits
from sklearn.metrics import accuracy_score, get_scorer, log_loss, mean_squared_error, r2_score
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skfcn import FCNClassifier, FCNRegressor
from skfcn.engine import Dense, Network
from skfcn.losses import GammaLoss, PoissonLoss, SquaredError
from skfcn.training import Data, Model, NumberTargets, Validator, held_out_split

ENDLESS = float("inf")
DIGITS, LABELS = load_digits(return_X_y=True)
X, X_VAL, Y, Y_VAL = train_test_split(DIGITS / 16, LABELS, random_state=0, stratify=LABELS)


def classifier(**params):
    common = {"max_iter": 6, "n_iter_no_change": ENDLESS, "random_state": 0}
    return FCNClassifier((16,), **{**common, **params})


# --- validation data --------------------------------------------------------------------------


def test_scores_are_those_of_the_validation_data_after_each_epoch():
    fitted = classifier().fit(X, Y, X_val=X_VAL, y_val=Y_VAL)

    for epoch in (1, 3, 6):
        shorter = classifier(max_iter=epoch).fit(X, Y)
        expected = accuracy_score(Y_VAL, shorter.predict(X_VAL))
        assert fitted.validation_scores_[epoch - 1] == pytest.approx(expected, rel=1e-12)
        loss = fitted.history_["validation_loss"][epoch - 1]
        expected = log_loss(Y_VAL, shorter.predict_proba(X_VAL))
        assert loss == pytest.approx(expected, rel=1e-9)


def test_all_rows_are_trained_on():
    fitted = classifier().fit(X, Y, X_val=X_VAL, y_val=Y_VAL)

    assert fitted.loss_curve_ == classifier().fit(X, Y).loss_curve_
    assert fitted.t_ == 6 * len(X)


def test_the_best_weights_come_back():
    fitted = classifier(learning_rate_init=0.1, max_iter=15).fit(X, Y, X_val=X_VAL, y_val=Y_VAL)

    scores = fitted.validation_scores_
    assert fitted.best_iteration_ == int(np.argmax(scores)) + 1 < 15
    assert fitted.best_validation_score_ == max(scores)
    assert fitted.score(X_VAL, Y_VAL) == pytest.approx(max(scores), rel=1e-12)


def test_the_score_decides_when_to_stop():
    options = {"n_iter_no_change": 3, "max_iter": 500, "tol": 0.01}

    fitted = classifier(**options).fit(X, Y, X_val=X_VAL, y_val=Y_VAL)

    assert fitted.n_iter_ < 100
    assert fitted.validation_scores_[-1] < max(fitted.validation_scores_) + 0.01


def test_weights_of_the_validation_data_count():
    weight = np.where(Y_VAL == 3, 100.0, 1e-9)

    fitted = classifier().fit(X, Y, X_val=X_VAL, y_val=Y_VAL, sample_weight_val=weight)

    threes = Y_VAL == 3
    assert fitted.best_validation_score_ == pytest.approx(
        fitted.score(X_VAL[threes], Y_VAL[threes]), rel=1e-6
    )


@pytest.mark.parametrize(
    "names", [np.array([f"digit {i}" for i in range(10)]), np.arange(10) - 5], ids=["str", "int"]
)
def test_labels_are_encoded_as_those_to_train_on(names):
    plain = classifier().fit(X, Y, X_val=X_VAL, y_val=Y_VAL)

    # Fewer classes than there are.
    some = Y_VAL < 4
    fitted = classifier().fit(X, names[Y], X_val=X_VAL[some], y_val=names[Y_VAL[some]])

    assert fitted.loss_curve_ == plain.loss_curve_
    assert fitted.best_validation_score_ == fitted.score(X_VAL[some], names[Y_VAL[some]])


def test_sparse_frames_bytes_and_float32():
    frame, labels = pd.DataFrame(X).add_prefix("pixel "), pd.Series(Y)
    frame_val = pd.DataFrame(X_VAL).add_prefix("pixel ")
    plain = classifier().fit(X, Y, X_val=X_VAL, y_val=Y_VAL)

    framed = classifier(scoring="accuracy").fit(frame, labels, X_val=frame_val, y_val=Y_VAL)
    sparse = classifier().fit(csr_array(X), Y, X_val=csr_array(X_VAL), y_val=Y_VAL)
    single = classifier(dtype="float32").fit(X, Y, X_val=X_VAL, y_val=Y_VAL)

    assert framed.validation_scores_ == pytest.approx(plain.validation_scores_)
    assert sparse.validation_scores_ == pytest.approx(plain.validation_scores_)
    assert single.validation_scores_ == pytest.approx(plain.validation_scores_, abs=0.01)


def test_a_regressor_with_several_outputs():
    X, y = load_diabetes(return_X_y=True)
    Y = np.column_stack([y, -y]) / 100
    regressor = FCNRegressor((8,), max_iter=5, n_iter_no_change=ENDLESS, random_state=0)

    fitted = regressor.fit(X[:300], Y[:300], X_val=X[300:], y_val=Y[300:])

    assert fitted.best_validation_score_ == pytest.approx(
        r2_score(Y[300:], fitted.predict(X[300:])), rel=1e-12
    )
    loss = fitted.history_["validation_loss"][fitted.best_iteration_ - 1]
    expected = mean_squared_error(Y[300:], fitted.predict(X[300:])) / 2
    assert loss == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"X_val": X_VAL}, "X_val and y_val must be passed together"),
        ({"y_val": Y_VAL}, "X_val and y_val must be passed together"),
        ({"sample_weight_val": Y_VAL}, "sample_weight_val needs X_val and y_val"),
        ({"X_val": X_VAL[:, :5], "y_val": Y_VAL}, "X has 5 features"),
        ({"X_val": X_VAL, "y_val": Y_VAL[:-1]}, "inconsistent numbers of samples"),
        ({"X_val": X_VAL, "y_val": Y_VAL + 1}, "has classes not in"),
        ({"X_val": X_VAL * np.nan, "y_val": Y_VAL}, "contains NaN"),
        ({"X_val": X_VAL, "y_val": Y_VAL, "sample_weight_val": -Y_VAL - 1.0}, "sample_weight"),
    ],
)
def test_wrong_validation_data_are_named_before_any_work(data, message):
    model = classifier()
    with pytest.raises(ValueError, match=message):
        model.fit(X, Y, **data)
    assert not hasattr(model, "n_features_in_")


def test_lbfgs_has_no_epochs_to_validate():
    with pytest.raises(ValueError, match="X_val needs a stochastic solver, got solver='lbfgs'"):
        classifier(solver="lbfgs").fit(X, Y, X_val=X_VAL, y_val=Y_VAL)


def test_validation_data_go_through_a_pipeline():
    with sklearn.config_context(enable_metadata_routing=True):
        network = classifier().set_fit_request(X_val=True, y_val=True)
        pipeline = make_pipeline(StandardScaler(), network, transform_input=["X_val"])
        pipeline.fit(X, Y, X_val=X_VAL, y_val=Y_VAL)

    scaler = StandardScaler().fit(X)
    expected = classifier().fit(scaler.transform(X), Y, X_val=scaler.transform(X_VAL), y_val=Y_VAL)
    assert pipeline[-1].validation_scores_ == expected.validation_scores_


def test_warm_start_goes_on_with_validation_data():
    options = {"warm_start": True, "max_iter": 3}
    whole = classifier(max_iter=3, shuffle=False).fit(X, Y, X_val=X_VAL, y_val=Y_VAL)

    parts = classifier(**options, shuffle=False).fit(X, Y, X_val=X_VAL, y_val=Y_VAL)
    assert parts.validation_scores_ == whole.validation_scores_
    parts.fit(X, Y, X_val=X_VAL, y_val=Y_VAL)

    assert len(parts.validation_scores_) == len(parts.loss_curve_) == 6
    assert parts.best_validation_score_ == max(parts.validation_scores_)


# --- scoring ----------------------------------------------------------------------------------


def test_the_loss_decides():
    fitted = classifier(scoring="loss").fit(X, Y, X_val=X_VAL, y_val=Y_VAL)

    losses = fitted.history_["validation_loss"]
    assert fitted.validation_scores_ == [-loss for loss in losses]
    assert fitted.best_validation_score_ == -min(losses)


@pytest.mark.parametrize("name", ["accuracy", "neg_log_loss", "roc_auc_ovr", "f1_macro"])
def test_a_scorer_by_name_decides(name):
    fitted = classifier(scoring=name).fit(X, Y, X_val=X_VAL, y_val=Y_VAL)

    expected = get_scorer(name)(fitted, X_VAL, Y_VAL)
    assert fitted.best_validation_score_ == pytest.approx(expected, rel=1e-9)


def test_a_function_decides_and_sees_a_fitted_estimator():
    seen = []

    def score(estimator, X, y):
        seen.append((type(estimator), X.shape, len(estimator.loss_curve_)))
        return -np.abs(estimator.predict_proba(X).max() - 0.5)

    fitted = classifier(scoring=score).fit(X, Y, X_val=X_VAL, y_val=Y_VAL)

    assert [n for *_, n in seen] == [1, 2, 3, 4, 5, 6]
    assert {(kind, shape) for kind, shape, _ in seen} == {(FCNClassifier, X_VAL.shape)}
    assert len(fitted.validation_scores_) == 6


@pytest.mark.parametrize(
    "scoring",
    [
        ["neg_log_loss", "accuracy"],
        ("neg_log_loss", "accuracy"),
        {"neg_log_loss": "neg_log_loss", "accuracy": get_scorer("accuracy")},
    ],
    ids=["list", "tuple", "dict"],
)
def test_of_several_scores_the_first_decides_and_all_are_kept(scoring):
    fitted = classifier(scoring=scoring).fit(X, Y, X_val=X_VAL, y_val=Y_VAL)

    history = fitted.history_
    assert fitted.validation_scores_ == history["validation_neg_log_loss"]
    plain = classifier().fit(X, Y, X_val=X_VAL, y_val=Y_VAL)
    assert history["validation_accuracy"] == pytest.approx(plain.validation_scores_, rel=1e-12)


def test_scoring_of_a_held_out_part_and_weights():
    weight = np.random.default_rng(0).uniform(0.5, 2, len(Y))

    by_name = classifier(early_stopping=True, scoring="accuracy").fit(X, Y, weight)

    plain = classifier(early_stopping=True).fit(X, Y, weight)
    assert by_name.validation_scores_ == pytest.approx(plain.validation_scores_, rel=1e-12)


def test_scoring_alone_validates_nothing():
    fitted = classifier(scoring="accuracy").fit(X, Y)

    assert fitted.validation_scores_ is None
    assert fitted.loss_curve_ == classifier().fit(X, Y).loss_curve_


@pytest.mark.parametrize("scoring", [None, "loss"])
@pytest.mark.parametrize("loss", [PoissonLoss(), GammaLoss(), SquaredError()])
def test_predictions_that_explode_are_no_score_and_no_warning(loss, scoring):
    network = Network([Dense(1)], 1)
    network.parameters.weights[...] = 1e308 if isinstance(loss, SquaredError) else 1
    data = Data(np.array([[1.0], [1000.0]]), np.array([[1.0], [2.0]]), None, [1.0, 2.0])
    targets = NumberTargets(1)  # whose score would raise ValueError
    model = Model(network, loss, targets)

    values = Validator(model, data, None, scoring, FCNRegressor())()

    assert np.isnan(values["validation_score"])
    assert not np.isfinite(values["validation_loss"]) or isinstance(loss, GammaLoss)


def test_scoring_stands_in_a_grid():
    search = GridSearchCV(
        classifier(early_stopping=True, max_iter=3), {"scoring": ["loss", "accuracy"]}, cv=2
    )

    search.fit(X, Y)

    assert len(search.cv_results_["params"]) == 2


@pytest.mark.parametrize("scoring", ["acuracy", 3, b"loss"])
def test_a_wrong_score_is_named(scoring):
    with pytest.raises(ValueError, match="scoring"):
        classifier(scoring=scoring).fit(X, Y)


# --- history ----------------------------------------------------------------------------------


def test_history_goes_into_a_data_frame():
    fitted = classifier(early_stopping=True, learning_rate="invscaling").fit(X, Y)

    frame = pd.DataFrame(fitted.history_)

    assert list(frame) == [
        "epoch",
        "loss",
        "learning_rate",
        "gradient_norm",
        "validation_loss",
        "validation_score",
        "seconds",
    ]
    assert list(frame["epoch"]) == [1, 2, 3, 4, 5, 6]
    assert list(frame["loss"]) == fitted.loss_curve_
    assert list(frame["validation_score"]) == fitted.validation_scores_
    assert frame["learning_rate"].is_monotonic_decreasing
    assert (frame[["gradient_norm", "seconds"]] > 0).all(axis=None)
    assert not frame.isna().any(axis=None)


def test_gradient_norm_is_that_of_the_last_step():
    fitted = classifier(batch_size=len(X), max_iter=2, solver="sgd", momentum=0.0).fit(X, Y)

    before = classifier(batch_size=len(X), max_iter=1, solver="sgd", momentum=0.0).fit(X, Y)
    step = fitted._parameters.vector - before._parameters.vector
    assert fitted.history_["gradient_norm"][1] == pytest.approx(
        np.linalg.norm(step) / 0.001, rel=1e-6
    )


def test_what_was_not_known_is_nan():
    model = classifier(max_iter=2, warm_start=True).fit(X, Y)
    model.fit(X, Y, X_val=X_VAL, y_val=Y_VAL)
    model.set_params(early_stopping=False).fit(X, Y)

    history = model.history_
    assert {len(column) for column in history.values()} == {6}
    np.testing.assert_array_equal(
        np.isnan(history["validation_loss"]), [True, True, False, False, True, True]
    )


def test_lbfgs_and_converted_models_have_a_history():
    fitted = classifier(solver="lbfgs", alpha=10.0, tol=0.01, max_iter=1000).fit(X, Y)
    assert fitted.history_["loss"] == fitted.loss_curve_
    assert fitted.best_iteration_ == len(fitted.loss_curve_)

    weights = FCNClassifier.from_weights(fitted.coefs_, fitted.intercepts_)
    assert weights.history_ == {"epoch": [], "loss": []}


def test_fitting_again_begins_a_new_history():
    model = clone(classifier()).fit(X, Y)

    assert model.fit(X, Y).history_["epoch"] == [1, 2, 3, 4, 5, 6]


# --- what the guide says of it -----------------------------------------------------------------


def test_rows_are_held_out_at_random_without_shuffling_too():
    seen = []

    def split(*arguments):
        seen.append(held_out_split(*arguments))
        return seen[-1]

    for shuffle in (True, False):
        model = classifier(early_stopping=True, shuffle=shuffle, max_iter=1)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("skfcn.training.fit.held_out_split", split)
            model.fit(X, Y)
    for (train, held_out), (other, _) in zip(seen, seen[::-1], strict=True):
        np.testing.assert_array_equal(train, other)
        assert held_out.min() < len(X) // 2 < held_out.max()


@pytest.mark.parametrize("scaled", [False, True])
def test_transformed_targets_leave_those_of_validation_as_they_are(scaled):
    target, target_val = 100 + 50 * X[:, 20], 100 + 50 * X_VAL[:, 20]
    scaler = StandardScaler().fit(target.reshape(-1, 1))
    if scaled:
        target_val = scaler.transform(target_val.reshape(-1, 1)).ravel()
    network = FCNRegressor((16,), max_iter=9, n_iter_no_change=ENDLESS, random_state=0)
    model = TransformedTargetRegressor(network, transformer=scaler)
    model.fit(X, target, X_val=X_VAL, y_val=target_val)
    assert (model.regressor_.best_validation_score_ > 0.3) == scaled
