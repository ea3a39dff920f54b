"""
Can a network be fitted to a file?
==================================

A memory-mapped array lies on disk and looks like an array; the operating system loads the rows
that are asked for. An estimator that converts or copies X loads all of it at once. How much memory
does a fit need?
"""

# %%
# A file of bytes
# ---------------
# Noisy pictures of ten shapes, a byte a pixel, written piece by piece: they are never in memory as
# a whole.

import tracemalloc
import warnings
from pathlib import Path
from tempfile import TemporaryDirectory

import matplotlib.pyplot as plt
import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from skfcn import FCNClassifier

n_pixels, n_rows = 1600, 16_000
rng = np.random.default_rng(0)
shapes = rng.integers(0, 80, size=(10, n_pixels), dtype=np.uint8)
y = rng.integers(10, size=n_rows)

folder = TemporaryDirectory(ignore_cleanup_errors=True)
path = Path(folder.name, "pictures.npy")
X = np.lib.format.open_memmap(path, mode="w+", dtype=np.uint8, shape=(n_rows, n_pixels))
for start in range(0, n_rows, 1000):
    noise = rng.integers(0, 176, size=(1000, n_pixels), dtype=np.uint8)
    X[start : start + 1000] = shapes[y[start : start + 1000]] + noise
X.flush()
print(f"{path.stat().st_size / 1e6:.0f} MB on disk")

# %%
# What a fit needs
# ----------------
# ``tracemalloc`` counts what Python and NumPy allocate, at the highest. Two passes over the first
# rows of the file, and over more and more of them.

X = np.load(path, mmap_mode="r")
settings = {"hidden_layer_sizes": (32,), "max_iter": 2, "random_state": 0}
networks = {"scikit-learn": MLPClassifier(**settings), "skfcn": FCNClassifier(**settings)}


def peak_memory(network, n):
    """Return the largest number of megabytes that were allocated during a fit to n rows."""
    tracemalloc.start()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # two passes are what is wanted
        network.fit(X[:n], y[:n])
    peak = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    return peak


rows = [2000, 4000, 8000, 16_000]
memory = {name: [peak_memory(network, n) for n in rows] for name, network in networks.items()}
for name, peaks in memory.items():
    print(f"{name}: {peaks[0]:.0f} MB for {rows[0]:,} rows, {peaks[-1]:.0f} MB for {rows[-1]:,}")

# %%
# scikit-learn makes floats of all bytes before it begins, eight bytes of one. skfcn does so batch
# by batch, in a buffer that is used again and again.

fig, ax = plt.subplots(figsize=(8, 4.2), layout="constrained")
on_disk = [n * n_pixels / 1e6 for n in rows]
lines = [
    (*item, color) for item, color in zip(memory.items(), ["#d55e00", "#0072b2"], strict=True)
]
for name, megabytes, color in [*lines, ("the file", on_disk, "0.5")]:
    ax.plot(rows, megabytes, "o-", color=color, linewidth=2.5)
    ax.text(16_400, megabytes[-1], name, color=color, va="center", fontsize=12)
ax.set(xlim=(0, 19_500), ylim=(0, None), xlabel="Rows", ylabel="Megabytes")
ax.set_xticks([0, *rows], [f"{n:,}" for n in [0, *rows]])
ax.spines[["top", "right"]].set_visible(False)
ax.set_title("The memory of a fit does not grow with X")

# %%
# And what it learns
# ------------------
# Bytes are far from the numbers around 1 that a network likes, and a scaler before it would make a
# copy of all of X. ``normalization="batch"`` scales inside the network instead. The last 2,000
# rows are for the score.

for normalization in [None, "batch"]:
    network = FCNClassifier(normalization=normalization, n_iter_no_change=np.inf, **settings)
    network.fit(X[:-2000], y[:-2000])
    print(f"normalization={normalization}: accuracy {network.score(X[-2000:], y[-2000:]):.2f}")

# %%
# **The answer:** yes, and to a file of any size. Predicting goes piece by piece as well. Rows are
# read in random order, so a disk that is slow at that wants a file shuffled once and
# ``shuffle=False``: see :doc:`larger than memory </guide/larger_than_memory>`.

folder.cleanup()
