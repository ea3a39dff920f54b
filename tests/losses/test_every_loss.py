"""What holds for every loss, in each of its forms: gradients, buffers, dtypes, memory.

A new entry in the registry comes in on its own.
"""

import numpy as np
import pytest
from allocation import peak_of
from pairwise import pairwise
from scipy.special import expit

from skfcn.engine import Dense, Network
from skfcn.losses import (
    LOSSES,
    AbsoluteError,
    BinaryFocalLoss,
    BinaryLogLoss,
    FocalLoss,
    HuberLoss,
    LogLoss,
    Loss,
    QuantileLoss,
)

DTYPES = [np.float32, np.float64]
CLASSES = ["binary", "multiclass", "multilabel-indicator"]
TARGETS = [*CLASSES, "continuous"]
SPECIAL_TARGETS = {
    "focal": CLASSES,
    "absolute_error": ["continuous"],
    "huber": ["continuous"],
    "quantile": ["continuous"],
    "poisson": ["counts"],
    "gamma": ["positive"],
}
WITH_PARAMETERS = [
    (LogLoss(label_smoothing=0.1), CLASSES),
    (FocalLoss(gamma=0.5), CLASSES),
    (FocalLoss(gamma=5), ["multiclass"]),
    (HuberLoss(delta=0.5), ["continuous"]),
    (QuantileLoss(0.9), ["continuous"]),
    (QuantileLoss([0.05, 0.5, 0.9]), ["column"]),
]
FORMS = {
    f"{name} {target}": (loss.for_target(target), target)
    for name, loss, targets in [
        *((name, make(), SPECIAL_TARGETS.get(name, TARGETS)) for name, make in LOSSES.items()),
        *((repr(loss), loss, targets) for loss, targets in WITH_PARAMETERS),
    ]
    for target in targets
}
CLASS_FORMS = {name: form for name, form in FORMS.items() if form[1] in CLASSES}


@pytest.fixture
def make_form(make_data):
    """A loss, with targets and raw outputs for it."""

    def make(name, **options):
        loss, target = FORMS[name]
        return loss, *make_data(target, loss=loss, **options)

    return make


def kinks(loss):
    """The residuals at which a loss, or its slope, has no derivative."""
    if isinstance(loss, HuberLoss):
        return [-loss.delta, loss.delta]
    return [0.0] if isinstance(loss, AbsoluteError | QuantileLoss) else []


# --- parameters -------------------------------------------------------------------------------

NOT_QUANTILES = [0, 1.0, "0.5", None, [], [0, 0.5], [0.5, 1.0], [0.5, np.nan], [0.5, "0.6"]]
NOT_QUANTILES += [[[0.5]], [[0.1], [0.2, 0.3]], {0.5: 0.6}, {0.5}, np.array(1.5)]


@pytest.mark.parametrize(
    ("loss", "parameter"),
    [(LogLoss(smoothing), "label_smoothing") for smoothing in (-0.1, 1.0, "a")]
    + [(BinaryLogLoss(1.0), "label_smoothing"), (BinaryFocalLoss(-0.1), "gamma")]
    + [(FocalLoss(-0.1), "gamma"), (HuberLoss(0), "delta"), (HuberLoss(None), "delta")]
    + [(QuantileLoss(quantile), "quantile") for quantile in NOT_QUANTILES],
    ids=repr,
)
def test_a_wrong_parameter_is_named_with_its_value(loss, parameter):
    with pytest.raises(ValueError, match=f"'{parameter}' parameter of {type(loss).__name__}") as e:
        loss._validate_params()
    assert repr(getattr(loss, parameter)) in str(e.value)


@pytest.mark.parametrize(
    "loss",
    [LogLoss(0), LogLoss(0.999), FocalLoss(0), HuberLoss(1e-9)]
    + [QuantileLoss(q) for q in (1e-9, (0.5,), [0.9, 0.1], np.array([0.1, 0.9], np.float32))],
    ids=repr,
)
def test_ends_of_the_ranges_and_all_kinds_of_sequences_are_accepted(loss):
    loss._validate_params()


@pytest.mark.parametrize("name", FORMS)
def test_a_loss_has_an_output_for_each_target_or_each_quantile(name, make_form):
    loss, y, _ = make_form(name)

    several = np.size(getattr(loss, "quantile", 0)) > 1
    assert loss.n_outputs(y.shape[1]) == (3 if several else y.shape[1])


