"""
What shapes can a network separate?
===================================

A network without hidden layers draws a straight line. What do hidden units add, what does depth
add, and what has the activation to do with the look of the boundary?
"""

# %%
# Width and depth
# ---------------
# Three data sets that no line separates, and five networks, each trained with L-BFGS, which suits
# small data. The colour is the predicted probability; white is where the network cannot decide.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import make_circles, make_moons
from sklearn.inspection import DecisionBoundaryDisplay
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skfcn import FCNClassifier


def make_spirals(n, rng):
    """Return two arms that wind around each other."""
    turn = 3.5 * np.pi * np.sqrt(rng.uniform(0.03, 1, n))
    arm = np.column_stack([turn * np.cos(turn), turn * np.sin(turn)])
    return np.vstack([arm, -arm]) + rng.normal(scale=0.35, size=(2 * n, 2)), np.repeat([0, 1], n)


rng = np.random.default_rng(0)
data = {
    "moons": make_moons(200, noise=0.15, random_state=0),
    "circles": make_circles(200, noise=0.1, factor=0.4, random_state=0),
    "spirals": make_spirals(150, rng),
}
networks = {"no hidden layer": (), "3 units": (3,), "10 units": (10,), "20-20-20": (20, 20, 20)}


def draw(ax, X, y, **params):
    """Fit a network, and draw its probabilities and the data."""
    network = FCNClassifier(solver="lbfgs", alpha=0.01, max_iter=5000, random_state=1, **params)
    model = make_pipeline(StandardScaler(), network).fit(X, y)
    DecisionBoundaryDisplay.from_estimator(
        model,
        X,
        ax=ax,
        response_method="predict_proba",
        plot_method="pcolormesh",
        cmap="RdBu_r",
        vmin=0,
        vmax=1,
        alpha=0.5,
        class_of_interest=1,
        grid_resolution=120,
    )
    for label, color in [(0, "#2166ac"), (1, "#b2182b")]:
        ax.scatter(*X[y == label].T, s=8, color=color, edgecolor="white", linewidth=0.3)
    ax.set(xticks=[], yticks=[], xlabel="", ylabel="")
    return model


fig, axes = plt.subplots(3, 4, figsize=(8, 6.2), layout="constrained")
for row, (name, (X, y)) in zip(axes, data.items(), strict=True):
    for ax, hidden in zip(row, networks.values(), strict=True):
        model = draw(ax, X, y, hidden_layer_sizes=hidden, activation="tanh")
        accuracy = model.score(X, y)
        ax.text(0.97, 0.03, f"{accuracy:.0%}", transform=ax.transAxes, ha="right", fontsize=10)
    row[0].set_ylabel(name, fontsize=12)
for ax, name in zip(axes[0], networks, strict=True):
    ax.set_title(name, fontsize=12)
fig.suptitle("Units bend the boundary, depth winds it")

# %%
# (In the corner is the accuracy on the data that are drawn, which says how well the shape *can* be
# drawn, not how well it would do on new data.) Three units are three soft lines, enough to fence
# in the inner circle. Of the spirals ten units make a patchwork; three layers wind with them:
# those that come first bend the plane, those that come later cut it.

# %%
# The look of the boundary
# ------------------------
# It is made of what the activation is made of: straight pieces with corners, or curves.

fig, axes = plt.subplots(1, 4, figsize=(8, 2.4), layout="constrained")
for ax, activation in zip(axes, ["relu", "tanh", "gelu", "logistic"], strict=True):
    draw(ax, *data["moons"], hidden_layer_sizes=(10,), activation=activation)
    ax.set_title(activation, fontsize=12)
fig.suptitle("ReLU cuts with a ruler, the others bend")

# %%
# **The answer:** with enough units, any shape; with a second and third layer, with fewer of them.
# How the units of a layer see the data is the question of
# :ref:`sphx_glr_gallery_plot_hidden_features.py`.
