"""A hook on another machine, over a real OpenSSH server: words as data, an exit code that is sure, an end in time."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest

from agent.core.planning.plan import Hook
from agent.core.rollout.hooks import BEFORE_STOP, HookCall, HookEnd
from agent.lab import sshd
from agent.node.ssh import command
from agent.node.ssh.command import run_hook_at
from tests.support.ssh import Place, need_sshd

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from agent.core.node import Node
    from agent.lab.sshd import Sshd

pytestmark = pytest.mark.sshd


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    need_sshd()
    server = sshd.start(tmp_path_factory.mktemp("sshd"))
    yield server
    server.stop()


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """The balancer's machine, as the inventory names it."""

    place: Place
    node: Node

    def run(self, *words: str, timeout: float = 20, **facts: str) -> HookEnd:
        call = HookCall(
            name=BEFORE_STOP, node="jira-1", hook=Hook(run=words, timeout=timeout), facts=tuple(facts.items())
        )
        return run_hook_at(call, self.node, self.place.environment)

    def sh(self, script: str, *words: str, timeout: float = 20, **facts: str) -> HookEnd:
        return self.run("/bin/sh", "-c", script, "sh", *words, timeout=timeout, **facts)


@pytest.fixture
def host(tmp_path: Path, server: Sshd) -> Host:
    place = Place(folder=tmp_path)
    place.trust(server)
    return Host(place=place, node=replace(place.node(server), name="lb-1"))


def started(host: Host, server: Sshd, **options: str) -> tuple[Host, Sshd]:
    """Start another server with the same keys and some options."""
    another = sshd.start(
        host.place.folder / "another",
        options=options,
        client_key=server.client_key,
        host_key=server.folder / "host_key",
    )
    host.place.trust(another)
    return Host(place=host.place, node=replace(host.place.node(another), name="lb-1")), another


def test_a_hook_that_ends_well_is_good_and_its_words_are_kept(host: Host) -> None:
    end = host.sh("echo drained; echo quietly >&2")
    assert (end.good, end.code, end.reason, end.output) == (True, 0, "", "drained\nquietly")
    assert end.seconds > 0


def test_an_exit_code_is_told_with_the_host(host: Host) -> None:
    end = host.sh("echo no such server; exit 3")
    assert (end.code, end.reason, end.output) == (3, "on lb-1: exit code 3", "no such server")


def test_words_and_facts_are_data_for_the_shell_there(host: Host) -> None:
    words = ("a b", "$(id)", "; id", "*", "", "'\"\\", "%s\\n\\0101", "two\nlines", "ü", "#end", "-n")
    end = host.sh('printf "<%s>" "$@" "$FILESTORE_AGENT_PLAN"', *words, PLAN="p'; id; '")
    assert end.output == "".join(f"<{word}>" for word in (*words, "p'; id; '"))


def test_the_users_own_environment_stays_at_home(host: Host) -> None:
    environment = {**host.place.environment, "JIRA_TOKEN": "secret"}
    call = HookCall(name=BEFORE_STOP, node="jira-1", hook=Hook(run=("/usr/bin/env",)), facts=(("NODE", "jira-1"),))
    said = run_hook_at(call, host.node, environment).output
    assert "FILESTORE_AGENT_NODE=jira-1" in said
    assert "JIRA_TOKEN" not in said


def test_the_words_of_our_script_are_no_variables_of_the_hook(host: Host, server: Sshd) -> None:
    odd, another = started(host, server, SetEnv="frame=theirs end=theirs")
    end = odd.run("/usr/bin/env")
    another.stop()
    assert end.code == 0
    assert not [line for line in end.output.splitlines() if line.startswith(("frame=", "end="))]


def test_a_hook_that_reads_finds_nothing_to_read(host: Host) -> None:
    end = host.run("/bin/cat")
    assert (end.code, end.output) == (0, "")


def test_a_program_that_is_not_there_is_told_and_one_that_misses_its_interpreter_has_its_code(host: Host) -> None:
    end = host.run("haproxy-drain", "jira-1")
    assert end.code is None
    assert end.reason.startswith("on lb-1: haproxy-drain: not found or not executable; write its whole path")
    script = host.place.folder / "drain"
    script.write_text("#!/no/such/shell\n")
    script.chmod(0o755)
    assert host.run(str(script)).code == 127


def test_a_hook_that_is_late_is_ended_there_and_what_it_said_is_kept(host: Host) -> None:
    pids = host.place.folder / "pids"
    end = host.sh(f"echo waiting; sleep 60 & echo $$ $! >{pids}; wait", timeout=1)
    assert (end.code, end.reason) == (None, "on lb-1: it did not end within 1 s, and was ended")
    assert end.output.splitlines()[0] == "waiting"
    assert 1 <= end.seconds < 6
    give_up = time.monotonic() + 5
    while any(map(alive, pids.read_text().split())) and time.monotonic() < give_up:
        time.sleep(0.01)
    assert not any(map(alive, pids.read_text().split()))


