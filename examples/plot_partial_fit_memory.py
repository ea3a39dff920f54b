"""
How to learn from data that never fit in memory?
================================================

In pieces. ``partial_fit`` takes a chunk of rows, learns from it and keeps nothing of it, so
that the next chunk can take its place. How much memory does that need, and does a network
learn as much as from all rows at once?
"""

# %%
# A stream of digits
# ------------------
# The data come from a generator, as they might from a database or a sensor: handwritten
# digits, made lighter or darker and noisy at random, so that no two rows are the same. It
# yields 8,000 rows at a time, and could go on forever.

import tracemalloc

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from skfcn import FCNClassifier

digits, labels = load_digits(return_X_y=True)
digits, X_test, labels, y_test = train_test_split(
    digits / 16, labels, stratify=labels, random_state=0
)


def stream(n_chunks, n_rows=8000):
    """Yield X and y, one chunk after the other."""
    rng = np.random.default_rng(0)
    for _ in range(n_chunks):
        rows = rng.integers(len(digits), size=n_rows)
        X = digits[rows]
        X *= rng.uniform(0.5, 1.5, size=(n_rows, 1))
        X += rng.normal(scale=0.3, size=X.shape)
        yield X, labels[rows]


network = FCNClassifier((64,), max_iter=1, n_iter_no_change=np.inf, random_state=0)

# %%
# Chunk by chunk
# --------------
# The first call must be told all the classes, since its chunk may not have each of them.
# ``tracemalloc``, of the standard library, counts what Python and NumPy allocate: here the
# highest level since the last look, with the making of the chunk in it.

tracemalloc.start()
in_chunks = {"seen": [], "memory": [], "accuracy": []}
seen = 0
for X, y in stream(n_chunks=32):
    network.partial_fit(X, y, classes=np.arange(10))
    seen += X.nbytes
    in_chunks["seen"].append(seen / 1e6)
    in_chunks["memory"].append(tracemalloc.get_traced_memory()[1] / 1e6)
    in_chunks["accuracy"].append(network.score(X_test, y_test))
    tracemalloc.reset_peak()
del X, y

# %%
# All at once
# -----------
# For comparison, the first 2, 4, … 32 chunks in one array, which the same network learns from
# in one epoch of ``fit``.

at_once = {"seen": [], "memory": [], "accuracy": []}
for n_chunks in [2, 4, 8, 16, 32]:
    X, y = np.empty((n_chunks, 8000, 64)), np.empty((n_chunks, 8000), dtype=int)
    for i, (X_chunk, y_chunk) in enumerate(stream(n_chunks)):
        X[i], y[i] = X_chunk, y_chunk
    network.fit(X.reshape(-1, 64), y.ravel())
    at_once["seen"].append(X.nbytes / 1e6)
    at_once["memory"].append(tracemalloc.get_traced_memory()[1] / 1e6)
    at_once["accuracy"].append(network.score(X_test, y_test))
    del X, y
    tracemalloc.reset_peak()
tracemalloc.stop()

# %%
# Memory and accuracy
# -------------------
# Above, what is in memory at most; below, the accuracy on digits that are not in the stream.

fig, (top, bottom) = plt.subplots(2, 1, figsize=(8, 6), layout="constrained", sharex=True)
for name, results, color in [
    ("all at once", at_once, "tab:orange"),
    ("chunk by chunk", in_chunks, "tab:blue"),
]:
    seen, memory, accuracy = results.values()
    print(
        f"{name}: {memory[-1]:.0f} MB for {seen[-1]:.0f} MB of data, accuracy {accuracy[-1]:.1%}"
    )
    top.fill_between(seen, memory, color=color, alpha=0.15, linewidth=0)
    top.plot(seen, memory, "o-", color=color, linewidth=2, markersize=5)
    bottom.plot(seen, accuracy, "o-", color=color, linewidth=2, markersize=5)
    top.text(seen[-1] + 2, memory[-1], name, color=color, va="center", fontsize=12)
top.set(title="Memory stays where it is …", ylabel="Memory in use (MB)", ylim=(0, None))
bottom.set(title="… and the accuracy grows all the same", ylabel="Accuracy on test data")
bottom.set(xlabel="Data seen (MB)", xlim=(0, 165), xticks=range(0, 121, 20), ylim=(0.6, 1))
bottom.yaxis.set_major_formatter("{x:.0%}")
for ax in (top, bottom):
    ax.grid(alpha=0.25)
    ax.spines[["top", "right"]].set_visible(False)

# %%
# **The answer:** with ``partial_fit``, in the memory of a chunk and what it takes to make one,
# however long the stream; and after one pass over the rows it knows about as much. A scaler
# learns in chunks too, by a ``partial_fit`` of its own. If the data are in a file, there is a
# way without chunks: see :ref:`sphx_glr_gallery_plot_memory_map.py`.
