"""
Which learning rate?
====================

Too small, and training takes for ever; too large, and it goes astray. It is the parameter to
choose first. A range test finds where to look, in the time of a few epochs.
"""

# %%
# The range test
# --------------
# One training run, in which the rate grows at every step, from far too small to far too large.
# Pale is the loss of each batch, strong the same smoothed, dashed the rate at which it falls
# fastest.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from skfcn import FCNClassifier
from skfcn.displays import LearningRateDisplay
from skfcn.tuning import learning_rate_range_test

X, y = load_digits(return_X_y=True)
X_train, X_val, y_train, y_val = train_test_split(X / 16, y, stratify=y, random_state=0)

network = FCNClassifier((64, 32), batch_size=32, random_state=0)
test = learning_rate_range_test(network, X_train, y_train, n_steps=150)
steps_per_epoch = np.ceil(len(X_train) / 32)
print(f"suggested rate: {test.suggestion:.3f}")
print(f"price: {len(test.losses) / steps_per_epoch:.1f} epochs")

fig, ax = plt.subplots(figsize=(8, 4), layout="constrained")
LearningRateDisplay(test).plot(ax)
slow, wild, end = test.suggestion / 30, test.suggestion * 10, test.suggestion * 90
ax.axvspan(test.rates[0], slow, color="#0072b2", alpha=0.07, linewidth=0)
ax.axvspan(wild, end, color="#d55e00", alpha=0.1, linewidth=0)
place = {"transform": ax.get_xaxis_transform(), "y": 0.1, "fontsize": 12}
ax.text(x=slow / 1.3, s="hardly learns", ha="right", **place)
ax.text(x=test.suggestion / 1.3, s="learns", ha="right", **place)
ax.text(x=end / 1.1, s="astray", ha="right", **place)
ax.set_xlim(test.rates[0], end)
ax.set_title("Where the loss falls is where to look")

# %%
# Is the suggestion any good?
# ---------------------------
# On the left, training at the suggested rate, at a thirtieth and at ten times of it. On the right,
# eleven rates over four decades, three seeds each: what the loss on data held out is after 15
# epochs. The line joins the medians.


def validation_losses(rate, seed):
    """Train for 15 epochs; return the loss on data held out after each."""
    network.set_params(learning_rate_init=rate, random_state=seed, scoring="loss")
    network.set_params(max_iter=15, n_iter_no_change=np.inf)
    return network.fit(X_train, y_train, X_val=X_val, y_val=y_val).history_["validation_loss"]


fig, (left, right) = plt.subplots(
    1, 2, figsize=(8, 4), layout="constrained", sharey=True, width_ratios=[1, 1.2]
)
epoch = np.arange(1, 16)
for factor, color in [(1 / 30, "#0072b2"), (1, "#009e73"), (10, "#d55e00")]:
    rate = factor * test.suggestion
    losses = validation_losses(rate, seed=0)
    left.plot(epoch, losses, color=color, linewidth=2.5)
    left.text(15.4, losses[-1], f"{rate:.2g}", color=color, fontsize=12, va="center")
left.set(xlabel="Epoch", ylabel="Validation loss", xticks=[1, 5, 10, 15], yscale="log")
left.set_title("Three rates")

rates = np.geomspace(1e-4, 1, 11)
losses = np.array([[validation_losses(rate, seed)[-1] for seed in range(3)] for rate in rates])
right.axvline(test.suggestion, color="#009e73", linestyle="--")
right.text(test.suggestion * 0.8, losses.max(), "suggested", color="#009e73", ha="right", va="top")
right.plot(rates, np.median(losses, axis=1), color="0.3", linewidth=2)
right.plot(rates, losses, "o", color="0.3", alpha=0.4)
right.set(xscale="log", xlabel="Learning rate", title="A valley, whose far side is steep")
right.set_yticks([0.1, 0.2, 0.5, 1, 2], ["0.1", "0.2", "0.5", "1", "2"])
right.minorticks_off()
for ax in (left, right):
    ax.grid(alpha=0.25)
    ax.spines[["top", "right"]].set_visible(False)

best = rates[np.median(losses, axis=1).argmin()]
print(f"best of the eleven: {best:.4f}; the suggestion is {test.suggestion / best:.1f} times that")

# %%
# **The answer:** begin with what the range test suggests. For the price of a few epochs it comes
# near the best rate, here from above: what is good for a few steps can be restless in the long
# run, and then a third of it is the next to try. If there is time for more, search
# ``learning_rate_init`` on a logarithmic scale around it. A larger batch wants a larger rate, so
# choose that first. What a schedule adds is the question of
# :ref:`sphx_glr_gallery_plot_optimizers_and_schedules.py`.
