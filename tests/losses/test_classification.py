"""Losses on probabilities: values against SciPy and scikit-learn, links, huge raw outputs."""

import re

import numpy as np
import pytest
from scipy.special import expit, log_expit, log_softmax, softmax
from sklearn.metrics import brier_score_loss, log_loss

from skfcn._sklearn import same_component
from skfcn.losses import (
    LOSSES,
    BinaryBrierLoss,
    BinaryFocalLoss,
    BinaryLogLoss,
    BrierLoss,
    FocalLoss,
    LogLoss,
    Loss,
    SquaredError,
)

DTYPES = [np.float32, np.float64]
TARGETS = ["binary", "multiclass", "multilabel-indicator"]
SOFTMAX = [LogLoss(), LogLoss(label_smoothing=0.1), FocalLoss(), BrierLoss()]
LOGISTIC = [BinaryLogLoss(), BinaryFocalLoss(), BinaryBrierLoss()]
PROBABILISTIC = SOFTMAX + LOGISTIC


# --- which form for which target --------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "target", "form"),
    [
        ("log_loss", "binary", BinaryLogLoss),
        ("log_loss", "multiclass", LogLoss),
        ("log_loss", "multilabel-indicator", BinaryLogLoss),
        ("focal", "binary", BinaryFocalLoss),
        ("focal", "multiclass", FocalLoss),
        ("focal", "multilabel-indicator", BinaryFocalLoss),
        ("squared_error", "binary", BinaryBrierLoss),
        ("squared_error", "multiclass", BrierLoss),
        ("squared_error", "multilabel-indicator", BinaryBrierLoss),
        ("squared_error", "continuous", SquaredError),
        ("squared_error", "continuous-multioutput", SquaredError),
    ],
)
def test_form_for_a_target(name, target, form):
    assert type(LOSSES[name]().for_target(target)) is form


@pytest.mark.parametrize(
    ("loss", "binary"),
    [
        (LogLoss(label_smoothing=0.1), BinaryLogLoss(label_smoothing=0.1)),
        (FocalLoss(gamma=0.5), BinaryFocalLoss(gamma=0.5)),
        (BrierLoss(), BinaryBrierLoss()),
    ],
    ids=repr,
)
def test_the_form_for_a_target_has_the_parameters(loss, binary):
    assert same_component(loss.for_target("binary"), binary)
    assert same_component(loss.for_target("multilabel-indicator"), binary)
    assert same_component(loss.for_target("multiclass"), loss)


@pytest.mark.parametrize("loss", PROBABILISTIC, ids=repr)
def test_targets_that_are_no_probabilities_are_refused(loss):
    for y in ([0, 1], [0.25, 0.75], [False, True]):
        loss.check_target(np.array([y]))

    for y, got in [
        ([-0.1, 1], "-0.1 to 1.0"),
        ([0, 1.5], "0.0 to 1.5"),
        ([0.5, np.nan], "nan to nan"),
    ]:
        message = re.escape(f"loss={loss!r} requires y between 0 and 1, got {got}.")
        with pytest.raises(ValueError, match=f"^{message}$"):
            loss.check_target(np.array([y]))


# --- values -----------------------------------------------------------------------------------


def test_log_loss_is_that_of_scikit_learn(make_data, value):
    y, raw = make_data("multiclass")
    weight = np.random.default_rng(1).random(len(y))

    mean = np.average(value(LogLoss(), y, raw), weights=weight)

    expected = log_loss(y.argmax(axis=1), softmax(raw, axis=1), sample_weight=weight)
    assert mean == pytest.approx(expected, rel=1e-14)


def test_binary_log_loss_is_that_of_scikit_learn(make_data, value):
    y, raw = make_data("binary")
    weight = np.random.default_rng(1).random(len(y))

    mean = np.average(value(BinaryLogLoss(), y, raw), weights=weight)

    expected = log_loss(y[:, 0], expit(raw[:, 0]), sample_weight=weight)
    assert mean == pytest.approx(expected, rel=1e-14)


def test_smoothed_log_loss_is_scikit_learns_with_a_part_of_each_label(make_data, value):
    y, raw = make_data("multiclass")
    part = 0.7 * y + 0.1
    labels, probability = np.tile(np.arange(3), len(y)), softmax(raw, axis=1).repeat(3, axis=0)

    mean = value(LogLoss(label_smoothing=0.3), y, raw).mean()

    expected = log_loss(labels, probability, sample_weight=part.ravel())
    assert mean == pytest.approx(expected, rel=1e-14)


