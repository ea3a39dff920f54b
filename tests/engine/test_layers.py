"""Every layer in every place: gradients, types, buffers, copies, and its own rate and decay."""

import copy
import pickle

import numpy as np
import pytest
from allocation import peak_of
from pairwise import pairwise

import skfcn.engine
from skfcn._sklearn import Component
from skfcn.activations import ACTIVATIONS, SELU
from skfcn.engine import (
    Activate,
    Choose,
    Dense,
    Dropout,
    Embed,
    Layer,
    MemberDense,
    Network,
    Normalize,
    PiecewiseLinear,
    Repeat,
    Scale,
    ScaledMemberDense,
)
from skfcn.normalization import NORMALIZATIONS, BatchNormalization
from skfcn.optimizers import SGD
from skfcn.schedules import Constant
from skfcn.training import Update

N_INPUTS, M = 4, 12  # M rows, which 3 members share

LAYERS = {
    "layer": lambda: Layer(),
    "dense": lambda: Dense(5),
    "dense without bias": lambda: Dense(5, bias=False),
    **{f"activate {name}": lambda f=f: Activate(f()) for name, f in ACTIVATIONS.items()},
    **{f"normalize {name}": lambda f=f: Normalize(f()) for name, f in NORMALIZATIONS.items()},
    "dropout": lambda: Dropout(0.4),
    "alpha dropout": lambda: Dropout(0.4, SELU.dropped_value),
    "scale": lambda: Scale(),
    "scale of 3 members": lambda: Scale(3),
    "repeat": lambda: Repeat(2),
    "member dense": lambda: MemberDense(3, 5),
    "scaled member dense": lambda: ScaledMemberDense(3, 5),
    "choose": lambda: Choose([2, 0, 2]),
    "piecewise linear": lambda: PiecewiseLinear([[-1, 0.5, 2], [], [0, 0.7]]),
    "embed": lambda: Embed([3, 2], 2),
    "embed of 3 members": lambda: Embed([3, 2], 2, members=3),
}
PLACES = {
    "first": lambda layer: [layer, Dense(2)],
    "middle": lambda layer: [Dense(N_INPUTS), layer, Dense(2)],
    "last": lambda layer: [Dense(N_INPUTS), layer],
    "alone": lambda layer: [layer],
}


def can_stand(name, place, **others):
    layer = LAYERS[name]()
    if isinstance(layer, Embed):
        return place in ("first", "alone")
    return not (layer.overwrites and place in ("first", "alone"))


EVERY_LAYER = pytest.mark.parametrize("name", LAYERS)
EVERY_PLACE = pairwise(can_stand, name=LAYERS, place=PLACES)
IN_EVERY_PLACE = pytest.mark.parametrize(("name", "place"), EVERY_PLACE)


class Inputs(Layer):
    """Inputs that are learned, so that their gradient is among the others."""

    spare_output = True

    def __init__(self, m):
        self.m = m

    def arrays(self, n):
        return {"A": ("free", (self.m, n))}

    def buffers(self, m, n, new):
        return {"out": new(m, n)}

    def forward(self, A, p, b):
        b.out[...] = p["A"]
        return b.out

    def backward(self, d, p, g, b):
        g["A"][...] = d


def data(m=M, dtype=np.float64, n=N_INPUTS):
    """Numbers, of which the last two columns will do as codes."""
    rng = np.random.default_rng(1)
    X = rng.standard_normal((m, n)).astype(dtype)
    X[:, -2:] = rng.integers(0, [3, 2], (m, 2))
    return X


def build(layers, dtype=np.float64, n=N_INPUTS):
    network = Network(layers, n, dtype)
    network.initialize(np.random.RandomState(0))
    theta = network.parameters.trainable
    theta += np.random.default_rng(0).normal(0, 0.7, len(theta))
    return network


def in_place(name, place, dtype=np.float64):
    return build(PLACES[place](LAYERS[name]()), dtype)


def in_every_place(name):
    """Networks of a layer, for tests that take less time than pytest takes for a test."""
    return [in_place(name, place) for place in PLACES if can_stand(name, place)]


def step(network, X, workspace=None):
    """Return the raw outputs and the gradient of their weighted sum."""
    m = len(X)
    buffers = (workspace or network.workspace(m, np.random.default_rng(5))).rows(m).layers
    raw = network.forward(X, buffers).copy()
    delta = np.random.default_rng(2).standard_normal(raw.shape).astype(raw.dtype)
    gradient = network.parameters.like()
    gradient.vector[...] = np.nan
    network.backward(delta.copy(), buffers, gradient)
    return raw, gradient.trainable, delta


def predict(network, X):
    return network.predict(X, network.buffers(len(X)))


