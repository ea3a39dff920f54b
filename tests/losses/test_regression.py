"""Losses on real targets: values against scikit-learn, what they fit, huge raw outputs."""

import numpy as np
import pytest
from scipy.special import huber, kl_div
from scipy.stats import norm
from sklearn.metrics import (
    mean_absolute_error,
    mean_gamma_deviance,
    mean_pinball_loss,
    mean_poisson_deviance,
    mean_squared_error,
)

from skfcn.losses import (
    AbsoluteError,
    GammaLoss,
    HuberLoss,
    Loss,
    PoissonLoss,
    QuantileLoss,
    SquaredError,
)

DTYPES = [np.float32, np.float64]
IDENTITY = [SquaredError(), AbsoluteError(), HuberLoss(), QuantileLoss()]
LOG = [PoissonLoss(), GammaLoss()]


# --- targets and outputs ----------------------------------------------------------------------


@pytest.mark.parametrize("quantile", [0.9, [0.9]])
def test_one_quantile_takes_any_number_of_targets(quantile):
    assert QuantileLoss(quantile).n_outputs(4) == 4


def test_several_quantiles_take_one_target():
    message = (
        r"^Several quantiles can be fitted to one column of y only; got "
        r"quantile=\[0.1, 0.9\] and 2 columns\.$"
    )
    with pytest.raises(ValueError, match=message):
        QuantileLoss([0.1, 0.9]).n_outputs(2)


@pytest.mark.parametrize(
    ("loss", "good", "bad", "message"),
    [
        (PoissonLoss(), [0.0, 2.5], [3, -1], "'poisson' requires non-negative y, got -1"),
        (GammaLoss(), [1e-9, 2.5], [3, 0], "'gamma' requires strictly positive y, got 0"),
    ],
    ids=["poisson", "gamma"],
)
def test_targets_that_no_prediction_meets_are_refused(loss, good, bad, message):
    loss.check_target(np.array([good]).T)
    with pytest.raises(ValueError, match=message):
        loss.check_target(np.array([bad]).T)


@pytest.mark.parametrize(
    ("loss", "name", "inverse_link"),
    [(loss, "identity", lambda raw: raw) for loss in IDENTITY]
    + [(loss, "exp", np.exp) for loss in LOG],
    ids=lambda value: repr(value) if isinstance(value, Loss) else "",
)
def test_the_link_has_scikit_learns_name(loss, name, inverse_link, make_data):
    _, raw = make_data("continuous")
    before = raw.copy()

    np.testing.assert_array_equal(loss.inverse_link(raw), inverse_link(before))
    np.testing.assert_array_equal(raw, before)
    assert loss.out_activation == name


# --- values -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("loss", "target", "metric"),
    [
        (SquaredError(), "continuous", lambda y, p: mean_squared_error(y, p) / 2),
        (AbsoluteError(), "continuous", mean_absolute_error),
        (QuantileLoss(0.9), "continuous", lambda y, p: mean_pinball_loss(y, p, alpha=0.9)),
        (PoissonLoss(), "counts", lambda y, p: mean_poisson_deviance(y, p) / 2),
        (GammaLoss(), "positive", lambda y, p: mean_gamma_deviance(y, p) / 2),
    ],
    ids=lambda value: repr(value) if isinstance(value, Loss) else "",
)
def test_losses_are_scikit_learns_summed_over_the_outputs(loss, target, metric, make_data, value):
    y, raw = make_data(target)
    columns = zip(y.T, loss.inverse_link(raw).T, strict=True)

    expected = sum(metric(*column) for column in columns)

    assert value(loss, y, raw).mean() == pytest.approx(expected, rel=1e-13)


@pytest.mark.parametrize(
    ("loss", "target", "formula"),
    [
        (SquaredError(), "continuous", lambda y, r: (r - y) ** 2 / 2),
        (AbsoluteError(), "continuous", lambda y, r: abs(r - y)),
        (HuberLoss(), "continuous", lambda y, r: huber(1.35, r - y)),
        (HuberLoss(0.5), "continuous", lambda y, r: huber(0.5, r - y)),
        (QuantileLoss(0.2), "continuous", lambda y, r: np.where(y > r, 0.2, -0.8) * (y - r)),
        (PoissonLoss(), "counts", lambda y, r: kl_div(y, np.exp(r))),
        (GammaLoss(), "positive", lambda y, r: r - np.log(y) + y * np.exp(-r) - 1),
    ],
    ids=lambda value: repr(value) if isinstance(value, Loss) else "",
)
def test_value_of_each_sample_equals_the_formula(loss, target, formula, make_data, value):
    y, raw = make_data(target)

    expected = formula(y, raw).sum(axis=1)
    np.testing.assert_allclose(value(loss, y, raw), expected, rtol=1e-13, atol=1e-14)


