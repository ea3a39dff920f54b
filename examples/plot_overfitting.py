"""
What holds overfitting back?
============================

A network with more weights than data can learn them by heart, errors included. Weight decay,
dropout, early stopping, averaged weights, label smoothing, fewer units, or simply more data: what
helps, and how much?
"""

# %%
# Learning by heart
# -----------------
# Two hundred digits to train on, a fifth of which get a label at random, and a network with many
# more weights. Four hundred other digits, whose labels are right, choose the strength of each
# remedy; the rest is for the end.

# sphinx_gallery_thumbnail_number = 2

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from skfcn import FCNClassifier
from skfcn.losses import LogLoss

X, y = load_digits(return_X_y=True)
X_pool, X_rest, y_pool, y_rest = train_test_split(
    X / 16, y, train_size=400, stratify=y, random_state=0
)
X_val, X_test, y_val, y_test = train_test_split(
    X_rest, y_rest, train_size=400, stratify=y_rest, random_state=0
)
y_pool[::5] = np.random.default_rng(0).integers(10, size=80)
X_train, y_train = X_pool[:200], y_pool[:200]  # the other 200 are "twice the data"
epochs = 50


def make_network(seed=0, **params):
    network = FCNClassifier((150, 100), learning_rate_init=0.005, batch_size=32, max_iter=epochs)
    return network.set_params(n_iter_no_change=np.inf, random_state=seed).set_params(**params)


def watch(**params):
    """Train, and score the validation data after each epoch."""
    network = make_network(scoring=["neg_log_loss", "accuracy"], **params)
    return network.fit(X_train, y_train, X_val=X_val, y_val=y_val)


plain, thinned = watch(), watch(dropout=(0.2, 0.5, 0.5))
print(f"{sum(W.size for W in plain.coefs_):,} weights for {len(X_train)} digits")

# %%
# The loss on training data goes to zero: the wrong labels are known by heart. On validation data
# it falls for some epochs and then rises, since the network gets ever surer of what is wrong: the
# dot is where to stop. With dropout it goes on falling. (The loss in training is then the larger
# one, since it is that of thinned networks.)

fig, (left, right) = plt.subplots(1, 2, figsize=(8, 4), layout="constrained")
epoch = np.arange(1, epochs + 1)
for network, color in [(plain, "#d55e00"), (thinned, "#0072b2")]:
    validation_loss = -np.array(network.history_["validation_neg_log_loss"])
    left.plot(epoch, network.history_["loss"], color=color, linestyle="--", linewidth=1.5)
    left.plot(epoch, validation_loss, color=color, linewidth=2.5)
    right.plot(epoch, network.history_["validation_accuracy"], color=color, linewidth=2.5)
    if network is plain:
        stop = validation_loss.argmin()
        left.plot(epoch[stop], validation_loss[stop], "o", color=color, markersize=9)
        right.plot(
            epoch[stop],
            network.history_["validation_accuracy"][stop],
            "o",
            color=color,
            markersize=9,
        )
left.set(xlabel="Epoch", title="Loss: training dashed, validation solid", ylim=(0, None))
right.set(xlabel="Epoch", title="Validation accuracy", ylim=(0.2, 1))
right.text(
    50,
    plain.history_["validation_accuracy"][-1] - 0.03,
    "as it is",
    color="#d55e00",
    fontsize=12,
    ha="right",
    va="top",
)
right.text(
    50,
    thinned.history_["validation_accuracy"][-1] + 0.03,
    "with dropout",
    color="#0072b2",
    fontsize=12,
    ha="right",
)
right.yaxis.set_major_formatter(lambda accuracy, _: f"{accuracy:.0%}")
for ax in (left, right):
    ax.grid(alpha=0.25)
    ax.spines[["top", "right"]].set_visible(False)
fig.suptitle("Left alone, the network gets surer of what is wrong")

# %%
# Eight remedies
# --------------
# Of each that has a strength, three are tried with one seed, and the one with the best accuracy on
# the validation data is taken. Then five new seeds are scored on the test data. Early stopping
# looks at a part of the two hundred that it holds out itself, wrong labels and all.

dropout = (0.2, 0.5, 0.5)
remedies = {
    "nothing": [{}],
    "averaged weights": [{"average": a} for a in (0.9, 0.97, 0.99)],
    "label smoothing": [{"loss": LogLoss(label_smoothing=s)} for s in (0.1, 0.2, 0.4)],
    "fewer units": [{"hidden_layer_sizes": (n,)} for n in (10, 20, 40)],
    "weight decay": [{"alpha": alpha} for alpha in (0.1, 0.3, 1)],
    "early stopping": [{"early_stopping": True, "n_iter_no_change": n} for n in (5, 10, 20)],
    "dropout": [{"dropout": (0.2, p, p)} for p in (0.3, 0.5, 0.7)],
    "dropout and decay": [{"dropout": dropout, "alpha": alpha} for alpha in (0.03, 0.1, 0.3)],
    "twice the data": [{}],
}

scores = {}
for name, strengths in remedies.items():
    data = (X_pool, y_pool) if name == "twice the data" else (X_train, y_train)
    networks = [make_network(**params).fit(*data) for params in strengths]
    best = strengths[np.argmax([network.score(X_val, y_val) for network in networks])]
    scores[name] = [make_network(s, **best).fit(*data).score(X_test, y_test) for s in range(1, 6)]
    print(f"{name:18} {np.mean(scores[name]):.1%}   {best or ''}")

order = sorted(scores, key=lambda name: np.mean(scores[name]))
assert "dropout" in order[-1]  # the title says so

fig, ax = plt.subplots(figsize=(8, 4.2), layout="constrained")
for place, name in enumerate(order):
    color = {"nothing": "#d55e00", "twice the data": "0.3"}.get(name, "#0072b2")
    ax.plot(scores[name], [place] * 5, "o", color=color, alpha=0.35)
    ax.plot(np.mean(scores[name]), place, "o", color=color, markersize=10)
ax.axvline(np.mean(scores["nothing"]), color="#d55e00", linestyle=":")
ax.set_yticks(range(len(order)), order)
ax.set(xlabel="Test accuracy: five seeds and their mean")
ax.xaxis.set_major_formatter(lambda accuracy, _: f"{accuracy:.0%}")
ax.grid(axis="y", alpha=0.25)
ax.spines[["top", "right"]].set_visible(False)
ax.set_title("Here dropout does more than twice the data")

# %%
# **The answer:** where labels cannot be trusted, dropout. Fewer units, stopping in time and weight
# decay come next, close to each other, and the first two even save time. With right labels there
# is less to hold back, and the order may be another: try two or three on data held out. All of
# them are explained in :doc:`regularization </guide/regularization>`.
