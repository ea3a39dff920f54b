"""Data for losses, and shorthands for what a loss computes."""

import numpy as np
import pytest


@pytest.fixture
def make_data():
    """Encoded targets of a kind, and raw outputs; as many as the loss needs, if one is given."""

    def make(target, n_samples=50, dtype=np.float64, scale=3.0, loss=None):
        rng = np.random.default_rng(0)
        if target == "binary":
            y = rng.integers(0, 2, (n_samples, 1))
        elif target == "multiclass":
            y = np.eye(3)[rng.permutation(np.arange(n_samples) % 3)]
        elif target == "multilabel-indicator":
            y = rng.integers(0, 2, (n_samples, 3))
        elif target == "counts":
            y = rng.poisson(2, (n_samples, 2))
        elif target == "positive":
            y = rng.gamma(2, 1, (n_samples, 2))
            scale /= 3  # exp(-raw) shall not dwarf all other numbers
        else:
            y = rng.standard_normal((n_samples, 1 if target == "column" else 2))
        n_outputs = loss.n_outputs(y.shape[1]) if loss else y.shape[1]
        return y.astype(dtype), rng.normal(0, scale, (n_samples, n_outputs)).astype(dtype)

    return make


@pytest.fixture
def evaluate():
    """The losses; their gradient is left in `raw`. No buffer is read before it is written."""

    def evaluate(loss, y, raw):
        losses = np.full(len(y), np.nan, dtype=raw.dtype)
        scratch = np.full((2, *raw.shape), np.nan, dtype=raw.dtype)
        assert loss.loss_gradient(y, raw, losses, scratch) is None
        return losses

    return evaluate


@pytest.fixture
def value(evaluate):
    """The losses alone."""
    return lambda loss, y, raw: evaluate(loss, y, raw.copy())


@pytest.fixture
def gradient(evaluate):
    """The gradient alone."""

    def gradient(loss, y, raw):
        raw = raw.copy()
        evaluate(loss, y, raw)
        return raw

    return gradient
