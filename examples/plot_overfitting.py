"""
What holds overfitting back?
============================

A network with more weights than data can learn them by heart, errors included. Weight decay,
dropout, early stopping, averaged weights, label smoothing, or simply more data: what helps, and
how much?
"""

# %%
# Learning by heart
# -----------------
# Two hundred digits to train on, of which every fifth has a label drawn at random, and a network
# of 26,000 weights. Two thirds of the other digits choose the strength of each remedy, the rest is
# for the end.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from skfcn import FCNClassifier
from skfcn.losses import LogLoss

X, y = load_digits(return_X_y=True)
X_train, X_rest, y_train, y_rest = train_test_split(
    X / 16, y, train_size=200, stratify=y, random_state=0
)
X_val, X_test, y_val, y_test = train_test_split(X_rest, y_rest, train_size=2 / 3, random_state=0)
y_noisy = y_train.copy()
y_noisy[::5] = np.random.default_rng(0).integers(10, size=40)


epochs = 50


def make_network(seed=0, **params):
    network = FCNClassifier((150, 100), learning_rate_init=0.005, batch_size=32, max_iter=epochs)
    return network.set_params(n_iter_no_change=np.inf, random_state=seed, **params)


def watch(**params):
    """Train, and score the validation data after each epoch."""
    network = make_network(scoring=["neg_log_loss", "accuracy"], **params)
    return network.fit(X_train, y_noisy, X_val=X_val, y_val=y_val)


print(f"wrong labels: {np.mean(y_noisy != y_train):.0%}")
plain, remedy = watch(), watch(dropout=(0.2, 0.5, 0.5))

# %%
# The loss on training data goes to zero: the wrong labels are known by heart. On validation data
# it falls for some epochs, then rises, since the network gets ever surer of what is wrong. With
# dropout neither happens. (Its loss in training is the larger one, since it is that of thinned
# networks.)

fig, (left, right) = plt.subplots(1, 2, figsize=(8, 4), layout="constrained")
epoch = np.arange(1, epochs + 1)
for network, name, color in [(plain, "nothing", "#d55e00"), (remedy, "dropout", "#0072b2")]:
    history = network.history_
    left.plot(epoch, history["loss"], color=color, linestyle="--", linewidth=1.5)
    left.plot(epoch, -np.array(history["validation_neg_log_loss"]), color=color, linewidth=2.5)
    right.plot(epoch, history["validation_accuracy"], color=color, linewidth=2.5, label=name)
left.set(xlabel="Epoch", title="Loss: training dashed, validation solid", ylim=(0, 2.5))
right.set(xlabel="Epoch", title="Validation accuracy", ylim=(0.6, 1))
right.yaxis.set_major_formatter("{x:.0%}")
right.legend(frameon=False, loc="lower right")
for ax in (left, right):
    ax.spines[["top", "right"]].set_visible(False)
fig.suptitle("Without a remedy the network gets surer of what is wrong")

# %%
# Seven remedies
# --------------
# Of each that has a strength, three are tried with one seed, and the one with the best accuracy on
# the validation data is taken. Then five new seeds are scored on the test data.

remedies = {
    "nothing": [{}],
    "weight decay": [{"alpha": alpha} for alpha in (0.1, 0.3, 1)],
    "dropout": [{"dropout": (0.2, p, p)} for p in (0.3, 0.5, 0.7)],
    "label smoothing": [{"loss": LogLoss(label_smoothing=s)} for s in (0.1, 0.2, 0.4)],
    "averaged weights": [{"average": a} for a in (0.9, 0.97, 0.99)],
    "fewer units": [{"hidden_layer_sizes": (n,)} for n in (10, 20, 40)],
    "fewer epochs": [{"max_iter": n} for n in (5, 10, 20)],
    "dropout and decay": [
        {"dropout": (0.2, 0.5, 0.5), "alpha": alpha} for alpha in (0.03, 0.1, 0.3)
    ],
}


def fit(seed=0, **params):
    return make_network(seed, **params).fit(X_train, y_noisy)


scores = {}
for name, strengths in remedies.items():
    best = max(strengths, key=lambda params: fit(**params).score(X_val, y_val))
    scores[name] = [fit(seed, **best).score(X_test, y_test) for seed in range(1, 6)]
    print(f"{name:20} {np.mean(scores[name]):.1%}   {best}")

order = sorted(scores, key=lambda name: np.mean(scores[name]))
fig, ax = plt.subplots(figsize=(8, 4), layout="constrained")
for place, name in enumerate(order):
    color = "#d55e00" if name == "nothing" else "#0072b2"
    ax.plot(scores[name], [place] * 5, "o", color=color, alpha=0.35)
    ax.plot(np.mean(scores[name]), place, "o", color=color, markersize=9)
ax.set_yticks(range(len(order)), order)
ax.axvline(np.mean(scores["nothing"]), color="#d55e00", linestyle=":")
ax.set(xlabel="Test accuracy, five seeds and their mean")
ax.xaxis.set_major_formatter("{x:.0%}")
ax.grid(axis="y", alpha=0.3)
ax.spines[["top", "right"]].set_visible(False)
ax.set_title("What to add to a network that learns by heart")

# %%
# **The answer:** for labels that cannot be trusted, dropout, and a little decay with it; next
# comes to stop in time, which costs nothing (``early_stopping=True`` finds out when). With clean
# labels or more data there is less to hold back, and the order may be another: try two or three on
# data held out, as here. All of them are explained in :doc:`regularization
# </guide/regularization>`.
