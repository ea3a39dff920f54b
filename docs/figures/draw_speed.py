"""Draw ``speed.png``: how many times as fast as its peers skfcn is, as bars.

Run ``python docs/figures/draw_speed.py`` from the root of the project. It draws the table of
`docs/benchmarks.md`, which ``python -m benchmarks`` has printed.
"""

import re
from pathlib import Path
from statistics import median

import matplotlib.pyplot as plt

FOLDER = Path(__file__).parent
PEERS = {"scikit-learn": "#2563eb", "PyTorch": "#7c3aed", "skorch": "#0f766e"}
SHOWN = {  # how cases begin, by what they are called here; of several the median
    "digits 64-100-10, Adam": "digits 64-100-10",
    "all defaults, eight tables": r"\w+, all defaults",
    'the same, solver="lbfgs"': r'\w+, solver="lbfgs"',
    "predict_proba of one row": "predict_proba of one row",
    "MNIST 784-256-128-10, SGD": "MNIST 784-256-128-10",
    "the same, Adam": r"the same, Adam \|",
    "MNIST 784-1024-1024-10, Adam": "MNIST 784-1024-1024-10",
}


def read():
    """Return the ratios by case and peer."""
    text = (FOLDER.parent / "benchmarks.md").read_text("utf-8")
    found, case = {}, ""
    for line in text[text.index("| case | measure |") :].splitlines():
        name, measure, ratio = (line + "||||").split(" | ")[:3] if " | " in line else ("", "", "")
        case = f"{name[2:]} |" if name.strip("| ") else case
        if match := re.match(r"time of ([\w-]+) / ours", measure):
            found.setdefault(case, {})[match[1]] = float(ratio)
        if not line.startswith("|"):
            break
    return found


def main():
    """Draw a bar for each peer of each case."""
    found, rows = read(), []
    for label, pattern in SHOWN.items():
        cases = [ratios for case, ratios in found.items() if re.match(pattern, case)]
        for peer in PEERS:
            if cases and all(peer in ratios for ratios in cases):
                rows.append((label, peer, median(ratios[peer] for ratios in cases)))

    figure, ax = plt.subplots(figsize=(7, 0.3 * len(rows) + 1.1), layout="constrained")
    place, ticks, last = 0.0, {}, None
    for label, peer, times in rows:
        place -= 0.55 if last not in (None, label) else 0
        ax.barh(place, times, color=PEERS[peer], height=0.85)
        ax.text(times + 0.07, place, f"{times:.1f}", va="center", fontsize=9)
        ticks.setdefault(label, []).append(place)
        place, last = place - 1, label
    ax.axvline(1, color="0.3", linewidth=1)
    ax.set_yticks([sum(places) / len(places) for places in ticks.values()], list(ticks))
    ax.set_xlabel("time of the peer ÷ time of skfcn: right is better")
    ax.spines[["top", "right", "left"]].set_visible(False)
    ax.tick_params(axis="y", length=0)
    bars = [plt.Rectangle((0, 0), 1, 1, color=color) for color in PEERS.values()]
    figure.legend(bars, PEERS, loc="outside upper center", ncols=3, frameon=False)
    figure.savefig(FOLDER / "speed.png", dpi=150)


if __name__ == "__main__":
    main()
