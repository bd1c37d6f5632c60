"""Why a node has its standing: a clause and its evidence per standing, for the operator who has to act on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.core.document import ABSENT
from agent.core.judging.in_force import Known, NotRunning, describe
from agent.core.judging.on_disk import Broken, Hidden, NoFile, Written
from agent.core.text.printable import printable

if TYPE_CHECKING:
    from agent.core.judging.sight import Sight


@dataclass(frozen=True, slots=True)
class Reason:
    """The short main clause, and the evidence or the cure that belongs to it."""

    clause: str
    detail: str = ""


def of_unreachable(sight: Sight) -> Reason:
    """Say what kept us from connecting."""
    return _why_hidden(sight)


def of_unknown(sight: Sight) -> Reason:
    """Say what was lost or not allowed."""
    why = _why_hidden(sight)
    return Reason(why.clause, _joined(why.detail, "nothing about this node is certain until it has been read again"))


def of_unreadable(sight: Sight) -> Reason:
    """Say why Jira would not start on what lies there, and what still runs."""
    if not isinstance(sight.on_disk, Broken):
        return Reason("the file cannot be read", _still_running(sight))
    by_hand = "" if sight.on_disk.replaceable else "move it away by hand, since no push replaces it"
    detail = _joined(printable(sight.on_disk.detail), _still_running(sight), by_hand)
    return Reason(printable(sight.on_disk.reason), detail)


def of_split(sight: Sight) -> Reason:
    """Say which of disk and process is wrong; where the data goes is the judgement's consequence."""
    if isinstance(sight.in_force, Known):
        if sight.disk_is_right:
            return Reason(f"{_right(sight)}, but the running Jira loaded another routing when it started: restart it")
        return Reason("the running Jira sends data elsewhere than it should", describe(sight.in_force))
    if isinstance(sight.in_force, NotRunning):
        return _elsewhere(sight, "Jira does not run here and loads that when it starts")
    return _elsewhere(sight, describe(sight.in_force))


def of_time_bomb(sight: Sight) -> Reason:
    """Say that all is well until the next restart."""
    ending = "starts without it" if isinstance(sight.on_disk, NoFile) else "loads that"
    sure = "is" if isinstance(sight.in_force, Known) and not sight.in_force.caveat else "is most likely"
    clause = f"the running Jira {sure} as it should be, but {_disk_clause(sight)}: the next restart {ending}"
    return Reason(clause, _joined(_doubt(sight), describe(sight.in_force)))


def of_drifted(sight: Sight) -> Reason:
    """Say how the disk differs while no data goes to two places."""
    if sight.disk_routing != sight.desired_routing:
        return _elsewhere(sight, describe(sight.in_force))
    if sight.effective_routing != sight.desired_routing:
        return Reason("the running Jira sends data elsewhere than it should", describe(sight.in_force))
    clause = f"{_disk_clause(sight)}, though data goes to the same places"
    return Reason(clause, _joined(_doubt(sight), describe(sight.in_force)))


def of_restart_pending(sight: Sight) -> Reason:
    """Say why the right file does not count as loaded."""
    right = _right(sight)
    match sight.in_force:
        case NotRunning():
            if not _wants_file(sight):
                return Reason(f"{right}, and Jira does not run", "it has no file to load when it starts")
            return Reason(f"{right} and Jira does not run", "it loads the file when it starts")
        case Known():
            return Reason(f"{right}, but the running Jira still has what it loaded before: it needs a restart")
        case _:
            return Reason(f"{right}, but that is not proven to be in force", describe(sight.in_force))


def of_cosmetic(sight: Sight) -> Reason:
    """Say what differs without changing the meaning."""
    return Reason(f"same meaning and loaded, but {', '.join(sight.blemishes)}")


def of_current(sight: Sight) -> Reason:
    """Say that all is well, in the same words for all nodes: the evidence is a fact of its own."""
    is_file = not isinstance(sight.on_disk, NoFile)
    return Reason("right bytes, in force" if is_file else "no file, as it should be, and that is in force")


def _why_hidden(sight: Sight) -> Reason:
    if isinstance(sight.on_disk, Hidden):
        return Reason(sight.on_disk.reason, sight.on_disk.cure)
    return Reason(describe(sight.in_force))


def _elsewhere(sight: Sight, evidence: str) -> Reason:
    return Reason(f"{_disk_clause(sight)}: data goes elsewhere by it", _joined(_doubt(sight), evidence))


def _disk_clause(sight: Sight) -> str:
    if isinstance(sight.on_disk, NoFile):
        return "there is no file"
    if not _wants_file(sight):
        return "there is a file, and should be none"
    return "the file on disk holds something of unknown effect" if _doubt(sight) else "the file differs in meaning"


def _right(sight: Sight) -> str:
    return "the file is right" if _wants_file(sight) else "there is no file, as it should be"


def _wants_file(sight: Sight) -> bool:
    return sight.look.desired.digest != ABSENT


def _doubt(sight: Sight) -> str:
    """What nobody can foretell the effect of, if the file holds such a thing."""
    return (sight.on_disk.doubt or "") if isinstance(sight.on_disk, Written) else ""


def _still_running(sight: Sight) -> str:
    match sight.in_force:
        case NotRunning():
            return "Jira does not run here"
        case Known() if sight.is_loaded:
            return "the running Jira has the desired configuration in force until it restarts"
        case _:
            return describe(sight.in_force)


def _joined(*parts: str) -> str:
    return "; ".join(part for part in parts if part)
