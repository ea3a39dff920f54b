"""
What does a network see in handwriting?
=======================================

784-256-128-10 on MNIST is where this project began. What do its first units look for, which
digits does it get wrong, and would you have known better?

(Where MNIST's file is not at hand, as ``../shared/data/mnist_all.mat`` beside the project or where
the variable ``SKFCN_MNIST`` says, the small digits of scikit-learn take its place.)
"""

# %%
# Training
# --------
# A few epochs with one cycle of the learning rate, in float32.

import os
from collections import Counter
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.metrics import confusion_matrix
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline

import skfcn
from skfcn import FCNClassifier
from skfcn.datasets import load_mnist_mat
from skfcn.displays import MisclassifiedDisplay, WeightsDisplay
from skfcn.preprocessing import PixelScaler

project = Path(skfcn.__file__).parents[1]
path = Path(os.environ.get("SKFCN_MNIST", project / "../shared/data/mnist_all.mat"))
if path.exists():
    X_train, y_train = load_mnist_mat(path, return_X_y=True)
    X_test, y_test = load_mnist_mat(path, subset="test", return_X_y=True)
    white, epochs = 255, 5
else:
    X_train, X_test, y_train, y_test = train_test_split(
        *load_digits(return_X_y=True), random_state=0
    )
    white, epochs = 16, 40

network = FCNClassifier(
    (256, 128),
    batch_size=128,
    learning_rate="one_cycle",
    learning_rate_init=0.003,
    max_iter=epochs,
    dtype="float32",
    random_state=0,
)
model = make_pipeline(PixelScaler(white), network).fit(X_train, y_train)
prediction = model.predict(X_test)
wrong = prediction != y_test
print(f"{len(X_train):,} images to train on, {X_train.shape[1]} pixels each")
print(f"{wrong.sum()} of {len(X_test):,} test images are misread, {wrong.mean():.1%}")

# %%
# What the first units look for
# -----------------------------
# Each unit of the first layer has a weight for each pixel. Where it is red, ink excites the unit,
# where it is blue, ink quiets it. These are the forty units whose weights are largest.

W = network.coefs_[0]
largest = np.argsort(-np.linalg.norm(W, axis=0))[:40]
fig, ax = plt.subplots(figsize=(8, 5.3), layout="constrained")
vmax = np.quantile(np.abs(W[:, largest]), 0.995)  # a few weights are much larger than all others
WeightsDisplay.from_estimator(model, units=largest, vmax=vmax, colorbar=False, ax=ax)
fig.suptitle("What the first units look for: red for ink, blue for none")

# %%
# What it gets wrong
# ------------------
# The test images about which it was surest, and wrong. Above each is what it is, what the network
# took it for, and how sure it was.

fig, ax = plt.subplots(figsize=(8, 5), layout="constrained")
MisclassifiedDisplay.from_estimator(model, X_test, y_test, n_samples=32, ax=ax)
fig.suptitle("Sure, and wrong")

# %%
# Which digits are taken for which
# --------------------------------
# The mistakes alone, since the right answers would outshine them.

mistakes = confusion_matrix(y_test[wrong], prediction[wrong], labels=range(10))
pairs = Counter(zip(y_test[wrong].tolist(), prediction[wrong].tolist(), strict=True))
for (is_, taken_for), count in pairs.most_common(5):
    print(f"{is_} taken for {taken_for}: {count} times")

fig, ax = plt.subplots(figsize=(6, 5.4), layout="constrained")
ax.imshow(mistakes, cmap="Blues", vmax=1.2 * mistakes.max())
for (is_, taken_for), count in pairs.items():
    color = "white" if count > 0.7 * mistakes.max() else "black"
    ax.text(taken_for, is_, count, ha="center", va="center", color=color)
ax.plot([-0.5, 9.5], [-0.5, 9.5], color="0.7", linewidth=1)
ax.set(xticks=range(10), yticks=range(10), xlabel="Taken for", ylabel="It is")
ax.spines[:].set_visible(False)
ax.tick_params(length=0)
ax.set_title(f"{wrong.sum()} mistakes, spread over {len(pairs)} of 90 pairs")

# %%
# **The answer:** on MNIST, strokes in places; many a unit watches for one stroke that should not
# be there. The mistakes are spread over many pairs of digits, and of those about which the network
# was sure you may have misread some yourself. What to do about the rest, dropout and augmentation,
# is in :doc:`regularization </guide/regularization>`; :doc:`draw a digit </guide/draw_a_digit>`
# lets you look at each unit while you draw.
