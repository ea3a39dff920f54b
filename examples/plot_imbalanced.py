"""
What to do when one class is rare?
==================================

Three in a hundred are ill. A network that calls everybody healthy is right in 97 % of the cases,
and useless. Class weights, another loss or another threshold are said to help. Do they, and do
they help at the same thing?
"""

# %%
# Rare, and not easy to tell
# --------------------------
# Half of the data train, a quarter chooses thresholds, a quarter is for the end.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.calibration import CalibrationDisplay
from sklearn.datasets import make_classification
from sklearn.metrics import average_precision_score, balanced_accuracy_score, recall_score
from sklearn.model_selection import FixedThresholdClassifier, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skfcn import FCNClassifier
from skfcn.losses import BinaryFocalLoss

X, y = make_classification(
    n_samples=12_000,
    n_features=20,
    n_informative=6,
    n_clusters_per_class=2,
    weights=[0.97],
    class_sep=1.2,
    flip_y=0.005,
    random_state=0,
)
X_train, X_rest, y_train, y_rest = train_test_split(
    X, y, stratify=y, train_size=0.5, random_state=0
)
X_val, X_test, y_val, y_test = train_test_split(
    X_rest, y_rest, stratify=y_rest, train_size=0.5, random_state=0
)


def fit(**params):
    network = FCNClassifier(
        (32, 32), alpha=0.1, max_iter=30, n_iter_no_change=np.inf, random_state=0, **params
    )
    return make_pipeline(StandardScaler(), network).fit(X_train, y_train)


def balanced_threshold(model):
    """Return the threshold that is best for the balanced accuracy on the validation data."""
    thresholds = np.linspace(0.01, 0.99, 99)
    probability = model.predict_proba(X_val)[:, 1]
    scores = [balanced_accuracy_score(y_val, probability >= t) for t in thresholds]
    return thresholds[np.argmax(scores)]


plain = fit()
models = {
    "nothing": plain,
    "class weights": fit(class_weight="balanced"),
    "focal loss": fit(loss=BinaryFocalLoss(gamma=2)),
    "threshold": FixedThresholdClassifier(plain, threshold=balanced_threshold(plain)).fit(
        X_train, y_train
    ),
}
colors = dict(zip(models, ["#d55e00", "#0072b2", "#009e73", "#cc79a7"], strict=True))

# %%
# Three measures
# --------------
# *Found* is the part of the rare class that is recognised, *balanced* the mean of that and the
# same for the other class; both look at decisions. *Ranking* is the average precision, which asks
# whether the ill are given higher probabilities than the healthy, wherever the threshold is.

measures = {
    "found": lambda model: recall_score(y_test, model.predict(X_test)),
    "balanced": lambda model: balanced_accuracy_score(y_test, model.predict(X_test)),
    "ranking": lambda model: average_precision_score(y_test, model.predict_proba(X_test)[:, 1]),
}
fig, axes = plt.subplots(1, 3, figsize=(8, 3.2), layout="constrained", sharey=True)
for ax, (name, measure) in zip(axes, measures.items(), strict=True):
    for place, (model, color) in enumerate(zip(models.values(), colors.values(), strict=True)):
        value = measure(model)
        ax.barh(-place, value, color=color, height=0.7)
        ax.text(value + 0.02, -place, f"{value:.2f}", va="center")
    ax.set(title=name, xlim=(0, 1.15), xticks=[0, 0.5, 1])
    ax.spines[["top", "right", "left"]].set_visible(False)
    ax.tick_params(axis="y", length=0)
axes[0].set_yticks(range(0, -len(models), -1), models)
fig.suptitle("Better decisions, the same knowledge")

# %%
# Weights and thresholds move the decisions, by about as much. What the network knows, its ranking,
# changes little: here the focal loss gains something, and class weights lose something.

# %%
# What becomes of the probabilities
# ---------------------------------
# A network that was told that both classes weigh the same believes it, and says so: its
# probabilities are far too high. Who moves the threshold keeps them as they were.

fig, ax = plt.subplots(figsize=(6, 4.5), layout="constrained")
for name in ["nothing", "class weights", "focal loss"]:
    CalibrationDisplay.from_estimator(
        models[name],
        X_test,
        y_test,
        n_bins=8,
        strategy="quantile",
        ax=ax,
        name=name,
        color=colors[name],
    )
ax.set(title="Class weights cost the meaning of a probability", xlim=(0, 1), ylim=(0, 1))
ax.set(xlabel="Probability that the network gives", ylabel="How often it was so")
ax.legend(frameon=False, loc="upper left")
ax.spines[["top", "right"]].set_visible(False)

# %%
# **The answer:** first ask what the probabilities are for. To decide, move the threshold:
# ``TunedThresholdClassifierCV`` finds it by cross-validation, for any costs that you have, and the
# probabilities stay true. ``class_weight="balanced"`` gives much the same decisions in one step.
# Neither makes the network wiser; more of the rare class would. See
# :doc:`imbalanced and weighted data </guide/imbalanced>`.
