"""Why a node has its standing: one sentence per standing, for the operator who has to act on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.core.judging.in_force import Known, NotRunning, describe
from agent.core.judging.on_disk import Broken, Hidden, NoFile, Written
from agent.core.text.printable import printable

if TYPE_CHECKING:
    from agent.core.judging.sight import Sight


def of_unreachable(sight: Sight) -> str:
    """Say what kept us from connecting."""
    return _why_hidden(sight)


def of_unknown(sight: Sight) -> str:
    """Say what was lost or not allowed."""
    return f"{_why_hidden(sight)}; nothing about this node is certain until it has been read again"


def of_unreadable(sight: Sight) -> str:
    """Say why Jira would not start on what lies there, and what still runs."""
    why = sight.on_disk.reason if isinstance(sight.on_disk, Broken) else "the file cannot be read"
    return f"{printable(why)}; {_still_running(sight)}"


def of_split(sight: Sight) -> str:
    """Say which of disk and process is wrong; where the data goes is the judgement's consequence."""
    if isinstance(sight.in_force, Known):
        if sight.disk_is_right:
            return "the file is right, but the running Jira loaded another routing when it started: restart it"
        return f"the running Jira sends data elsewhere than it should; {describe(sight.in_force)}"
    if isinstance(sight.in_force, NotRunning):
        return (
            f"{_disk_sentence(sight)}: data goes elsewhere by it; Jira does not run here and loads that when it starts"
        )
    return f"{_disk_sentence(sight)}: data goes elsewhere by it; {describe(sight.in_force)}"


def of_time_bomb(sight: Sight) -> str:
    """Say that all is well until the next restart."""
    return (
        f"the running Jira has the desired configuration in force ({describe(sight.in_force)}),"
        f" but {_disk_sentence(sight)}: the next restart loads that"
    )


def of_drifted(sight: Sight) -> str:
    """Say how the disk differs while no data goes to two places."""
    if sight.disk_routing == sight.desired_routing:
        return f"{_disk_sentence(sight)}, though data goes to the same places; {describe(sight.in_force)}"
    return f"{_disk_sentence(sight)}: data goes elsewhere by it; {describe(sight.in_force)}"


def of_restart_pending(sight: Sight) -> str:
    """Say why the right file does not count as loaded."""
    match sight.in_force:
        case NotRunning():
            return "the file is right and Jira does not run; it loads the file when it starts"
        case Known():
            return "the file is right, but the running Jira still has what it loaded before: it needs a restart"
        case _:
            return f"the file is right; {describe(sight.in_force)}"


def of_cosmetic(sight: Sight) -> str:
    """Say what differs without changing the meaning."""
    return f"same meaning and loaded, but {', '.join(sight.blemishes)}"


def of_current(_: Sight) -> str:
    """Say that all is well, in the same words for all nodes: the evidence is a fact of its own."""
    return "right bytes, in force"


def _why_hidden(sight: Sight) -> str:
    return sight.on_disk.reason if isinstance(sight.on_disk, Hidden) else describe(sight.in_force)


def _disk_sentence(sight: Sight) -> str:
    if isinstance(sight.on_disk, NoFile):
        return "there is no file"
    if isinstance(sight.on_disk, Written) and sight.on_disk.doubt:
        return f"the file on disk holds something of unknown effect ({sight.on_disk.doubt})"
    return "the file differs in meaning"


def _still_running(sight: Sight) -> str:
    match sight.in_force:
        case NotRunning():
            return "Jira does not run here"
        case Known() if sight.is_loaded:
            return "the running Jira has the desired configuration in force until it restarts"
        case _:
            return describe(sight.in_force)
