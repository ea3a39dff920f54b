"""
How sure is a prediction?
=========================

A regressor answers with one number. Whoever decides by it also wants to know how far off it may
be: not on average, but here, at this x. A network that predicts several *quantiles* says so:
what lies between its 5 % and its 95 % quantile is a band that should hold nine of ten new
observations.

Does it? And is that worth more than a band of one width, the usual "prediction ± so much"?
"""

# %%
# Data that are noisier in some places than in others
# ---------------------------------------------------
# The noise grows with x and is skewed: it takes y far up now and then, and never far down. Half
# of the data are for training; the other half will show what the bands are worth.

import matplotlib.pyplot as plt
import numpy as np
from scipy.stats import gamma
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skfcn import FCNRegressor
from skfcn.losses import QuantileLoss


def true_quantile(x, q):
    return 3 * np.sin(x) + (0.2 + 0.25 * x) * gamma.ppf(q, a=1.5)


rng = np.random.default_rng(0)
x = rng.uniform(0, 10, size=4000)
y = true_quantile(x, rng.uniform(size=4000))
X = x[:, np.newaxis]
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.5, random_state=0)

# %%
# One network, five quantiles
# ---------------------------
# :class:`~skfcn.losses.QuantileLoss` makes errors cost more on one side than on the other. For
# the 95 % quantile an observation above the curve costs 19 times as much as one below, and the
# balance is where 95 % lie below. ``predict`` returns a column for each quantile.

settings = {
    "hidden_layer_sizes": (32, 32),
    "activation": "tanh",
    "batch_size": 50,
    "learning_rate": "cosine",
    "learning_rate_init": 0.01,
    "max_iter": 60,
    "n_iter_no_change": np.inf,
    "random_state": 0,
}
quantiles = [0.05, 0.25, 0.5, 0.75, 0.95]
model = make_pipeline(StandardScaler(), FCNRegressor(loss=QuantileLoss(quantiles), **settings))
model.fit(X_train, y_train)

# %%
# The band is narrow where the data are quiet and wide where they are not, and it reaches
# further up than down, as the noise does. The dotted lines are the true quantiles, which only
# who made the data can know.

grid = np.linspace(0, 10, 200)
low, lower, median, upper, high = model.predict(grid[:, np.newaxis]).T

fig, ax = plt.subplots(figsize=(8, 4.5), layout="constrained")
ax.scatter(X_test, y_test, s=7, color="0.4", alpha=0.5, linewidth=0)
ax.fill_between(grid, low, high, color="tab:blue", alpha=0.2, linewidth=0)
ax.fill_between(grid, lower, upper, color="tab:blue", alpha=0.35, linewidth=0)
ax.plot(grid, median, color="tab:blue", linewidth=2.5)
for q, curve in [(0.05, low), (0.5, median), (0.95, high)]:
    ax.plot(grid, true_quantile(grid, q), color="black", linestyle=":", linewidth=1.2)
    ax.text(10.1, curve[-1], f"{q:.0%}", color="tab:blue", va="center", fontsize=12)
ax.set(xlim=(0, 10.7), ylim=(-4, 15), xlabel="x", ylabel="y")
ax.set_title("A band as wide as the data are unsure")
ax.spines[["top", "right"]].set_visible(False)

# %%
# Does it keep its promise?
# -------------------------
# For comparison, the same network is fitted by squared error and given a band that is as wide
# everywhere, from the 5 % to the 95 % quantile of its residuals. Counted over all test data,
# both bands hold about what they should.

low, *_, high = model.predict(X_test).T
by_quantiles = (low <= y_test) & (y_test <= high)

mean_model = make_pipeline(StandardScaler(), FCNRegressor(**settings)).fit(X_train, y_train)
ends = np.quantile(y_train - mean_model.predict(X_train), [0.05, 0.95])
residual = y_test - mean_model.predict(X_test)
by_one_width = (ends[0] <= residual) & (residual <= ends[1])

print(f"inside the band of quantiles: {by_quantiles.mean():.1%} of the test data")
print(f"inside the band of one width: {by_one_width.mean():.1%}")

# %%
# Interval by interval they are far apart. The band of one width holds too much where there is
# little noise, and too little where there is much.

interval = np.floor(X_test[:, 0])
fig, ax = plt.subplots(figsize=(8, 3.8), layout="constrained")
ax.axhline(0.9, color="black", linestyle=":", linewidth=1.2)
for inside, name, color in [
    (by_one_width, "one width", "tab:orange"),
    (by_quantiles, "quantiles", "tab:blue"),
]:
    coverage = [inside[interval == i].mean() for i in range(10)]
    print(f"{name}: from {min(coverage):.0%} to {max(coverage):.0%} in the ten intervals")
    ax.plot(np.arange(10) + 0.5, coverage, "o-", color=color, linewidth=2)
    ax.text(9.7, coverage[-1], name, color=color, va="center", fontsize=12)
ax.set(xlim=(0, 11), ylim=(0.5, 1.03), xlabel="x", ylabel="Test data inside the band")
ax.set_xticks(range(11))
ax.yaxis.set_major_formatter("{x:.0%}")
ax.set_title("Right everywhere, or only on average")
ax.spines[["top", "right"]].set_visible(False)

# %%
# **The answer:** asked for quantiles, a network says how sure it is, and data held out tell
# whether to believe it. Nothing but the loss changes; ``score`` becomes D², the part of the
# pinball loss that is explained. All of them are in the chapter on :doc:`losses
# </guide/losses>`.

print(f"D² on the test data: {model.score(X_test, y_test):.2f}")
