"""
Do the first weights matter?
============================

Training starts from random weights. Each layer multiplies what comes in by its own, and a
factor that is slightly too small or too large is taken to the twelfth power by twelve layers.
What is left of the data at the last layer, and of the gradient at the first?
"""

# %%
# Before any training
# -------------------
# Twelve layers of 64 units, as many as the digits have pixels, get their weights by four rules,
# which differ in the variance alone. With n units in a layer, Glorot's is 1/n, made for
# activations that let everything through; He's is 2/n, because ReLU takes half of it away. The
# other two are a quarter of He's, and four times as much.
#
# The way there and back through a network of ReLU takes a few lines of NumPy. Random numbers
# stand in for the gradient of a loss: how large it is where it sets out is of no matter here.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

from skfcn import FCNClassifier
from skfcn.initializers import VarianceScaling

X, y = load_digits(return_X_y=True)
X = X.astype(np.float32)
X_train, X_val, y_train, y_val = train_test_split(X, y, test_size=0.3, stratify=y, random_state=0)
scaler = StandardScaler().fit(X_train)
X_train, X_val = scaler.transform(X_train), scaler.transform(X_val)

rules = {
    "too small": VarianceScaling(0.5, "fan_in", "normal"),
    "Glorot": VarianceScaling(1.0, "fan_avg", "normal"),
    "He": VarianceScaling(2.0, "fan_in", "normal"),
    "too large": VarianceScaling(8.0, "fan_in", "normal"),
}


def there_and_back(rule):
    """Return the activations of each layer, and the gradients with respect to them."""
    rng = np.random.RandomState(0)
    weights = [rule.draw(64, 64, rng) for _ in range(12)]
    activations = [X_train]
    for W in weights:
        activations.append(np.maximum(activations[-1] @ W, 0))
    gradients = [rng.normal(size=activations[-1].shape)]
    for W, A in zip(weights[:0:-1], activations[:1:-1], strict=True):
        gradients.append((gradients[-1] * (A > 0)) @ W.T)
    return activations[1:], gradients[::-1]


# %%
# Each strip is a histogram of magnitudes, zeros left out, on a logarithmic axis. The data
# travel to the right, and the gradient to the left.

edges = np.linspace(-5.5, 5.5, 111)  # powers of ten
fig, axes = plt.subplots(2, 4, figsize=(8, 4.8), layout="constrained", sharex=True, sharey=True)
for column, (name, rule) in enumerate(rules.items()):
    passes = there_and_back(rule)
    for ax, layers in zip(axes[:, column], passes, strict=True):
        powers = [np.log10(np.abs(values[values != 0])) for values in layers]
        shares = [np.histogram(power, edges)[0] / power.size for power in powers]
        ax.pcolormesh(np.arange(0.5, 13), edges, np.transpose(shares), cmap="viridis")
    axes[0, column].set_title(name)
    first, last = passes[1][0].std(), passes[0][-1].std()
    print(f"{name:10} data at the last layer: {last:.1e}, gradient at the first: {first:.1e}")
axes[0, 0].set(ylabel="Data →", xticks=[1, 6, 12], yticks=[-4, -2, 0, 2, 4])
axes[0, 0].yaxis.set_major_formatter(lambda power, _: f"$10^{{{power:.0f}}}$")
axes[1, 0].set_ylabel("← Gradient")
fig.supxlabel("Layer", fontsize="medium")
fig.suptitle("Twelve layers turn a small factor into a large one")

# %%
# Does training mend it?
# ----------------------
# Adam's steps are as large whatever the size of the gradient, which should help. Here are the
# four rules, with two seeds each; then once more with layer normalization, which gives the
# units of each layer mean 0 and variance 1 for every row before ReLU sees them.

colors = dict(zip(rules, ["tab:blue", "tab:cyan", "black", "tab:orange"], strict=True))

fig, axes = plt.subplots(1, 2, figsize=(8, 4), layout="constrained", sharey=True)
for ax, normalization in zip(axes, [None, "layer"], strict=True):
    for name, rule in rules.items():
        network = FCNClassifier(
            hidden_layer_sizes=(64,) * 12,
            init=rule,
            normalization=normalization,
            batch_size=50,
            max_iter=10,
            n_iter_no_change=np.inf,
        )
        last = []
        for seed in range(2):
            network.set_params(random_state=seed).fit(X_train, y_train, X_val=X_val, y_val=y_val)
            scores = network.validation_scores_
            label = name if seed == 0 else None
            ax.plot(range(1, 11), scores, "o-", color=colors[name], markersize=4, label=label)
            last.append(scores[-1])
        print(f"normalization={normalization!s:6} {name:10} {np.mean(last):.1%} after 10 epochs")
    ax.set(xlabel="Epoch", xticks=range(1, 11))
    ax.grid(alpha=0.25)
    ax.spines[["top", "right"]].set_visible(False)
axes[0].set(title="without normalization", ylabel="Accuracy on validation data", ylim=(0, 1))
axes[0].yaxis.set_major_formatter("{x:.0%}")
axes[1].set_title("with layer normalization")
axes[1].legend(loc="lower right", frameon=False, fontsize=11)
fig.suptitle("Normalization forgives bad first weights")

# %%
# **The answer:** in a deep network they do. Weights that keep the size of what passes through
# them, or nearly, learn at once: with ReLU, "he_normal" and "he_uniform". (The default is
# Glorot's rule, as in scikit-learn.) ``normalization="layer"`` makes it matter much less. In one
# or two layers there is no power for a factor to be taken to.
# :class:`~skfcn.displays.DistributionDisplay` draws such histograms of a network of your own.
