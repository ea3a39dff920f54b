"""The examples' promises: the same program prints the same; a recipe runs and learns."""

import runpy
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.ndimage import map_coordinates

from skfcn.datasets import load_mnist_mat

pytestmark = pytest.mark.slow

EXAMPLES = Path(__file__).parents[1] / "examples"
PROGRAM = EXAMPLES / "drop_in.py"
OURS = """\
from skfcn import FCNClassifier as MLPClassifier
from skfcn import FCNRegressor as MLPRegressor
"""
THEIRS = "from sklearn.neural_network import MLPClassifier, MLPRegressor\n"


def run(program):
    command = [sys.executable, "-W", "error", "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def test_two_lines_are_all_there_is_to_change():
    program = PROGRAM.read_text(encoding="utf-8")
    assert program.count(OURS) == 1
    exchanged = program.replace(OURS, THEIRS)
    assert "skfcn" not in exchanged.split('"""', 2)[2]
    ours, theirs = run(program), run(exchanged)
    assert len(ours) == len(theirs) > 15
    for our_line, their_line in zip(ours, theirs, strict=True):
        assert our_line == their_line


def test_the_recipe_for_mnist_learns_in_two_epochs(mnist_mat, capsys):
    main = runpy.run_path(str(EXAMPLES / "mnist_dropout.py"))["main"]

    accuracies = main(
        mnist_mat, validate=True, seeds=1, hidden_layer_sizes=(64, 64), dropout=0.1, max_iter=2
    )

    assert 0.93 < accuracies[0] < 0.98
    assert f"mean accuracy {accuracies[0]:.4f}" in capsys.readouterr().out


def test_the_weights_for_the_page_survive_their_way_into_a_script(mnist_mat):
    example = runpy.run_path(str(EXAMPLES / "draw_a_digit.py"))
    X, y = load_mnist_mat(mnist_mat, subset="test", return_X_y=True)
    X = X[::20].astype(np.float32) / 255
    network = example["train"](X, y[::20], hidden_layer_sizes=(16,), max_iter=3)

    script = example["encode"](network)
    decoded = example["decode"](script)

    for exact, rounded in zip(network.coefs_, decoded.coefs_, strict=True):
        np.testing.assert_array_equal(exact.astype(np.float16), rounded)
    for exact, rounded in zip(network.intercepts_, decoded.intercepts_, strict=True):
        np.testing.assert_array_equal(exact.astype(np.float16), rounded)
    np.testing.assert_allclose(network.predict_proba(X), decoded.predict_proba(X), atol=0.01)


def test_deformed_digits_are_images_still(mnist_mat):
    deform = runpy.run_path(str(EXAMPLES / "draw_a_digit.py"))["deform"]
    X, y = load_mnist_mat(mnist_mat, subset="test", return_X_y=True)
    X = X[:300].astype(np.float32) / 255

    deformed, same = deform(X.copy(), y[:300], np.random.default_rng(0))

    assert same is not None
    assert deformed.dtype == np.float32
    assert 0 <= deformed.min() <= deformed.max() <= 1
    changed = np.abs(deformed - X).mean(axis=1)
    assert changed.min() > 0
    ink = deformed.sum(axis=1) / X.sum(axis=1)
    assert ink.min() > 0  # erosion leaves little of a thin stroke
    assert 0.8 < np.median(ink) < 1.25


def test_the_page_is_sure_of_digits_and_not_of_scribbles(mnist_mat):
    example = runpy.run_path(str(EXAMPLES / "draw_a_digit.py"))
    network = example["decode"](example["PAGE"].read_text("ascii"))
    X, _ = load_mnist_mat(mnist_mat, subset="test", return_X_y=True)
    rng = np.random.default_rng(2)
    scribbles = np.array([example["scribble"](rng) for _ in range(200)])

    assert scribbles.shape == (200, 784)
    assert 0 <= scribbles.min() < scribbles.max() == 1
    sure_of_digits, sure_of_scribbles = [
        network.predict_proba(images).max(axis=1) > example["UNSURE"]
        for images in (X[::10] / 255, scribbles)
    ]
    assert sure_of_digits.mean() > 0.97
    assert sure_of_scribbles.mean() < 0.25


@pytest.fixture(scope="module")
def mnist_deformed():
    return runpy.run_path(str(EXAMPLES / "mnist_deformed.py"))


def test_the_recipe_with_deformed_images_learns_in_two_epochs(mnist_deformed, mnist_mat):
    accuracies = mnist_deformed["main"](
        mnist_mat, validate=True, seeds=1, hidden_layer_sizes=(64,), max_iter=2
    )

    assert 0.88 < accuracies[0] < 0.98


def test_pixels_are_mixed_as_scipy_mixes_them(mnist_deformed):
    rng = np.random.default_rng(0)
    X = rng.random((5, 784), dtype=np.float32)
    places = rng.uniform(-2, 30, (5, 2, 784)).astype(np.float32)

    found = mnist_deformed["interpolate"](X, places.copy())

    # Ours has one blank pixel around an image, where whatever lies farther out is looked up.
    blank = np.pad(X.reshape(5, 28, 28), ((0, 0), (1, 1), (1, 1)))
    at = np.clip(places, -1, 28) + 1
    expected = [
        map_coordinates(image, where, order=1) for image, where in zip(blank, at, strict=True)
    ]
    np.testing.assert_allclose(found, expected, atol=2e-3)


def test_a_deformation_of_nothing_leaves_the_images(mnist_deformed):
    X = np.random.default_rng(0).random((4, 784), dtype=np.float32)
    still = {"turn": 0, "stretch": 0, "slant": 0, "shift": 0, "strength": 0}
    deform = mnist_deformed["Deformation"](**still, n_fields=1)

    deformed, _ = deform(X, None, np.random.default_rng(0))

    np.testing.assert_allclose(deformed, X, atol=1e-5)
    assert deformed.dtype == np.float32
