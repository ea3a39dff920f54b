"""
What has the hidden layer learned?
==================================

The last layer of a classifier is a linear model. All that comes before it has one task: to turn
the columns of X into features that a linear model can work with. ``transform`` returns them.
Can one see what they are, and are they of use to other models?
"""

# %%
# Digits, and as much noise
# -------------------------
# To have something to be learned away, a square of random numbers stands beside each digit. No
# one tells the network which of the 128 columns mean something.

# sphinx_gallery_thumbnail_number = 3

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline

from skfcn import FCNClassifier
from skfcn.displays import WeightsDisplay

digits = load_digits()
noise = np.random.default_rng(0).normal(size=digits.images.shape)
X = np.concatenate([digits.images / 16, noise], axis=2).reshape(-1, 8 * 16)
X_train, X_test, y_train, y_test = train_test_split(
    X, digits.target, test_size=0.5, stratify=digits.target, random_state=0
)

fig, axes = plt.subplots(2, 4, figsize=(8, 2.5), layout="constrained")
for ax, row in zip(axes.flat, X_train, strict=False):
    ax.imshow(row.reshape(8, 16), cmap="gray_r", vmin=0, vmax=1)
    ax.set(xticks=[], yticks=[])
    ax.spines[:].set_color("0.7")
fig.suptitle("Eight rows of X, as pictures")

# %%
# What each unit looks for
# ------------------------
# An L1 penalty (``l1_ratio=1``) takes weights to zero that do not earn their keep. Drawn like
# the rows of X, the weights of the first layer have pieces of strokes on the left, and on the
# right next to nothing.

network = FCNClassifier(
    hidden_layer_sizes=(64, 16),
    alpha=0.1,
    l1_ratio=1,
    batch_size=50,
    learning_rate="cosine",
    learning_rate_init=0.005,
    max_iter=60,
    n_iter_no_change=np.inf,
    random_state=0,
)
network.fit(X_train, y_train)

strength = np.abs(network.coefs_[0]).sum(axis=0)
strongest = np.argsort(strength)[::-1][:20]
display = WeightsDisplay.from_estimator(network, image_shape=(8, 16), units=strongest)
display.figure_.suptitle("What the strongest units of the first layer look for")

first = np.abs(network.coefs_[0]).reshape(8, 16, -1)
print(f"mean magnitude, left half:  {first[:, :8].mean():.3f}")
print(f"mean magnitude, right half: {first[:, 8:].mean():.3f}")

# %%
# The same rows, before and after
# -------------------------------
# The test data in two principal components, once as they are and once as the 16 units of the
# last hidden layer have them. PCA knows nothing of the classes: from the columns it takes
# mostly noise.

columns = "the 128 columns", X_train, X_test
features = "the 16 hidden features", network.transform(X_train), network.transform(X_test)

fig, axes = plt.subplots(1, 2, figsize=(8, 4.2), layout="constrained")
for ax, (name, train, test) in zip(axes, [columns, features], strict=True):
    points = PCA(2).fit(train).transform(test)
    for digit in range(10):
        of_digit = points[y_test == digit]
        ax.scatter(*of_digit.T, s=28, marker=f"${digit}$", color=f"C{digit}", linewidth=0.3)
    ax.set(title=f"PCA of {name}", xticks=[], yticks=[])
    ax.spines[:].set_color("0.8")
fig.suptitle("The hidden layers have sorted the digits")

# %%
# Which unit stands for what
# --------------------------
# With ``set_output`` the features are a DataFrame, its columns named after the units. The mean
# of each unit for each digit is a barcode for every digit.

network.set_output(transform="pandas")
means = network.transform(X_test).groupby(y_test).mean()
fig, ax = plt.subplots(figsize=(8, 4.2), layout="constrained")
image = ax.imshow(means, cmap="viridis", aspect="auto")
fig.colorbar(image, ax=ax, label="Mean activation", pad=0.02)
ax.set_xticks(range(16), means.columns, rotation=60, ha="right")
ax.set_yticks(range(10))
ax.set(ylabel="Digit", title="Each digit has a pattern of its own")

# %%
# Other models on these features
# ------------------------------
# The network becomes a step of a pipeline, frozen so that it is not trained again. Neighbours
# are found by distance, in which all columns count alike, so noise hurts them most.

network.set_output(transform="default")
print(f"the network itself: {network.score(X_test, y_test):.1%}\n")
for model in [KNeighborsClassifier(), LogisticRegression(max_iter=1000)]:
    on_columns = model.fit(X_train, y_train).score(X_test, y_test)
    pipeline = make_pipeline(FrozenEstimator(network), model).fit(X_train, y_train)
    on_features = pipeline.score(X_test, y_test)
    print(f"{model!s:35} {on_columns:.1%} on the columns, {on_features:.1%} on the features")

# %%
# **The answer:** which columns to look at, and how to put them together so that the classes lie
# apart. To a logistic regression that is worth little, as the network ends in one anyway; to
# models that go by distance it can be worth all. ``transform_layer`` chooses another layer;
# more on this in the chapter on :doc:`regularization </guide/regularization>`.
