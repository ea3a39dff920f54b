"""
What does a network see in handwriting?
=======================================

784-256-128-10 on MNIST is where this project began. What do its 256 first units look for, which
digits does it get wrong, and would you have known better?

(Where MNIST's file ``mnist_all.mat`` is not at hand, as ``../shared/data/mnist_all.mat`` or
wherever the variable ``SKFCN_MNIST`` says, the small digits of scikit-learn take its place.)
"""

# %%
# Training
# --------
# A few epochs with one cycle of the learning rate, in float32.

import os
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.metrics import ConfusionMatrixDisplay
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline

import skfcn
from skfcn import FCNClassifier
from skfcn.datasets import load_mnist_mat
from skfcn.displays import MisclassifiedDisplay, WeightsDisplay
from skfcn.preprocessing import PixelScaler

root = Path(skfcn.__file__).parents[1]
path = Path(os.environ.get("SKFCN_MNIST", root / "../shared/data/mnist_all.mat"))
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
print(f"{len(X_train):,} images to train on, {X_train.shape[1]} pixels each")
print(f"accuracy on {len(X_test):,} test images: {model.score(X_test, y_test):.4f}")

# %%
# What the first units look for
# -----------------------------
# Each first-layer unit has a weight for each pixel. Where they are red, ink excites the unit,
# where they are blue, ink quiets it: strokes, ends of strokes, and the empty middle of a zero.
# These are the forty units whose weights are largest.

norms = np.linalg.norm(network.coefs_[0], axis=0)
largest = np.argsort(norms)[::-1][:40]
display = WeightsDisplay.from_estimator(model, units=largest)
display.figure_.set_size_inches(8, 5.2)

# %%
# What it gets wrong
# ------------------
# The test images about which it was surest, and wrong. Above each is what it is and what the
# network took it for. Some of them nobody could read.

display = MisclassifiedDisplay.from_estimator(model, X_test, y_test)
display.figure_.set_size_inches(8, 5.5)

# %%
# Which digits are taken for which
# --------------------------------
# The confusion matrix without its diagonal, which would outshine the rest.

prediction = model.predict(X_test)
wrong = prediction != y_test
fig, ax = plt.subplots(figsize=(6, 5), layout="constrained")
ConfusionMatrixDisplay.from_predictions(
    y_test[wrong], prediction[wrong], labels=range(10), cmap="Blues", ax=ax, colorbar=False
)
ax.set(title=f"{wrong.sum()} mistakes", xlabel="Taken for", ylabel="It is")

# %%
# **The answer:** strokes in places. The mistakes are made where two digits share most of them:
# four and nine, three and five, seven and two. What to do about the rest, dropout and
# augmentation, is in :doc:`regularization </guide/regularization>`; :doc:`draw a digit
# </guide/draw_a_digit>` lets you look at each unit while you draw.
