"""Members of a committee against networks of their own."""

import pickle

import numpy as np
import pytest

from skfcn.activations import SELU, SiLU
from skfcn.engine import Network, raw_outputs
from skfcn.losses import LogLoss
from skfcn.optimizers import Adam
from skfcn.schedules import Constant
from skfcn.tabular import (
    Committee,
    Recipe,
    batch_size_for,
    edges_of,
    generator,
    member_layers,
    telling_columns,
)

N_INPUTS, N_OUTPUTS = 4, 3
X = np.random.default_rng(0).standard_normal((30, N_INPUTS)).astype(np.float32)


def recipe(**params):
    defaults = {
        "n_members": 10,
        "n_inputs": N_INPUTS,
        "hidden": (5, 7),
        "activation": SELU(),
        "dropout": 0.0,
        "weight_decay": 0.0,
        "embedding_sizes": (),
        "embedding_width": 2,
        "edges": [],
        "chosen": None,
        "loss": LogLoss(),
        "optimizer": Adam(),
        "schedule": Constant(),
        "learning_rate": 0.1,
        "batch_size": 8,
        "n_steps": 10,
        "n_checks": 2,
    }
    return Recipe(**{**defaults, **params})


def committee(**params):
    made = Committee.of(recipe(**params), N_OUTPUTS)
    made.initialize(seed=3)
    made.vector += np.random.default_rng(1).normal(0, 0.3, len(made.vector)).astype(np.float32)
    return made


def alone(members, number, **params):
    """Return a network of one member, with its weights."""
    r = recipe(**params)
    group, position = divmod(number, r.groups[0][0])
    source = members.groups[group]
    layers = member_layers(r, 1, N_OUTPUTS, r.groups[group][1])
    network = Network(layers, N_INPUTS, np.float32)
    pairs = zip(network.parameters.layers, source.parameters.layers, strict=True)
    for own, theirs in pairs:
        for name, array in own.items():
            array[0] = theirs[name][position]
    return network


PARAMS = [
    {},
    {"dropout": 0.3},
    {"edges": [[-1, 0, 1], [0, 1], [], []]},
    {"chosen": [3, 0], "edges": [[-1, 0, 1], [0, 1], [], []]},
    {"embedding_sizes": (3, 2), "activation": SiLU()},
]


@pytest.mark.parametrize("params", PARAMS)
def test_a_committee_says_what_each_member_says_alone(params):
    members = committee(**params)

    raw = members.raw_outputs(X)

    assert raw.shape == (10, 30, N_OUTPUTS)
    for number in range(10):
        expected = raw_outputs(alone(members, number, **params), X)
        np.testing.assert_allclose(raw[number], expected, rtol=1e-5, atol=1e-6)


def test_every_other_group_sees_bins_or_chosen_columns():
    edges = [[-1, 0, 1], [], [], []]

    assert recipe().groups == [(8, False), (2, False)]
    assert recipe(n_members=9, edges=edges).groups == [(4, False), (4, True), (1, False)]
    assert recipe(n_members=6, chosen=[2]).groups == [(4, False), (2, True)]
    assert recipe(n_members=1).groups == [(1, False)]


def test_groups_are_small_where_a_step_has_enough_work_for_threads():
    assert not recipe(batch_size=128, hidden=(64, 64, 64)).pays_threads

    large = recipe(batch_size=128, hidden=(128, 128, 128))

    assert large.pays_threads
    assert large.groups == [(4, False), (4, False), (2, False)]


def test_the_groups_lie_in_one_vector():
    members = committee()

    members.vector[...] = np.arange(len(members.vector))

    for group, part in zip(members.groups, members.slices, strict=True):
        np.testing.assert_array_equal(group.parameters.vector, members.vector[part])
        assert np.shares_memory(group.parameters.vector, members.vector)
    assert sum(part.stop - part.start for part in members.slices) == len(members.vector)


