"""The command as a whole: help, mistakes, pipes, exit statuses."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import joblib
import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

import skfcn
from skfcn import FCNClassifier
from skfcn._cli import main

COMMANDS = ("train", "evaluate", "predict", "info", "plot")
posix = pytest.mark.skipif(os.name != "posix", reason="signals and devices of POSIX")


# ---- help


def help_of(capsys, *arguments):
    with pytest.raises(SystemExit) as stop:
        main([*arguments, "--help"])
    assert stop.value.code == 0
    out, err = capsys.readouterr()
    assert err == ""
    return out


def test_the_command_alone_shows_its_help(run, capsys):
    assert run() == 0
    alone = capsys.readouterr().out
    assert alone == help_of(capsys)
    listed = re.findall(r"^  (\w+) {2,}\w", alone.partition("commands:")[2], re.M)
    assert tuple(listed[: len(COMMANDS)]) == COMMANDS


@pytest.mark.parametrize("columns", [40, 80, 200])
@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_fits_the_terminal(command, columns, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(columns))
    text = help_of(capsys, *command.split())
    commands = re.findall(r"^  \$ .*(?:\\\n.*)?", text, re.M)
    assert commands
    for line in text.splitlines():
        is_command = any(line in command for command in commands)
        assert is_command or len(line) <= min(columns, 96) or line.startswith("usage:")


def test_help_shows_every_default(capsys):
    text = " ".join(help_of(capsys, "train").split())
    options = text.partition("data:")[2].partition("DATA is one of")[0]
    options = re.split(r" (?=--[a-z-]+ (?!prints))", options)[1:]
    lacking = {option.split()[0] for option in options if "default: " not in option}
    assert len(options) > 20
    assert lacking == {
        *("--recipe", "--no-plot", "--report", "--checkpoint", "--json", "--quiet", "--help"),
        *("--drop", "--no-header"),
    }


def test_the_version(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["--version"])
    assert stop.value.code == 0
    assert capsys.readouterr().out == f"skfcn {skfcn.__version__}\n"


# ---- mistakes


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("trian", "skfcn: error: there is no COMMAND 'trian'. Did you mean 'train'? (see "),
        ("xyz", "there is no COMMAND 'xyz'; it is one of train, evaluate, predict, info, plot"),
        (
            "train --hiden 3",
            "skfcn train: error: there is no option --hiden. Did you mean '--hidden",
        ),
        ("train --frobnicate", "there is no option --frobnicate (see skfcn train --help)"),
        ("train --hid 3", "there is no option --hid"),  # no abbreviations: options may be added
        ("train --activation rulu", "there is no --activation 'rulu'. Did you mean 'relu'?"),
        ("train --init he", "there is no --init 'he'. Did you mean 'he_uniform'?"),
        ("train extra", "expected no argument 'extra'"),
        ("evaluate", "required: MODEL"),
        ("predict model.joblib", "required: FILE"),
        ("--verison", "skfcn: error: there is no option --verison. Did you mean '--version'?"),
        ("info no.joblib", "skfcn info: error: no.joblib: No such file or directory"),
    ],
)
def test_mistakes_are_named_in_one_line(line, says, complaint):
    assert says in complaint(*line.split())


def test_models_that_are_none(model_path, complaint, folder):
    (folder / "junk.joblib").write_bytes(b"junk")
    (folder / "cut.joblib").write_bytes(model_path.read_bytes()[:1000])
    joblib.dump({"a": 1}, "dict.joblib")
    joblib.dump(Pipeline([("nothing", "passthrough")]), "pipeline.joblib")
    for name in ("junk", "cut", "dict", "pipeline"):
        for command in ("evaluate", "info"):
            assert "not a model" in complaint(command, f"{name}.joblib")
    joblib.dump(FCNClassifier(), "unfitted.joblib")
    assert "never fitted" in complaint("info", "unfitted.joblib")


def test_a_model_that_another_program_saved(run, capsys, digits_csv):
    X, y = load_digits(return_X_y=True)
    network = FCNClassifier((8,), max_iter=3, n_iter_no_change=np.inf, random_state=0)
    for model in (make_pipeline(StandardScaler(), network), network):
        joblib.dump(model.fit(X, y), "other.joblib")
        assert run("predict", "other.joblib", digits_csv) == 0
        labels = capsys.readouterr().out.split()
        assert labels == [str(label) for label in model.predict(X[:20])]
        assert run("evaluate", "other.joblib") == 0
        assert "1,797 rows (all rows)" in capsys.readouterr().out
        assert run("info", "other.joblib") == 0
        assert re.search(r"^hidden +8  relu", capsys.readouterr().out, re.M)


# ---- pipes and signals


@pytest.mark.slow
def test_messages_do_not_mix_with_results(process):
    done = process("train", "--epochs", 2, env={"FORCE_COLOR": "1"})
    assert done.returncode == 0
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["network", "train", "test"]
    assert [line.split()[0] for line in done.stderr.splitlines()] == [
        *("digits:", "epoch", "epoch", "wrote")
    ]
    assert not set("\r\x1b\b") & set(done.stdout + done.stderr)


@pytest.mark.slow
@posix
@pytest.mark.parametrize("command", ["evaluate", "predict", "info"])
def test_nobody_reads_the_output(command, process, model_path, digits_csv):
    arguments = [command, model_path] + ([digits_csv] if command == "predict" else [])
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = process(*arguments, stdout=writing)
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (128 + signal.SIGPIPE, "")


@pytest.mark.slow
@posix
def test_a_pipe_that_nobody_reads_does_not_cost_the_files(process, folder):
    reading, writing = os.pipe()
    os.close(reading)
    try:
        assert process("train", "--epochs", 1, stdout=writing).returncode == 141
        options = ["--plot", "confusion.png"]
        assert process("evaluate", "model.joblib", *options, stdout=writing).returncode == 141
    finally:
        os.close(writing)
    written = {path.name for path in folder.iterdir()}
    assert written == {"model.joblib", "curves.png", "confusion.png"}


@pytest.mark.slow
@posix
def test_a_full_disk_is_no_traceback(process, model_path):
    with Path("/dev/full").open("w") as full:
        done = process("info", model_path, stdout=full)
    assert done.returncode == 2
    assert done.stderr == "skfcn info: error: No space left on device\n"


@pytest.mark.slow
@posix
@pytest.mark.parametrize(("closed", "status"), [("2>&-", 0), (">&-", 0), (">&- 2>&-", 0)])
def test_closed_streams(closed, status, model_path):
    command = f'"{sys.executable}" -m skfcn train --epochs 1 --no-plot {closed}'
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)
    assert done.returncode == status
    # What belongs to a closed stream does not come on the other one.
    assert "epoch 1/1" not in done.stdout
    assert "network" not in done.stderr


@pytest.mark.slow
@posix
def test_ctrl_c_outside_training_is_one_line(model_path):
    command = [sys.executable, "-m", "skfcn", "predict", str(model_path), "-"]
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    # More than a pipe holds: once it is written, it is being read, and the end never comes.
    process.stdin.write("a,b\n" + "1,2\n" * 100_000)
    process.stdin.flush()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (130, "", "skfcn predict: interrupted\n")
