"""
Does one import change the model?
=================================

``from skfcn import FCNClassifier as MLPClassifier`` promises the same weights in less time. Both
can be checked here, for every solver and activation that scikit-learn has.
"""

# %%
# The same weights?
# -----------------
# Twelve pairs of networks, one of scikit-learn's and one of ours, with the same parameters and the
# same ``random_state``. What is measured is the largest difference between two weights, relative
# to the largest weight.

import warnings
from time import perf_counter

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import scale

from skfcn import FCNClassifier

X, y = load_digits(return_X_y=True)
X, y = scale(X)[:1000], y[:1000]
rounds, solvers = 3, ["adam", "sgd", "lbfgs"]
activations = ["relu", "tanh", "logistic", "identity"]


def fit(estimator, **params):
    """Train for 20 epochs; return the weights and the seconds."""
    model = estimator((50,), max_iter=20, learning_rate_init=0.01, random_state=0, **params)
    start = perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # 20 epochs are what is wanted
        model.fit(X, y)
    return np.concatenate([W.ravel() for W in model.coefs_]), perf_counter() - start


difference, ratios = {}, {}
for solver in solvers:
    for activation in activations:
        params = {"solver": solver, "activation": activation}
        seconds = []
        for _ in range(rounds):  # in turn, so that a busy moment of the machine meets both
            theirs, their_time = fit(MLPClassifier, **params)
            ours, our_time = fit(FCNClassifier, **params)
            seconds.append((their_time, our_time))
        difference[solver, activation] = np.abs(theirs - ours).max() / np.abs(theirs).max()
        ratios[solver, activation] = [theirs / ours for theirs, ours in seconds]

# %%
# All lie far below what could matter. They are not zero, since additions in another order round
# otherwise, and each step carries that on.

fig, (left, right) = plt.subplots(1, 2, figsize=(8, 4.4), layout="constrained", sharey=True)
places = {pair: -i - i // 4 for i, pair in enumerate(difference)}
colors = dict(zip(solvers, ["tab:blue", "tab:orange", "tab:green"], strict=True))
for (solver, activation), place in places.items():
    left.plot(difference[solver, activation], place, "o", color=colors[solver], markersize=8)
    times = ratios[solver, activation]
    right.plot(times, [place] * rounds, "|", color=colors[solver], markersize=9)
    right.plot(np.median(times), place, "o", color=colors[solver], markersize=8)
left.set_yticks(list(places.values()), [activation for _, activation in places])
left.set(xscale="log", xlim=(1e-17, 1e-1), xlabel="Largest relative difference of a weight")
left.axvline(1e-6, color="0.4", linestyle=":")
left.text(2e-6, 0.4, "what the tests\nallow: 1e-6", color="0.3", fontsize=10, va="top")
for solver in solvers:
    place = np.mean([place for pair, place in places.items() if pair[0] == solver])
    left.text(2e-17, place, solver, color=colors[solver], fontsize=13, va="center")
right.axvline(1, color="0.4", linestyle=":")
right.set(xscale="log", xlabel="Time of scikit-learn / ours")
right.set_xticks([1, 2, 3, 5, 8], ["1", "2", "3", "5", "8"])
right.minorticks_off()
for ax in (left, right):
    ax.grid(axis="y", alpha=0.3)
    ax.spines[["top", "right"]].set_visible(False)
    ax.tick_params(axis="y", length=0)
fig.suptitle("The same weights, most of them sooner")

# %%
# How much sooner depends on the machine and on the data; these are the figures of the machine that
# built this page, medians of three rounds, each of them a stroke:

for solver in solvers:
    medians = [np.median(ratios[solver, activation]) for activation in activations]
    print(f"{solver}: {min(medians):.1f} to {max(medians):.1f} times as fast")
print(f"largest difference of a weight: {max(difference.values()):.0e}")

# %%
# **The answer:** the model stays what it was. What else stays, and the few things that do not, is
# in :doc:`coming from MLPClassifier </guide/from_mlpclassifier>`; figures that were taken with
# more care than a page's build allows are in :doc:`performance </guide/performance>`.
