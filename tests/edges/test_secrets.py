"""References to secrets: found when they are sound, refused by name when not, and never shown."""

from __future__ import annotations

import gc
import os
import shlex
import sys
import time
import traceback
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.edges import secrets
from agent.edges.secrets import MOST_BYTES, resolve
from agent.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SECRET = "Nzg2NTk4:tok\\en\"with'$(id)`signs`"  # noqa: S105 - it opens nothing
"""Not one of these signs may change on the way."""


def refusal(reference: str, environment: Mapping[str, str] = os.environ, secret: str = SECRET) -> str:
    """Return the refusal's text, once the secret was looked for in all that travels with it."""
    with pytest.raises(InputError) as refused:
        resolve(reference, environment)
    shown = "".join(traceback.format_exception(refused.value))
    for error in chain_of(refused.value):
        shown += f"{error!r} {error} {error.args!r} {vars(error)!r}"
    assert secret not in shown
    return str(refused.value)


def chain_of(error: BaseException | None) -> list[BaseException]:
    return [] if error is None else [error, *chain_of(error.__cause__), *chain_of(error.__context__)]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "token"
    file.write_text(f"{SECRET}\n")
    file.chmod(0o600)
    return file


def python(code: str) -> str:
    return f"command:{shlex.quote(sys.executable)} -c {shlex.quote(code)}"


# Sound ones


def test_a_variable_stands_for_its_value() -> None:
    assert resolve("env:JIRA_TOKEN", {"JIRA_TOKEN": SECRET}) == SECRET


def test_a_file_stands_for_its_line(file: Path) -> None:
    assert resolve(f"file:{file}", {}) == SECRET
    file.write_bytes(SECRET.encode() + b"\r\n")
    assert resolve(f"file:{file}", {}) == SECRET
    file.write_bytes(SECRET.encode())
    assert resolve(f"file:{file}", {}) == SECRET


def test_a_file_may_be_named_from_home_that_of_the_given_environment(file: Path) -> None:
    assert resolve("file:~/token", {"HOME": str(file.parent)}) == SECRET


def test_a_command_stands_for_what_it_prints_and_its_words_are_split_as_a_shell_would(file: Path) -> None:
    assert resolve(f"command:cat '{file}'", os.environ) == SECRET
    assert resolve("command:printenv 'JIRA_TOKEN'", {"PATH": os.environ["PATH"], "JIRA_TOKEN": SECRET}) == SECRET


def test_no_shell_reads_the_words_of_a_command() -> None:
    assert resolve("command:echo $HOME;id>x|y&&z", os.environ) == "$HOME;id>x|y&&z"


def test_a_command_has_nothing_to_read_and_no_terminal_to_ask_on() -> None:
    code = "import os, sys; print('fed' if sys.stdin.read() else 'empty', os.getsid(0) == os.getpid(), sep='-')"
    assert resolve(python(code), os.environ) == "empty-True"


def test_a_command_that_leaves_an_agent_behind_is_waited_for_no_longer_than_itself() -> None:
    code = (
        "import subprocess, sys; print('x', flush=True);"
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(1)'], stdout=subprocess.DEVNULL)"
    )
    began = time.monotonic()
    assert resolve(python(code), os.environ) == "x"
    assert time.monotonic() - began < 1


# Those that are not


def test_a_variable_that_is_not_set_or_empty_is_refused_by_name() -> None:
    assert refusal("env:JIRA_TOKEN", {}) == "env:JIRA_TOKEN: the variable is not set; export it for this task"
    assert refusal("env:JIRA_TOKEN", {"JIRA_TOKEN": ""}).startswith("env:JIRA_TOKEN: what it stands for is empty; ")


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (f"{SECRET}\n{SECRET}", "several lines"),
        (f"{SECRET}\n\n", "several lines"),
        (f"{SECRET}\r{SECRET}", "several lines"),
        (f"Bearer {SECRET}", "blanks"),
        (f" {SECRET}", "blanks"),
        (f"{SECRET}\t", "blanks"),
        (f"{SECRET}\0", "printable ASCII"),
        (f"{SECRET}\x1b[2J", "printable ASCII"),
        (f"{SECRET}\u00e9", "printable ASCII"),
        (f"{SECRET}\ufeff", "printable ASCII"),
        (f"{SECRET}\udcff", "printable ASCII"),
        (f"{SECRET}{'x' * MOST_BYTES}", "larger than 4096 bytes"),
        ("\n", "empty"),
        (" ", "blanks"),
    ],
)
def test_what_is_not_one_line_of_printable_ascii_is_refused_wherever_it_comes_from(
    file: Path, value: str, why: str
) -> None:
    file.write_bytes(value.encode("utf-8", "surrogateescape"))
    assert why in refusal("env:JIRA_TOKEN", {"JIRA_TOKEN": value})
    for reference in (f"file:{file}", f"command:cat {file}"):
        message = refusal(reference)
        assert message.startswith(f"{reference}: ")
        assert why in message


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o644, 0o666, 0o610, 0o601])
def test_a_file_that_others_may_get_at_is_refused_with_its_mode(file: Path, mode: int) -> None:
    file.chmod(mode)
    assert refusal(f"file:{file}") == (
        f"file:{file}: others may get at it (mode {mode:04o}); chmod 600 it, and change the secret"
    )


