"""Normalization against its formula, finite differences, and scikit-learn's scaler."""

import pickle
from copy import deepcopy

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.preprocessing import StandardScaler
from sklearn.utils._param_validation import InvalidParameterError

from skfcn._sklearn import resolve
from skfcn.activations import ReLU, Tanh
from skfcn.engine import Buffers, Dense, Network, Normalize, mlp_layers
from skfcn.losses import SquaredError
from skfcn.normalization import NORMALIZATIONS, BatchNormalization, LayerNormalization
from skfcn.training import Objective

DTYPES = [np.float32, np.float64]
TINY = 1e-300  # an epsilon that does nothing


@pytest.fixture(params=NORMALIZATIONS)
def kind(request):
    return NORMALIZATIONS[request.param]()


def statistics_for(kind, n_units, dtype=np.float64):
    return np.array([np.zeros(n_units), np.ones(n_units)], dtype) if kind.tracks else None


def run(kind, z, gain=None, statistics=None):
    gain = np.ones(z.shape[1], z.dtype) if gain is None else gain
    out = z.copy()
    one_each = np.empty((2, *np.sum(z, axis=kind.axis, keepdims=True).shape), z.dtype)
    buffers = Buffers(normalized=np.empty_like(z), mean=one_each[0], deviation=one_each[1])
    kind.forward(out, gain, buffers, statistics)
    return out, buffers


@pytest.mark.parametrize("dtype", DTYPES)
def test_forward_equals_the_formula(kind, dtype):
    rng = np.random.default_rng(0)
    z = rng.normal(3, 5, (40, 7)).astype(dtype)
    gain = rng.uniform(0.5, 2, 7).astype(dtype)

    out, _ = run(kind, z, gain, statistics_for(kind, 7, dtype))

    exact = z.astype(np.float64)
    mean = exact.mean(axis=kind.axis, keepdims=True)
    variance = exact.var(axis=kind.axis, keepdims=True)
    expected = (exact - mean) / np.sqrt(variance + 1e-5) * gain
    assert out.dtype == dtype
    # z - mean loses what z has before the point: some roundings of numbers up to 20.
    np.testing.assert_allclose(out, expected, rtol=0, atol=50 * np.finfo(dtype).eps)


def test_batch_normalization_is_scikit_learns_scaler():
    z = np.random.default_rng(0).normal(3, 5, (40, 7))

    out, _ = run(BatchNormalization(epsilon=TINY), z)

    np.testing.assert_allclose(out, StandardScaler().fit_transform(z), rtol=1e-12, atol=1e-14)


def test_layer_normalization_does_not_see_the_scale_of_a_row():
    z = np.random.default_rng(0).standard_normal((4, 7))
    scale = np.array([[1], [10], [1e3], [1e6]])

    once, _ = run(LayerNormalization(epsilon=TINY), z)
    scaled, _ = run(LayerNormalization(epsilon=TINY), z * scale + 5 * scale)

    np.testing.assert_allclose(scaled, once, rtol=1e-9)


@pytest.mark.parametrize("shape", [(1, 6), (6, 1), (1, 1)])
def test_one_row_and_one_unit_stay_finite(kind, shape):
    z = np.full(shape, 4.0)

    out, _ = run(kind, z, statistics=statistics_for(kind, shape[1]))

    if shape[kind.axis] == 1:
        assert (out == 0).all()
    assert np.isfinite(out).all()


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        (LayerNormalization(epsilon=0), "epsilon"),
        (BatchNormalization(epsilon=0), "epsilon"),
        (BatchNormalization(momentum=0), "momentum"),
        (BatchNormalization(momentum=1.1), "momentum"),
    ],
    ids=repr,
)
def test_wrong_parameters_are_named(wrong, name):
    message = f"'{name}' parameter of {type(wrong).__name__}"
    with pytest.raises(InvalidParameterError, match=message):
        resolve(wrong, NORMALIZATIONS)


@pytest.mark.parametrize(
    "extreme",
    [
        LayerNormalization(epsilon=TINY),
        BatchNormalization(momentum=1, epsilon=TINY),
        BatchNormalization(momentum=TINY),
    ],
    ids=repr,
)
def test_ends_of_the_ranges_are_accepted(extreme):
    assert resolve(extreme, NORMALIZATIONS).get_params() == extreme.get_params()