def test_binary_brier_loss_is_half_of_scikit_learns(make_data, value):
    y, raw = make_data("binary")

    expected = brier_score_loss(y[:, 0], expit(raw[:, 0])) / 2

    assert value(BinaryBrierLoss(), y, raw).mean() == pytest.approx(expected, rel=1e-14)


def focal(p, log_p, gamma):
    return -((1 - p) ** gamma) * log_p


@pytest.mark.parametrize(
    ("loss", "target", "formula"),
    [
        (LogLoss(), "multiclass", lambda y, r: -y * log_softmax(r, axis=1)),
        (LogLoss(0.3), "multiclass", lambda y, r: -(0.7 * y + 0.1) * log_softmax(r, axis=1)),
        (
            FocalLoss(),
            "multiclass",
            lambda y, r: y * focal(softmax(r, axis=1), log_softmax(r, axis=1), 2),
        ),
        (
            FocalLoss(0.5),
            "multiclass",
            lambda y, r: y * focal(softmax(r, axis=1), log_softmax(r, axis=1), 0.5),
        ),
        (BrierLoss(), "multiclass", lambda y, r: (softmax(r, axis=1) - y) ** 2 / 2),
        (
            BinaryLogLoss(),
            "multilabel-indicator",
            lambda y, r: -(y * log_expit(r) + (1 - y) * log_expit(-r)),
        ),
        (
            BinaryLogLoss(0.2),
            "multilabel-indicator",
            lambda y, r: -((0.8 * y + 0.1) * log_expit(r) + (0.9 - 0.8 * y) * log_expit(-r)),
        ),
        (
            BinaryFocalLoss(3),
            "multilabel-indicator",
            lambda y, r: focal(expit((2 * y - 1) * r), log_expit((2 * y - 1) * r), 3),
        ),
        (BinaryBrierLoss(), "multilabel-indicator", lambda y, r: (expit(r) - y) ** 2 / 2),
    ],
    ids=lambda value: repr(value) if isinstance(value, Loss) else "",
)
def test_value_of_each_sample_equals_the_formula(loss, target, formula, make_data, value):
    y, raw = make_data(target)

    # log(1 + exp(raw)) - y raw cancels where raw is large: eps times |raw| < 12.
    expected = formula(y, raw).sum(axis=1)
    np.testing.assert_allclose(value(loss, y, raw), expected, rtol=1e-13, atol=1e-14)


@pytest.mark.parametrize(
    ("binary", "multiclass"),
    [
        (BinaryLogLoss(), LogLoss()),
        (BinaryLogLoss(0.2), LogLoss(0.2)),
        (BinaryFocalLoss(), FocalLoss()),
        (BinaryFocalLoss(0.5), FocalLoss(0.5)),
    ],
    ids=repr,
)
def test_two_classes_give_the_same_loss_in_either_form(
    binary, multiclass, make_data, value, gradient
):
    y, raw = make_data("binary")
    both = np.hstack([1 - y, y]), np.hstack([np.zeros_like(raw), raw])
    accuracy = {"rtol": 1e-13, "atol": 1e-14}

    np.testing.assert_allclose(value(binary, y, raw), value(multiclass, *both), **accuracy)
    np.testing.assert_allclose(
        gradient(binary, y, raw)[:, 0], gradient(multiclass, *both)[:, 1], **accuracy
    )


# --- label smoothing --------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("target", TARGETS)
def test_smoothing_that_vanishes_changes_no_bit(target, dtype, make_data, value, gradient):
    y, raw = make_data(target, n_samples=500, dtype=dtype)
    plain = LogLoss().for_target(target)
    vanishing = LogLoss(label_smoothing=1e-40).for_target(target)

    np.testing.assert_array_equal(value(vanishing, y, raw), value(plain, y, raw))
    np.testing.assert_array_equal(gradient(vanishing, y, raw), gradient(plain, y, raw))


@pytest.mark.parametrize("target", TARGETS)
def test_smoothing_mixes_in_the_mean_over_all_labels(target, make_data, value):
    y, raw = make_data(target)
    plain, smoothed = (LogLoss(part).for_target(target) for part in (0, 0.25))
    labels = np.eye(3) if target == "multiclass" else np.array([[0.0], [1.0]])
    each = [value(plain, np.broadcast_to(label, y.shape), raw) for label in labels]

    expected = 0.75 * value(plain, y, raw) + 0.25 * np.mean(each, axis=0)

    np.testing.assert_allclose(value(smoothed, y, raw), expected, rtol=1e-13)


# --- focal loss -------------------------------------------------------------------------------


