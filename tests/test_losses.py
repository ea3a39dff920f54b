"""Losses: values against SciPy and scikit-learn, links, and huge raw outputs.

Their gradients are held against finite differences in `test_gradients`.
"""

import numpy as np
import pytest
from scipy.special import expit, kl_div, log_expit, log_softmax, softmax
from sklearn.metrics import brier_score_loss, log_loss, mean_poisson_deviance, mean_squared_error

from skfcn.engine import Workspace
from skfcn.losses import (
    LOSSES,
    BinaryBrierLoss,
    BinaryLogLoss,
    BrierLoss,
    LogLoss,
    Loss,
    PoissonLoss,
    SquaredError,
)

DTYPES = [np.float32, np.float64]
TARGETS = ["binary", "multiclass", "multilabel-indicator", "continuous"]
SPECIAL_TARGETS = {"poisson": ["counts"]}
FORMS = {
    f"{name} {target}": (make().for_target(target), target)
    for name, make in LOSSES.items()
    for target in SPECIAL_TARGETS.get(name, TARGETS)
}
CLASS_FORMS = {
    name: form for name, form in FORMS.items() if form[1] not in ("continuous", "counts")
}
SOFTMAX = [LogLoss(), BrierLoss()]
LOGISTIC = [BinaryLogLoss(), BinaryBrierLoss()]
PROBABILISTIC = SOFTMAX + LOGISTIC


def of(loss):
    return type(loss).__name__


def make_data(target, n_samples=50, dtype=np.float64, scale=3.0):
    """Encoded targets of a kind, and raw outputs."""
    rng = np.random.default_rng(0)
    if target == "binary":
        y = rng.integers(0, 2, (n_samples, 1))
    elif target == "multiclass":
        y = np.eye(3)[rng.permutation(np.arange(n_samples) % 3)]
    elif target == "multilabel-indicator":
        y = rng.integers(0, 2, (n_samples, 3))
    elif target == "counts":
        y = rng.poisson(2, (n_samples, 2))
    else:
        y = rng.standard_normal((n_samples, 2))
    return y.astype(dtype), rng.normal(0, scale, y.shape).astype(dtype)


def evaluate(loss, y, raw):
    """The losses; their gradient is left in `raw`. No buffer is read before it is written."""
    losses = np.full(len(y), np.nan, dtype=raw.dtype)
    scratch = np.full((2, *raw.shape), np.nan, dtype=raw.dtype)
    assert loss.loss_gradient(y, raw, losses, scratch) is None
    return losses


def value(loss, y, raw):
    return evaluate(loss, y, raw.copy())


def gradient(loss, y, raw):
    raw = raw.copy()
    evaluate(loss, y, raw)
    return raw


# --- which form for which target --------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "target", "form"),
    [
        ("log_loss", "binary", BinaryLogLoss),
        ("log_loss", "multiclass", LogLoss),
        ("log_loss", "multilabel-indicator", BinaryLogLoss),
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
    ("loss", "name"),
    [
        (LogLoss(), "softmax"),
        (BrierLoss(), "softmax"),
        (BinaryLogLoss(), "logistic"),
        (BinaryBrierLoss(), "logistic"),
        (SquaredError(), "identity"),
    ],
    ids=of,
)
def test_out_activation_has_scikit_learns_name(loss, name):
    assert loss.out_activation == name


# --- values -----------------------------------------------------------------------------------


def test_log_loss_is_that_of_scikit_learn():
    y, raw = make_data("multiclass")
    weight = np.random.default_rng(1).random(len(y))

    mean = np.average(value(LogLoss(), y, raw), weights=weight)

    expected = log_loss(y.argmax(axis=1), softmax(raw, axis=1), sample_weight=weight)
    assert mean == pytest.approx(expected, rel=1e-14)


def test_binary_log_loss_is_that_of_scikit_learn():
    y, raw = make_data("binary")
    weight = np.random.default_rng(1).random(len(y))

    mean = np.average(value(BinaryLogLoss(), y, raw), weights=weight)

    expected = log_loss(y[:, 0], expit(raw[:, 0]), sample_weight=weight)
    assert mean == pytest.approx(expected, rel=1e-14)


