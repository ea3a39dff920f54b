"""The pictures of the guide are what their programs draw now."""

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread

pytestmark = pytest.mark.slow
# Older versions of matplotlib draw otherwise; the extra docs stands for the newest ones.
pytest.importorskip("sphinx", reason="pictures are compared with the extra docs")

ROOT = Path(__file__).parents[2]
# Those that need seconds, and no data beside the repository.
PROGRAMS = {
    "draw_speed.py": ["speed"],
    "draw_when.py": ["when"],
    "draw_schedules.py": ["schedules"],
    "draw_loss_curves.py": ["loss_curves"],
    "draw_shapes.py": ["unit", "shapes", "passes"],
    "draw_displays.py": [
        *("display_distributions", "display_errors", "display_first_steps", "display_network"),
        *("display_learning_rate", "display_small_network", "display_solvers"),
        *("display_training", "display_weights"),
    ],
}


def run(command, folder):
    done = subprocess.run(
        [sys.executable, *command], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def assert_same_picture(drawn, name):
    found, expected = imread(drawn)[..., :3], imread(ROOT / f"docs/figures/{name}.png")[..., :3]
    assert found.shape == expected.shape
    assert np.abs(found - expected).mean() < 0.002  # a bar that is a little longer: 0.01


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_program_draws_the_pictures_that_are_shown(program, tmp_path):
    figures = tmp_path / "docs/figures"
    figures.mkdir(parents=True)
    shutil.copy(ROOT / "docs/figures" / program, figures)
    shutil.copy(ROOT / "docs/benchmarks.md", figures.parent)  # whose tables are drawn
    shutil.copytree(ROOT / "docs/guide", figures.parent / "guide")

    run([figures / program], tmp_path)

    assert {path.stem for path in figures.glob("*.png")} == set(PROGRAMS[program])
    for name in PROGRAMS[program]:
        assert_same_picture(figures / f"{name}.png", name)


def test_the_first_command_draws_the_curves_that_the_readme_shows(tmp_path):
    run(["-m", "skfcn", "train", "--quiet"], tmp_path)

    assert_same_picture(tmp_path / "curves.png", "curves")