@pytest.mark.parametrize("target", TARGETS)
def test_focal_loss_without_focus_is_log_loss(target, make_data, value, gradient):
    y, raw = make_data(target)
    focused, plain = FocalLoss(gamma=0).for_target(target), LogLoss().for_target(target)

    # Raw outputs of up to 12, and differences of theirs, are rounded at different places.
    np.testing.assert_allclose(
        value(focused, y, raw), value(plain, y, raw), rtol=1e-13, atol=1e-14
    )
    np.testing.assert_allclose(
        gradient(focused, y, raw), gradient(plain, y, raw), rtol=1e-13, atol=1e-15
    )


@pytest.mark.parametrize("margin", [40, 100])
@pytest.mark.parametrize("others", [[], [0], [0, -9e9]], ids=["binary", "two", "three"])
def test_focal_loss_has_its_digits_where_the_probability_rounds_to_one(
    others, margin, value, gradient
):
    loss = FocalLoss() if others else BinaryFocalLoss()
    y, raw = np.eye(1, 1 + len(others)), np.array([[margin, *others]], dtype=float)

    # 1 - p and -log p are exp(-margin), but for terms of its square.
    cube = np.exp(-3 * margin)
    assert value(loss, y, raw)[0] == pytest.approx(cube, rel=1e-13, abs=0)
    assert gradient(loss, y, raw)[0, 0] == pytest.approx(-3 * cube, rel=1e-13, abs=0)


# --- gradients --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("loss", "target", "inverse_link"),
    [
        (LogLoss(), "multiclass", lambda raw: softmax(raw, axis=1)),
        (BinaryLogLoss(), "multilabel-indicator", expit),
    ],
    ids=["log loss", "binary log loss"],
)
def test_gradient_of_a_canonical_link_is_prediction_minus_target(
    loss, target, inverse_link, make_data, gradient
):
    y, raw = make_data(target)

    np.testing.assert_allclose(
        gradient(loss, y, raw), inverse_link(raw) - y, rtol=1e-14, atol=2e-16
    )


@pytest.mark.parametrize("loss", SOFTMAX, ids=repr)
def test_shifting_a_row_changes_nothing(loss, make_data, value, gradient):
    y, raw = make_data("multiclass")
    shift = np.random.default_rng(1).normal(0, 100, (len(y), 1))

    # The shift itself rounds raw by eps times 300.
    np.testing.assert_allclose(value(loss, y, raw + shift), value(loss, y, raw), atol=2e-13)
    np.testing.assert_allclose(gradient(loss, y, raw + shift), gradient(loss, y, raw), atol=2e-13)


@pytest.mark.parametrize("loss", SOFTMAX, ids=repr)
def test_gradients_of_a_softmax_sum_to_zero(loss, make_data, gradient):
    y, raw = make_data("multiclass")

    np.testing.assert_allclose(gradient(loss, y, raw).sum(axis=1), 0, atol=5e-16)


# --- links ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("loss", "name"),
    [(loss, "softmax") for loss in SOFTMAX] + [(loss, "logistic") for loss in LOGISTIC],
    ids=repr,
)
def test_out_activation_has_scikit_learns_name(loss, name):
    assert loss.out_activation == name


@pytest.mark.parametrize(
    ("loss", "inverse_link"),
    [(loss, lambda raw: np.exp(raw) / np.exp(raw).sum(axis=1, keepdims=True)) for loss in SOFTMAX]
    + [(loss, lambda raw: 1 / (1 + np.exp(-raw))) for loss in LOGISTIC],
    ids=lambda value: repr(value) if isinstance(value, Loss) else "",
)
def test_inverse_link_equals_the_textbooks(loss, inverse_link, make_data):
    _, raw = make_data("multilabel-indicator")
    before = raw.copy()

    np.testing.assert_allclose(loss.inverse_link(raw), inverse_link(raw), rtol=1e-14)
    np.testing.assert_array_equal(raw, before)


@pytest.mark.parametrize("loss", SOFTMAX, ids=repr)
@pytest.mark.parametrize("scale", [1, 1e4, 1e300])
def test_softmax_probabilities_sum_to_one(loss, scale, make_data):
    _, raw = make_data("multiclass", scale=scale)

    probability = loss.inverse_link(raw)

    assert ((probability >= 0) & (probability <= 1)).all()
    np.testing.assert_allclose(probability.sum(axis=1), 1, rtol=4e-16)


@pytest.mark.parametrize("loss", LOGISTIC, ids=repr)
def test_the_other_class_has_the_other_sign(loss, make_data):
    _, raw = make_data("binary")

    np.testing.assert_allclose(loss.inverse_link(-raw), 1 - loss.inverse_link(raw), atol=2e-16)