@pytest.mark.parametrize(
    ("loss", "target"), [(SquaredError(), "continuous"), (PoissonLoss(), "counts")], ids=repr
)
def test_gradient_of_a_canonical_link_is_prediction_minus_target(
    loss, target, make_data, gradient
):
    y, raw = make_data(target)

    np.testing.assert_allclose(
        gradient(loss, y, raw), loss.inverse_link(raw) - y, rtol=1e-14, atol=2e-16
    )


@pytest.mark.parametrize("loss", [AbsoluteError(), QuantileLoss(0.9), HuberLoss()], ids=repr)
def test_gradient_at_a_residual_of_zero_lies_amid_those_at_its_sides(loss, gradient):
    y = np.zeros((1, 1))

    below, at, above = (gradient(loss, y, np.array([[raw]]))[0, 0] for raw in (-1e-9, 0.0, 1e-9))

    assert below < at < above
    assert at == pytest.approx((below + above) / 2, rel=1e-14)


# --- parameters that make one loss another ----------------------------------------------------


def test_huber_loss_that_never_becomes_linear_is_the_squared_error(make_data, value, gradient):
    y, raw = make_data("continuous")
    wide = HuberLoss(delta=1e6)

    np.testing.assert_allclose(value(wide, y, raw), value(SquaredError(), y, raw), rtol=1e-15)
    np.testing.assert_array_equal(gradient(wide, y, raw), gradient(SquaredError(), y, raw))


def test_huber_loss_keeps_95_percent_of_the_efficiency_by_default():
    delta = HuberLoss().delta

    # E[ψ']² / E[ψ²] of standard normal errors, which is 1 for the mean.
    within = norm.cdf(delta) - norm.cdf(-delta)
    of_squares = within - 2 * delta * norm.pdf(delta) + delta**2 * (1 - within)
    assert within**2 / of_squares == pytest.approx(0.95, abs=0.001)


def test_loss_of_the_median_is_half_the_absolute_error(make_data, value, gradient):
    y, raw = make_data("continuous")
    raw[:5] = y[:5]
    half = value(AbsoluteError(), y, raw) / 2

    np.testing.assert_allclose(value(QuantileLoss(), y, raw), half, rtol=1e-15)
    np.testing.assert_array_equal(
        gradient(QuantileLoss(), y, raw), gradient(AbsoluteError(), y, raw) / 2
    )


def test_several_quantiles_are_the_losses_of_each_added_up(make_data, value, gradient):
    quantiles = [0.9, 0.05, 0.5]
    loss = QuantileLoss(quantiles)
    y, raw = make_data("column", loss=loss)
    each = [(QuantileLoss(q), y, raw[:, [j]]) for j, q in enumerate(quantiles)]

    np.testing.assert_allclose(value(loss, y, raw), sum(value(*one) for one in each), rtol=1e-14)
    np.testing.assert_array_equal(
        gradient(loss, y, raw), np.hstack([gradient(*one) for one in each])
    )


def test_sorting_the_predictions_of_quantiles_never_raises_their_loss(make_data, value):
    loss = QuantileLoss([0.05, 0.5, 0.9])
    y, raw = make_data("column", n_samples=1000, loss=loss)

    before, after = value(loss, y, raw), value(loss, y, np.sort(raw, axis=1))

    assert (after <= before + 1e-14).all()
    assert after.sum() < before.sum()


# --- what a constant prediction learns --------------------------------------------------------