# --- running statistics -----------------------------------------------------------------------


def test_running_statistics_move_towards_those_of_each_batch():
    kind, statistics = BatchNormalization(momentum=0.25), np.array([[0.0, 0], [1.0, 1]])
    z = np.random.default_rng(0).normal(3, 5, (10, 2))

    run(kind, z, statistics=statistics)

    np.testing.assert_allclose(statistics[0], 0.25 * z.mean(axis=0), rtol=1e-14)
    np.testing.assert_allclose(statistics[1], 0.75 + 0.25 * z.var(axis=0, ddof=1), rtol=1e-14)


def test_running_statistics_come_to_those_of_the_data():
    kind, statistics = BatchNormalization(momentum=0.01), np.array([[0.0], [1.0]])
    rng = np.random.default_rng(0)
    for _ in range(3000):
        run(kind, rng.normal(3, 5, (20, 1)), statistics=statistics)

    # About 2 / 0.01 batches of 20 rows count: the mean errs by 5 / sqrt(4000), the variance
    # by 25 sqrt(2 / 4000); four times that.
    assert statistics[0, 0] == pytest.approx(3, abs=0.32)
    assert statistics[1, 0] == pytest.approx(25, abs=2.3)


def test_one_row_leaves_running_statistics_alone():
    statistics = np.array([[0.5], [2.0]])

    run(BatchNormalization(), np.array([[100.0]]), statistics=statistics)

    np.testing.assert_array_equal(statistics, [[0.5], [2.0]])


def test_prediction_uses_running_statistics_and_each_row_by_itself():
    statistics = np.array([[1.0, -1], [4.0, 9]])
    z, gain = np.array([[5.0, 2], [1, -1]]), np.array([1.0, 2])

    BatchNormalization(epsilon=TINY).predict(z, gain, statistics)

    np.testing.assert_allclose(z, [[2, 2], [0, 0]], rtol=1e-14)


def test_layer_normalization_predicts_as_it_trains():
    z, gain = np.random.default_rng(0).standard_normal((2, 8, 5))
    predicted = z.copy()

    LayerNormalization().predict(predicted, gain[0], None)

    trained, _ = run(LayerNormalization(), z, gain[0])
    np.testing.assert_allclose(predicted, trained, rtol=1e-13, atol=1e-15)


# --- in a network -----------------------------------------------------------------------------


def network_with(kinds, activations=None):
    network = Network(mlp_layers([6, 4, 2], activations or [Tanh(), Tanh()], kinds), 5)
    network.initialize(np.random.RandomState(0))
    rng = np.random.default_rng(0)
    trainable = network.parameters.trainable
    trainable[...] = rng.normal(0.3, 0.7, len(trainable))
    return network


def normalized(network):
    """The arrays of the normalized layers, inputs first."""
    return [p for p in network.parameters.layers if "gain" in p]


def forward(network, X):
    return network.forward(X, network.workspace(len(X)).rows(len(X)).layers)


def predict(network, X):
    return network.predict(X, network.buffers(len(X)))


LAYERS = {
    f"{name} {layers}": {layer: make() for layer in layers}
    for name, make in NORMALIZATIONS.items()
    for layers in [(0,), (1,), (0, 1)]
}
LAYERS["both kinds"] = {0: BatchNormalization(), 1: LayerNormalization()}


@pytest.mark.parametrize("sparse", [False, True], ids=["dense", "sparse"])
@pytest.mark.parametrize("alpha", [0, 0.3])
@pytest.mark.parametrize("layers", LAYERS)
def test_the_gradient_equals_finite_differences(layers, alpha, sparse):
    network = network_with(LAYERS[layers])
    rng = np.random.default_rng(1)
    X, y = rng.standard_normal((9, 5)), rng.standard_normal((9, 2))
    X = csr_array(X * (X > 0)) if sparse else X
    weight = rng.uniform(0.5, 2, 9)
    objective = Objective(network, SquaredError(), alpha)
    buffers = network.workspace(9).rows(9)
    theta = network.parameters.trainable

    objective(X, y, weight, buffers)
    analytic = objective.gradient.trainable.copy()

    numeric = np.empty_like(theta)
    for i in range(len(theta)):
        at = theta[i]
        theta[i] = at + 1e-5
        above = objective(X, y, weight, buffers)
        theta[i] = at - 1e-5
        numeric[i] = (above - objective(X, y, weight, buffers)) / 2e-5
        theta[i] = at
    assert np.abs(analytic[len(network.parameters.weights) :]).max() > 1e-2
    np.testing.assert_allclose(analytic, numeric, rtol=1e-6, atol=1e-8)