def test_squared_error_is_half_of_scikit_learns_summed_over_the_outputs():
    y, raw = make_data("continuous")

    each_output = mean_squared_error(y, raw, multioutput="raw_values")

    assert value(SquaredError(), y, raw).mean() == pytest.approx(each_output.sum() / 2, rel=1e-14)


def test_binary_brier_loss_is_half_of_scikit_learns():
    y, raw = make_data("binary")

    expected = brier_score_loss(y[:, 0], expit(raw[:, 0])) / 2

    assert value(BinaryBrierLoss(), y, raw).mean() == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize(
    ("loss", "target", "formula"),
    [
        (LogLoss(), "multiclass", lambda y, r: -(y * log_softmax(r, axis=1)).sum(axis=1)),
        (BrierLoss(), "multiclass", lambda y, r: ((softmax(r, axis=1) - y) ** 2).sum(axis=1) / 2),
        (
            BinaryLogLoss(),
            "multilabel-indicator",
            lambda y, r: -(y * log_expit(r) + (1 - y) * log_expit(-r)).sum(axis=1),
        ),
        (
            BinaryBrierLoss(),
            "multilabel-indicator",
            lambda y, r: ((expit(r) - y) ** 2).sum(axis=1) / 2,
        ),
        (SquaredError(), "continuous", lambda y, r: ((r - y) ** 2).sum(axis=1) / 2),
        (PoissonLoss(), "counts", lambda y, r: (kl_div(y, np.exp(r))).sum(axis=1)),
    ],
    ids=["log loss", "brier", "binary log loss", "binary brier", "squared error", "poisson"],
)
def test_value_of_each_sample_equals_the_formula(loss, target, formula):
    y, raw = make_data(target)

    # log(1 + exp(raw)) - y raw cancels where raw is large: eps times |raw| < 12.
    np.testing.assert_allclose(value(loss, y, raw), formula(y, raw), rtol=1e-13, atol=1e-14)


def test_two_classes_give_the_same_log_loss_in_either_form():
    y, raw = make_data("binary")
    both = np.hstack([1 - y, y]), np.hstack([np.zeros_like(raw), raw])

    np.testing.assert_allclose(
        value(BinaryLogLoss(), y, raw), value(LogLoss(), *both), rtol=1e-13, atol=1e-14
    )


# --- gradients --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("loss", "target", "inverse_link"),
    [
        (LogLoss(), "multiclass", lambda raw: softmax(raw, axis=1)),
        (BinaryLogLoss(), "multilabel-indicator", expit),
        (SquaredError(), "continuous", lambda raw: raw),
        (PoissonLoss(), "counts", np.exp),
    ],
    ids=["log loss", "binary log loss", "squared error", "poisson"],
)
def test_gradient_of_a_canonical_link_is_prediction_minus_target(loss, target, inverse_link):
    y, raw = make_data(target)

    np.testing.assert_allclose(
        gradient(loss, y, raw), inverse_link(raw) - y, rtol=1e-14, atol=2e-16
    )


