"""The drift check as a systemd service and its timer, hardened, with systemd's own quoting."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from agent.core.scheduling.fill import fill
from agent.core.scheduling.job import Piece, require_sayable
from agent.core.scheduling.pace import pace_words, timer_lines
from agent.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.core.scheduling.job import Job

SERVICE: Final = "systemd.service.j2"
TIMER: Final = "systemd.timer.j2"
SYSTEM_FOLDER: Final = "/etc/systemd/system"
USER_FOLDER: Final = "~/.config/systemd/user"
_PLAIN: Final = re.compile(r"[A-Za-z0-9_@+=:,./-]+")
"""Of these letters alone no word means anything but itself."""
_TEMPORARY: Final = ("/tmp", "/var/tmp")  # noqa: S108 - which folders PrivateTmp hides


def units(job: Job, templates: Mapping[str, str], *, state_folder: str) -> tuple[Piece, ...]:
    """Return the service and the timer; of the whole system where the job has a user, else of one's own manager.

    A system's service keeps its memory in a folder of its own; one's own keeps it where a check by hand does.

    Raises:
        InputError: systemd cannot say one of the job's words.

    """
    values, place = _values(job, state_folder), SYSTEM_FOLDER if job.user else USER_FOLDER
    return tuple(
        Piece(
            name=f"{job.name}.{kind}", place=f"{place}/{job.name}.{kind}", text=fill(templates[file], values, name=file)
        )
        for kind, file in (("service", SERVICE), ("timer", TIMER))
    )


def _values(job: Job, state_folder: str) -> Mapping[str, object]:
    return {
        "name": job.name,
        "mark": job.mark,
        "subject": quoted_text(job.subject),
        "pace": pace_words(job.every),
        "command": command_line(job.words),
        "user": job.user,
        "writable_metrics": _if_there(str(PurePosixPath(job.metrics).parent)) if job.metrics else None,
        "lies_in_tmp": any(map(_is_temporary, job.words if job.user else (*job.words, state_folder))),
        "timer": timer_lines(job.every),
        **({} if job.user else _own_memory(state_folder)),
    }


def _own_memory(state_folder: str) -> Mapping[str, str]:
    return {
        "state_folder": quoted_word(state_folder),
        "state_home": quoted_setting(f"XDG_STATE_HOME={PurePosixPath(state_folder).parent}"),
        "writable_state": _if_there(state_folder),
    }


def command_line(words: tuple[str, ...]) -> str:
    """Return the words as ExecStart reads them back (systemd.service, Command lines).

    Raises:
        InputError: a word is not text of one line, or the program's own path holds a $, which cannot be said there.

    """
    require_sayable(words, where="a systemd unit")
    program, *others = words
    if "$" in program or not program.startswith("/"):
        raise InputError(f"{program}: a systemd unit cannot start a program of this name; install it elsewhere")
    return " ".join((quoted_setting(program), *map(quoted_word, others)))


def quoted_word(word: str) -> str:
    """Return a word of a command: no blank ends it, no specifier and no variable is filled in."""
    return quoted_setting(word).replace("$", "$$")


def quoted_setting(word: str) -> str:
    """Return a word of a setting that is a list of words and knows no variables, such as ReadWritePaths."""
    require_sayable((word,), where="a systemd unit")
    if _PLAIN.fullmatch(word):
        return word
    escaped = word.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{quoted_text(escaped)}"'


def quoted_text(text: str) -> str:
    """Return text in which no specifier is filled in."""
    require_sayable((text,), where="a systemd unit")
    return text.replace("%", "%%")


def _if_there(folder: str) -> str:
    """A folder that is missing must not keep the check from running: what it cannot write it says itself."""
    return quoted_setting(f"-{folder}")


def _is_temporary(word: str) -> bool:
    """Tell whether a word is a path below such a folder, or sets a variable to one."""
    path = PurePosixPath(word[word.find("=/") + 1 :])
    return any(path.is_relative_to(folder) for folder in _TEMPORARY)