@pytest.mark.parametrize("loss", PROBABILISTIC, ids=repr)
def test_log_inverse_link_is_the_logarithm_of_the_inverse_link(loss, make_data):
    _, raw = make_data("multilabel-indicator")

    # Where p is near 1, log(p) carries p's rounding of eps.
    np.testing.assert_allclose(
        loss.log_inverse_link(raw), np.log(loss.inverse_link(raw)), rtol=1e-14, atol=5e-16
    )


@pytest.mark.parametrize("loss", PROBABILISTIC, ids=repr)
@pytest.mark.parametrize("dtype", DTYPES)
def test_no_probability_is_zero_or_one_and_no_logarithm_infinite(loss, dtype):
    raw = np.array([[-1e4, 1e4, -1e4], [0, -1e30, 1e30]], dtype=dtype)
    limits = np.finfo(dtype)

    probability = loss.inverse_link(raw)
    log_probability = loss.log_inverse_link(raw)

    assert probability.min() == limits.tiny
    assert probability.max() == 1 - limits.epsneg
    np.testing.assert_allclose(log_probability.min(), np.log(limits.tiny))
    # They agree on the order, ties included.
    np.testing.assert_array_equal(log_probability.argsort(), probability.argsort())


# --- stability --------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    ("loss", "y", "raw", "limit"),
    [
        (LogLoss(), [0, 1, 0], [1e4, -1e4, 0], 2e4),
        (LogLoss(), [1, 0, 0], [1e4, -1e4, 0], 0),
        (LogLoss(), [1, 0], [-1e4, -1e4], np.log(2)),
        (LogLoss(0.5), [1, 0], [1e4, -1e4], 0.5e4),
        (LogLoss(0.5), [0, 1], [1e4, -1e4], 1.5e4),
        (FocalLoss(), [0, 1, 0], [1e4, -1e4, 0], 2e4),
        (FocalLoss(), [1, 0, 0], [1e4, -1e4, 0], 0),
        (FocalLoss(), [1, 0], [-1e4, -1e4], np.log(2) / 4),
        (FocalLoss(0.5), [1, 0, 0], [1e4, -1e4, 0], 0),
        (FocalLoss(0), [1, 0, 0], [-1e30, 1e30, 0], 2e30),
        (BrierLoss(), [0, 1, 0], [1e4, -1e4, 0], 1),
        (BrierLoss(), [1, 0, 0], [1e4, -1e4, 0], 0),
        (BrierLoss(), [1, 0], [-1e4, -1e4], 0.25),
        (BinaryLogLoss(), [0], [1e4], 1e4),
        (BinaryLogLoss(), [1], [1e4], 0),
        (BinaryLogLoss(), [1], [-1e4], 1e4),
        (BinaryLogLoss(), [0], [-1e4], 0),
        (BinaryLogLoss(), [1, 0, 1], [-1e4, 1e4, 1e4], 2e4),
        (BinaryLogLoss(0.5), [1], [1e4], 0.25e4),
        (BinaryLogLoss(0.5), [1], [-1e4], 0.75e4),
        (BinaryFocalLoss(), [0], [1e30], 1e30),
        (BinaryFocalLoss(), [1], [1e30], 0),
        (BinaryFocalLoss(0), [1], [1e4], 0),
        (BinaryFocalLoss(0.5), [1, 0, 1], [-1e4, 1e4, 1e4], 2e4),
        (BinaryBrierLoss(), [0], [1e4], 0.5),
        (BinaryBrierLoss(), [1], [1e4], 0),
        (BinaryBrierLoss(), [1, 0, 1], [-1e4, 1e4, 1e4], 1),
    ],
)
def test_huge_raw_outputs_reach_the_limit_without_a_warning(loss, y, raw, limit, dtype, evaluate):
    y, raw = np.array([y], dtype=dtype), np.array([raw], dtype=dtype)

    with np.errstate(over="raise", invalid="raise", divide="raise"):
        losses = evaluate(loss, y, raw)

    np.testing.assert_allclose(losses, limit, rtol=np.finfo(dtype).eps, atol=0)
    assert (abs(raw) <= 1).all()  # holds for no NaN


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("loss", LOGISTIC, ids=repr)
def test_many_confident_and_right_labels_never_have_a_negative_loss(loss, dtype, value):
    raw = np.random.default_rng(0).normal(0, 30, (5000, 5)).astype(dtype)

    assert (value(loss, (raw > 0).astype(dtype), raw) >= 0).all()
