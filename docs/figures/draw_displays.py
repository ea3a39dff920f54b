"""Draw ``display_*.png``: what the code of the chapters draws, with its models and data.

Run ``python docs/figures/draw_displays.py`` from the root of the project.
"""

from pathlib import Path

from PIL import Image
from sklearn.datasets import load_digits, load_iris
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skfcn import FCNClassifier
from skfcn.displays import (
    DistributionDisplay,
    LearningRateDisplay,
    MisclassifiedDisplay,
    NetworkDisplay,
    TrainingDisplay,
    WeightsDisplay,
)


def save(display, name, n_colors=None):
    """Write a figure beside this file; with few colours, hundreds of thin lines take less."""
    path = Path(__file__).with_name(f"display_{name}.png")
    display.figure_.savefig(path, dpi=150)
    if n_colors:
        image = Image.open(path).convert("RGB")
        image.quantize(n_colors, Image.Quantize.FASTOCTREE).save(path, optimize=True)


def main():
    """Fit, draw and write."""
    X, y = load_digits(return_X_y=True)
    X_train, X_val, y_train, y_val = train_test_split(X / 16, y, random_state=0)
    training = {
        "max_iter": 50,
        "learning_rate_init": 0.003,
        "n_iter_no_change": float("inf"),
        "random_state": 0,
    }

    network = FCNClassifier((32, 16), **training).fit(X_train, y_train, X_val=X_val, y_val=y_val)
    save(TrainingDisplay.from_estimator(network), "training")

    fitted = {}
    for solver in ["adam", "rmsprop", "sgd"]:
        model = FCNClassifier((32,), solver=solver, **training)
        fitted[solver] = model.fit(X_train, y_train, X_val=X_val, y_val=y_val)
    save(TrainingDisplay.from_estimators(fitted), "solvers")

    wide = FCNClassifier((40,), alpha=1.0, **training).fit(X_train, y_train)
    save(WeightsDisplay.from_estimator(wide), "weights")

    deep = FCNClassifier((64, 64, 64), **(training | {"learning_rate_init": 0.02})).fit(
        X_train, y_train
    )
    save(DistributionDisplay.from_estimator(deep, X_train, y_train), "distributions")
    save(NetworkDisplay.from_estimator(network), "network", n_colors=256)
    save(MisclassifiedDisplay.from_estimator(network, X_val, y_val, n_samples=15), "errors")

    untrained = FCNClassifier((32, 16), random_state=0)
    save(LearningRateDisplay.from_estimator(untrained, X_train, y_train), "learning_rate")

    iris = load_iris(as_frame=True)
    small = FCNClassifier((5,), **training).fit(iris.data, iris.target_names[iris.target])
    save(NetworkDisplay.from_estimator(small), "small_network")
    save(MisclassifiedDisplay.from_estimator(first_steps(), X_val * 16, y_val), "first_steps")


def first_steps():
    """Return the best pipeline of the search in the chapter "First steps"."""
    X, y = load_digits(return_X_y=True)
    X_train, _, y_train, _ = train_test_split(X, y, random_state=0)
    network = FCNClassifier(max_iter=30, n_iter_no_change=float("inf"), random_state=0)
    grid = {
        "fcnclassifier__hidden_layer_sizes": [(32,), (64, 32)],
        "fcnclassifier__learning_rate_init": [0.001, 0.01],
    }
    search = GridSearchCV(make_pipeline(StandardScaler(), network), grid, cv=3)
    return search.fit(X_train, y_train).best_estimator_


if __name__ == "__main__":
    main()
