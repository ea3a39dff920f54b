"""Train the network of the page "Draw a digit", and write its weights for a browser.

``python examples/draw_a_digit.py mnist_all.mat`` trains 784-128-10 on MNIST's training images,
turned, stretched, thickened and thinned a little as they come, rounds the weights to float16,
prints the accuracy of the rounded network on the test images, and writes
``docs/pages/draw_a_digit/weights.js``. With ``--validate`` it trains on 50,000 of the training
images, scores the other 10,000 and writes nothing: that is how the settings were chosen.

One image in ten is a scribble, whose target is a tenth for each digit: so the network learns to
say that it is not sure.
"""

import argparse
import base64
import json
import re
from itertools import pairwise
from pathlib import Path

import numpy as np
from scipy.interpolate import make_interp_spline
from scipy.ndimage import grey_dilation, grey_erosion, map_coordinates
from scipy.spatial import KDTree
from sklearn.model_selection import train_test_split

from skfcn import FCNClassifier
from skfcn.datasets import load_mnist_mat

PAGE = Path(__file__).parents[1] / "docs/pages/draw_a_digit/weights.js"
SIDE = 28
BOX = 20  # pixels: MNIST's digits are as large
UNSURE = 0.6  # the page is not sure of a digit that is less probable
PIXELS = np.indices((SIDE, SIDE)).reshape(2, -1).T + 0.5


def deform(X, y, rng):
    """Turn, stretch, slant and shift each image of a batch; make some thicker, some thinner."""
    n = len(X)
    images = X.reshape(n, SIDE, SIDE)
    images = np.where(rng.random((n, 1, 1)) < 0.2, grey_dilation(images, (1, 2, 2)), images)
    images = np.where(rng.random((n, 1, 1)) < 0.1, grey_erosion(images, (1, 2, 2)), images)

    angle, slant = rng.uniform(-0.25, 0.25, (2, n))
    height, width = rng.uniform(0.85, 1.15, (2, n))
    cos, sin = np.cos(angle), np.sin(angle)
    turn = np.array([[cos, sin], [-sin, cos]]).transpose(2, 0, 1)
    stretch = np.array([[height, np.zeros(n)], [slant, width]]).transpose(2, 0, 1)
    middle = (SIDE - 1) / 2
    grid = np.indices((SIDE, SIDE)).reshape(2, -1) - middle
    places = turn @ stretch @ grid + middle + rng.uniform(-1, 1, (n, 2, 1))
    which = np.broadcast_to(np.arange(n)[:, None], (n, SIDE * SIDE))
    X[:] = map_coordinates(images, [which, places[:, 0], places[:, 1]], order=1)
    return X, y


def scribble(rng):
    """Return an image of one to three random strokes, as large and central as a digit."""
    strokes = []
    for _ in range(rng.integers(1, 4)):
        corners = rng.random((rng.integers(6, 14), 2))
        along = np.linspace(0, 1, len(corners))
        curve = make_interp_spline(along, corners, k=rng.choice([1, 3]))
        strokes.append(curve(np.linspace(0, 1, 500)))
    points, pen = np.concatenate(strokes), rng.uniform(0.7, 1.5)
    points *= (BOX - 2 * pen) / np.ptp(points, axis=0).max()
    points += SIDE / 2 - points.mean(axis=0)
    distance, _ = KDTree(points).query(PIXELS)
    return np.clip(pen + 0.5 - distance, 0, 1)


class DigitsAndScribbles:
    """Deforms the digits of a batch, and puts scribbles, which are no digit, in place of some."""

    def __init__(self, share=0.1, n_scribbles=3000):
        self.share = share
        rng = np.random.default_rng(0)
        self.scribbles = np.array([scribble(rng) for _ in range(n_scribbles)], np.float32)

    def __call__(self, X, y, rng):
        X, y = deform(X, y, rng)
        some = rng.random(len(X)) < self.share
        X[some] = self.scribbles[rng.integers(len(self.scribbles), size=some.sum())]
        y[some] = 1 / y.shape[1]
        return X, y


def train(X, y, **changes):
    """Fit the network on pixels from 0 to 1."""
    settings = {
        "hidden_layer_sizes": (128,),
        "augmentation": DigitsAndScribbles(),
        "learning_rate": "one_cycle",
        "learning_rate_init": 0.01,
        "batch_size": 256,
        "max_iter": 30,
        "dtype": "float32",
        "random_state": 0,
    }
    return FCNClassifier(**settings | changes).fit(X, y)


def encode(network):
    """Return the layer sizes and the weights, rounded to float16, as JavaScript."""
    layers = [network.n_features_in_, *(W.shape[1] for W in network.coefs_)]
    arrays = [*network.coefs_, *network.intercepts_]
    vector = np.concatenate([array.ravel() for array in arrays]).astype("<f2")
    weights = {"layers": layers, "float16": base64.b64encode(vector.tobytes()).decode()}
    return f"const WEIGHTS = {json.dumps(weights)};\n"


def decode(script):
    """Return the network that a page with this script has."""
    weights = json.loads(re.fullmatch(r"const WEIGHTS = (.*);\n", script)[1])
    layers = weights["layers"]
    vector = np.frombuffer(base64.b64decode(weights["float16"]), "<f2").astype(np.float64)
    shapes = list(pairwise(layers))
    ends = np.cumsum([*(rows * columns for rows, columns in shapes), *layers[1:]])
    arrays = np.split(vector, ends[:-1])
    coefs = [array.reshape(shape) for array, shape in zip(arrays, shapes, strict=False)]
    return FCNClassifier.from_weights(coefs, arrays[len(shapes) :], classes=range(layers[-1]))


def main(path, validate=False):
    """Train, round, score and write; return the accuracy."""
    X, y = load_mnist_mat(path, return_X_y=True)
    if validate:
        X, X_test, y, y_test = train_test_split(X, y, test_size=10_000, stratify=y, random_state=0)
    else:
        X_test, y_test = load_mnist_mat(path, subset="test", return_X_y=True)
    script = encode(train(X.astype(np.float32) / 255, y))
    network, X_test = decode(script), X_test / 255
    accuracy = network.score(X_test, y_test)
    print(f"accuracy {accuracy:.4f}, {len(script) / 1000:.0f} kB")
    rng = np.random.default_rng(1)
    for name, images in [
        ("digits", X_test),
        ("scribbles", [scribble(rng) for _ in range(1000)]),
    ]:
        sure = network.predict_proba(images).max(axis=1) > UNSURE
        print(f"sure of {100 * sure.mean():.1f} % of {name}")
    if not validate:
        PAGE.write_text(script, encoding="ascii")
    return accuracy


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("path", help="mnist_all.mat")
    parser.add_argument("--validate", action="store_true", help="score held-out training images")
    main(**vars(parser.parse_args()))