@pytest.mark.parametrize("name", FORMS)
def test_gradient_of_each_output_equals_finite_differences(name):
    loss, target = FORMS[name]
    y, raw = make_data(target)
    step = 1e-5
    numeric = np.empty_like(raw)
    for j in range(raw.shape[1]):
        e = step * np.eye(raw.shape[1])[j]
        numeric[:, j] = (value(loss, y, raw + e) - value(loss, y, raw - e)) / (2 * step)

    # Half an eps of a loss of up to 50, divided by the step.
    np.testing.assert_allclose(gradient(loss, y, raw), numeric, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", FORMS)
def test_the_target_is_read_only(name):
    loss, target = FORMS[name]
    y, raw = make_data(target)
    before = y.copy()
    y.flags.writeable = False

    evaluate(loss, y, raw)

    np.testing.assert_array_equal(y, before)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("n_samples", [1, 2, 31])
@pytest.mark.parametrize("name", FORMS)
def test_buffers_may_be_the_first_rows_of_larger_ones(name, n_samples, dtype):
    loss, target = FORMS[name]
    y, raw = make_data(target, n_samples, dtype)
    whole = Workspace((1, y.shape[1]), [], n_samples + 3, dtype)
    whole.losses[...] = whole.scratch[...] = np.nan
    cut = whole.rows(n_samples)
    cut.pre_activations[-1][...] = raw

    loss.loss_gradient(y, cut.pre_activations[-1], cut.losses, cut.scratch)

    np.testing.assert_array_equal(cut.losses, value(loss, y, raw))
    np.testing.assert_array_equal(cut.pre_activations[-1], gradient(loss, y, raw))
    assert np.isnan(whole.losses[n_samples:]).all()
    assert np.isnan(whole.scratch[:, n_samples:]).all()


@pytest.mark.parametrize("name", FORMS)
def test_samples_do_not_see_each_other(name):
    loss, target = FORMS[name]
    y, raw = make_data(target)

    alone = [value(loss, y[[i]], raw[[i]])[0] for i in range(len(y))]

    np.testing.assert_allclose(value(loss, y, raw), alone, rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("loss", SOFTMAX, ids=of)
def test_shifting_a_row_changes_nothing(loss):
    y, raw = make_data("multiclass")
    shift = np.random.default_rng(1).normal(0, 100, (len(y), 1))

    # The shift itself rounds raw by eps times 300.
    np.testing.assert_allclose(value(loss, y, raw + shift), value(loss, y, raw), atol=2e-13)
    np.testing.assert_allclose(gradient(loss, y, raw + shift), gradient(loss, y, raw), atol=2e-13)


@pytest.mark.parametrize("loss", SOFTMAX, ids=of)
def test_gradients_of_a_softmax_sum_to_zero(loss):
    y, raw = make_data("multiclass")

    np.testing.assert_allclose(gradient(loss, y, raw).sum(axis=1), 0, atol=5e-16)


# --- links ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("loss", "inverse_link"),
    [(loss, lambda raw: np.exp(raw) / np.exp(raw).sum(axis=1, keepdims=True)) for loss in SOFTMAX]
    + [(loss, lambda raw: 1 / (1 + np.exp(-raw))) for loss in LOGISTIC]
    + [(SquaredError(), lambda raw: raw)],
    ids=lambda value: of(value) if isinstance(value, Loss) else "",
)
def test_inverse_link_equals_the_textbooks(loss, inverse_link):
    _, raw = make_data("multilabel-indicator")
    before = raw.copy()

    np.testing.assert_allclose(loss.inverse_link(raw), inverse_link(raw), rtol=1e-14)
    np.testing.assert_array_equal(raw, before)


@pytest.mark.parametrize("loss", SOFTMAX, ids=of)
@pytest.mark.parametrize("scale", [1, 1e4, 1e300])
def test_softmax_probabilities_sum_to_one(loss, scale):
    _, raw = make_data("multiclass", scale=scale)

    probability = loss.inverse_link(raw)

    assert ((probability >= 0) & (probability <= 1)).all()
    np.testing.assert_allclose(probability.sum(axis=1), 1, rtol=4e-16)


@pytest.mark.parametrize("loss", LOGISTIC, ids=of)
def test_the_other_class_has_the_other_sign(loss):
    _, raw = make_data("binary")

    np.testing.assert_allclose(loss.inverse_link(-raw), 1 - loss.inverse_link(raw), atol=2e-16)


@pytest.mark.parametrize("loss", PROBABILISTIC, ids=of)
def test_log_inverse_link_is_the_logarithm_of_the_inverse_link(loss):
    _, raw = make_data("multilabel-indicator")

    # Where p is near 1, log(p) carries p's rounding of eps.
    np.testing.assert_allclose(
        loss.log_inverse_link(raw), np.log(loss.inverse_link(raw)), rtol=1e-14, atol=5e-16
    )


@pytest.mark.parametrize("loss", PROBABILISTIC, ids=of)
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


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_loss_of_ones_own_has_a_finite_logarithm(dtype):
    class Mine(Loss):
        def inverse_link(self, raw):
            return expit(raw)

    raw = np.array([[-1e4, -1.0, 1e4]], dtype=dtype)

    log_probability = Mine().log_inverse_link(raw)

    np.testing.assert_allclose(
        log_probability,
        [[np.log(np.finfo(dtype).tiny), np.log(expit(-1)), 0]],
        rtol=2 * np.finfo(dtype).eps,
    )


# --- stability --------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    ("loss", "y", "raw", "limit"),
    [
        (LogLoss(), [0, 1, 0], [1e4, -1e4, 0], 2e4),
        (LogLoss(), [1, 0, 0], [1e4, -1e4, 0], 0),
        (LogLoss(), [1, 0], [-1e4, -1e4], np.log(2)),
        (BrierLoss(), [0, 1, 0], [1e4, -1e4, 0], 1),
        (BrierLoss(), [1, 0, 0], [1e4, -1e4, 0], 0),
        (BrierLoss(), [1, 0], [-1e4, -1e4], 0.25),
        (BinaryLogLoss(), [0], [1e4], 1e4),
        (BinaryLogLoss(), [1], [1e4], 0),
        (BinaryLogLoss(), [1], [-1e4], 1e4),
        (BinaryLogLoss(), [0], [-1e4], 0),
        (BinaryLogLoss(), [1, 0, 1], [-1e4, 1e4, 1e4], 2e4),
        (BinaryBrierLoss(), [0], [1e4], 0.5),
        (BinaryBrierLoss(), [1], [1e4], 0),
        (BinaryBrierLoss(), [1, 0, 1], [-1e4, 1e4, 1e4], 1),
    ],
)
def test_huge_raw_outputs_reach_the_limit_without_a_warning(loss, y, raw, limit, dtype):
    y, raw = np.array([y], dtype=dtype), np.array([raw], dtype=dtype)

    with np.errstate(over="raise", invalid="raise", divide="raise"):
        losses = evaluate(loss, y, raw)

    np.testing.assert_allclose(losses, limit, rtol=np.finfo(dtype).eps, atol=0)
    assert (abs(raw) <= 1).all()  # holds for no NaN


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", CLASS_FORMS)
def test_huge_raw_outputs_give_finite_losses_and_bounded_gradients(name, dtype):
    loss, target = CLASS_FORMS[name]
    y, raw = make_data(target, dtype=dtype, scale=1e4)

    with np.errstate(over="raise", invalid="raise", divide="raise"):
        losses = evaluate(loss, y, raw)

    assert np.isfinite(losses).all()
    assert (losses >= 0).all()
    assert (abs(raw) <= 1).all()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("loss", LOGISTIC, ids=of)