@pytest.mark.parametrize("kind", ["absent", "folder", "fifo", "device", "loop", "unreadable name", "no path"])
def test_what_is_no_regular_file_is_refused_by_name_and_never_waited_for(tmp_path: Path, kind: str) -> None:
    file = tmp_path / "thing"
    if kind == "folder":
        file.mkdir(mode=0o700)
    elif kind == "fifo":
        os.mkfifo(file, 0o600)
    elif kind == "device":
        file.symlink_to("/dev/zero")
    elif kind == "loop":
        file.symlink_to(file)
    elif kind == "unreadable name":
        file = tmp_path / ("x" * 300)
    elif kind == "no path":
        file = tmp_path / "a\0b"
    gc.collect()
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - a count of descriptors, not of paths
    assert refusal(f"file:{file}").startswith(f"file:{file}"[:40])
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208 - as above


def test_of_a_huge_file_no_more_is_read_than_is_needed_to_refuse_it(file: Path) -> None:
    os.truncate(file, 5 * 1024**3)
    assert "larger than 4096 bytes" in refusal(f"file:{file}")


def test_a_command_that_fails_is_refused_with_its_status_and_not_with_what_it_said() -> None:
    reference = "command:sh -c 'echo $JIRA_TOKEN; echo $JIRA_TOKEN >&2; exit 3'"
    message = refusal(reference, {"PATH": os.environ["PATH"], "JIRA_TOKEN": SECRET})
    assert message == f"{reference}: it failed (status 3); run it by hand and see what it says"


def test_a_command_says_nothing_on_our_stderr(capfd: pytest.CaptureFixture[str]) -> None:
    resolve("command:sh -c 'echo x; echo $JIRA_TOKEN >&2'", {"PATH": os.environ["PATH"], "JIRA_TOKEN": SECRET})
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("/nowhere/token-of", "cannot be run (no such file or directory)"),
        ("/", "cannot be run (permission denied)"),
        ("echo 'x", "its quotes do not close"),
        ("''", "cannot be run"),
        ("a\0b", "cannot be run"),
        ("true", "empty"),
        ("sh -c 'kill -9 $$'", "it failed (status -9)"),
    ],
)
def test_a_command_that_cannot_be_run_or_says_nothing_is_refused_by_name(words: str, why: str) -> None:
    message = refusal(f"command:{words}")
    assert message.startswith("command:")
    assert why in message


@pytest.mark.parametrize(
    "code",
    [
        "print('x', flush=True); import time; time.sleep(60)",
        "import os, time; os.close(1); time.sleep(60)",
        "import os, time; os.fork() and os._exit(0); time.sleep(60)",
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)",
    ],
    ids=["talks and hangs", "is silent and hangs", "leaves a child", "ignores a friendly word"],
)
def test_a_command_that_hangs_is_ended_with_what_it_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    monkeypatch.setattr(secrets, "COMMAND_SECONDS", 0.5)
    mark = f"FILESTORE_AGENT_TEST={tmp_path.name}"
    began = time.monotonic()
    message = refusal(python(code), {**os.environ, mark.partition("=")[0]: mark.partition("=")[2]})
    assert "it had not ended after 0.5 s; run it by hand" in message
    assert time.monotonic() - began < 5
    ends = time.monotonic() + 5
    while alive(mark):
        assert time.monotonic() < ends


def test_a_command_that_never_stops_talking_is_ended_at_once() -> None:
    began = time.monotonic()
    assert "larger than 4096 bytes" in refusal("command:yes")
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("text", ["", "env:", "file:", "command:", "command: ", SECRET, f"vault:{SECRET}", "ENV:X"])
def test_what_is_no_reference_is_not_shown_since_it_may_be_the_secret_itself(text: str) -> None:
    message = refusal(text)
    assert message == "the reference to the secret is not one; write env:NAME, file:PATH or command:WORDS"


def test_a_reference_reaches_a_message_printable_and_cut() -> None:
    message = refusal(f"file:\x1b]0;{'x' * 900}", {})
    assert message.isprintable()
    assert len(message) < 400


@given(st.text(max_size=60))
def test_any_value_is_the_secret_or_refused_without_a_word_of_it(value: str) -> None:
    whole = f"{SECRET}{value}"
    line = whole.removesuffix("\n").removesuffix("\r")
    if all("!" <= sign <= "~" for sign in line):
        assert resolve("env:JIRA_TOKEN", {"JIRA_TOKEN": whole}) == line
    else:
        refusal("env:JIRA_TOKEN", {"JIRA_TOKEN": whole})


def alive(mark: str) -> list[str]:
    """Return the processes that carry the mark in their environment, the dead that nobody buried aside."""
    found = []
    for number in filter(str.isdigit, os.listdir("/proc")):  # noqa: PTH208 - names, not paths
        try:
            with open(f"/proc/{number}/environ", "rb") as environ:  # noqa: PTH123 - as above
                found += [number] if mark.encode() in environ.read() else []
        except OSError:
            continue
    return found
