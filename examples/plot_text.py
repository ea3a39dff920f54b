"""
How fast does a network learn to read?
======================================

A question to a bank has a dozen words, of some twenty thousand words and pairs of words that
customers use. A step of training needs the weights of a thousand of them. What does it save to
leave the others alone, and does it cost anything?

(Where the questions are not at hand, as ``../shared/data/text`` beside the project, lines from
the descriptions of scikit-learn's data sets take their place: from which of them is a line?)
"""

# %%
# Questions, and what they are about
# ----------------------------------
# 10,003 questions to learn from and 3,080 to be tested on, each about one of 77 things (Casanueva
# et al. 2020, "Efficient intent detection with dual sentence encoders", CC BY 4.0).

from pathlib import Path
from time import perf_counter

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.ticker import LogLocator, NullFormatter
from sklearn import datasets
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split

import skfcn
from skfcn import FCNClassifier
from skfcn.initializers import Normal
from skfcn.optimizers import Adam

folder = Path(skfcn.__file__).parents[1] / "../shared/data/text"
if folder.exists():
    train, test = (pd.read_csv(folder / f"banking77_{part}.csv.gz") for part in ("train", "test"))
    batch_size, epochs = 64, 10
else:
    names = ["breast_cancer", "diabetes", "digits", "iris", "wine"]
    texts = {name: getattr(datasets, f"load_{name}")().DESCR.splitlines() for name in names}
    lines = [(line, name) for name in names for line in texts[name] if len(line.split()) > 5]
    lines = pd.DataFrame(lines, columns=["text", "category"])
    train, test = train_test_split(lines, stratify=lines.category, random_state=0)
    batch_size, epochs = 8, 30

# %%
# Words and pairs of words, each row with the few that its question has. The matrix is sparse, and
# no part of it is ever made dense.

words = TfidfVectorizer(ngram_range=(1, 2), dtype=np.float32)
X_train, X_test = words.fit_transform(train.text), words.transform(test.text)
y_train, y_test = train.category.to_numpy(), test.category.to_numpy()
in_batch = len(
    np.unique(X_train[np.random.default_rng(0).permutation(len(y_train))[:batch_size]].indices)
)
print(f"{X_train.shape[1]:,} words and pairs, {X_train.nnz / len(y_train):.0f} in a question,")
print(f"{in_batch:,} in a batch of {batch_size} questions")

# %%
# Two optimizers, epoch by epoch
# ------------------------------
# Adam moves all weights in each step, by what it remembers of their gradients, though for those of
# words that are not in the batch there is nothing new to learn. ``Adam(lazy=True)`` leaves these,
# and what it remembers of them, as they are. All else is the same: dropout against learning the
# questions by heart, one cycle of the learning rate.


def learn(lazy):
    """Return the seconds after each epoch, the accuracies, and the network."""
    network = FCNClassifier(
        (256,),
        solver=Adam(lazy=lazy),
        init=Normal(scale=0.05),
        batch_size=batch_size,
        learning_rate="one_cycle",
        learning_rate_init=0.003,
        max_iter=epochs,
        dropout=0.6,
        alpha=0,
        random_state=0,
    )
    seconds, accuracies = [0.0], []
    for _ in range(epochs):
        start = perf_counter()
        network.partial_fit(X_train, y_train, classes=np.unique(y_train))
        seconds.append(seconds[-1] + perf_counter() - start)
        accuracies.append(network.score(X_test, y_test))
    return seconds[1:], accuracies, network


start = perf_counter()
linear = LogisticRegression(C=20, max_iter=200).fit(X_train, y_train)
linear_seconds, linear_accuracy = perf_counter() - start, linear.score(X_test, y_test)
runs = {"all weights": learn(lazy=False), "words in use": learn(lazy=True)}
print(f"{'logistic regression':20} {linear_seconds:5.1f} s, {linear_accuracy:.1%} right")
for name, (seconds, accuracies, _) in runs.items():
    print(f"{name:20} {seconds[-1]:5.1f} s, {accuracies[-1]:.1%} right")

# %%
# Accuracy against seconds, a dot for each epoch.

colors = {"all weights": "#e69f00", "words in use": "#0072b2", "logistic regression": "0.3"}
fig, ax = plt.subplots(figsize=(8, 4.6), layout="constrained")
ends = {"logistic regression": (linear_seconds, linear_accuracy, -20)}
for name, (seconds, accuracies, _) in runs.items():
    ax.plot(seconds, accuracies, "o-", color=colors[name], linewidth=2, markersize=5)
    ends[name] = seconds[-1], accuracies[-1], 10
ax.plot(linear_seconds, linear_accuracy, "D", color=colors["logistic regression"], markersize=8)
for name, (x, y, up) in ends.items():
    label = {"color": colors[name], "ha": "center", "fontsize": 12}
    ax.annotate(name, (x, y), (0, up), textcoords="offset points", **label)
ax.set(title="The same network, and steps that move what they need", xscale="log")
ax.set(xlabel="Seconds of training", ylabel="Questions that are understood")
ax.set_ylim(top=1)
ax.xaxis.set_major_locator(LogLocator(subs=[1, 2, 5]))
ax.xaxis.set_major_formatter("{x:g}")
ax.xaxis.set_minor_formatter(NullFormatter())
ax.yaxis.set_major_formatter("{x:.0%}")
ax.grid(alpha=0.25)
ax.spines[["top", "right"]].set_visible(False)

# %%
# What it takes a question for
# ----------------------------
# The questions about which it was surest, and wrong. Would you have known better?

network = runs["words in use"][2]
probability = network.predict_proba(X_test)
guess = network.classes_[probability.argmax(axis=1)]
wrong = np.flatnonzero(guess != y_test)
for row in wrong[np.argsort(-probability[wrong].max(axis=1))][:5]:
    print(test.text.iloc[row].strip())
    print(f"    {guess[row]}, {probability[row].max():.0%}; it was {y_test[row]}")

# %%
# **The answer:** in a few seconds, several times as fast as with steps that move all weights, and
# it costs nothing. Rare words keep what they have learnt until they come up again. The chapter on
# :doc:`text </guide/text>` says what else to set, and how to learn from texts in pieces.