# --- gradients --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FORMS)
def test_gradient_of_each_output_equals_finite_differences(name, make_form, value, gradient):
    loss, y, raw = make_form(name)
    step = 1e-5
    numeric = np.empty_like(raw)
    for j in range(raw.shape[1]):
        e = step * np.eye(raw.shape[1])[j]
        numeric[:, j] = (value(loss, y, raw + e) - value(loss, y, raw - e)) / (2 * step)

    assert all((abs(raw - y - kink) > step).all() for kink in kinks(loss))
    # Half an eps of a loss of up to 50, divided by the step.
    np.testing.assert_allclose(gradient(loss, y, raw), numeric, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", FORMS)
def test_samples_do_not_see_each_other(name, make_form, value):
    loss, y, raw = make_form(name)

    alone = [value(loss, y[[i]], raw[[i]])[0] for i in range(len(y))]

    np.testing.assert_allclose(value(loss, y, raw), alone, rtol=1e-13, atol=1e-15)


# --- buffers and memory -----------------------------------------------------------------------


@pytest.mark.parametrize("name", FORMS)
def test_the_target_is_read_only(name, make_form, evaluate):
    loss, y, raw = make_form(name)
    before = y.copy()
    y.flags.writeable = False

    evaluate(loss, y, raw)

    np.testing.assert_array_equal(y, before)


@pytest.mark.parametrize(
    ("name", "n_samples", "dtype"), pairwise(name=FORMS, n_samples=[1, 2, 31], dtype=DTYPES)
)
def test_buffers_may_be_the_first_rows_of_larger_ones(
    name, n_samples, dtype, make_form, value, gradient
):
    loss, y, raw = make_form(name, n_samples=n_samples, dtype=dtype)
    n_rows, n_outputs = n_samples + 3, raw.shape[1]
    outputs, losses, scratch = (
        np.full(shape, np.nan, dtype)
        for shape in [(n_rows, n_outputs), n_rows, (2, n_rows, n_outputs)]
    )
    outputs[:n_samples] = raw

    loss.loss_gradient(y, outputs[:n_samples], losses[:n_samples], scratch[:, :n_samples])

    # Where an array begins in memory can change the last digit of NumPy 1.26's expm1 and log;
    # losses near zero are differences of numbers near one.
    rounding = {"rtol": 8 * np.finfo(dtype).eps, "atol": 8 * np.finfo(dtype).eps}
    np.testing.assert_allclose(losses[:n_samples], value(loss, y, raw), **rounding)
    np.testing.assert_allclose(outputs[:n_samples], gradient(loss, y, raw), **rounding)
    assert np.isnan(outputs[n_samples:]).all()
    assert np.isnan(losses[n_samples:]).all()
    assert np.isnan(scratch[:, n_samples:]).all()


@pytest.mark.usefixtures("small_iterator_buffers")
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", FORMS)
def test_no_array_is_allocated(name, dtype, make_form):
    # A number for each row, even of one byte, takes 4 KB.
    loss, y, raw = make_form(name, n_samples=4096, dtype=dtype)
    buffers = Network([Dense(raw.shape[1])], 1, dtype).workspace(5000).rows(4096)
    (of_layer,) = buffers.layers

    def step():
        of_layer.Z[...] = raw
        loss.loss_gradient(y, of_layer.Z, buffers.losses, buffers.scratch)

    assert peak_of(step) < 3500  # iterators, slices and numbers


# --- dtype and range --------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", FORMS)
def test_dtype_and_shapes_are_kept(name, dtype, make_form, evaluate):
    loss, y, raw = make_form(name, dtype=dtype)

    prediction, log_prediction = loss.inverse_link(raw), None
    if loss.out_activation != "identity":
        log_prediction = loss.log_inverse_link(raw)
    losses = evaluate(loss, y, raw)

    assert prediction.shape == raw.shape
    assert losses.shape == (len(y),)
    assert losses.dtype == raw.dtype == prediction.dtype == dtype
    assert log_prediction is None or log_prediction.dtype == dtype


@pytest.mark.parametrize("name", FORMS)
def test_float32_agrees_with_float64(name, make_form, value, gradient):
    loss, y, raw = make_form(name, dtype=np.float32)
    double = y.astype(np.float64), raw.astype(np.float64)
    eps = np.finfo(np.float32).eps

    # log(1 + exp(raw)) - y raw cancels: eps times |raw| < 12.
    np.testing.assert_allclose(
        value(loss, y, raw), value(loss, *double), rtol=4 * eps, atol=12 * eps
    )
    np.testing.assert_allclose(
        gradient(loss, y, raw), gradient(loss, *double), rtol=4 * eps, atol=4 * eps
    )


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", CLASS_FORMS)
def test_huge_raw_outputs_give_finite_losses_and_bounded_gradients(
    name, dtype, make_form, evaluate
):
    loss, y, raw = make_form(name, dtype=dtype, scale=1e4)

    with np.errstate(over="raise", invalid="raise", divide="raise"):
        losses = evaluate(loss, y, raw)

    assert np.isfinite(losses).all()
    assert (losses >= 0).all()
    assert (abs(raw) <= 1).all()


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
