"""
Does one import change the model?
=================================

``from skfcn import FCNClassifier as MLPClassifier`` should leave the weights as they are. Does it,
for every solver and activation that scikit-learn has? And does it save time?
"""

# %%
# The same weights?
# -----------------
# A network of scikit-learn's and one of ours, with the same parameters and the same
# ``random_state``, trained on the digits. Each square is one of the first units: red where ink
# excites it, blue where ink quiets it.

# sphinx_gallery_thumbnail_number = 2

import warnings
from time import perf_counter

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from skfcn import FCNClassifier
from skfcn.displays import WeightsDisplay

X, y = load_digits(return_X_y=True)
X, y = X[:1000] / 16, y[:1000]


def fit(estimator, **params):
    """Train for 20 epochs; return the model and the seconds."""
    model = estimator((50,), max_iter=20, learning_rate_init=0.01, random_state=0, **params)
    start = perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # 20 epochs are what is wanted
        model.fit(X, y)
    return model, perf_counter() - start


theirs, _ = fit(MLPClassifier, activation="tanh")
ours, _ = fit(FCNClassifier, activation="tanh")
difference = ours.coefs_[0] - theirs.coefs_[0]
typical = 3 * difference.std()

fig, axes = plt.subplots(1, 3, figsize=(8, 3.05), layout="constrained")
for ax, model in zip(axes, [theirs, ours], strict=False):
    WeightsDisplay.from_estimator(model, units=range(25), vmax=1, colorbar=False, ax=ax)
WeightsDisplay(difference.T[:25].reshape(-1, 8, 8)).plot(axes[2], vmax=typical, colorbar=False)
axes[0].set_title("scikit-learn\ncolours end at 1")
axes[1].set_title("skfcn\ncolours end at 1")
axes[2].set_title(f"the difference\ncolours end at {typical:.0e}")

# %%
# They differ under the microscope only, and what that shows is noise: additions in another order
# round otherwise.

# %%
# All solvers and activations, and the time
# -----------------------------------------
# Twelve such pairs, trained in turn, so that a busy moment of the machine meets both. The
# difference is that of the weights of all layers, relative to the largest weight.

solvers = {"adam": "#0072b2", "sgd": "#d55e00", "lbfgs": "#009e73"}
activations = ["relu", "tanh", "logistic", "identity"]
rounds = 5

differences, ratios = {}, {}
for solver in solvers:
    for activation in activations:
        seconds = np.empty((rounds, 2))
        for i in range(rounds):
            theirs, seconds[i, 0] = fit(MLPClassifier, solver=solver, activation=activation)
            ours, seconds[i, 1] = fit(FCNClassifier, solver=solver, activation=activation)
        W, V = (np.concatenate([W.ravel() for W in m.coefs_]) for m in (theirs, ours))
        differences[solver, activation] = np.abs(W - V).max() / np.abs(W).max()
        medians = np.median(seconds, axis=0)
        ratios[solver, activation] = medians[0] / medians[1]

assert max(differences.values()) < 1e-6  # what the tests of the project allow
print(f"largest difference of a weight: {max(differences.values()):.0e}")
for solver in solvers:
    values = [ratios[solver, activation] for activation in activations]
    print(f"{solver}: scikit-learn takes {min(values):.1f} to {max(values):.1f} times as long")

# %%
# How much time is saved depends on the machine, what else it does, and the data. These are the
# ratios of medians on the machine that built this page:

fig, (left, right) = plt.subplots(1, 2, figsize=(8, 4.4), layout="constrained", sharey=True)
places = {pair: -i - i // 4 for i, pair in enumerate(differences)}
for (solver, activation), place in places.items():
    style = {"marker": "o", "color": solvers[solver], "markersize": 8}
    left.plot(differences[solver, activation], place, **style)
    right.plot([1, ratios[solver, activation]], [place, place], markevery=[1], **style)
for i, (solver, color) in enumerate(solvers.items()):
    left.text(3e-5, -5 * i - 1.5, solver, color=color, fontsize=14, va="center")
left.set_yticks(list(places.values()), [activation for _, activation in places])
left.axvline(1e-6, color="0.4", linestyle=":")
left.set(xscale="log", xlim=(1e-17, 1e-2), xlabel="Relative difference (dotted: what tests allow)")
left.set_xticks([1e-16, 1e-12, 1e-8, 1e-4])
right.axvline(1, color="0.4", linestyle=":")
right.set(xlim=(0, None), xlabel="Time of scikit-learn / time of skfcn")
for ax in (left, right):
    ax.grid(axis="y", alpha=0.25)
    ax.spines[["top", "right"]].set_visible(False)
    ax.tick_params(axis="y", length=0)
left.set_title("The weights are the same")
right.set_title(f"The time: {np.median(list(ratios.values())):.1f} to 1, in the middle")

# %%
# **The answer:** the model stays what it was. What else stays, and the few things that do not, is
# in :doc:`coming from MLPClassifier </guide/from_mlpclassifier>`; times that were taken with
# more care than a page's build allows are in :doc:`performance </guide/performance>`.
