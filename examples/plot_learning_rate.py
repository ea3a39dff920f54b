"""
Which learning rate?
====================

Too small, and training takes for ever; too large, and it goes astray. It is the parameter to
choose first. A range test finds where to look in the time of an epoch or two.
"""

# %%
# The range test
# --------------
# One training run, in which the rate grows at every step, from far too small to far too large. The
# loss of each batch tells three regions apart: nothing happens, the loss falls, all is lost.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from skfcn import FCNClassifier
from skfcn.displays import LearningRateDisplay
from skfcn.range_test import learning_rate_range_test

X, y = load_digits(return_X_y=True)
X_train, X_val, y_train, y_val = train_test_split(X / 16, y, stratify=y, random_state=0)

network = FCNClassifier((64, 32), batch_size=32, random_state=0)
test = learning_rate_range_test(network, X_train, y_train, n_steps=150)
display = LearningRateDisplay(test).plot()
display.figure_.set_size_inches(8, 4)
print(f"suggested rate: {test.suggestion:.4f}")

# %%
# Is the suggestion any good?
# ---------------------------
# The network is trained with eleven rates over four decades, three seeds each, for 15 epochs; what
# counts is the loss on data held out.


def final_loss(rate, seed):
    """Train; return the loss on data held out after the last epoch."""
    network.set_params(learning_rate_init=rate, random_state=seed, scoring="loss")
    network.set_params(max_iter=15, n_iter_no_change=np.inf)
    network.fit(X_train, y_train, X_val=X_val, y_val=y_val)
    return network.history_["validation_loss"][-1]


rates = np.geomspace(1e-4, 1, 11)
losses = np.array([[final_loss(rate, seed) for seed in range(3)] for rate in rates])

fig, ax = plt.subplots(figsize=(8, 4), layout="constrained")
ax.axvline(test.suggestion, color="tab:orange", linewidth=6, alpha=0.3)
ax.plot(rates, np.median(losses, axis=1), color="tab:blue", linewidth=2.5)
ax.plot(rates, losses, "o", color="tab:blue", alpha=0.5)
ax.set(
    xscale="log", yscale="log", xlabel="Learning rate", ylabel="Validation loss after 15 epochs"
)
ax.text(
    test.suggestion * 1.2, losses.max(), "suggested", color="tab:orange", fontsize=12, va="top"
)
ax.set_title("The valley is wide, and its far side is steep")
ax.spines[["top", "right"]].set_visible(False)

# %%
# **The answer:** any rate of the valley will do, and the range test finds it for the price of one
# or two epochs. If there is time for more, put ``learning_rate_init`` into a search on a
# logarithmic scale, around the suggestion. A larger batch wants a larger rate, so choose that
# first. What a schedule adds is the question of
# :ref:`sphx_glr_gallery_plot_optimizers_and_schedules.py`.
