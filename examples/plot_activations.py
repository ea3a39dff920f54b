"""
Which activation?
=================

Without a function between its layers a network of any depth is one linear map. That function,
the activation, can be any of twelve, or one of your own. They differ in what they let through,
and in how much of the gradient they let back: of these, which learns fastest in a deep network?
"""

# %%
# Twelve shapes
# -------------
# Each has a method ``forward``, which computes its value f(z), and a method ``backward``, which
# multiplies a gradient by its derivative f'(z). Both write into arrays that they are given.

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.ticker import PercentFormatter
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from skfcn import FCNClassifier
from skfcn.activations import ACTIVATIONS

z = np.linspace(-4, 4, 401)
fig, axes = plt.subplots(3, 4, figsize=(8, 5.6), layout="constrained", sharex=True, sharey=True)
for ax, (name, activation) in zip(axes.flat, ACTIVATIONS.items(), strict=True):
    value, derivative = np.empty_like(z), np.ones_like(z)
    activation().forward(z.copy(), value)
    activation().backward(z.copy(), value.copy(), derivative)
    ax.axhline(0, color="0.8", linewidth=0.8)
    ax.axvline(0, color="0.8", linewidth=0.8)
    ax.fill_between(z, derivative, color="tab:orange", alpha=0.2, linewidth=0)
    ax.plot(z, derivative, color="tab:orange", linewidth=1.5)
    ax.plot(z, value, color="tab:blue", linewidth=2.5)
    ax.set_title(name, fontsize=11)
    ax.spines[["top", "right"]].set_visible(False)
axes[0, 0].set(ylim=(-2.2, 2.7), xticks=[-4, 0, 4], yticks=[-2, 0, 2])
axes[0, 1].text(-3.8, 2.1, "value", color="tab:blue", fontsize=11)
axes[0, 1].text(-3.8, 1.5, "derivative", color="tab:orange", fontsize=11)
fig.suptitle("Little orange, little gradient")

# %%
# Where the orange area is thin, the gradient is lost: on both sides of "logistic" and "tanh",
# and below zero for "relu". The logistic derivative is nowhere above a quarter. A gradient that
# comes through six such layers has been multiplied by less than that six times.

# %%
# A race on the digits
# --------------------
# A network of six hidden layers learns the handwritten digits, with each activation from three
# seeds and all else as it is. After each epoch its accuracy on images held out is noted.

X, y = load_digits(return_X_y=True)
X = X.astype(np.float32) / 16
X_train, X_val, y_train, y_val = train_test_split(X, y, test_size=0.3, stratify=y, random_state=0)


def validation_accuracy(**params):
    """Return the accuracy of three seeds after each of 20 epochs."""
    network = FCNClassifier(
        hidden_layer_sizes=(32,) * 6,
        batch_size=50,
        learning_rate_init=0.002,
        max_iter=20,
        n_iter_no_change=np.inf,
        **params,
    )
    curves = []
    for seed in range(3):
        network.set_params(random_state=seed).fit(X_train, y_train, X_val=X_val, y_val=y_val)
        curves.append(network.validation_scores_)
    return np.array(curves)


accuracy = {name: validation_accuracy(activation=name) for name in ACTIVATIONS}

# %%
# Sorted by the mean over all epochs, which rewards a quick start. On the left is the median of
# the seeds; on the right, the share of wrong answers of each seed in the end, on a logarithmic
# axis.

order = sorted(accuracy, key=lambda name: accuracy[name].mean(), reverse=True)

fig, (left, right) = plt.subplots(
    1, 2, figsize=(8, 4.6), layout="constrained", sharey=True, width_ratios=[3, 2]
)
medians = [np.median(accuracy[name], axis=0) for name in order]
image = left.pcolormesh(range(1, 21), range(12), medians, cmap="viridis", vmin=0, vmax=1)
fig.colorbar(image, ax=left, format=PercentFormatter(1), aspect=40, pad=0.02)
left.set(title="Accuracy while they learn", xlabel="Epoch", xticks=[1, 5, 10, 15, 20])
left.set_yticks(range(12), order)
left.invert_yaxis()
for row, name in enumerate(order):
    right.plot(1 - accuracy[name][:, -1], [row] * 3, "o", color="tab:blue", alpha=0.6)
right.set(title="Errors after 20 epochs", xlabel="Share of wrong answers", xscale="log")
right.set_xticks([0.03, 0.1, 0.3, 1], ["3%", "10%", "30%", "100%"])
right.grid(axis="y", alpha=0.3)
right.spines[["top", "right"]].set_visible(False)
right.tick_params(axis="y", length=0)
fig.suptitle("Steep at zero and of both signs: a quick start")

# %%
# Functions that are steep around zero and give values of both signs start quickly; those that
# shut off one side take some epochs longer. That the identity keeps up says more about the
# digits than about the identity: on this task a linear model is good already.


def summarize(name, curves):
    early, late = np.median(curves[:, 4]), np.median(curves[:, -1])
    print(f"{name:25} {early:6.1%} after 5 epochs, {late:6.1%} after 20")


for name in order:
    summarize(name, accuracy[name])

# %%
# Is it the shape alone?
# ----------------------
# No. "relu" sets half of its values to zero, and weights drawn for that make up for it
# (``init="he_normal"``). Layer normalization brings each layer back to where even the logistic
# function is steepest.

summarize("relu, he_normal", validation_accuracy(activation="relu", init="he_normal"))
summarize(
    "logistic, normalization", validation_accuracy(activation="logistic", normalization="layer")
)

# %%
# **The answer:** in a deep network without normalization, any but "logistic". The others end up
# close to each other, and the first weights matter as much as the choice among them: see
# :ref:`sphx_glr_gallery_plot_initializers.py`. Formulas, sources and costs are in the chapter
# on :doc:`activations </guide/activations>`.