def test_many_confident_and_right_labels_never_have_a_negative_loss(loss, dtype):
    raw = np.random.default_rng(0).normal(0, 30, (5000, 5)).astype(dtype)

    assert (value(loss, (raw > 0).astype(dtype), raw) >= 0).all()


# --- dtype ------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", FORMS)
def test_dtype_and_shapes_are_kept(name, dtype):
    loss, target = FORMS[name]
    y, raw = make_data(target, dtype=dtype)

    prediction, log_prediction = loss.inverse_link(raw), None
    if loss.out_activation != "identity":
        log_prediction = loss.log_inverse_link(raw)
    losses = evaluate(loss, y, raw)

    assert prediction.shape == raw.shape
    assert losses.shape == (len(y),)
    assert losses.dtype == raw.dtype == prediction.dtype == dtype
    assert log_prediction is None or log_prediction.dtype == dtype


@pytest.mark.parametrize("name", FORMS)
def test_float32_agrees_with_float64(name):
    loss, target = FORMS[name]
    y, raw = make_data(target, dtype=np.float32)
    double = y.astype(np.float64), raw.astype(np.float64)
    eps = np.finfo(np.float32).eps

    # log(1 + exp(raw)) - y raw cancels: eps times |raw| < 12.
    np.testing.assert_allclose(
        value(loss, y, raw), value(loss, *double), rtol=4 * eps, atol=12 * eps
    )
    np.testing.assert_allclose(
        gradient(loss, y, raw), gradient(loss, *double), rtol=4 * eps, atol=4 * eps
    )


# --- Poisson ----------------------------------------------------------------------------------


def test_poisson_is_half_scikit_learns_deviance():
    y, raw = make_data("counts")
    expected = mean_poisson_deviance(y.ravel(), np.exp(raw).ravel()) / 2
    assert value(PoissonLoss(), y, raw).mean() / y.shape[1] == pytest.approx(expected, rel=1e-12)


def test_poisson_takes_no_negative_target():
    PoissonLoss().check_target(np.array([[0.0], [2.5]]))
    with pytest.raises(ValueError, match="requires non-negative y, got -1"):
        PoissonLoss().check_target(np.array([[3], [-1]]))