def test_the_first_weights_of_a_member_depend_on_nobody_else():
    few, many = (Committee.of(recipe(n_members=k), N_OUTPUTS) for k in (2, 10))
    few.initialize(5)
    many.initialize(5)

    layers = zip(few.groups[0].parameters.layers, many.groups[0].parameters.layers, strict=True)
    for p, q in layers:
        for name, array in p.items():
            np.testing.assert_array_equal(array, q[name][:2])


def test_weights_begin_with_variance_one_over_the_inputs_and_the_last_ones_at_zero():
    members = Committee.of(recipe(hidden=(400, 300)), N_OUTPUTS)
    members.initialize(0)

    first, _, second, _, last = members.groups[0].parameters.layers
    assert (first["scale"] == 1).all()
    assert first["W"].std() == pytest.approx(1 / 2, rel=0.05)
    assert second["W"].std() == pytest.approx(1 / 20, rel=0.05)
    assert first["b"].std() == pytest.approx(1, rel=0.1)
    assert not last["W"].any()
    assert not last["b"].any()
    assert not np.array_equal(first["W"][0], first["W"][1])


def test_the_chosen_members_are_copied():
    source, target = committee(), committee()
    before, target.vector[...] = source.raw_outputs(X), 0
    chosen = np.arange(10) % 3 == 0

    source.copy_members(chosen, target)

    found = target.raw_outputs(X)
    np.testing.assert_array_equal(found[chosen], before[chosen])
    assert not found[~chosen].any()


def test_a_pickled_committee_says_the_same_and_has_one_vector():
    members = committee()

    loaded = pickle.loads(pickle.dumps(members))

    np.testing.assert_array_equal(loaded.raw_outputs(X), members.raw_outputs(X))
    loaded.vector[...] = 0
    assert not loaded.raw_outputs(X).any()


def test_random_numbers_depend_on_their_key_alone():
    first = generator(1, 2).random(3)

    np.testing.assert_array_equal(generator(1, 2).random(3), first)
    assert not np.array_equal(generator(2, 1).random(3), first)


@pytest.mark.parametrize(
    ("n_rows", "batch_size"),
    [(2, 32), (500, 32), (1000, 62), (3000, 128), (76_000, 128), (300_000, 500), (10**7, 1024)],
)
def test_batches_are_small_for_small_tables_and_large_for_large_ones(n_rows, batch_size):
    assert batch_size_for(n_rows, n_steps=1200) == batch_size


def test_bins_hold_as_many_rows_each():
    column = np.arange(1000.0)
    constant, two = np.ones(1000), np.tile([0.0, 1.0], 500)

    edges = edges_of(np.column_stack([column, constant, two]), n_bins=4)

    np.testing.assert_allclose(edges[0], [0, 249, 499, 749, 999])
    assert len(edges[1]) == len(edges[2]) == 0
    assert edges_of(column[:, None], 0) == edges_of(column[:, None], 1) == []


def test_many_numbers_have_fewer_bins_and_categories_take_none_of_them():
    rng = np.random.default_rng(0)
    numbers, categories = rng.standard_normal((200, 100)), rng.integers(0, 2, (200, 300))

    edges = edges_of(np.hstack([numbers, categories]), n_bins=24)

    assert [len(e) for e in edges] == [11] * 100 + [0] * 300
    assert edges_of(rng.standard_normal((200, 600)), n_bins=24) == []


def test_columns_that_tell_something_are_found_among_many_that_do_not():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((1000, 100)).astype(np.float32)
    y = X[:, [3]] + X[:, [7]] ** 2 + rng.normal(0, 0.5, (1000, 1)) > 1

    telling = telling_columns(X, y, n_codes=0)

    assert {3, 7} <= set(telling)
    assert len(telling) <= 5
    assert set(telling_columns(X, y, n_codes=1)) == {*telling, 99}
    assert telling_columns(X[:, :40], y, n_codes=0) is None
    everything = X[:, :60].sum(axis=1, keepdims=True)
    assert telling_columns(X[:, :60], everything, n_codes=0) is None
