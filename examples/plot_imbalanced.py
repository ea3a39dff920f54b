"""
What to do when one class is rare?
==================================

Three in a hundred are ill. A network that calls everybody healthy is right in 97 % of the cases,
and useless. Class weights, sample weights, another loss or another threshold are said to help. Do
they, and do they help at the same thing?
"""

# %%
# Five ways
# ---------
# One network as it is, and four that are to notice the rare class. ``class_weight="balanced"``
# lets both classes weigh the same; sample weights let each ill person count for ten; the focal
# loss turns down what is easy; ``TunedThresholdClassifierCV`` leaves the network alone and chooses
# by cross-validation, within the training data, at what probability to say "ill".

import matplotlib.pyplot as plt
import numpy as np
from sklearn.calibration import calibration_curve
from sklearn.datasets import make_classification
from sklearn.metrics import (
    average_precision_score,
    balanced_accuracy_score,
    precision_recall_curve,
    precision_score,
    recall_score,
)
from sklearn.model_selection import TunedThresholdClassifierCV, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skfcn import FCNClassifier
from skfcn.losses import FocalLoss

X, y = make_classification(
    n_samples=20_000,
    n_features=20,
    n_informative=6,
    weights=[0.97],
    class_sep=1.2,
    flip_y=0.005,
    random_state=0,
)
X_train, X_test, y_train, y_test = train_test_split(
    X, y, stratify=y, train_size=0.4, random_state=0
)


def make_model(**params):
    network = FCNClassifier((32, 32), alpha=0.1, max_iter=20, n_iter_no_change=np.inf, **params)
    return make_pipeline(StandardScaler(), network)


def fit_all(seed):
    """Return the five models, fitted."""
    plain = make_model(random_state=seed)
    tuned = TunedThresholdClassifierCV(plain, scoring="balanced_accuracy", cv=3, random_state=0)
    ten = np.where(y_train == 1, 10.0, 1.0)
    weighted = make_model(random_state=seed)
    return {
        "nothing": plain.fit(X_train, y_train),
        "focal loss": make_model(random_state=seed, loss=FocalLoss()).fit(X_train, y_train),
        "ill count ten": weighted.fit(X_train, y_train, fcnclassifier__sample_weight=ten),
        "balanced": make_model(random_state=seed, class_weight="balanced").fit(X_train, y_train),
        "threshold": tuned.fit(X_train, y_train),
    }


measures = {
    "found": lambda model: recall_score(y_test, model.predict(X_test)),
    "right alarms": lambda model: precision_score(y_test, model.predict(X_test)),
    "balanced accuracy": lambda model: balanced_accuracy_score(y_test, model.predict(X_test)),
    "ranking": lambda model: average_precision_score(y_test, model.predict_proba(X_test)[:, 1]),
}
runs = [fit_all(seed) for seed in range(3)]
print(f"{'mean of three seeds':20}", *(f"{name:>18}" for name in measures))
for name in runs[0]:
    means = [np.mean([f(models[name]) for models in runs]) for f in measures.values()]
    print(f"{name:20}", *(f"{mean:18.2f}" for mean in means))

# %%
# *Found* is the part of the ill who are recognised, *right alarms* the part of those called ill
# who are. *Ranking* is the average precision: whether the ill get higher probabilities than the
# healthy, wherever the threshold is.

# %%
# Other decisions, the same knowledge
# -----------------------------------
# A curve is what a network knows: all that it can reach by moving its threshold. The dot is where
# it stands when it is asked to ``predict``.

models = runs[0]
colors = dict(zip(models, ["#000000", "#009e73", "#e69f00", "#0072b2", "#d55e00"], strict=True))

places = dict.fromkeys(models, (10, 6)) | {"nothing": (0, 14), "focal loss": (12, -2)}
places["threshold"] = (-82, -10)

fig, ax = plt.subplots(figsize=(8, 4.8), layout="constrained")
for name, model in models.items():
    label = {"color": colors[name], "fontsize": 12, "textcoords": "offset points"}
    if name != "threshold":  # its curve is that of "nothing"
        probability = model.predict_proba(X_test)[:, 1]
        precisions, recalls, _ = precision_recall_curve(y_test, probability)
        ax.plot(recalls, precisions, color=colors[name], alpha=0.6, drawstyle="steps-post")
    stands = measures["found"](model), measures["right alarms"](model)
    ax.plot(*stands, "o", color=colors[name], markersize=12, markeredgecolor="white")
    ax.annotate(name, stands, places[name], **label)
ax.set(xlim=(0, 1), ylim=(0, 1.02), title="Better decisions, the same knowledge")
ax.set(
    xlabel="Recall: how many of the ill are found", ylabel="Precision: how many alarms are right"
)
ax.grid(alpha=0.25)
ax.spines[["top", "right"]].set_visible(False)

# %%
# The dots are far apart, the curves are not: weights and thresholds move along them. What the
# network knows changes little.

# %%
# What becomes of the probabilities
# ---------------------------------
# A network that was told that both classes weigh the same believes it, and says so: it calls
# illness far more probable than it is. Who moves the threshold keeps the probabilities as they
# were.

places = {"nothing": (10, -14), "focal loss": (-72, 4), "ill count ten": (-90, 10)}
places["balanced"] = (10, -14)

fig, ax = plt.subplots(figsize=(8, 4.8), layout="constrained")
ax.plot([0, 1], [0, 1], ":", color="0.5")
for name, place in places.items():
    label = {"color": colors[name], "fontsize": 12, "textcoords": "offset points"}
    probability = models[name].predict_proba(X_test)[:, 1]
    happened, said = calibration_curve(y_test, probability, n_bins=8)
    ax.plot(said, happened, "o-", color=colors[name], linewidth=2)
    ax.annotate(name, (said[-3], happened[-3]), place, **label)
ax.set(title="Weights cost the meaning of a probability", xlim=(0, 1), ylim=(0, 1.02))
ax.set(xlabel="Probability that the network gives", ylabel="How often it was so")
ax.grid(alpha=0.25)
ax.spines[["top", "right"]].set_visible(False)

# %%
# **The answer:** first ask what the probabilities are for. To decide, move the threshold:
# ``TunedThresholdClassifierCV`` finds it by cross-validation, for any costs that you have, and the
# probabilities stay true. ``class_weight="balanced"`` gives much the same decisions in one step.
# Neither makes the network wiser, and nor does the focal loss here. See
# :doc:`imbalanced and weighted data </guide/imbalanced>`.
