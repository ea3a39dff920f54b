"""
Can X stay on the disk?
=======================

A file that is larger than memory can still be an array: *mapped* by NumPy, it is read where it
is touched and when it is touched, and the system drops the parts again when it needs the room.
That helps whoever touches a part at a time. How much memory does a fit take when X is such a
map?
"""

# %%
# A file of 200 MB
# ----------------
# It holds 130,000 digits as black and white pictures of 40 by 40 pixels, a byte each. Black
# and white are drawn at random, as likely as the pixel is dark, so no two pictures are the
# same.

import tracemalloc
import warnings
from pathlib import Path
from tempfile import TemporaryDirectory

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

from skfcn import FCNClassifier

digits = load_digits()
images = np.kron(digits.images, np.ones((5, 5))).reshape(-1, 1600).astype(np.uint8)
images, test_images, labels, y_test = train_test_split(
    images, digits.target, stratify=digits.target, random_state=0
)
rng = np.random.default_rng(0)


def black_and_white(images):
    return images > rng.integers(16, size=images.shape, dtype=np.uint8)


folder = TemporaryDirectory()
path = Path(folder.name, "X.uint8")
shape = 130_000, 1600
rows = rng.integers(len(images), size=shape[0])
X = np.memmap(path, dtype=np.uint8, mode="w+", shape=shape)
for start in range(0, len(X), 10_000):
    X[start : start + 10_000] = black_and_white(images[rows[start : start + 10_000]])
X.flush()
y = labels[rows]
X_test = black_and_white(test_images)
print(f"{path.stat().st_size / 1e6:.0f} MB on the disk")

# %%
# Fit it
# ------
# ``fit`` takes a map like any other array. skfcn gathers the rows of a batch from it, converts
# these to floating point, and goes on to the next; scikit-learn's ``MLPClassifier`` converts
# all of X before it begins. ``tracemalloc``, of the standard library, counts what each
# allocates in one epoch. (Pages of the file that are in memory do not count: the system may
# drop them at any time.)

X = np.memmap(path, dtype=np.uint8, mode="r", shape=shape)
settings = {
    "hidden_layer_sizes": (16,),
    "max_iter": 1,
    "n_iter_no_change": np.inf,
    "random_state": 0,
}
megabytes = {"the file": path.stat().st_size / 1e6}
for model in [MLPClassifier(**settings), FCNClassifier(**settings)]:
    name = type(model).__name__
    tracemalloc.start()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # one epoch is meant
        model.fit(X, y)
    megabytes[name] = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    print(f"{name}: {megabytes[name]:.0f} MB, accuracy {model.score(X_test, y_test):.1%}")

# %%
# Both have seen the same batches and know as much.

fig, (left, right) = plt.subplots(1, 2, figsize=(8, 4), layout="constrained", width_ratios=[1, 2])
mosaic = X[:12].reshape(4, 3, 40, 40).swapaxes(1, 2).reshape(160, 120)
left.imshow(mosaic, cmap="gray_r", extent=(0, 3, 0, 4))
left.set(title="Twelve rows of X", xticks=range(4), yticks=range(5))
left.grid(color="tab:blue", linewidth=1)
left.tick_params(length=0, labelbottom=False, labelleft=False)
bars = right.barh(list(megabytes), megabytes.values(), color=["0.7", "tab:orange", "tab:blue"])
right.bar_label(bars, fmt="{:,.0f} MB", padding=4, fontsize=12)
right.set(title="Memory that one epoch takes", xticks=[], xlim=(0, 1.25 * max(megabytes.values())))
right.invert_yaxis()
right.tick_params(length=0, labelsize=11)
right.spines[:].set_visible(False)

# %%
# **The answer:** yes. X can be any size and any numeric type, and a fit takes a small part of
# the file in memory: a batch, the weights and what depends on the number of rows, the targets.
# Scaling all of X beforehand would make a copy, so let the file hold what the network is to
# see. For data that are nowhere in a file there is ``partial_fit``: see
# :ref:`sphx_glr_gallery_plot_partial_fit_memory.py`.

del X
folder.cleanup()
