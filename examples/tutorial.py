"""The tutorial that skfcn began from: 784-256-128-10 on MNIST by plain gradient descent.

Run ``python examples/tutorial.py mnist_all.mat``. It prints both accuracies and draws the
loss and the accuracy of every 200th batch.
"""

import sys

from sklearn.pipeline import make_pipeline

from skfcn import FCNClassifier
from skfcn.callbacks import StepLog
from skfcn.datasets import load_mnist_mat
from skfcn.displays import TrainingDisplay
from skfcn.initializers import VarianceScaling
from skfcn.preprocessing import PixelScaler


def main(path, max_iter=15, plot="tutorial.png"):
    """Train and score; return the fitted pipeline and its test accuracy."""
    X, y = load_mnist_mat(path, return_X_y=True)
    X_test, y_test = load_mnist_mat(path, subset="test", return_X_y=True)

    network = FCNClassifier(
        hidden_layer_sizes=(256, 128),
        activation="relu",
        init=VarianceScaling(2.0, "fan_out", "normal"),
        solver="sgd",
        momentum=0.0,
        learning_rate_init=0.01,
        alpha=0.0,
        batch_size=128,
        max_iter=max_iter,
        n_iter_no_change=float("inf"),  # just so many epochs
        random_state=0,
    )
    log = StepLog(every=200)
    network.set_callbacks(log)
    model = make_pipeline(PixelScaler(divisor=225), network).fit(X, y)

    test_accuracy = model.score(X_test, y_test)
    print(f"train accuracy {model.score(X, y):.4f}")
    print(f"test accuracy  {test_accuracy:.4f}")
    TrainingDisplay.from_log(log).figure_.savefig(plot)
    return model, test_accuracy


if __name__ == "__main__":
    main(sys.argv[1])
