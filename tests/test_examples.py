"""The example's promise: an unchanged program, but for its imports, prints the same."""

import subprocess
import sys
from pathlib import Path

PROGRAM = Path(__file__).parents[1] / "examples" / "drop_in.py"
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