@pytest.mark.parametrize("quantile", [0.05, 0.5, 0.9, [0.05, 0.5, 0.9]])
def test_the_constant_that_minimises_a_quantile_loss_is_the_quantile(quantile, value):
    y = np.random.default_rng(0).gamma(2, 1, (51, 1))  # 51 q is no whole number
    loss = QuantileLoss(quantile)
    best = np.ravel(np.quantile(y, quantile, method="inverted_cdf"))

    def total(constants):
        return value(loss, y, np.tile(constants, (51, 1))).sum()

    for j in range(len(best)):  # convex in each: lower than on both sides is lowest
        aside = 1e-6 * np.eye(len(best))[j]
        assert total(best) < min(total(best - aside), total(best + aside))


@pytest.mark.parametrize("loss", [SquaredError(), *LOG], ids=repr)
def test_the_constant_that_minimises_a_deviance_is_the_mean(loss, gradient):
    y = np.random.default_rng(0).gamma(2, 1, (51, 1))
    best = np.log(y.mean()) if loss.out_activation == "exp" else y.mean()

    assert gradient(loss, y, np.full_like(y, best)).sum() == pytest.approx(0, abs=1e-13)


def test_the_constant_that_minimises_a_huber_loss_does_not_follow_an_outlier(gradient):
    rest = np.random.default_rng(0).standard_normal((50, 1))
    bounds = rest.mean() - 0.1, rest.mean() + 0.1

    for outlier in (10, 1e6):
        y = np.vstack([rest, [[outlier]]])
        below, above = (gradient(HuberLoss(), y, np.full_like(y, c)).sum() for c in bounds)
        assert below < 0 < above


# --- stability --------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    ("loss", "y", "raw", "limit"),
    [
        (AbsoluteError(), [0, 0], [1e30, -1e30], 2e30),
        (HuberLoss(0.5), [0, 0], [1e30, -1e30], 1e30),
        (QuantileLoss(0.25), [0], [1e30], 0.75e30),
        (QuantileLoss([0.25, 0.5]), [0], [-1e30, -1e30], 0.75e30),
        (PoissonLoss(), [1], [-1e4], 1e4 - 1),
        (GammaLoss(), [1], [1e4], 1e4 - 1),
        (GammaLoss(), [1, 1], [1e4, 1e30], 1e30),
    ],
)
def test_huge_raw_outputs_reach_the_limit_without_a_warning(loss, y, raw, limit, dtype, evaluate):
    y, raw = np.array([y], dtype=dtype), np.array([raw], dtype=dtype)

    with np.errstate(over="raise", invalid="raise", divide="raise"):
        losses = evaluate(loss, y, raw)

    np.testing.assert_allclose(losses, limit, rtol=np.finfo(dtype).eps, atol=0)
    assert (abs(raw) <= 1).all()  # holds for no NaN


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("size", [1e-30, 1e-6, 1, 1e30])
def test_gamma_loss_sees_only_the_ratio_of_target_and_prediction(size, dtype, value, gradient):
    log_ratio = np.array([[-1e4], [-80], [-1], [0], [1], [80]])
    y = np.full((6, 1), size, dtype=dtype)
    raw = (np.log(y.astype(float)) - log_ratio).astype(dtype)
    rounding = np.finfo(dtype).eps * (abs(np.log(size)) + 80)  # of log(y) and raw
    accuracy = {"rtol": rounding, "atol": rounding}

    with np.errstate(over="raise", invalid="raise", divide="raise"):
        losses, slopes = value(GammaLoss(), y, raw), gradient(GammaLoss(), y, raw)

    np.testing.assert_allclose(losses, (np.expm1(log_ratio) - log_ratio)[:, 0], **accuracy)
    np.testing.assert_allclose(slopes, -np.expm1(log_ratio), **accuracy)


@pytest.mark.parametrize("dtype", DTYPES)
def test_gamma_loss_of_predictions_next_to_the_target_is_not_negative(dtype, value):
    y = np.random.default_rng(0).gamma(2, 1, (5000, 1)).astype(dtype)
    nudge = np.random.default_rng(1).normal(0, 1e-3, y.shape).astype(dtype)

    assert (value(GammaLoss(), y, np.log(y) + nudge) >= 0).all()


def test_a_positive_target_that_float32_cannot_hold_is_no_zero(value):
    y, raw = np.array([[1e-60]]), np.zeros((1, 1), dtype=np.float32)
    GammaLoss().check_target(y)

    with np.errstate(over="raise", invalid="raise", divide="raise"):
        assert np.isfinite(value(GammaLoss(), y.astype(np.float32), raw)).all()
