"""A hook on this machine: real programs, their environment, their end, and their children's."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from agent.core.planning.plan import Hook
from agent.core.rollout.hooks import BEFORE_STOP, HookCall, HookEnd
from agent.edges import hooks
from agent.edges.hooks import run_hook

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

USUAL = {"PATH": os.environ["PATH"]}


def run(*words: str, timeout: float = 20, environment: dict[str, str] | None = None) -> HookEnd:
    call = HookCall(name=BEFORE_STOP, node="jira-1", hook=Hook(run=words, timeout=timeout))
    return run_hook(call, USUAL if environment is None else environment)


def sh(script: str, *words: str, timeout: float = 20) -> HookEnd:
    return run("/bin/sh", "-c", script, "sh", *words, timeout=timeout)


def until(condition: Callable[[], bool], seconds: float = 5) -> bool:
    give_up = time.monotonic() + seconds
    while not condition() and time.monotonic() < give_up:
        time.sleep(0.01)
    return condition()


def gone(pid: int) -> bool:
    """Whether a process has ended; one that nobody has reaped yet has no command line."""
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as command:  # noqa: PTH123 - a file that may go while it is read
            return not command.read()
    except OSError:
        return True


def test_a_hook_that_ends_well_is_good_and_its_words_are_kept() -> None:
    end = sh("echo drained; echo quietly >&2")
    assert (end.good, end.code, end.reason) == (True, 0, "")
    assert end.output == "drained\nquietly"
    assert 0 < end.seconds < 10


def test_an_exit_code_is_told_as_it_is() -> None:
    end = sh("echo no such server; exit 3")
    assert (end.good, end.code, end.reason, end.output) == (False, 3, "exit code 3", "no such server")


def test_words_reach_the_program_as_they_are_and_no_shell_reads_them() -> None:
    words = ("a b", "$(id)", "; id", "*", "", "'\"\\", "ü")
    assert sh('printf "<%s>" "$@"', *words).output == "".join(f"<{word}>" for word in words)


def test_a_hook_has_the_users_environment_and_the_facts() -> None:
    hook = Hook(run=("/bin/sh", "-c", 'echo "$HOME $FILESTORE_AGENT_NODE $FILESTORE_AGENT_PLAN"'))
    call = HookCall(name=BEFORE_STOP, node="jira-1", hook=hook, facts=(("NODE", "jira-1"), ("PLAN", "p; id")))
    assert run_hook(call, {**USUAL, "HOME": "/home/kim"}).output == "/home/kim jira-1 p; id"


def test_a_hook_does_not_take_what_was_typed_for_the_program() -> None:
    code = (
        "from agent.core.planning.plan import Hook\n"
        "from agent.core.rollout.hooks import HookCall\n"
        "from agent.edges.hooks import run_hook\n"
        "hook = Hook(run=('/bin/sh', '-c', 'read answer && echo $answer || echo nobody'))\n"
        "print(run_hook(HookCall(name='before-stop', node='jira-1', hook=hook), {'PATH': '/usr/bin:/bin'}).output)\n"
        "print(input())\n"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, input="yes\n", capture_output=True, text=True)
    assert done.stdout == "nobody\nyes\n"


def test_a_program_is_found_on_the_users_path(tmp_path: Path) -> None:
    program = tmp_path / "haproxy-drain"
    program.write_text('#!/bin/sh\necho "drained $1"\n')
    program.chmod(0o755)
    environment = {"PATH": f"{tmp_path}:{USUAL['PATH']}"}
    assert run("haproxy-drain", "jira-1", environment=environment).output == "drained jira-1"


@pytest.mark.parametrize(
    ("content", "mode", "words"),
    [
        (None, 0o755, "not found; write its whole path, or put it on the PATH"),
        ("#!/bin/sh\n", 0o644, "not executable (permission denied); chmod +x it"),
        ("#!/no/such/shell\n", 0o755, "its interpreter is missing; see its first line"),
        ("echo hello\n", 0o755, "not a program that this machine can run; begin a script with a line like #!/bin/sh"),
    ],
)
def test_a_program_that_cannot_be_run_is_told_with_the_reason(
    tmp_path: Path, content: str | None, mode: int, words: str
) -> None:
    program = tmp_path / "drain"
    if content is not None:
        program.write_text(content)
        program.chmod(mode)
    assert run(str(program)) == HookEnd(code=None, reason=f"{program}: {words}")


def test_a_word_that_no_program_can_take_is_told_and_not_raised() -> None:
    end = run("/bin/echo", "a\0b")
    assert end.code is None
    assert "not started" in end.reason


def test_a_hook_that_is_late_is_ended_with_its_children_and_what_it_said_is_kept(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    end = sh(f"echo waiting; sleep 60 & echo $$ $! >{pids}; wait", timeout=0.3)
    assert (end.code, end.reason) == (None, "it did not end within 0.3 s, and was ended")
    assert end.output == "waiting"
    assert end.seconds < 4
    assert all(until(lambda pid=pid: gone(int(pid))) for pid in pids.read_text().split())  # type: ignore[misc]


def test_a_hook_that_heeds_no_term_is_killed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(hooks, "GRACE", 0.3)
    pid = tmp_path / "pid"
    end = sh(f"trap '' TERM; echo $$ >{pid}; while :; do sleep 0.1; done", timeout=0.3)
    assert end.code is None
    assert end.seconds < 4
    assert until(lambda: gone(int(pid.read_text())))


def test_a_child_that_keeps_the_output_open_holds_nobody_up(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    end = sh(f"echo before; sleep 30 & echo $! >{pid}; exit 0")
    with suppress(ProcessLookupError):
        os.kill(int(pid.read_text()), signal.SIGKILL)
    assert (end.code, end.output) == (0, "before")
    assert end.seconds < 5


def test_a_hook_that_closes_its_output_is_waited_for() -> None:
    end = sh("exec >/dev/null 2>&1; sleep 0.3; exit 4")
    assert end.code == 4
    assert end.seconds >= 0.3


def test_a_flood_is_drained_and_its_beginning_and_end_are_kept() -> None:
    end = sh("echo first; head -c 5000000 /dev/zero | tr '\\0' x; echo; echo last")
    assert end.code == 0
    assert end.output.startswith("first\nxxx")
    assert end.output.endswith("\nlast")
    assert len(end.output) < 17 * 1024


def test_a_hook_that_is_ended_by_a_signal_has_no_exit_code() -> None:
    assert sh("kill -SEGV $$").reason == "it was ended by SIGSEGV"
    assert sh("kill -SEGV $$").code is None


def test_hooks_run_beside_each_other() -> None:
    began = time.monotonic()
    with ThreadPoolExecutor(4) as pool:
        ends = list(pool.map(lambda number: sh(f"sleep 0.5; echo {number}"), range(4)))
    assert [end.output for end in ends] == ["0", "1", "2", "3"]
    assert time.monotonic() - began < 1.8


def test_a_ctrl_c_at_the_terminal_does_not_reach_the_hook(tmp_path: Path) -> None:
    """A terminal signals its whole foreground group: the program of this test is one, and only it gets the signal."""
    code = (
        "import signal\n"
        "from agent.core.planning.plan import Hook\n"
        "from agent.core.rollout.hooks import HookCall\n"
        "from agent.edges.hooks import run_hook\n"
        "signal.signal(signal.SIGINT, lambda *_: print('asked to stop', flush=True))\n"
        f"hook = Hook(run=('/bin/sh', '-c', 'touch {tmp_path}/begun; sleep 0.5; echo whole'))\n"
        "print(run_hook(HookCall(name='before-stop', node='jira-1', hook=hook), {'PATH': '/usr/bin:/bin'}).output)\n"
    )
    program = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, start_new_session=True)
    assert until((tmp_path / "begun").exists)
    os.killpg(program.pid, signal.SIGINT)
    assert program.communicate(timeout=20)[0] == "asked to stop\nwhole\n"


def told(script: str, content: bytes, *, timeout: float = 20, stop: threading.Event | None = None) -> HookEnd:
    call = HookCall(name="drift.changed", node="prod", hook=Hook(run=("/bin/sh", "-c", script), timeout=timeout))
    return run_hook(call, USUAL, told=content, stop=stop)


def test_what_a_command_is_told_arrives_whole_and_then_ends() -> None:
    news = b"x" * 1_000_000
    assert told("wc -c", news).output.strip() == "1000000"
    assert told("cat; echo .", b"news").output == "news."


@pytest.mark.parametrize("script", ["exec <&-; sleep 0.2", "true", "sleep 0.2", "head -c 5"])
def test_a_command_that_does_not_read_what_it_is_told_ends_well_all_the_same(script: str) -> None:
    assert told(script, b"x" * 1_000_000).good


def test_a_command_that_reads_and_floods_at_once_does_not_lock_up() -> None:
    end = told("cat", b"y" * 3_000_000)
    assert end.good
    assert "bytes left out" in end.output


def test_once_it_is_told_to_stop_a_command_is_ended_with_its_children(tmp_path: Path) -> None:
    pids, stop = tmp_path / "pids", threading.Event()
    script = f"trap '' TERM; sleep 60 & echo $$ $! >{pids}; while :; do wait; done"
    with ThreadPoolExecutor(1) as pool:
        end = pool.submit(told, script, b"x" * 1_000_000, timeout=15, stop=stop)
        assert until(lambda: pids.exists() and len(pids.read_text().split()) == 2)
        stop.set()
        assert end.result(timeout=10).code is None
    assert all(until(lambda pid=pid: gone(int(pid))) for pid in pids.read_text().split())  # type: ignore[misc]
