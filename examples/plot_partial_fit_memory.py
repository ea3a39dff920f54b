"""
How to learn from more data than memory holds?
==============================================

Data that come in pieces, from a large file, a database or a sensor, need never be in memory
together: ``partial_fit`` takes a piece, makes one pass over it, and goes on from there with the
next. What is learnt, and what does it take?
"""

# %%
# A stream without an end
# -----------------------
# The handwritten digits, each piece of them moved by up to a pixel and with some noise: as many as
# anybody wants, a thousand at a time. A fifth of the original digits is kept for the score.

import tracemalloc

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from skfcn import FCNClassifier

X, y = load_digits(return_X_y=True)
X_original, X_test, y_original, y_test = train_test_split(
    X / 16, y, test_size=0.2, stratify=y, random_state=0
)


def stream(rng, n_rows=1000):
    """Yield pieces of data for ever."""
    while True:
        chosen = rng.integers(len(X_original), size=n_rows)
        images = X_original[chosen].reshape(-1, 8, 8)
        moved = np.roll(images, rng.integers(-1, 2, size=2), axis=(1, 2)).reshape(n_rows, 64)
        yield moved + rng.normal(scale=0.2, size=moved.shape), y_original[chosen]


# %%
# Piece by piece
# --------------
# The classes have to be named in the first call, since a piece need not have all of them. After
# each piece three things are noted: the accuracy, what Python and NumPy have allocated at the most
# until then, and how much data has come in all.

network = FCNClassifier((128,), learning_rate_init=0.002, random_state=0)
accuracy, memory, seen = [], [], []
tracemalloc.start()
for X_piece, y_piece in stream(np.random.default_rng(0)):
    network.partial_fit(X_piece, y_piece, classes=np.arange(10))
    accuracy.append(network.score(X_test, y_test))
    memory.append(tracemalloc.get_traced_memory()[1] / 1e6)
    seen.append((seen[-1] if seen else 0) + X_piece.nbytes / 1e6)
    if len(seen) == 120:
        break
tracemalloc.stop()
print(f"{network.t_:,} rows, {seen[-1]:.0f} MB, in pieces of {X_piece.nbytes / 1e6:.2f} MB")
print(f"memory: {memory[0]:.1f} MB after the first piece, {memory[-1]:.1f} MB after the last")
print(f"accuracy on digits that were not in the stream: {accuracy[-1]:.3f}")

# %%
# The data add up, the memory does not; the accuracy does.

fig, (left, right) = plt.subplots(1, 2, figsize=(8, 3.8), layout="constrained")
pieces = np.arange(1, len(seen) + 1)
left.fill_between(pieces, seen, color="0.5", alpha=0.25, linewidth=0)
left.plot(pieces, memory, color="#d55e00", linewidth=2.5)
left.text(70, 18, "data that came", color="0.35", fontsize=12)
left.text(8, memory[-1] + 2, "memory in use", color="#d55e00", fontsize=12)
left.set(title="Megabytes", xlabel="Pieces", xlim=(0, None), ylim=(0, None))
right.plot(pieces, accuracy, color="#0072b2", linewidth=2.5)
right.set(title="Accuracy on digits held out", xlabel="Pieces", xlim=(0, None), ylim=(0, 1))
right.yaxis.set_major_formatter("{x:.0%}")
for ax in (left, right):
    ax.spines[["top", "right"]].set_visible(False)
fig.suptitle("It learns from everything and keeps nothing")

# %%
# **The answer:** one piece at a time. The pieces should be mixed: a network that sees only zeros
# for a while forgets the rest. How to scale, stop and save on the way is in :doc:`larger than
# memory </guide/larger_than_memory>`; for an array on disk,
# :ref:`sphx_glr_gallery_plot_memory_map.py` is simpler still.