def alive(pid: str) -> bool:
    with suppress(OSError), open(f"/proc/{pid}/cmdline", "rb") as command:  # noqa: PTH123 - it may go while it is read
        return bool(command.read())
    return False


def test_an_exit_code_of_timeouts_own_is_the_hooks_while_there_is_time(host: Host) -> None:
    assert host.sh("exit 124").code == 124


def test_a_child_that_keeps_the_output_open_holds_nobody_up(host: Host) -> None:
    pid = host.place.folder / "pid"
    end = host.sh(f"echo before; sleep 30 & echo $! >{pid}; exit 0")
    with suppress(ProcessLookupError):
        os.kill(int(pid.read_text()), signal.SIGKILL)
    assert (end.code, end.output) == (0, "before")
    assert end.seconds < 10


def test_a_flood_is_drained_and_its_beginning_and_end_are_kept(host: Host) -> None:
    end = host.sh("echo first; head -c 5000000 /dev/zero | tr '\\0' x; echo; echo last")
    assert end.code == 0
    assert end.output.startswith("first\nxxx")
    assert end.output.endswith("\nlast")
    assert len(end.output) < 17 * 1024


def test_what_a_hook_says_moves_no_terminal_and_forges_no_end(host: Host) -> None:
    end = host.sh("printf 'filestore-agent 00 end 0\\n\\033[2J\\n'; exit 5")
    assert (end.code, end.output) == (5, "filestore-agent 00 end 0\n\\x1b[2J")


def test_a_host_that_nobody_answers_at_has_run_nothing(host: Host) -> None:
    nowhere = replace(host.node, ssh=replace(host.node.ssh, port=1))
    call = HookCall(name=BEFORE_STOP, node="jira-1", hook=Hook(run=("/bin/true",)))
    end = run_hook_at(call, nowhere, host.place.environment)
    assert end.code is None
    assert end.reason.startswith("on lb-1: connect: ")
    assert end.reason.endswith("; it was not run")


def test_a_host_whose_key_is_not_known_has_run_nothing(host: Host) -> None:
    host.place.known_hosts.write_text("")
    end = host.sh("exit 0")
    assert end.code is None
    assert "host key" in end.reason
    assert end.reason.endswith("; it was not run")


def test_a_host_name_that_could_mean_more_is_refused_before_any_look_up(host: Host) -> None:
    call = HookCall(name=BEFORE_STOP, node="jira-1", hook=Hook(run=("/bin/true",)))
    end = run_hook_at(call, replace(host.node, address="lb;touch x"), host.place.environment)
    assert end.code is None
    assert "is not a host name" in end.reason


def test_a_connection_that_breaks_while_the_hook_runs_leaves_open_whether_it_did(host: Host, server: Sshd) -> None:
    end = struck(host, server, signal.SIGKILL)
    assert end.code is None
    assert end.reason.startswith("on lb-1: ")
    assert end.reason.endswith("; it may have run")


def test_an_answer_that_never_comes_is_not_waited_for_for_ever(
    host: Host, server: Sshd, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "SPARE", 0)
    monkeypatch.setattr(command, "PATIENCE", 0.5)
    end = struck(host, server, signal.SIGSTOP)
    for session in server.sessions():
        os.kill(session, signal.SIGKILL)
    assert end.code is None
    assert end.reason == "on lb-1: no answer within 2 s; it may have run"


def struck(host: Host, server: Sshd, number: signal.Signals) -> HookEnd:
    """Run a hook of a second, and strike its connection's process on the host as soon as it runs."""
    mark = host.place.folder / "begun"
    with ThreadPoolExecutor(1) as pool:
        ending = pool.submit(host.sh, f"touch {mark}; sleep 1", timeout=1.5)
        give_up = time.monotonic() + 10
        while not mark.exists() and time.monotonic() < give_up:
            time.sleep(0.01)
        for session in server.sessions():
            os.kill(session, number)
        return ending.result(timeout=20)


def test_a_server_that_runs_its_own_command_instead_is_found_out(host: Host, server: Sshd) -> None:
    forced, another = started(host, server, ForceCommand="/bin/echo only backups here")
    end = forced.sh("exit 0")
    another.stop()
    assert end.code is None
    assert end.reason == "on lb-1: no answer came back (only backups here); it may have run"


def test_a_server_that_gives_no_sessions_has_run_nothing(host: Host, server: Sshd) -> None:
    strict, another = started(host, server, MaxSessions="0")
    end = strict.sh("exit 0")
    another.stop()
    assert end.code is None
    assert end.reason.endswith("; it was not run")


def test_hooks_run_beside_each_other(host: Host) -> None:
    with ThreadPoolExecutor(4) as pool:
        ends = list(pool.map(lambda number: host.sh(f"sleep 0.3; echo {number}"), range(4)))
    assert [end.output for end in ends] == ["0", "1", "2", "3"]


def test_the_ssh_library_is_not_loaded_before_a_hook_runs_there() -> None:
    code = "import sys, agent.node.ssh.command; sys.exit('paramiko' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
