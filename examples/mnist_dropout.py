"""MNIST without augmentation: dropout, AdamW and one cycle of the learning rate.

``python examples/mnist_dropout.py mnist_all.mat`` trains with three seeds on all 60,000 training
images and prints the test accuracy of each and their mean. With ``--validate`` it trains on
50,000 and scores the other 10,000: that is how the recipe was chosen, before any test image
was looked at.
"""

import argparse
import time

import numpy as np
from sklearn.model_selection import train_test_split

from skfcn import FCNClassifier
from skfcn.datasets import load_mnist_mat
from skfcn.losses import LogLoss
from skfcn.optimizers import AdamW

RECIPE = {
    "hidden_layer_sizes": (800, 800),
    "activation": "gelu_tanh",
    "dropout": (0.2, 0.5, 0.5),
    "loss": LogLoss(label_smoothing=0.1),
    "solver": AdamW(weight_decay=0.01),
    "alpha": 0.0,
    "learning_rate": "one_cycle",
    "learning_rate_init": 0.002,
    "batch_size": 256,
    "max_iter": 40,
    "dtype": "float32",
}


def pixels(X):
    """Between 0 and 1, in half the memory that float64 takes."""
    return X.astype(np.float32) / 255


def main(path, validate=False, seeds=3, **changes):
    """Train and score once for each seed; return the accuracies."""
    X, y = load_mnist_mat(path, return_X_y=True)
    if validate:
        X, X_test, y, y_test = train_test_split(X, y, test_size=10_000, stratify=y, random_state=0)
    else:
        X_test, y_test = load_mnist_mat(path, subset="test", return_X_y=True)
    X, X_test = pixels(X), pixels(X_test)

    accuracies = []
    for seed in range(seeds):
        start = time.perf_counter()
        network = FCNClassifier(**{**RECIPE, **changes}, random_state=seed).fit(X, y)
        seconds = time.perf_counter() - start
        accuracies.append(network.score(X_test, y_test))
        print(f"seed {seed}: accuracy {accuracies[-1]:.4f} after {seconds:.0f} s", flush=True)
    print(f"mean accuracy {np.mean(accuracies):.4f}")
    return accuracies


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("path", help="mnist_all.mat")
    parser.add_argument("--validate", action="store_true", help="score held-out training images")
    parser.add_argument("--seeds", type=int, default=3, help="how many (3)")
    main(**vars(parser.parse_args()))
