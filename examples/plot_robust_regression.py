"""
What do outliers do to a fit?
=============================

A sensor that sticks, a decimal point in the wrong place: some targets are not a little wrong
but entirely. Of all observations, the squared error takes these most seriously. How far do they
pull a network away from the others, and how much of that can another loss prevent?
"""

# %%
# A wave, and a sensor that sticks
# --------------------------------
# One observation in five has nothing to do with the wave. Below they are crosses; the networks
# are not told which they are.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.metrics import root_mean_squared_error

from skfcn import FCNRegressor
from skfcn.losses import AbsoluteError, HuberLoss, SquaredError


def make_data(share_of_outliers, seed):
    """Return X, y, and which of y are outliers."""
    rng = np.random.default_rng(seed)
    X = rng.uniform(-3, 3, size=(500, 1))
    y = np.sin(2 * X[:, 0]) + rng.normal(scale=0.3, size=500)
    outlier = rng.uniform(size=500) < share_of_outliers
    y[outlier] = rng.normal(loc=5, scale=1, size=outlier.sum())
    return X, y, outlier


def fit(loss, X, y):
    network = FCNRegressor(
        hidden_layer_sizes=(32, 32),
        activation="silu",
        loss=loss,
        batch_size=50,
        learning_rate="cosine",
        learning_rate_init=0.02,
        max_iter=60,
        n_iter_no_change=np.inf,
        random_state=0,
    )
    return network.fit(X, y)


losses = {
    "squared": (SquaredError(), "tab:orange"),
    "Huber": (HuberLoss(delta=0.5), "tab:blue"),
    "absolute": (AbsoluteError(), "black"),
}

# %%
# The gradient of a loss is the force with which an observation pulls at the curve. Under the
# squared error it grows with the distance, without limit. Under the absolute error it is the
# same at any distance. Huber's loss begins like the first and, from ``delta`` on, goes on like
# the second.

X, y, outlier = make_data(share_of_outliers=0.2, seed=0)
grid = np.linspace(-3, 3, 300)[:, np.newaxis]
distance = np.linspace(-3, 3, 300)[:, np.newaxis]

fig, (left, right) = plt.subplots(
    1, 2, figsize=(8, 4.4), layout="constrained", width_ratios=[1, 2.2]
)
right.scatter(X[~outlier], y[~outlier], s=9, color="0.6", linewidth=0)
right.scatter(X[outlier], y[outlier], s=22, color="0.6", marker="x", linewidth=1)
for name, (loss, color) in losses.items():
    pull = distance.copy()  # which becomes the gradient
    loss.loss_gradient(np.zeros_like(pull), pull, np.empty(300), np.empty((2, 300, 1)))
    left.plot(distance, pull, color=color, linewidth=2)
    dashes = "--" if name == "absolute" else "-"
    right.plot(grid, fit(loss, X, y).predict(grid), color=color, linewidth=2.5, linestyle=dashes)
left.text(1.2, 1.8, "squared", color="tab:orange", ha="right", fontsize=10)
left.text(-3, -0.92, "absolute", color="black", fontsize=10)
left.text(-3, -0.42, "Huber", color="tab:blue", fontsize=10)
left.set(title="How hard one pulls", xlabel="Distance from the curve", ylabel="Gradient")
right.set(title="Where the curve ends up", xlabel="x", ylabel="y")
for ax in (left, right):
    ax.spines[["top", "right"]].set_visible(False)

# %%
# The squared error fits the mean of what is there, and the outliers move the mean. The absolute
# error fits the median, which a minority moves little.

# %%
# How many are too many?
# ----------------------
# The distance between curve and true wave, root mean square over the range of x, while the
# outliers become more. Each point is the mean of three data sets.

shares = np.array([0, 0.1, 0.2, 0.3, 0.4])
fig, ax = plt.subplots(figsize=(8, 4.4), layout="constrained")
for name, (loss, color) in losses.items():
    errors = []
    for share in shares:
        data = [make_data(share, seed)[:2] for seed in range(3)]
        curves = [fit(loss, X, y).predict(grid) for X, y in data]
        errors.append(
            np.mean([root_mean_squared_error(np.sin(2 * grid), curve) for curve in curves])
        )
    print(name, np.round(errors, 2))
    ax.plot(shares, errors, "o-", color=color, linewidth=2)
    ax.text(0.407, errors[-1], name, color=color, va="center", fontsize=12)
ax.set(xlim=(-0.01, 0.46), ylim=(0, None), xlabel="Share of outliers", ylabel="Error of the curve")
ax.set_xticks(shares)
ax.xaxis.set_major_formatter("{x:.0%}")
ax.set_title("A few outliers spoil the squared error; it takes many to spoil the others")
ax.spines[["top", "right"]].set_visible(False)

# %%
# **The answer:** under the squared error they move the curve in proportion to their number;
# under the absolute error or Huber's they hardly do while they are few. Without any, all three
# do as well here, so it costs little to be careful. Huber's loss is smooth at zero, but
# ``delta`` is in the unit of y and has to be chosen: about as large as the noise. More on this
# in the chapter on :doc:`losses </guide/losses>`.
