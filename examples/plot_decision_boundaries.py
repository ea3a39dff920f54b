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
# small data. The last two have sixty hidden units each, in one layer or in three. The colour is
# the predicted probability, white where the network cannot decide; in the corner is the accuracy
# on a thousand new points.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import make_circles, make_moons
from sklearn.inspection import DecisionBoundaryDisplay
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skfcn import FCNClassifier


def make_spirals(n_samples, seed):
    """Return two arms that wind around each other."""
    rng = np.random.default_rng(seed)
    turn = 3.5 * np.pi * np.sqrt(rng.uniform(0.03, 1, n_samples // 2))
    arm = np.column_stack([turn * np.cos(turn), turn * np.sin(turn)])
    X = np.vstack([arm, -arm])
    return X + rng.normal(scale=0.35, size=X.shape), np.repeat([0, 1], len(arm))


makers = {
    "moons": lambda n, seed: make_moons(n, noise=0.2, random_state=seed),
    "circles": lambda n, seed: make_circles(n, noise=0.1, factor=0.4, random_state=seed),
    "spirals": make_spirals,
}
networks = {
    "no hidden layer": (),
    "3 units": (3,),
    "10 units": (10,),
    "60 units": (60,),
    "20 + 20 + 20": (20, 20, 20),
}


def fit_and_draw(ax, X, y, **params):
    """Fit a network; draw its probabilities and the data."""
    network = FCNClassifier(solver="lbfgs", alpha=0.01, max_iter=5000, random_state=0, **params)
    model = make_pipeline(StandardScaler(), network).fit(X, y)
    DecisionBoundaryDisplay.from_estimator(
        model,
        X,
        ax=ax,
        eps=0.1 * np.ptp(X),
        response_method="predict_proba",
        class_of_interest=1,
        plot_method="pcolormesh",
        cmap="RdBu_r",
        vmin=-0.7,  # without the dark ends of the map, on which no point would be seen
        vmax=1.7,
        rasterized=True,
    )
    for label, color in [(0, "#2166ac"), (1, "#b2182b")]:
        ax.scatter(*X[y == label].T, s=7, color=color, edgecolor="white", linewidth=0.3)
    ax.set(xticks=[], yticks=[], xlabel="", ylabel="")
    return model


fig, axes = plt.subplots(3, 5, figsize=(8, 5.2), layout="constrained")
for row, (name, make) in zip(axes, makers.items(), strict=True):
    for ax, hidden in zip(row, networks.values(), strict=True):
        model = fit_and_draw(ax, *make(300, 0), hidden_layer_sizes=hidden, activation="tanh")
        accuracy = f"{model.score(*make(1000, 1)):.1%}"
        box = {"facecolor": "white", "alpha": 0.8, "edgecolor": "none", "pad": 1.5}
        ax.text(0.96, 0.04, accuracy, transform=ax.transAxes, ha="right", fontsize=9, bbox=box)
    row[0].set_ylabel(name, fontsize=12)
for ax, name in zip(axes[0], networks, strict=True):
    ax.set_title(name, fontsize=11)
fig.suptitle("Each unit adds a bend")

# %%
# Three units are three soft lines, enough to fence in the inner circle; ten patch the spirals
# together, and sixty wind with them, however they are stacked: what depth is famous for does not
# show on data as simple as these. On the moons, which overlap, the larger networks run around
# single points, and new points pay for it.

# %%
# The look of the boundary
# ------------------------
# It is made of what the activation is made of: straight pieces with corners, or curves. Five
# units each, in one layer.

fig, axes = plt.subplots(1, 4, figsize=(8, 2.5), layout="constrained")
for ax, activation in zip(axes, ["relu", "elu", "tanh", "gelu"], strict=True):
    fit_and_draw(ax, *makers["circles"](300, 0), hidden_layer_sizes=(5,), activation=activation)
    ax.set_title(activation, fontsize=12)
fig.suptitle("ReLU cuts with a ruler, the others bend")

# %%
# **The answer:** any shape, given enough units, which is not to say the right one: that shows on
# new points only, and beyond the data the colours are nobody's knowledge. How the units of a layer
# see the data is the question of :ref:`sphx_glr_gallery_plot_hidden_features.py`.
