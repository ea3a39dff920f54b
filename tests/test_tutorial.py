"""Every part of the tutorial that the project began from, on real MNIST."""

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from skfcn import FCNClassifier
from skfcn._cli import main
from skfcn.datasets import load_mnist_mat
from skfcn.initializers import Normal, Uniform
from skfcn.persistence import load_para

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]


# One seed for 15 epochs, after which seeds differ by less than a tenth of a percent.
@pytest.mark.parametrize(("epochs", "n_seeds", "at_least"), [(5, 3, 0.938), (15, 1, 0.957)])
def test_the_recipe_reaches_the_tutorials_accuracy(
    mnist_mat, tmp_path, monkeypatch, epochs, n_seeds, at_least
):
    monkeypatch.chdir(tmp_path)
    accuracies = []
    for seed in range(n_seeds):
        options = ["--recipe", "tutorial", "--epochs", epochs, "--seed", seed]
        arguments = ["train", "--data", mnist_mat, *options, "--report", "report.json"]
        # One thread: two wait for each other where other programs run, as on a CI machine.
        with threadpool_limits(1):
            assert main([str(argument) for argument in arguments]) == 0
        report = json.loads(Path("report.json").read_text())
        assert (report["n_train"], report["n_test"]) == (60_000, 10_000)
        assert report["layers"] == [784, 256, 128, 10]
        assert report["train_accuracy"] > report["test_accuracy"]
        accuracies.append(report["test_accuracy"])
    assert np.mean(accuracies) >= at_least


def test_the_authors_saved_model_scores_what_it_scored(mnist_mat, seed_para):
    X, y = load_mnist_mat(mnist_mat, subset="test", return_X_y=True)
    classifier = FCNClassifier.from_weights(*load_para(seed_para))
    assert classifier.hidden_layer_sizes == (256, 128)
    assert classifier.score(X / 225, y) == pytest.approx(0.9596, abs=0.0003)


def test_the_example_draws_the_curves_of_every_200_steps(mnist_mat, tmp_path):
    spec = importlib.util.spec_from_file_location("tutorial", ROOT / "examples" / "tutorial.py")
    tutorial = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tutorial)
    _, accuracy = tutorial.main(mnist_mat, max_iter=1, plot=tmp_path / "curves.png")
    assert accuracy > 0.85
    assert (tmp_path / "curves.png").stat().st_size > 10_000


@pytest.mark.parametrize("init", [Normal(scale=0.01), Uniform(0, 0.01)], ids=repr)
@pytest.mark.parametrize("activation", ["logistic", "tanh", "relu", "elu"])
def test_its_initializers_and_activations_learn(mnist_mat, init, activation):
    X, y = load_mnist_mat(mnist_mat, subset="test", return_X_y=True)
    classifier = FCNClassifier(
        (32,),
        activation=activation,
        init=init,
        batch_size=128,
        learning_rate_init=0.005,
        max_iter=3,
        n_iter_no_change=np.inf,
        random_state=0,
    )
    assert classifier.fit(X / np.float32(225), y).score(X / np.float32(225), y) > 0.9
