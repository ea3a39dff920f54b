"""What the guide, the README and the help say can be run, and does what they say."""

import io
import json
import os
import re
import shlex
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from skfcn._cli import main, make_parser

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs/guide/command.md").read_text(encoding="utf-8")
posix = pytest.mark.skipif(os.name != "posix", reason="transcripts of a POSIX shell")


@pytest.fixture
def shell(tmp_path_factory, monkeypatch):
    """Run a line as a user does who has installed the project; return status and output.

    Where a line begins with the command, that is run in this process, which takes less time.
    """
    monkeypatch.setenv("COLUMNS", "96")
    programs = tmp_path_factory.mktemp("bin")
    for name, arguments in [("python", ""), ("skfcn", "-m skfcn")]:
        program = programs / name
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" {arguments} "$@"\n')
        program.chmod(0o755)
    path = os.pathsep.join([str(programs), os.environ["PATH"]])

    def run(line):
        first = re.fullmatch(
            r"skfcn(?P<own>[^|;<>$\"]*)(\| (?P<rest>.*)|(?P<status>; echo \$\?))?", line
        )
        if first is None:
            return in_a_shell(line, "")
        arguments = shlex.split(first["own"].replace("\\\n", ""))
        status, shown, piped = in_this_process(arguments, piped=first["rest"] is not None)
        if first["rest"]:
            status, output = in_a_shell(first["rest"], piped)
            return status, shown + output
        return status, shown + (f"{status}\n" if first["status"] else "")

    def in_a_shell(line, given):
        done = subprocess.run(
            ["bash", "-c", line],
            env=os.environ | {"PATH": path, "LC_ALL": "C.UTF-8"},
            input=given,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=120,
        )
        return done.returncode, done.stdout

    return run


def in_this_process(arguments, piped):
    """Return the status, what is shown, and what a pipe is given."""
    shown = io.StringIO()
    output = io.StringIO() if piped else shown
    with redirect_stdout(output), redirect_stderr(shown):
        try:
            status = main(arguments)
        except SystemExit as stop:
            status = stop.code
    return status, shown.getvalue(), output.getvalue()


def transcripts(text):
    """Return each command of the console blocks, with what is shown beneath it."""
    found = []
    for block in re.findall(r"^```console\n(.*?)^```", text, re.M | re.S):
        for part in re.split(r"^\$ ", block, flags=re.M)[1:]:
            command = re.match(r".*(?:\n> .*)*", part)[0]
            shown = part[len(command) + 1 :]
            found.append((command.replace("\n> ", "\n"), shown))
    return found


def comparable(output):
    """Return output without what differs by machine: decimals, versions, sizes, gaps."""
    output = re.sub(r"\d+\.\d[\w.]*|\d+ kB", "#", output)
    return [" ".join(line.split()) for line in output.splitlines()]


@pytest.mark.slow
@posix
def test_the_transcripts_of_the_guide(shell):
    commands = transcripts(GUIDE)
    assert len(commands) > 15
    for command, shown in commands:
        _, output = shell(command)
        expected = comparable(shown)
        got = comparable(output)
        if "..." in expected:  # some lines are left out
            cut = expected.index("...")
            assert got[:cut] == expected[:cut], command
            rest = expected[cut + 1 :]
            assert got[len(got) - len(rest) :] == rest, command
        else:
            assert got == expected, command


def documented_keys(command):
    section = GUIDE.partition(f"### `skfcn {command} --json`\n")[2].partition("\n#")[0]
    rows = [line.split("|") for line in section.splitlines() if line.startswith("|")]
    return {key for row in rows for key in re.findall(r"`(\w+)`", row[1])}


def test_the_keys_of_json_are_those_that_the_guide_lists(run, fruit, capsys):
    def keys_of(*arguments):
        capsys.readouterr()
        assert run(*arguments, "--json", "--quiet") == 0
        return set(json.loads(capsys.readouterr().out))

    train = ["train", "--data", fruit, "--epochs", 1, "--no-plot"]
    numbers = [*train, "--target", "price", "--task", "regression", "--out", "price.joblib"]
    trained = keys_of(*numbers) | keys_of(*train, "--target", "kind")
    assert trained == documented_keys("train")
    models = ["model.joblib", "price.joblib"]
    evaluated = set.union(*(keys_of("evaluate", model) for model in models))
    assert evaluated == documented_keys("evaluate")
    predicted = keys_of("predict", models[0], fruit, "--proba")
    assert predicted == documented_keys("predict")
    assert predicted - keys_of("predict", models[1], fruit) == {"classes", "probabilities"}
    assert keys_of("info", models[0]) == keys_of("info", models[1]) == documented_keys("info")


@pytest.mark.slow
@posix
def test_the_examples_of_the_help(shell, fruit, write_csv):
    write_csv("rows.csv", ["price", "weight", "colour"], [[29, 3, "yellow"]])
    for command in ("train", "evaluate", "predict", "info", "plot"):
        status, text = shell(f"skfcn {command} --help")
        assert status == 0
        examples = re.findall(r"^  \$ ((?:.*\\\n)?.*)", text, re.M)
        assert examples
        for example in examples:
            status, output = shell(
                example if "|" not in example else f"set -o pipefail; {example}"
            )
            assert status == 0, (example, output)


@pytest.mark.slow
@posix
def test_the_examples_of_the_first_help(shell, digits_csv):
    status, text = shell("skfcn")
    examples = re.findall(r"^  \$ (.*)", text, re.M)
    assert len(examples) == 4
    for example in examples:
        status, output = shell(example)
        assert status == 0, (example, output)


PAGES = [
    ROOT / "README.md",
    *sorted(ROOT.glob("docs/guide/*.md")),
    *sorted(ROOT.glob("docs/zh/*.md")),
]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_commands_on_other_pages_are_understood(path):
    lines = re.findall(r"^python -m skfcn (.*)$", path.read_text(encoding="utf-8"), re.M)
    for line in lines:
        make_parser().parse_args(shlex.split(line))
    assert lines or path.name != "README.md"