def test_every_layer_has_a_line():
    exported = [getattr(skfcn.engine, name) for name in skfcn.engine.__all__]
    layers = {kind for kind in exported if isinstance(kind, type) and issubclass(kind, Layer)}

    assert layers == {type(make()) for make in LAYERS.values()}


# --- the passes -------------------------------------------------------------------------------


def assert_gradient(network, X):
    """Compare with central differences; each call draws the same numbers for dropout."""
    theta, statistics = network.parameters.trainable, len(network.parameters.trainable)
    _, analytic, delta = step(network, X)
    before = network.parameters.vector[statistics:].copy()

    def value():
        network.parameters.vector[statistics:] = before
        return (step(network, X)[0] * delta).sum()

    numeric = np.empty_like(theta)
    for i, at in enumerate(theta.copy()):
        theta[i] = at + 1e-5
        above = value()
        theta[i] = at - 1e-5
        numeric[i] = (above - value()) / 2e-5
        theta[i] = at
    np.testing.assert_allclose(analytic, numeric, rtol=1e-6, atol=1e-8)
    assert not len(theta) or np.abs(analytic).max() > 0.1


@IN_EVERY_PLACE
def test_the_gradient_equals_finite_differences(name, place):
    assert_gradient(in_place(name, place), data())


@pytest.mark.parametrize("name", [name for name in LAYERS if "embed" not in name])
def test_the_gradient_of_the_inputs_equals_finite_differences(name):
    assert_gradient(build([Inputs(M), LAYERS[name]()]), data())


@pytest.mark.parametrize(
    ("name", "place", "dtype"),
    pairwise(can_stand, name=LAYERS, place=PLACES, dtype=[np.float32, np.float64]),
)
def test_everything_is_of_the_networks_type(name, place, dtype):
    network, X = in_place(name, place, dtype), data(dtype=dtype)
    workspace = network.workspace(M, np.random.default_rng(5))

    raw, gradient, _ = step(network, X, workspace)

    numbers = [raw, gradient, predict(network, X)]
    for b in [*workspace.rows(M).layers, *network.buffers(M)]:
        numbers += [a for a in vars(b).values() if isinstance(a, np.ndarray) and a.dtype != int]
    assert {array.dtype for array in numbers} == {np.dtype(dtype)}
    assert np.isfinite(raw).all()
    assert np.isfinite(gradient).all()


@IN_EVERY_PLACE
def test_float32_agrees_with_float64(name, place):
    networks = [in_place(name, place, dtype) for dtype in (np.float32, np.float64)]
    networks[1].parameters.vector[...] = networks[0].parameters.vector
    # Dropout draws other numbers in float32: the training pass is compared without it.
    passes = [predict] if "dropout" in name else [predict, lambda *args: step(*args)[0]]

    for one in passes:
        single, double = (one(network, data(dtype=network.dtype)) for network in networks)
        np.testing.assert_allclose(single, double, rtol=1e-5, atol=1e-5)


@EVERY_LAYER
def test_shapes_are_those_that_the_layers_say(name):
    for network in in_every_place(name):
        raw, _, _ = step(network, data())

        assert raw.shape == predict(network, data()).shape == network.output_shape(M)
        assert raw.shape[1] == network.n_outputs


@EVERY_LAYER
def test_training_computes_what_prediction_does(name):
    layer = LAYERS[name]()
    differs = isinstance(layer, Dropout) or isinstance(
        getattr(layer, "kind", None), BatchNormalization
    )
    for network in in_every_place(name):
        raw, _, _ = step(network, data())
        predicted = predict(network, data())

        if differs:
            assert np.abs(raw - predicted).max() > 0.1
        else:
            np.testing.assert_allclose(raw, predicted, rtol=1e-13, atol=1e-14)


@EVERY_LAYER
def test_the_data_and_what_is_learned_are_left_alone(name):
    X = data()
    X.flags.writeable = False
    for network in in_every_place(name):
        before = network.parameters.trainable.copy()

        step(network, X)
        predict(network, X)

        np.testing.assert_array_equal(X, data())
        np.testing.assert_array_equal(network.parameters.trainable, before)


@EVERY_LAYER
def test_prediction_keeps_hold_of_no_data(name):
    X = data()
    for network in in_every_place(name):
        buffers = network.buffers(M)

        network.predict(X, buffers)

        kept = [a for b in buffers for a in vars(b).values() if isinstance(a, np.ndarray)]
        assert not any(np.shares_memory(array, X) for array in kept)


