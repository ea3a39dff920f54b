"""
How to tune a network in a pipeline?
====================================

A network has many settings, and some belong to its parts: an optimizer has decay rates, an
activation a slope, each layer a dropout of its own. scikit-learn's searches reach all of them
by name. Which of them matter, and how can one try many without training each to the end?
"""

# %%
# A name for everything
# ---------------------
# The network is the step "net" of a pipeline and its solver an object, so
# ``net__solver__beta_1`` is a parameter like any other. A pipeline matters here: the scaler
# has to learn from the training folds alone.

import matplotlib.pyplot as plt
import numpy as np
from scipy.stats import loguniform, uniform
from sklearn.datasets import load_digits
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import GridSearchCV, HalvingRandomSearchCV, train_test_split
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from skfcn import FCNClassifier
from skfcn.activations import ELU, LeakyReLU
from skfcn.optimizers import Adam

X, y = load_digits(return_X_y=True)
X = X.astype(np.float32)
X_train, X_test, y_train, y_test = train_test_split(
    X, y, test_size=0.3, stratify=y, random_state=0
)
network = FCNClassifier(
    hidden_layer_sizes=(64, 32),
    solver=Adam(),
    batch_size=100,
    max_iter=10,
    n_iter_no_change=np.inf,
    random_state=0,
)
pipeline = Pipeline([("scale", StandardScaler()), ("net", network)])
print([name for name in pipeline.get_params() if name.startswith("net__solver")])

# %%
# Two settings: look at all of it
# -------------------------------
# A grid of two is a map. Each field is the mean accuracy over three folds, after ten epochs.

rates = [0.001, 0.003, 0.01, 0.03, 0.1]
betas = [0.0, 0.5, 0.8, 0.95]
grid = {"net__learning_rate_init": rates, "net__solver__beta_1": betas}
search = GridSearchCV(pipeline, grid, cv=3).fit(X_train, y_train)
scores = search.cv_results_["mean_test_score"].reshape(len(rates), len(betas))

fig, ax = plt.subplots(figsize=(8, 4.4), layout="constrained")
image = ax.imshow(scores.T, cmap="viridis", vmin=0.85, aspect="auto", origin="lower")
for (i, j), score in np.ndenumerate(scores):
    shade = "black" if image.norm(score) > 0.6 else "white"
    ax.text(i, j, f"{score:.1%}", ha="center", va="center", color=shade, fontsize=12)
ax.set_xticks(range(len(rates)), rates)
ax.set_yticks(range(len(betas)), betas)
ax.set(xlabel="learning_rate_init", ylabel="solver__beta_1")
ax.set_title("The learning rate decides; beta_1 matters where it is too large")
print(search.best_params_)

# %%
# Many settings: a tournament
# ---------------------------
# A grid of seven settings would never be finished. ``HalvingRandomSearchCV`` draws candidates
# at random and rations the epochs: two for each candidate, then six for the best third, then
# eighteen for the best third of these. A setting can be a number from a distribution, an
# object that brings settings of its own, or a sequence with an entry for each layer.

space = {
    "net__learning_rate_init": loguniform(1e-4, 1e-1),
    "net__solver__beta_1": uniform(0.5, 0.49),
    "net__hidden_layer_sizes": [(64, 32), (100, 50), (32, 32)],
    "net__activation": ["relu", ELU(alpha=0.5), LeakyReLU(slope=0.1), ("tanh", "relu")],
    "net__dropout": [0.0, 0.2, (0.1, 0.2, 0.3)],
    "net__init": ["auto", "he_normal"],
    "net__normalization": [None, "layer"],
}
tournament = HalvingRandomSearchCV(
    pipeline,
    space,
    n_candidates=27,
    factor=3,
    resource="net__max_iter",
    min_resources=2,
    max_resources=18,
    cv=3,
    random_state=0,
)
tournament.fit(X_train, y_train)

# %%
# Each candidate stands at its learning rate, and moves down as it learns. Most are out after
# two epochs.

results = tournament.cv_results_
rates = results["param_net__learning_rate_init"].astype(float)
errors = 1 - results["mean_test_score"]

fig, ax = plt.subplots(figsize=(8, 4.4), layout="constrained")
for rate in np.unique(rates):
    ax.plot(rates[rates == rate], errors[rates == rate], color="0.8", zorder=1)
for epochs, color, size in [(2, "0.6", 25), (6, "tab:cyan", 45), (18, "tab:blue", 80)]:
    now = results["n_resources"] == epochs
    label = f"{now.sum()} candidates after {epochs} epochs"
    ax.scatter(rates[now], errors[now], s=size, color=color, label=label)
ax.set(xscale="log", yscale="log", xlabel="learning_rate_init", ylabel="Errors in validation")
ax.set_yticks([0.03, 0.1, 0.3, 1], ["3%", "10%", "30%", "100%"])
ax.legend(frameon=False)
ax.set_title("Of 27 candidates, three are trained to the end")
ax.spines[["top", "right"]].set_visible(False)

# %%
# The winner has been trained once more on all training data. The test data, which had no part
# in the choice, tell how good it is.

for name, value in sorted(tournament.best_params_.items()):
    print(f"{name:25} {value}")
print(f"accuracy on the test data: {tournament.score(X_test, y_test):.1%}")

# %%
# **The answer:** like any other estimator, by names that reach into its parts. Begin with the
# order of magnitude of the learning rate, which matters most here, and let many candidates
# compete for the epochs, knowing that short rounds favour quick starters. What else there is to
# tune, and how, is in the chapter on :doc:`tuning </guide/tuning>`.
