"""What is seen of training: on a terminal, which is a real pseudo-terminal here, and elsewhere."""

import io
import os
import re
import signal
import struct
import sys
import time
import warnings
from pathlib import Path

import joblib
import numpy as np
import pytest
from sklearn.datasets import load_digits

from skfcn import FCNClassifier
from skfcn._cli import Progress, as_clock
from skfcn.callbacks import Callback, StepLog

if os.name == "posix":
    import fcntl
    import pty
    import termios
    from subprocess import Popen

posix = pytest.mark.skipif(os.name != "posix", reason="pseudo-terminals of POSIX")


def lines_of(output):
    """Return the lines as they are seen: what is overwritten is not."""
    lines = []
    for line in output.split("\n"):
        cells, at = [], 0
        for character in line:
            if character == "\r":
                at = 0
            elif character == "\b":
                at -= 1
            else:
                cells[at : at + 1] = character
                at += 1
        lines.append("".join(cells).rstrip())
    return lines


class Terminal:
    """A program that runs in a terminal of so many columns, and what is to be seen there."""

    def __init__(self, columns, *arguments, **env):
        self.master, slave = pty.openpty()
        self.resize(columns)
        self.process = Popen(
            [sys.executable, "-m", "skfcn", *map(str, arguments)],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=os.environ | {"TERM": "xterm"} | env,
            preexec_fn=self._take_terminal,
        )
        os.close(slave)
        self.output = ""

    @staticmethod
    def _take_terminal():
        """Make the terminal the one whose Ctrl-C the process hears."""
        os.setsid()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
        signal.signal(signal.SIGINT, signal.default_int_handler)

    def resize(self, columns):
        size = struct.pack("HHHH", 24, columns, 0, 0)
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, size)

    def type(self, text):
        os.write(self.master, text.encode())

    def read_until(self, pattern, seconds=60):
        """Read on until what was written last matches a pattern."""
        end = time.monotonic() + seconds
        begin = len(self.output)
        while not re.search(pattern, self.output[begin:]):
            assert time.monotonic() < end, self.output
            self._read()

    def finish(self):
        while self._read():
            pass
        os.close(self.master)
        return self.process.wait(60)

    def _read(self):
        try:
            chunk = os.read(self.master, 4096)
        except OSError:  # the end, on Linux
            return False
        self.output += chunk.decode(errors="replace")
        return bool(chunk)

    def screen(self):
        """Return the lines as they are seen."""
        return lines_of(self.output)


@pytest.fixture
def open_terminal():
    """Run a program in a terminal; it does not outlive the test."""
    opened = []

    def open_it(*arguments, **env):
        opened.append(Terminal(*arguments, **env))
        return opened[-1]

    yield open_it
    for terminal in opened:
        terminal.process.kill()
        terminal.process.wait(60)


@pytest.mark.slow
@posix
@pytest.mark.parametrize(
    ("columns", "pattern"),
    [
        (100, r"epoch 60/60  ━{30}  loss 0\.\d{4}  accuracy [01]\.\d{4}  \d+\.\d s"),
        (70, r"epoch 60/60  ━{8,29}  loss 0\.\d{4}  accuracy [01]\.\d{4}  \d+\.\d s"),
        (40, r"epoch 60/60  loss 0\.\d{4}  \d+\.\d s"),
        (16, r"epoch 60/60"),
    ],
)
def test_the_bar_fits_the_terminal_and_leaves_one_line(columns, pattern, open_terminal):
    terminal = open_terminal(
        columns, "train", "--epochs", 60, "--no-plot", PYTHONIOENCODING="utf-8"
    )
    assert terminal.finish() == 0
    lines = terminal.screen()
    bars = [line for line in lines if line.startswith("epoch")]
    assert len(bars) == 1
    assert re.fullmatch(pattern, bars[0])
    written = terminal.output.split("\r")
    drawings = [drawing for drawing in written if drawing.startswith("epoch")]
    assert len(drawings) > 2
    assert all(len(drawing.rstrip("\b\n")) < columns for drawing in drawings)
    assert "\x1b" not in terminal.output  # no colours, no cursor that jumps
    assert [line.split()[0] for line in lines if line] == [
        *("digits:", "epoch", "network", "train", "test", "wrote")
    ]


@pytest.mark.slow
@posix
def test_time_left_and_a_part_of_the_bar_are_shown_on_the_way(open_terminal):
    terminal = open_terminal(100, "train", "--epochs", 3000, PYTHONIOENCODING="utf-8")
    terminal.read_until(
        r"epoch +\d+/3000  ━+─+  loss \d\.\d{4}  accuracy \d\.\d{4}  \d+:\d\d left"
    )
    terminal.resize(70)
    terminal.read_until(r"\repoch +\d+/3000  [━─]{8,12}  loss \d\.\d{4}  accuracy \d\.\d{4}  ")
    terminal.resize(45)
    terminal.read_until(r"\repoch +\d+/3000  loss \d\.\d{4}  \d+:\d\d left")
    terminal.type("\x03")
    assert terminal.finish() == 130


