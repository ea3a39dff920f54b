"""Draw ``schedules.png``: what each schedule makes of the learning rate in 20 epochs.

Run ``python docs/figures/draw_schedules.py`` from the root of the project.
"""

from pathlib import Path

import matplotlib.pyplot as plt

from skfcn.schedules import SCHEDULES, Progress, WarmUp

MAX_EPOCHS, STEPS_PER_EPOCH = 20, 50
PLATEAUS = (8, 13, 17)  # epochs after which the loss is taken to have stopped improving
PANELS = {f'"{name}"': make() for name, make in SCHEDULES.items()}
PANELS['WarmUp("cosine", 3)'] = WarmUp("cosine", 3)


def progress_at(step):
    """Return where training stands before a step."""
    epoch = step // STEPS_PER_EPOCH
    return Progress(
        epoch=epoch,
        step=step,
        samples=1000 * epoch,
        plateaus=sum(epoch >= end for end in PLATEAUS),
        steps_per_epoch=STEPS_PER_EPOCH,
        max_epochs=MAX_EPOCHS,
    )


def main():
    """Draw one panel for each, with its defaults."""
    figure, axes = plt.subplots(
        3, 3, figsize=(8, 5.6), sharex=True, sharey=True, layout="constrained"
    )
    stages = [progress_at(step) for step in range(MAX_EPOCHS * STEPS_PER_EPOCH)]
    epochs = [progress.epochs for progress in stages]
    for ax, (title, schedule) in zip(axes.flat, PANELS.items(), strict=True):
        ax.plot(epochs, [schedule(progress) for progress in stages], color="#4C78A8", linewidth=2)
        ax.set_title(title, fontsize=10, family="monospace")
        ax.spines[["top", "right"]].set_visible(False)
        ax.grid(alpha=0.25)
    axes[0, 0].set(xlim=(0, MAX_EPOCHS), ylim=(0, 1.05), xticks=range(0, MAX_EPOCHS + 1, 5))
    figure.supxlabel("epochs", fontsize=10)
    figure.supylabel("factor on learning_rate_init", fontsize=10)
    figure.savefig(Path(__file__).with_name("schedules.png"), dpi=150)


if __name__ == "__main__":
    main()
