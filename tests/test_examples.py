"""The examples' promises: the same program prints the same; a recipe runs and learns."""

import runpy
import subprocess
import sys
from pathlib import Path

EXAMPLES = Path(__file__).parents[1] / "examples"
PROGRAM = EXAMPLES / "drop_in.py"
OURS = """\
from skfcn import FCNClassifier as MLPClassifier
from skfcn import FCNRegressor as MLPRegressor
"""
THEIRS = "from sklearn.neural_network import MLPClassifier, MLPRegressor\n"


def run(program):
    command = [sys.executable, "-W", "error", "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def test_two_lines_are_all_there_is_to_change():
    program = PROGRAM.read_text(encoding="utf-8")
    assert program.count(OURS) == 1
    exchanged = program.replace(OURS, THEIRS)
    assert "skfcn" not in exchanged.split('"""', 2)[2]
    ours, theirs = run(program), run(exchanged)
    assert len(ours) == len(theirs) > 15
    for our_line, their_line in zip(ours, theirs, strict=True):
        assert our_line == their_line


def test_the_recipe_for_mnist_learns_in_two_epochs(mnist_mat, capsys):
    main = runpy.run_path(str(EXAMPLES / "mnist_dropout.py"))["main"]

    accuracies = main(
        mnist_mat, validate=True, seeds=1, hidden_layer_sizes=(64, 64), dropout=0.1, max_iter=2
    )

    assert 0.93 < accuracies[0] < 0.98
    assert f"mean accuracy {accuracies[0]:.4f}" in capsys.readouterr().out
