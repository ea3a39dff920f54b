"""Draw ``speed.png``: how many times as fast as its peers skfcn is, as bars.

Run ``python docs/figures/draw_speed.py FILE`` from the root of the project, on the file that
``python -m benchmarks --json FILE`` has written.
"""

import json
import sys
from fnmatch import fnmatch
from pathlib import Path
from statistics import median

import matplotlib.pyplot as plt

PEERS = {"scikit-learn": "#2563eb", "PyTorch": "#7c3aed", "skorch": "#0f766e"}
SHOWN = {  # the cases, as they are called here; of several the median
    "digits 64-100-10, Adam": "digits",
    "all defaults, eight tables": "defaults-*",
    'the same, solver="lbfgs"': "lbfgs-*",
    "predict_proba of one row": "predict-one",
    "MNIST 784-256-128-10, SGD": "mnist-sgd",
    "MNIST 784-256-128-10, Adam": "mnist-adam",
    "MNIST 784-1024-1024-10, Adam": "mnist-wide",
}


def main():
    """Read the figures and draw them."""
    cases = json.loads(Path(sys.argv[1]).read_text())["cases"]
    rows = []
    for label, pattern in SHOWN.items():
        chosen = [name for name in cases if fnmatch(name, pattern)]
        for peer in PEERS:
            ratios = [ratio(cases[name]["contenders"], peer) for name in chosen]
            if ratios and None not in ratios:
                rows.append((label, peer, median(ratios)))

    figure, ax = plt.subplots(figsize=(7, 0.33 * len(rows) + 1.1), layout="constrained")
    place, ticks, last = 0.0, {}, None
    for label, peer, times in rows:
        place -= 0.55 if last not in (None, label) else 0
        ax.barh(place, times, color=PEERS[peer], height=0.85)
        ax.text(times + 0.07, place, f"{times:.1f}", va="center", fontsize=9)
        ticks.setdefault(label, []).append(place)
        place, last = place - 1, label
    ax.axvline(1, color="0.3", linewidth=1)
    ax.set_yticks([sum(places) / len(places) for places in ticks.values()], list(ticks))
    ax.set_xlabel("time of a fit ÷ that of skfcn: times as fast, right is better")
    ax.spines[["top", "right", "left"]].set_visible(False)
    ax.tick_params(axis="y", length=0)
    bars = [plt.Rectangle((0, 0), 1, 1, color=color) for color in PEERS.values()]
    figure.legend(bars, PEERS, loc="outside upper center", ncols=3, frameon=False)
    figure.savefig(Path(__file__).parent / "speed.png", dpi=150)


def ratio(contenders, peer):
    """Return the peer's median time over ours; None if it did not run."""
    if not contenders.get(peer, {}).get("seconds"):
        return None
    return median(contenders[peer]["seconds"]) / median(contenders["skfcn"]["seconds"])


if __name__ == "__main__":
    main()
