"""
Which optimizer and schedule get there first?
=============================================

An optimizer says where to step, a schedule how far, from epoch to epoch. The digits, a network of
two hidden layers, and 15 epochs: which pair makes the most of them?
"""

# %%
# A rate for each pair
# --------------------
# Optimizers differ in how long a step of rate 1 is, and a schedule that falls can begin higher, so
# one rate for all would be unfair. For each optimizer a range test says where to look; for each
# pair, three rates around that are tried with two seeds, and the loss on validation data after the
# last epoch chooses.

# sphinx_gallery_thumbnail_number = 2

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from skfcn import FCNClassifier
from skfcn.tuning import learning_rate_range_test

X, y = load_digits(return_X_y=True)
X_train, X_rest, y_train, y_rest = train_test_split(
    X / 16, y, stratify=y, train_size=1000, random_state=0
)
X_val, X_test, y_val, y_test = train_test_split(
    X_rest, y_rest, stratify=y_rest, test_size=0.5, random_state=0
)
epochs = 15
solvers = ["sgd", "rmsprop", "adam", "adamw"]
schedules = {"constant": "0.45", "cosine": "#0072b2", "one_cycle": "#d55e00"}


def held_out_losses(X, y, seeds, **params):
    """Train once for each seed; return the losses on X and y, of shape (seeds, epochs)."""
    network = FCNClassifier((64, 32), batch_size=32, max_iter=epochs, scoring="loss", **params)
    network.set_params(n_iter_no_change=np.inf)
    fits = (
        network.set_params(random_state=s).fit(X_train, y_train, X_val=X, y_val=y) for s in seeds
    )
    return np.array([fit.history_["validation_loss"] for fit in fits])


pairs = {}
for solver in solvers:
    network = FCNClassifier((64, 32), batch_size=32, solver=solver, random_state=0)
    suggestion = learning_rate_range_test(network, X_train, y_train).suggestion
    for schedule in schedules:
        candidates = [
            {"solver": solver, "learning_rate": schedule, "learning_rate_init": rate}
            for rate in suggestion * np.array([1 / 3, 1, 3])
        ]
        losses = [held_out_losses(X_val, y_val, [0, 1], **c)[:, -1].mean() for c in candidates]
        pairs[solver, schedule] = candidates[np.argmin(losses)]

# %%
# The race
# --------
# Each pair at its rate, with five new seeds, and scored on data that chose nothing. The line is
# the median, the band goes from the best to the worst.

curves = {pair: held_out_losses(X_test, y_test, range(2, 7), **p) for pair, p in pairs.items()}
epoch = np.arange(1, epochs + 1)

fig, axes = plt.subplots(1, 4, figsize=(8, 3.8), layout="constrained", sharey=True)
for ax, solver in zip(axes, solvers, strict=True):
    for schedule, color in schedules.items():
        losses = curves[solver, schedule]
        ax.fill_between(epoch, losses.min(0), losses.max(0), color=color, alpha=0.15, linewidth=0)
        ax.plot(epoch, np.median(losses, axis=0), color=color, linewidth=2, label=schedule)
    ax.set(yscale="log", title=solver, xlabel="Epoch", xticks=[1, 5, 10, 15])
    ax.set_yticks([0.1, 0.2, 0.5, 1, 2], ["0.1", "0.2", "0.5", "1", "2"])
    ax.minorticks_off()
    ax.grid(alpha=0.25)
    ax.spines[["top", "right"]].set_visible(False)
axes[0].set_ylabel("Test loss")
axes[-1].legend(frameon=False, labelcolor="linecolor", handlelength=1)
fig.suptitle("Whichever the optimizer, a rate that falls ends lower")

# %%
# What there is to gain is at the end. A constant rate has to be small enough to settle down, or
# large enough to get anywhere; one that falls can be large first and small later.

# %%
# The finish
# ----------
# On the left, what the schedules do to Adam's rate; on the right, where each of the five seeds
# ends, and the median of them.

fig, (left, right) = plt.subplots(
    1, 2, figsize=(8, 3.8), layout="constrained", width_ratios=[1, 1.3]
)
for place, (schedule, color) in enumerate(schedules.items()):
    network = FCNClassifier((64, 32), batch_size=32, max_iter=epochs, **pairs["adam", schedule])
    rates = network.set_params(n_iter_no_change=np.inf).fit(X_train, y_train).history_
    left.plot(epoch, rates["learning_rate"], color=color, linewidth=2.5)
    for i, solver in enumerate(solvers):
        final = curves[solver, schedule][:, -1]
        y_place = -i + 0.22 * (1 - place)
        right.plot(final, [y_place] * 5, "o", color=color, alpha=0.3, markersize=5)
        right.plot(np.median(final), y_place, "o", color=color, markersize=9)
        print(
            f"{solver:8} {schedule:10} {np.median(final):.3f}"
            f"   rate {pairs[solver, schedule]['learning_rate_init']:.4f}"
        )
left.set(xlabel="Epoch", title="Adam's rate, at the end of each epoch", xticks=[1, 5, 10, 15])
right.set_yticks(range(0, -4, -1), solvers)
right.set(xlabel="Test loss after the last epoch", title="Where they end")
for i, (schedule, color) in enumerate(schedules.items()):
    right.text(
        0.99,
        0.97 - 0.08 * i,
        schedule,
        color=color,
        transform=right.transAxes,
        ha="right",
        va="top",
        fontsize=12,
    )
for ax in (left, right):
    ax.grid(alpha=0.25)
    ax.spines[["top", "right"]].set_visible(False)

for solver in solvers:  # or the title of the first figure would be wrong
    constant, *falling = (np.median(curves[solver, s][:, -1]) for s in schedules)
    assert min(falling) < constant

# %%
# **The answer:** a rate that falls helps each of the four, and with it they end close to each
# other; so try a schedule before another optimizer. Start with Adam, choose ``learning_rate_init``
# first (:ref:`sphx_glr_gallery_plot_learning_rate.py`), then add a schedule, with ``max_iter`` as
# the number of epochs that you have time for: these schedules are made for a planned end. Formulas
# and sources: :doc:`optimizers </guide/optimizers>`, :doc:`schedules </guide/schedules>`.
