"""What all components share: names, copies, parameters and their checks."""

import pickle
from functools import partial

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.utils._param_validation import InvalidParameterError

from skfcn._sklearn import Component, resolve, same_component
from skfcn.activations import ACTIVATIONS, ELU, Activation, ReLU
from skfcn.initializers import INITIALIZERS, Auto, Normal, Orthogonal, VarianceScaling
from skfcn.losses import LOSSES, BinaryBrierLoss, BinaryLogLoss, BrierLoss
from skfcn.optimizers import LBFGS, OPTIMIZERS, SGD, Adam
from skfcn.schedules import SCHEDULES, Adaptive, InverseScaling

REGISTRIES = [ACTIVATIONS, INITIALIZERS, LOSSES, OPTIMIZERS, SCHEDULES]
NAMED = [
    pytest.param(registry, name, id=name) for registry in REGISTRIES for name in sorted(registry)
]
COMPONENTS = [
    pytest.param(make, id=name) for registry in REGISTRIES for name, make in registry.items()
] + [
    pytest.param(make, id=make.__name__)
    for make in (BinaryLogLoss, BrierLoss, BinaryBrierLoss, LBFGS)
]


@pytest.fixture(params=COMPONENTS)
def component(request):
    return request.param()


def changed(component):
    """The same component with every number doubled, so that no default hides a mistake."""
    return clone(component).set_params(
        **{
            name: 2 * value
            for name, value in component.get_params().items()
            if isinstance(value, float | int) and not isinstance(value, bool)
        }
    )


@pytest.mark.parametrize(("registry", "name"), NAMED)
def test_a_name_means_a_new_object_of_the_registered_class(registry, name):
    made = resolve(name, registry)

    assert isinstance(made, Component)
    assert type(made) is type(registry[name]())
    assert made.get_params() == registry[name]().get_params()
    assert made is not resolve(name, registry)


@pytest.mark.parametrize(("registry", "name"), NAMED)
def test_a_name_and_the_object_it_means_are_the_same(registry, name):
    by_name, by_object = resolve(name, registry), resolve(registry[name](), registry)

    assert type(by_name) is type(by_object)
    assert by_name.get_params() == by_object.get_params()


def test_an_object_is_cloned_and_never_used_itself(component):
    resolved = resolve(component, {})

    assert resolved is not component
    assert type(resolved) is type(component)
    assert resolved.get_params() == component.get_params()


def test_changing_the_resolved_object_does_not_change_the_one_passed_in():
    passed = SGD(momentum=0.5)

    resolve(passed, OPTIMIZERS).momentum = 0.1

    assert passed.momentum == 0.5


def test_what_training_left_on_an_object_does_not_come_along():
    passed = ReLU()
    passed.left_behind = np.ones(3)

    assert not hasattr(resolve(passed, ACTIVATIONS), "left_behind")


def test_parameters_go_to_the_name_they_are_given_for():
    parameters = {"adam": {"beta_1": 0.5}, "sgd": {"momentum": 0.1}}

    assert resolve("adam", OPTIMIZERS, parameters).get_params() == {
        **Adam().get_params(),
        "beta_1": 0.5,
    }
    assert resolve("sgd", OPTIMIZERS, parameters).momentum == 0.1


def test_parameters_of_a_name_do_not_touch_an_object():
    assert resolve(Adam(beta_1=0.2), OPTIMIZERS, {"adam": {"beta_1": 0.5}}).beta_1 == 0.2


def test_parameters_are_checked_and_the_wrong_one_is_named():
    message = "'beta_1' parameter of Adam must be a float in the range"
    with pytest.raises(InvalidParameterError, match=message):
        resolve("adam", OPTIMIZERS, {"adam": {"beta_1": 2.0}})
    with pytest.raises(InvalidParameterError, match=message):
        resolve(Adam(beta_1=2.0), OPTIMIZERS)


def test_unknown_parameters_are_refused_by_name():
    with pytest.raises(TypeError, match="bogus"):
        resolve("adam", OPTIMIZERS, {"adam": {"bogus": 1}})
    with pytest.raises(ValueError, match="Invalid parameter 'bogus'"):
        Adam().set_params(bogus=1)


def test_an_unknown_name_is_refused():
    with pytest.raises(KeyError, match="bogus"):
        resolve("bogus", OPTIMIZERS)


def test_a_class_in_place_of_an_object_is_refused():
    with pytest.raises(TypeError, match="instance"):
        resolve(ReLU, ACTIVATIONS)


def test_a_registry_may_hold_a_class_with_parameters_set():
    made = resolve("he", {"he": partial(VarianceScaling, 2.0, "fan_in")})

    assert made.get_params() == {"scale": 2.0, "mode": "fan_in", "distribution": "uniform"}


class Steep(Activation):
    """A user's own, without constraints."""

    def __init__(self, slope=3.0):
        self.slope = slope


class Gentle(ELU):
    """A user's own, with a parameter that the base's constraints do not know."""

    def __init__(self, alpha=0.1, bend=2.0):
        super().__init__(alpha)
        self.bend = bend


def test_a_users_own_class_needs_no_constraints():
    assert resolve(Steep(slope="anything"), ACTIVATIONS).slope == "anything"


def test_a_users_own_class_keeps_the_constraints_it_inherits():
    assert resolve(Gentle(bend=None), ACTIVATIONS).get_params() == {"alpha": 0.1, "bend": None}
    with pytest.raises(InvalidParameterError, match="'alpha' parameter of Gentle"):
        resolve(Gentle(alpha=-1.0), ACTIVATIONS)


def test_every_parameter_has_a_constraint(component):
    assert set(component._parameter_constraints) == set(component.get_params())


def test_defaults_satisfy_the_constraints(component):
    assert resolve(type(component)(), {}).get_params() == type(component)().get_params()


@pytest.mark.parametrize(
    "extreme",
    [
        ELU(alpha=0),
        SGD(momentum=0),
        SGD(momentum=1),
        Adam(beta_1=0, beta_2=0),
        InverseScaling(power=0),
        Adaptive(divisor=1.001, min_rate=0),
        Auto(factor=1e-9),
        Normal(scale=0),
        Orthogonal(gain=1e-9),
        LBFGS(max_fun=1),
    ],
    ids=repr,
)
def test_ends_of_the_ranges_are_accepted(extreme):
    assert resolve(extreme, {}).get_params() == extreme.get_params()


def test_same_component_compares_class_and_parameters(component):
    assert same_component(component, clone(component))
    assert not same_component(component, Steep())
    for name in component.get_params():
        other = clone(component).set_params(**{name: "something else"})
        assert not same_component(component, other)


def test_parameters_round_trip(component):
    original = changed(component)

    twin = type(original)(**original.get_params())

    assert twin.get_params() == original.get_params()
    assert component.set_params(**original.get_params()) is component
    assert component.get_params() == original.get_params()


@pytest.mark.parametrize(
    "copy", [clone, lambda c: pickle.loads(pickle.dumps(c))], ids=["clone", "pickle"]
)
def test_copies_are_equal_and_apart(component, copy):
    original = changed(component)

    twin = copy(original)

    assert twin is not original
    assert type(twin) is type(original)
    assert twin.get_params() == original.get_params()


def test_repr_says_how_to_make_it(component):
    original = changed(component)

    twin = eval(repr(original), {type(original).__name__: type(original)})

    assert type(twin) is type(original)
    assert twin.get_params() == original.get_params()


def test_repr_shows_what_was_set():
    assert repr(ELU()) == "ELU()"
    assert repr(ELU(alpha=0.5)) == "ELU(alpha=0.5)"
