"""The line for cron: a cron's parser takes it, and what its shell runs is the command that was meant."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from cronsim import CronSim
from hypothesis import given, settings

from agent.core.scheduling.crontab import LONGEST, cron_command, crontab
from agent.errors import InputError
from tests.core.scheduling.jobs import HOSTILE, JOB, SHOWABLE, TEMPLATES, UNSAYABLE, job
from tests.support.need import needs

if TYPE_CHECKING:
    from agent.core.scheduling.job import Job

SAY = (sys.executable, "-c", "import json, sys; print(json.dumps(sys.argv[1:]))")


def line_of(what: Job, *, state_home: str | None = None) -> str:
    """Return the one line that is no comment."""
    (piece,) = crontab(what, TEMPLATES, state_home=state_home)
    assert piece.text.endswith("\n")
    (line,) = [it for it in piece.text.splitlines() if not it.startswith("#")]
    return line


def run_by_cron(line: str, *, fields: int = 5, shell: str = "/bin/sh") -> list[str]:
    """Read a line as cron does: the fields, then the command to the first bare %, and that to a shell with -c."""
    command = line.split(" ", fields)[fields]
    bare = command.replace("\\%", "\0")
    assert "%" not in bare
    return list(json.loads(subprocess.run(
        [shell, "-c", bare.replace("\0", "%")], check=True, capture_output=True, text=True, env={},
    ).stdout))  # fmt: skip


def test_a_crons_parser_takes_the_line() -> None:
    fields = " ".join(line_of(JOB).split(" ")[:5])
    assert next(CronSim(fields, datetime(2026, 3, 1, tzinfo=UTC))).minute < 10


@pytest.mark.parametrize("word", HOSTILE)
@pytest.mark.parametrize("shell", ["/bin/sh", pytest.param("/bin/csh", marks=needs("tcsh", "tcsh"))])
def test_a_hostile_word_reaches_the_program_as_it_is(word: str, shell: str) -> None:
    if shell == "/bin/csh" and "!" in word:
        pytest.skip("csh has no way to quote a ! that sh knows as well")
    what = job(program=SAY, inventory=f"/srv/{word}", limit=word)
    assert run_by_cron(line_of(what), shell=shell) == [*what.words[3:], "--on-change"]


def test_a_file_for_the_whole_system_names_the_user() -> None:
    what = job(program=SAY, user="ops")
    assert line_of(what).split(" ")[5] == "ops"
    assert run_by_cron(line_of(what), fields=6)[-1] == "--on-change"
    (piece,) = crontab(what, TEMPLATES, state_home="/x")
    assert piece.place == "/etc/cron.d/filestore-agent-drift"
    assert "." not in piece.name
    assert "XDG_STATE_HOME" not in piece.text


def test_ones_own_check_remembers_where_a_check_by_hand_does() -> None:
    line = line_of(job(program=("/usr/bin/printenv", "XDG_STATE_HOME", "--")), state_home="/my state/100%")
    command = line.split(" ", 5)[5].partition(" -- ")[0].replace("\\%", "%")
    said = subprocess.run(["/bin/sh", "-c", command], check=True, capture_output=True, text=True, env={}).stdout
    assert said == "/my state/100%\n"


@pytest.mark.parametrize("word", [*UNSAYABLE, "back\\slash"])
def test_what_cron_cannot_say_is_refused(word: str) -> None:
    with pytest.raises(InputError, match=r"cannot say what is not printable|do not agree what a backslash means"):
        crontab(job(inventory=word), TEMPLATES, state_home=None)


def test_a_command_longer_than_cron_takes_is_refused() -> None:
    assert cron_command(("x" * LONGEST,))
    with pytest.raises(InputError, match=r"the command has 999 letters, and cron takes 998"):
        cron_command(("x" * (LONGEST + 1),))


def test_machines_do_not_all_ask_at_the_same_minute() -> None:
    assert len({line_of(job(host=f"desk-{number}"))[:5] for number in range(40)}) > 5


@settings(max_examples=25)
@given(SHOWABLE)
def test_whatever_can_be_shown_and_said_reaches_the_program_as_it_is(words: list[str]) -> None:
    sayable = [word.replace("\\", "/") for word in words]
    assert run_by_cron("* * * * * " + cron_command((*SAY, *sayable))) == sayable