@pytest.mark.slow
@posix
def test_ctrl_c_ends_training_and_keeps_what_was_trained(open_terminal):
    terminal = open_terminal(100, "train", "--epochs", 100_000, PYTHONIOENCODING="utf-8")
    terminal.read_until("left")
    terminal.type("\x03")
    assert terminal.finish() == 130
    lines = terminal.screen()
    assert not any("^C" in line or "Traceback" in line for line in lines)
    n_epochs = joblib.load("model.joblib")[-1].n_iter_
    (bar,) = (line for line in lines if line.startswith("epoch"))
    assert int(re.search(r"(\d+)/100000", bar)[1]) == n_epochs < 100_000
    assert any(f"{n_epochs} of 100000 epochs" in line for line in lines)
    last = "skfcn train: interrupted; what was trained until then is scored and saved"
    assert [line for line in lines if line][-1] == last
    assert joblib.load("model.joblib").trained_by_skfcn_["interrupted"]


@pytest.fixture
def heeding_ctrl_c():
    """Let SIGINT interrupt, also where pytest is a job in the background, which ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@posix
@pytest.mark.usefixtures("heeding_ctrl_c")
@pytest.mark.parametrize("options", [["--epochs", "3"], ["--epochs", "30000", "--early-stopping"]])
def test_ctrl_c_in_the_first_epoch(options, run, capsys, monkeypatch):
    """Nothing is known yet: in the long fit no step was recorded, so there is no curve."""

    def on_step_end(self, estimator, *, step, loss, score):
        record(self, estimator, step=step, loss=loss, score=score)
        if step == 2:
            os.kill(os.getpid(), signal.SIGINT)

    record = StepLog.on_step_end
    monkeypatch.setattr(StepLog, "on_step_end", on_step_end)
    assert run("train", *options) == 130
    has_curves = options[1] == "3"
    out, err = capsys.readouterr()
    assert f"0 of {options[1]} epochs" in out
    assert f"wrote model.joblib{', curves.png' if has_curves else ''}\n" in err
    assert Path("curves.png").exists() == has_curves
    assert run("info", "model.joblib") == 0
    assert "epochs      0\n" in capsys.readouterr().out


@pytest.mark.slow
@posix
@pytest.mark.parametrize(
    ("options", "env", "n_lines"),
    [(["--quiet"], {}, 0), ([], {"TERM": "dumb"}, 5)],
    ids=["quiet", "dumb"],
)
def test_terminals_without_a_bar(options, env, n_lines, open_terminal):
    terminal = open_terminal(100, "train", "--epochs", 5, *options, **env)
    assert terminal.finish() == 0
    assert len(re.findall(r"^epoch \d/5  loss", terminal.output, re.M)) == n_lines
    assert "\b" not in terminal.output


@pytest.mark.slow
@posix
def test_a_terminal_that_has_no_such_characters_gets_others(open_terminal):
    terminal = open_terminal(100, "train", "--epochs", 5, PYTHONIOENCODING="ascii")
    assert terminal.finish() == 0
    assert re.search(r"epoch 5/5  #{30}  loss", terminal.output)


@pytest.mark.parametrize(("epochs", "shown"), [(3, 3), (20, 20), (50, 20), (200, 20)])
def test_elsewhere_there_are_twenty_lines_at_most(epochs, shown, run, capsys):
    assert run("train", "--epochs", epochs, "--hidden", 4, "--no-plot") == 0
    err = capsys.readouterr().err
    lines = re.findall(
        r"^epoch +(\d+)/\d+  loss \d\.\d{4}  accuracy \d\.\d{4}  \d+\.\d s$", err, re.M
    )
    assert len(lines) == shown
    assert int(lines[-1]) == epochs


def test_a_warning_has_a_line_of_its_own(monkeypatch):
    class Screen(io.StringIO):
        encoding = "utf-8"

        def isatty(self):
            return True

    class Warner(Callback):
        def on_epoch_end(self, estimator, *, record, fitted_attributes):
            warnings.warn("the disk is full", stacklevel=1)

    screen, shown, log = Screen(), [], StepLog(1)
    monkeypatch.setattr("sys.stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    network = FCNClassifier((4,), max_iter=2, n_iter_no_change=np.inf, random_state=0)
    network.set_callbacks(log, Warner(), Progress(log, "accuracy"))
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.showwarning = lambda message, *_, **__: shown.append(screen.getvalue())
        network.fit(*load_digits(return_X_y=True))
        warnings.warn("afterwards", stacklevel=1)
    assert len(shown) == 3
    assert all("epoch 1/2  ━" in text for text in shown)
    # What is shown on the way begins a line that is empty.
    assert [lines_of(f"{text}the disk is full") for text in shown[:2]] == [
        ["the disk is full"]
    ] * 2
    bar, last = lines_of(shown[2])
    assert bar.startswith("epoch 2/2  ━")
    assert last == ""


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.2, "0:00"), (59.6, "1:00"), (754, "12:34"), (7384, "2:03:04")]
)
def test_times(seconds, text):
    assert as_clock(seconds) == text