REFUSED = {
    "activate first": [Activate(ACTIVATIONS["relu"]()), Dense(2)],
    "normalize first": [Normalize(BatchNormalization()), Dense(2)],
    "after dropout of the data": [Dropout(0.5), Normalize(BatchNormalization()), Dense(2)],
    "after a layer of one's own": [Dense(4), Layer(), Activate(ACTIVATIONS["relu"]())],
    "twice": [Dense(4), Activate(ACTIVATIONS["tanh"]()), Activate(ACTIVATIONS["elu"]())],
    "normalize after": [
        Dense(4),
        Activate(ACTIVATIONS["tanh"]()),
        Normalize(BatchNormalization()),
    ],
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_layer_does_not_write_over_what_others_still_read(case):
    message = (
        r"^(Activate|Normalize) writes over what it is given, and that is the data, or is read by "
        r"the layer below\. Put a Dense layer between\.$"
    )
    with pytest.raises(ValueError, match=message):
        Network(REFUSED[case], N_INPUTS)


ALLOWED = {
    "dropout in between": lambda f: [Dense(4), Dropout(0.4), f, Dense(2)],
    "members in between": lambda f: [Dense(4), Repeat(3), Scale(3), f, MemberDense(3, 2)],
    "members below": lambda f: [Repeat(3), MemberDense(3, 4), f, Dense(2)],
    "embeddings below": lambda f: [Embed([3, 2], 2), f, Dense(2)],
    "normalized below": lambda f: [Dense(4), Normalize(BatchNormalization()), f, Dense(2)],
    "dropout above": lambda f: [Dense(4), f, Dropout(0.4), Scale(), Dense(2)],
}


@pytest.mark.parametrize("f", ["activate tanh", "activate elu", "normalize batch"])
@pytest.mark.parametrize("case", ALLOWED)
def test_a_layer_may_write_over_what_nobody_reads(case, f):
    assert_gradient(build(ALLOWED[case](LAYERS[f]())), data())


# --- buffers ----------------------------------------------------------------------------------


@IN_EVERY_PLACE
def test_a_short_batch_gives_what_it_gives_alone(name, place):
    results = []
    for n_rows in (M, 6):
        network = in_place(name, place)
        rng = np.random.default_rng(5)
        workspace = network.workspace(n_rows, rng)
        if n_rows == M:  # leave numbers in every buffer
            before = network.parameters.vector.copy()
            step(network, data(), workspace)
            network.parameters.vector[...] = before
            rng.bit_generator.state = np.random.default_rng(5).bit_generator.state
        results.append([*step(network, data()[:6], workspace), network.parameters.vector])

    for long, short in zip(*results, strict=True):
        np.testing.assert_array_equal(long, short)


@IN_EVERY_PLACE
def test_a_short_batch_writes_into_its_own_buffers_alone(name, place):
    network = in_place(name, place)
    workspace = network.workspace(M, np.random.default_rng(5))
    buffers = workspace.rows(6)
    block = buffers.losses.base
    own = np.zeros(len(block), bool)
    for b in [*buffers.layers, buffers]:
        for array in vars(b).values():
            if isinstance(array, np.ndarray) and array.base is block:
                start = array.ctypes.data - block.ctypes.data
                own[start : start + array.nbytes] = True
    block[...] = 0xA5

    step(network, data()[:6], workspace)

    assert not own.all()
    assert (block[~own] == 0xA5).all()


MANY = {"rows": (8190, 4), "columns": (6, 8192)}


@pytest.mark.usefixtures("small_iterator_buffers")
@pytest.mark.parametrize(
    ("name", "many", "dtype"), pairwise(name=LAYERS, many=MANY, dtype=[np.float32, np.float64])
)
def test_a_step_allocates_no_array(name, many, dtype):
    # A number for each row or column, even of one byte, takes 8 KB.
    layer, shape = LAYERS[name](), MANY[many]
    layers = [layer] if isinstance(layer, Embed) else [Inputs(shape[0]), layer]
    network, X = build(layers, dtype, shape[1]), data(shape[0], dtype, shape[1])
    buffers = network.workspace(shape[0], np.random.default_rng(5)).rows(shape[0]).layers
    gradient = network.parameters.like()

    def once():
        network.backward(network.forward(X, buffers), buffers, gradient)

    # Views, iterators and numbers; add.at of NumPy 1.26 has 7.4 KB of its own, however many rows.
    assert peak_of(once) < 8000


# --- copies, rate and decay, description ------------------------------------------------------


COPIES = {
    "deepcopy": copy.deepcopy,
    "pickle": lambda network: pickle.loads(pickle.dumps(network)),
    "copy": Network.copy,
}


@pytest.mark.parametrize(
    ("name", "place", "copied"), pairwise(can_stand, name=LAYERS, place=PLACES, copied=COPIES)
)
def test_a_copy_predicts_the_same_with_a_vector_of_its_own(name, place, copied):
    network = in_place(name, place)
    expected = predict(network, data()).copy()

    twin = COPIES[copied](network)

    np.testing.assert_array_equal(predict(twin, data()), expected)
    twin.parameters.vector[...] = 0
    assert not any(array.any() for p in twin.parameters.layers for array in p.values())
    np.testing.assert_array_equal(predict(network, data()), expected)


LEARNING = [name for name, make in LAYERS.items() if make().arrays(N_INPUTS)]


def after_a_step(network, optimizer=None, rate=0.25):
    """Return the arrays of each layer before a step, their gradient, and after it."""
    gradient, before = network.parameters.like(), network.copy()
    gradient.vector[...] = np.random.default_rng(3).standard_normal(len(gradient.vector))
    Update(network, gradient, {}, optimizer or SGD(momentum=0), Constant(), 1.0).step(rate, 1)
    return zip(before.parameters.layers, gradient.layers, network.parameters.layers, strict=True)


@pytest.mark.parametrize("name", LEARNING)
def test_a_layer_has_a_rate_and_a_decay_of_its_own(name):
    layer = LAYERS[name]()
    layer.lr, layer.decay = 0.5, 0.1
    network = build([Dense(N_INPUTS), layer, Dense(2)])
    kinds = network.parameters.spec

    for index, (before, gradient, after) in enumerate(after_a_step(network)):
        for array, (kind, _) in kinds[index].items():
            lr, decay = (0.5, 0.1) if index == 1 else (1.0, 0.0)
            decay = 0.0 if kind == "bias" else decay
            expected = before[array] * (1 - 0.25 * decay) - 0.25 * lr * gradient[array]
            if kind == "statistic":
                expected = before[array]
            np.testing.assert_allclose(after[array], expected, rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("name", LEARNING)
def test_an_array_has_a_rate_of_its_own(name):
    layer = LAYERS[name]()
    array = next(iter(layer.arrays(N_INPUTS)))
    layer.lr = {array: 0.5}
    network = build([Dense(N_INPUTS), layer, Dense(2)])

    for index, (before, gradient, after) in enumerate(after_a_step(network)):
        for own, (kind, _) in network.parameters.spec[index].items():
            lr = 0.5 if (index, own) == (1, array) else 1.0
            expected = before[own] - (kind != "statistic") * 0.25 * lr * gradient[own]
            np.testing.assert_allclose(after[own], expected, rtol=1e-13, atol=1e-15)


def test_the_decay_of_a_layer_comes_on_top_of_the_solvers():
    optimizer, layer = SGD(momentum=0), MemberDense(3, 5)
    optimizer.weight_decay, layer.decay = 0.2, 0.1
    network = build([Dense(N_INPUTS), layer])

    first, second = after_a_step(network, optimizer)

    for (before, gradient, after), decay in [(first, 0.2), (second, 0.2 + 0.1)]:
        expected = before["W"] * (1 - 0.25 * decay) - 0.25 * gradient["W"]
        np.testing.assert_allclose(after["W"], expected, rtol=1e-13)
        np.testing.assert_allclose(after["b"], before["b"] - 0.25 * gradient["b"], rtol=1e-13)


def test_rates_and_decays_are_parameters_of_the_layers_that_have_them():
    assert (Scale(3).lr, Scale(3, lr=2.0).lr) == (1.0, 2.0)
    assert MemberDense(3, 5, lr={"b": 0.5}).lr == {"b": 0.5}
    assert (Embed([2], 3).lr, Embed([2], 3).decay) == (1.0, 0.0)
    embed = Embed([2], 3, lr=0.5, decay=0.1)
    assert (embed.lr, embed.decay) == (0.5, 0.1)


@EVERY_LAYER
def test_a_layer_is_described_by_words_or_components(name):
    parts = LAYERS[name]().describe()

    assert isinstance(parts, list)
    assert all(isinstance(part, str | Component) for part in parts)


@pytest.mark.parametrize(
    ("name", "words"),
    {
        "layer": ["Layer"],
        "dense": [],
        "dropout": ["dropout 0.4"],
        "scale": ["scale"],
        "scaled member dense": ["scale"],
        "repeat": ["2 members"],
        "choose": ["3 columns"],
        "piecewise linear": ["piecewise linear"],
        "embed": ["embeddings"],
    }.items(),
)
def test_these_words_describe_a_layer(name, words):
    assert LAYERS[name]().describe() == words


@pytest.mark.parametrize(
    "name", ["dense", "member dense", "choose", "piecewise linear"], ids=lambda name: name
)
def test_what_nothing_learns_below_has_no_room_for_a_gradient(name):
    network = Network([LAYERS[name](), Dense(2)], N_INPUTS)

    first, _ = network.workspace(M).rows(M).layers

    assert getattr(first, "dA", None) is None


@EVERY_LAYER
def test_the_stages_of_a_network_add_up(name):
    for network in in_every_place(name):
        stages = network.summary()

        assert stages[0].n_units == N_INPUTS
        assert stages[-1].n_units == network.n_outputs
        assert sum(stage.n_parameters for stage in stages) == network.parameters.trainable.size
        described = [part for stage in stages for part in stage.parts]
        assert described == [part for layer in network.layers for part in layer.describe()]
