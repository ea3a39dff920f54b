"""
Which optimizer and schedule get there first?
=============================================

An optimizer says where to step, a schedule how far, from epoch to epoch. The digits, a network of
two hidden layers, and 20 epochs: which pair makes the best of them?
"""

# %%
# A rate for each optimizer
# -------------------------
# Optimizers differ in how long a step of rate 1 is, so one rate for all would be unfair. For each,
# a range test says where to look, and one of three rates around that is chosen by the loss on data
# held out.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from skfcn import FCNClassifier
from skfcn.range_test import learning_rate_range_test

X, y = load_digits(return_X_y=True)
X_train, X_val, y_train, y_val = train_test_split(X / 16, y, stratify=y, random_state=0)
epochs = 20


def make_network(**params):
    return FCNClassifier(
        (64, 32), batch_size=32, max_iter=epochs, n_iter_no_change=np.inf, **params
    )


def validation_losses(seeds, **params):
    """Return the loss on data held out, of shape (seeds, epochs)."""
    network = make_network(scoring="loss", **params)
    curves = []
    for seed in seeds:
        network.set_params(random_state=seed).fit(X_train, y_train, X_val=X_val, y_val=y_val)
        curves.append(network.history_["validation_loss"])
    return np.array(curves)


rates = {}
for solver in ["sgd", "rmsprop", "adam", "nadam", "adamw"]:
    network = make_network(solver=solver, random_state=0)
    suggestion = learning_rate_range_test(network, X_train, y_train).suggestion
    losses = {
        rate: validation_losses([0], solver=solver, learning_rate_init=rate).min()
        for rate in suggestion * np.array([1 / 3, 1, 3])
    }
    rates[solver] = min(losses, key=losses.get)
    print(f"{solver}: {rates[solver]:.4f}, suggested {suggestion:.4f}")

# %%
# The race
# --------
# Each optimizer at its rate, three seeds. The thick line is the median.

curves = {
    solver: validation_losses([1, 2, 3], solver=solver, learning_rate_init=rate)
    for solver, rate in rates.items()
}
colors = ["#0072b2", "#e69f00", "#009e73", "#d55e00", "#cc79a7"]
epoch = np.arange(1, epochs + 1)

fig, ax = plt.subplots(figsize=(8, 4.5), layout="constrained")
for (solver, losses), color in zip(curves.items(), colors, strict=True):
    ax.plot(epoch, losses.T, color=color, alpha=0.25, linewidth=1)
    ax.plot(epoch, np.median(losses, axis=0), color=color, linewidth=2.5, label=solver)
ax.set(yscale="log", xlabel="Epoch", ylabel="Validation loss", xticks=[1, 5, 10, 15, 20])
ax.set_yticks([0.1, 0.2, 0.5, 1], ["0.1", "0.2", "0.5", "1"])
ax.minorticks_off()
ax.legend(frameon=False)
ax.set_title("At rates of their own they are close to each other")
ax.spines[["top", "right"]].set_visible(False)

# %%
# The schedule
# ------------
# What is left to gain is at the end: a rate that was right to begin with is too large to settle
# down. Adam again, at its rate. On the left is what each schedule does to that rate, on the right
# what comes of it.

schedules = {
    "constant": "tab:gray",
    "step": "#e69f00",
    "cosine": "#0072b2",
    "one_cycle": "#d55e00",
}

fig, (left, right) = plt.subplots(1, 2, figsize=(8, 4), layout="constrained")
for schedule, color in schedules.items():
    params = {"learning_rate": schedule, "learning_rate_init": rates["adam"]}
    losses = validation_losses([1, 2, 3], **params)
    network = make_network(random_state=0, **params).fit(X_train, y_train)
    left.plot(epoch, network.history_["learning_rate"], color=color, linewidth=2.5)
    right.plot(epoch, losses.T, color=color, alpha=0.25, linewidth=1)
    right.plot(epoch, np.median(losses, axis=0), color=color, linewidth=2.5, label=schedule)
    print(f"{schedule}: {np.median(losses[:, -1]):.3f} after the last epoch")
left.set(xlabel="Epoch", ylabel="Learning rate at the end of the epoch", title="The rate")
right.set(yscale="log", xlabel="Epoch", title="Validation loss")
right.set_yticks([0.1, 0.2, 0.5, 1], ["0.1", "0.2", "0.5", "1"])
right.minorticks_off()
right.legend(frameon=False)
for ax in (left, right):
    ax.set_xticks([1, 5, 10, 15, 20])
    ax.spines[["top", "right"]].set_visible(False)
fig.suptitle("A rate that falls settles down")

# %%
# **The answer:** once each has its rate, the optimizers are close to each other, and letting the
# rate fall gains more than changing the optimizer. Start with Adam, choose ``learning_rate_init``
# first (:ref:`sphx_glr_gallery_plot_learning_rate.py`), then add a schedule, with ``max_iter`` as
# the number of epochs that you have time for: these schedules are made for a planned end. Formulas
# and sources: :doc:`optimizers </guide/optimizers>`, :doc:`schedules </guide/schedules>`.