def test_a_short_batch_gives_what_a_batch_of_its_own_size_gives(kind):
    X = np.random.default_rng(1).standard_normal((9, 5))
    results = []
    for n_rows in (9, 4):
        network = network_with({0: deepcopy(kind), 1: deepcopy(kind)})
        gradient = network.parameters.like()
        workspace = network.workspace(n_rows)
        if n_rows == 9:
            statistics = network.parameters.vector.copy()
            network.forward(X, workspace.rows(9).layers)  # leaves numbers in every buffer
            network.parameters.vector[...] = statistics
        cut = workspace.rows(4).layers
        raw = network.forward(X[:4], cut).copy()
        network.backward(np.ones((4, 2)), cut, gradient)
        results.append((raw, gradient.trainable.copy(), network.parameters.vector.copy()))

    for long, short in zip(*results, strict=True):
        np.testing.assert_allclose(long, short, rtol=1e-12, atol=1e-13)


def test_a_bias_and_a_scale_before_batch_normalization_change_nothing():
    network = network_with({0: BatchNormalization(epsilon=TINY)}, activations=[ReLU(), Tanh()])
    X = np.random.default_rng(1).standard_normal((9, 5))
    before = forward(network, X).copy()

    network.parameters.coefs[0] *= 7

    after = forward(network, X)
    np.testing.assert_allclose(after, before, rtol=1e-10)


def test_a_network_predicts_with_the_running_statistics_of_each_layer():
    network = network_with({1: BatchNormalization(epsilon=TINY)})
    p, rng = network.parameters, np.random.default_rng(1)
    (own,) = normalized(network)
    own["statistics"][...] = rng.uniform(0.5, 2, (2, 4))
    X = rng.standard_normal((9, 5))

    (mean, variance), A = own["statistics"], np.tanh(X @ p.coefs[0] + p.intercepts[0])
    Z = own["gain"] * (A @ p.coefs[1] - mean) / np.sqrt(variance) + p.intercepts[1]
    expected = np.tanh(Z) @ p.coefs[2] + p.intercepts[2]

    raw = predict(network, X)
    np.testing.assert_allclose(raw, expected, rtol=1e-12, atol=1e-13)


def test_prediction_changes_no_statistics_and_training_does():
    network = network_with({0: BatchNormalization()})
    X = np.random.default_rng(1).standard_normal((9, 5))
    before = network.parameters.vector.copy()

    predict(network, X)
    np.testing.assert_array_equal(network.parameters.vector, before)

    forward(network, X)
    assert (normalized(network)[0]["statistics"] != [[0], [1]]).all()
    np.testing.assert_array_equal(network.parameters.trainable, before[: -2 * 6])


def test_pickle_keeps_gains_and_statistics(kind):
    network = network_with({0: kind, 1: kind})
    X = np.random.default_rng(1).standard_normal((9, 5))
    forward(network, X)
    expected = predict(network, X)

    loaded = pickle.loads(pickle.dumps(network))

    np.testing.assert_array_equal(predict(loaded, X), expected)
    loaded.parameters.vector[...] = 0
    assert len(normalized(loaded)) == 2
    assert not any(array.any() for p in normalized(loaded) for array in p.values())


def test_gains_and_running_variances_are_one_at_first(kind):
    network = Network([Dense(3, bias=False), Normalize(kind)], 4)

    network.initialize(np.random.RandomState(0))

    (p,) = normalized(network)
    np.testing.assert_array_equal(p["gain"], np.ones(3))
    np.testing.assert_array_equal(p["b"], np.zeros(3))
    assert ("statistics" in p) == kind.tracks
    if kind.tracks:
        np.testing.assert_array_equal(p["statistics"], [np.zeros(3), np.ones(3)])
