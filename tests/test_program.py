"""The command line: words in, an exit code out, and a sentence for every wrong word."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from agent import __version__, program
from agent.errors import EXIT_CODES
from agent.program import Flag
from agent.tasks import namespace
from tests.command_line import said_by, write_inventory

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest import CaptureFixture  # noqa: PT013 - the name of a type, not a use of the module

    Captured = CaptureFixture[str]

HEAVY = ("paramiko", "fabric", "pydantic", "lxml", "jinja2", "rich", "cryptography")


def agent(*words: str, environment: Mapping[str, str] | None = None, redirect: str = "") -> tuple[int, str, str]:
    """Run the program as a process, behind a shell where a redirection is wanted; return code, stdout, stderr."""
    command = [sys.executable, "-m", "agent", *words]
    if redirect:
        command = ["/bin/sh", "-c", f'"$@" {redirect}', "sh", *command]
    ended = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        timeout=60,
        env={"PATH": os.environ["PATH"], "HOME": "/", **(environment or {})},
        cwd=Path(__file__).parents[1],
    )
    return ended.returncode, ended.stdout, ended.stderr


# Wrong usage.


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["drift", "--limt", "x"], 'drift has no flag --limt, did you mean "--limit"?'),
        (["validate", "--forks", "3"], "validate has no flag --forks"),
        (["--json", "drift"], "--json comes after the task: filestore-agent TASK --json"),
        (["drfit"], "there is no task 'drfit', did you mean \"drift\"?"),
        (["xyzzy"], "there is no task 'xyzzy'; see filestore-agent --help"),
        (["drift", "prod"], "drift takes no further word 'prod'"),
        (["drift", "--json=yes"], "drift takes no further word 'yes'"),
        (["drift", "--limit"], "--limit needs a value"),
        (["drift", "--cluster"], "--cluster needs a value"),
        (["drift", "--cluster", "--json"], "--cluster needs a value"),
        (["validate", "--file"], "--file needs a value"),
        (["drift", "--limit", "a", "--limit", "b"], "drift takes no further word 'b'"),
        (["drift", "--no-json"], "drift has no flag --no-json"),
        (["deploy-config", "--comfirm", "prod"], 'did you mean "--confirm"?'),
        (["drift", "-x"], "drift has no flag -x"),
        (["import-config", "--values", "values.yaml"], 'has no flag --values, did you mean "--helm"?'),
        (["import-config", "--helm-values", "values.yaml"], 'has no flag --helm-values, did you mean "--helm"?'),
        (["import-config", "--empty", "-f", "values.yaml"], 'has no flag -f, did you mean "--helm"?'),
        (["import-config", "--version", "10.3.4"], 'has no flag --version, did you mean "--jira-version"?'),
        (["import-config", "--empty", "--version", "10.3.4"], 'has no flag --version, did you mean "--jira-version"?'),
        (["import-config", "--version=10.3.4"], 'has no flag --version, did you mean "--jira-version"?'),
        (["import-config", "values.yaml"], "did you mean --helm values.yaml?"),
        (["import-config", "a b;$(id).yaml"], "did you mean --helm 'a b;$(id).yaml'?"),
        (["import-config", "store.xml"], "did you mean --xml store.xml?"),
        (["validate", "store.xml"], "did you mean --file store.xml?"),
        (["validate", "prod.yml"], "validate takes no further word 'prod.yml'; see"),
        (["drift", "--echo"], "drift has no flag --echo"),
        (["validate", "--config", "x"], "validate has no flag --config"),
        (["drift", "--values", "x"], "drift has no flag --values; see"),
    ],
)
def test_wrong_usage_is_exit_code_5_and_says_what_was_meant(words: list[str], sentence: str, capsys: Captured) -> None:
    code, out, err = said_by(capsys, *words)

    assert code == 5
    assert sentence in err
    assert "Argument" not in err
    if "--json" in words:
        told = json.loads(out)
        assert (told["outcome"], told["exit_code"]) == ("invalid", 5)
        assert sentence in told["summary"]
    else:
        assert out == ""


def test_a_hostile_word_is_shown_as_text(capsys: Captured) -> None:
    code, out, err = said_by(capsys, "drift", "--\x1b]52;c;x\x07\u202e")

    assert code == 5
    assert "\\x1b]52;c;x\\x07" in err
    assert (out + err).replace("\n", "").isprintable()


def test_what_invoke_cannot_parse_is_a_sentence_and_no_traceback(capsys: Captured) -> None:
    code, _, err = said_by(capsys, "-D", "drift")

    assert code == 1
    assert err.count("\n") == 1
    assert "see filestore-agent --help" in err


# Help.


def test_the_help_page_lists_every_task_with_its_sentence_and_every_exit_code(capsys: Captured) -> None:
    code, out, _ = said_by(capsys, "--help")

    assert code == 0
    for name in namespace.tasks:
        assert re.search(rf"^  {name} +\w", out, re.MULTILINE), name
    for outcome, number in EXIT_CODES.items():
        assert re.search(rf"\b{number} (\w+ or )*{outcome}\b", out), outcome
    assert "2 changes or drift" in out


def test_without_a_word_the_help_page_is_shown(capsys: Captured) -> None:
    assert said_by(capsys) == said_by(capsys, "--help")


def test_every_task_has_a_page_of_its_flags_in_ascii(capsys: Captured) -> None:
    for name, task in program.AgentProgram(namespace).tasks_by_name.items():
        code, out, _ = said_by(capsys, name, "--help")
        assert code == 0
        assert out.isascii()
        assert all(f"--{flag.name}" in out for flag in task.flags)


def test_help_may_be_asked_for_in_a_word(capsys: Captured) -> None:
    assert said_by(capsys, "help", "plan") == said_by(capsys, "plan", "--help") == said_by(capsys, "--help", "plan")
    assert said_by(capsys, "help") == said_by(capsys, "--help")


@pytest.mark.parametrize("words", [("--help", "paln"), ("-h", "paln"), ("help", "paln")])
def test_help_for_what_is_no_task_is_wrong_usage_with_the_nearest_one(words: tuple[str, ...], capsys: Captured) -> None:
    code, out, err = said_by(capsys, *words)

    assert (code, out) == (5, "")
    assert err == ("filestore-agent: there is no task 'paln', did you mean \"plan\"?; see filestore-agent --help\n")


def test_help_for_a_hostile_word_shows_it_as_text(capsys: Captured) -> None:
    code, _, err = said_by(capsys, "--help", "\x1b[2J'\n")

    assert code == 5
    assert err.rstrip("\n").isprintable()
    assert "there is no task" in err


def test_the_example_of_a_help_page_has_flags_of_the_task_and_its_page_is_there(capsys: Captured) -> None:
    shown = 0
    for name, task in program.AgentProgram(namespace).tasks_by_name.items():
        if not task.page:
            continue
        _, out, _ = said_by(capsys, name, "--help")
        shown += 1
        assert f"Example: filestore-agent {name} {task.example}\nMore: {task.page}\n" in out
        assert {word[2:] for word in shlex.split(task.example) if word.startswith("--")} <= {
            flag.name for flag in task.flags
        }
        assert (Path(__file__).parents[1] / task.page).is_file()
    assert shown >= 6


def test_the_version_is_told(capsys: Captured) -> None:
    assert said_by(capsys, "--version") == (0, f"filestore-agent {__version__}\n", "")


def test_no_flag_is_declared_twice_for_a_task() -> None:
    for task in program.AgentProgram(namespace).tasks_by_name.values():
        names = [name for flag in task.flags for name in (flag.name, flag.short) if name]
        assert len(names) == len(set(names)), task.name


def test_help_loads_no_heavy_library() -> None:
    code, out, err = _modules_after("--help")

    assert code == 0, err
    assert _heavy_in(out) == set()


def test_offline_tasks_load_no_ssh_library(tmp_path: Path) -> None:
    inventory = write_inventory(tmp_path)

    code, out, err = _modules_after("validate", "--inventory", str(inventory), "--json")

    assert code == 0, err
    assert _heavy_in(out) & {"paramiko", "fabric", "rich", "cryptography"} == set()
    assert "agent.node.ssh.adapter" not in out


def _modules_after(*words: str) -> tuple[int, str, str]:
    script = (
        "import sys\nfrom agent.tasks import main\ntry:\n    main()\nexcept SystemExit as end:\n"
        "    print('MODULES', *sys.modules, sep='\\n')\n    sys.exit(end.code)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script, *words], capture_output=True, text=True, check=False, timeout=60
    )
    return ended.returncode, ended.stdout.partition("MODULES")[2], ended.stderr


def _heavy_in(modules: str) -> set[str]:
    return {name.partition(".")[0] for name in modules.split()} & set(HEAVY)


# Streams and environments.


@pytest.mark.parametrize("words", [["--help"], ["drift", "--help"]])
def test_help_survives_an_ascii_terminal(words: list[str]) -> None:
    code, out, err = agent(*words, environment={"LANG": "C", "PYTHONIOENCODING": "ascii", "COLUMNS": "20"})

    assert (code, err) == (0, "")
    assert out.isascii()


@pytest.mark.parametrize(
    ("redirect", "code"),
    [
        (">/dev/full", 1),
        (">&- 2>&- <&-", 0),
    ],
)
def test_help_ends_without_a_traceback_whatever_becomes_of_its_reader(redirect: str, code: int) -> None:
    ended, _, err = agent("--help", redirect=redirect)

    assert ended == code
    assert "Traceback" not in err
    assert "Exception ignored" not in err


@pytest.mark.parametrize(
    ("redirect", "code"),
    [("2>/dev/full", 5), (">&- 2>&- <&-", 5), (">/dev/full", 5)],
)
def test_wrong_usage_is_5_although_nobody_can_read_why(redirect: str, code: int) -> None:
    assert agent("drift", "--limt", redirect=redirect)[0] == code


@pytest.mark.parametrize(
    ("redirect", "code", "dress"),
    [
        (">&-", 5, "--json"),
        (">/dev/full", 1, "--json"),
        (">/dev/full 2>/dev/full", 1, "--quiet"),
        (">&- 2>&- <&-", 5, "--quiet"),
    ],
)
def test_a_verdict_is_kept_unless_it_cannot_be_written(redirect: str, code: int, dress: str) -> None:
    ended, _, err = agent("validate", "--inventory", "/nonexistent", dress, redirect=redirect)

    assert ended == code
    assert "Traceback" not in err
    assert "Exception ignored" not in err


@pytest.mark.parametrize(
    ("words", "code", "colour"),
    [
        (["validate", "--inventory", "/nonexistent"], 5, ""),
        (["validate", "--inventory", "/nonexistent"], 5, "1"),
        (["--help"], 0, ""),
    ],
)
def test_a_reader_that_leaves_does_not_change_the_verdict(words: list[str], code: int, colour: str) -> None:
    script = '{ "$@"; echo "code $?" >&2; } | true'
    ended = subprocess.run(
        ["/bin/sh", "-c", script, "sh", sys.executable, "-m", "agent", *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, "FORCE_COLOR": colour},
    )

    assert ended.stderr == f"code {code}\n"


def test_a_bare_environment_is_enough(tmp_path: Path) -> None:
    inventory = write_inventory(tmp_path)
    words = ["-m", "agent", "validate", "--inventory", str(inventory)]

    ended = subprocess.run(
        [sys.executable, *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={"LANG": "C", "TERM": "dumb", "NO_COLOR": "1", "COLUMNS": "20", "PYTHONIOENCODING": "ascii"},
        cwd=Path(__file__).parents[1],
    )

    assert (ended.returncode, ended.stderr) == (0, "")
    assert "no findings" in ended.stdout


def test_every_kind_of_flag_begins_at_nothing() -> None:
    assert Flag(name="cluster", help="", kind=list).argument().value == []
    assert Flag(name="json", help="", kind=bool).argument().value is False
    assert Flag(name="limit", help="").argument().value is None


def test_a_repeatable_flag_collects_its_values(capsys: Captured) -> None:
    code, _, err = said_by(capsys, "validate", "--file", "/nonexistent/a", "--file", "/nonexistent/b")

    assert (code, err) == (5, "")


# The same under fab.


def _fab(*words: str) -> tuple[int, str, str]:
    ended = subprocess.run(
        [sys.executable, "-c", "from fabric.main import program; program.run()", *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        stdin=subprocess.DEVNULL,
        cwd=Path(__file__).parents[1],
    )
    return ended.returncode, ended.stdout, ended.stderr


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (["validate", "--inventory", "/nonexistent"], 5, "/nonexistent"),
        (["-H", "a,b", "drift"], 5, "fab -H a: the nodes come from the inventory; say --limit a"),
        (["--dry", "deploy-config"], 5, "fab --dry"),
    ],
)
def test_fab_gives_the_same_codes_and_refuses_its_own_flags(words: list[str], code: int, sentence: str) -> None:
    ended, out, err = _fab(*words)

    assert ended == code, err
    assert sentence in out


def test_fab_knows_every_task() -> None:
    code, out, _ = _fab("--list")

    assert code == 0
    assert all(f"  {name} " in out for name in namespace.tasks)


LOADING = """
import sys
from agent.__main__ import main

module = sys.argv[1]

class Pressing:
    def find_spec(self, name, *_):
        if name == module:
            raise KeyboardInterrupt

sys.meta_path.insert(0, Pressing())
sys.argv = ["filestore-agent", "status", "--inventory", "examples/none"]
main()
"""


@pytest.mark.parametrize("module", ["agent.tasks", "agent.face", "agent.operations.status", "agent.edges.loader"])
def test_a_ctrl_c_while_it_still_loads_leaves_no_traceback(module: str) -> None:
    done = subprocess.run([sys.executable, "-c", LOADING, module], check=False, capture_output=True, text=True)
    assert done.returncode == 130
    assert done.stdout in {"", "status: interrupted.\n"}
    assert "Traceback" not in done.stderr
