"""Which sudoers lines let a login user do the work: exactly the commands that travel, as sudoers wants them written."""

from __future__ import annotations

import re
import shlex

from agent.node.wire.letter import RUN

_ACCOUNT = re.compile(r"(?![A-Z0-9_]+\Z)[A-Za-z_][A-Za-z0-9_.-]{0,63}\Z")
"""A word of capitals alone is an alias in sudoers, and ALL is everybody."""
_SPECIAL = re.compile(r"[\\,:=]")


def sudoers_lines(login_user: str, owner: str, unit: str | None) -> tuple[str, ...]:
    """Return the lines for a node: one to act as the file's owner, and two for the unit, if there is one.

    Nothing for names that sudoers would read otherwise: they come from a node, and the lines are there to be pasted.
    """
    if not (_ACCOUNT.match(login_user) and _ACCOUNT.match(owner)):
        return ()
    verbs = ("stop", "start") if unit else ()
    service = (f"/usr/bin/systemctl --no-block {verb} {unit}" for verb in verbs)
    return (
        _line(login_user, owner, " ".join(shlex.split(RUN))),
        *(_line(login_user, "root", words) for words in service),
    )


def _line(login_user: str, as_user: str, command: str) -> str:
    """Sudo compares the words of a command joined by blanks; four characters need a backslash (sudoers(5))."""
    return f"{login_user} ALL=({as_user}) NOPASSWD: {_SPECIAL.sub(_escaped, command)}"


def _escaped(found: re.Match[str]) -> str:
    return f"\\{found[0]}"
