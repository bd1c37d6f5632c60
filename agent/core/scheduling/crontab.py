"""The drift check as one line for cron, which speaks only when the state has changed."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Final

from agent.core.scheduling.fill import fill
from agent.core.scheduling.job import Piece, require_sayable
from agent.core.scheduling.pace import cron_times, pace_words
from agent.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.core.scheduling.job import Job

CRON: Final = "cron.j2"
LONGEST: Final = 998
"""Letters of a command; Vixie cron takes no longer one (cron.h, MAX_COMMAND)."""


def crontab(job: Job, templates: Mapping[str, str], *, state_home: str | None) -> tuple[Piece, ...]:
    """Return the line: for one's own crontab, or a file for /etc/cron.d where the job has a user.

    One's own check remembers where a check by hand does, also where the shell was told another place than usual.

    Raises:
        InputError: cron cannot say the interval or one of the words.

    """
    place = ("/usr/bin/env", f"XDG_STATE_HOME={state_home}") if state_home and not job.user else ()
    values = {
        "times": cron_times(job.every, seed_of(job)),
        "user": job.user,
        "command": cron_command((*place, *job.words, "--on-change")),
        "pace": pace_words(job.every),
        "subject": _one_line(job.subject),
        "mark": job.mark,
    }
    text = fill(templates[CRON], values, name=CRON)
    if job.user:
        return (Piece(name=job.name, place=f"/etc/cron.d/{job.name}", text=text),)
    return (Piece(name=f"{job.name}.cron", place="crontab -e", text=text),)


def seed_of(job: Job) -> str:
    """Return what decides the moment: the same job on one machine always runs at the same, on others at others."""
    return "\n".join((job.host, job.inventory, *job.clusters))


def cron_command(words: tuple[str, ...]) -> str:
    r"""Return the command as cron hands it to a shell: quoted for that, and then every % as \%.

    Raises:
        InputError: a word holds what crons read differently, or the command is longer than they take.

    """
    require_sayable(words, where="a crontab")
    odd = next((word for word in words if "\\" in word), None)
    if odd is not None:
        raise InputError(f"{odd}: crons do not agree what a backslash means; use another name")
    command = shlex.join(words).replace("%", "\\%")
    if len(command.encode()) > LONGEST:
        raise InputError(
            f"the command has {len(command.encode())} letters, and cron takes {LONGEST}; use shorter paths"
        )
    return command


def _one_line(text: str) -> str:
    require_sayable((text,), where="a crontab")
    return text
