"""Where a step stands after an interruption, as the node tells it: a table of file, process and receipt."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from agent.core.observation import FileKind, Incarnation, Presence, Process
from agent.core.planning.plan import ABSENT, Shape
from agent.core.rollout.events import Act, ConfigCommitted, NodeSick, StartAsked, StepReopened, StopAsked
from agent.core.rollout.recall import is_reached, recall
from agent.core.rollout.table import StepState
from tests.core.rollout.situations import BEFORE, BOOT, COMMITTED_AT, RECEIPT, at, gone, hidden, look
from tests.simulator.cluster import NEW_DIGEST, OLD_DIGEST, plan_for

if TYPE_CHECKING:
    from agent.core.observation import Observation
    from agent.core.rollout.progress import Progress

FOREIGN = "sha256:foreign"
STOP = frozenset({Act.STOP})
ROLLING, BARE, STILL = Shape.ROLLING, Shape.RESTART, Shape.COMMIT


def found(
    file: str | None,
    process: str,
    *,
    receipt: bool = True,
    state: tuple[int, str] = (200, "RUNNING"),
) -> Observation:
    """Return what a look shows: the digest, which process runs, and whether our commit left its receipt."""
    seen = look(digest=file, receipts=(RECEIPT,) if receipt else (), code=state[0], state=state[1])
    ticks = {"the one before": 50, "a new one": 200, "one of the same tick": 100}.get(process)
    match process:
        case "none":
            return gone(seen)
        case "hidden":
            return hidden(seen)
        case "nameless":
            return replace(seen, process=Process(presence=Presence.FOUND))
        case _:
            return replace(seen, process=Process(presence=Presence.FOUND, start_ticks=ticks))


def told(
    seen: Observation, shape: Shape = ROLLING, *, document: bool = True, running: bool = True, **facts: Any
) -> object:
    """Return the word for what was recalled."""
    progress = at(StepState.UNCERTAIN, document=document, **{"process": BEFORE, **facts})
    progress = replace(progress, step=replace(progress.step, running=running))
    return word_for(recall(plan_for(("jira-1",), shape=shape), progress, seen))


def word_for(event: object) -> object:
    match event:
        case StepReopened():
            flags = ("committed" * event.committed, "ours" * event.ours, "down" * event.down, "started" * event.started)
            return " ".join(("anew", *(flag for flag in flags if flag)))
        case StartAsked():
            return "started" if event.receipt is None else "started after the commit"
        case ConfigCommitted():
            return "committed"
        case StopAsked():
            return "on its way down"
        case NodeSick():
            return "altered"
        case _:
            return event


STARTING, ERROR = (200, "STARTING"), (500, "ERROR")


@pytest.mark.parametrize(
    ("seen", "facts", "wanted"),
    [
        # Somebody else's file, whatever else there is.
        (found(FOREIGN, "none"), {}, "altered"),
        (found(FOREIGN, "hidden"), {}, "altered"),
        (found(None, "a new one"), {}, "altered"),
        (found(ABSENT, "a new one"), {}, "altered"),
        # No process.
        (found(OLD_DIGEST, "none"), {}, "anew down"),
        (found(OLD_DIGEST, "none"), {"down": True}, "anew down"),
        (found(OLD_DIGEST, "none"), {"running": False}, "anew"),
        (found(OLD_DIGEST, "none"), {"running": False, "down": True}, "anew down"),
        (found(NEW_DIGEST, "none"), {}, "anew committed ours down"),
        (found(NEW_DIGEST, "none", receipt=False), {}, "anew ours down"),
        # It does not tell.
        (found(OLD_DIGEST, "hidden"), {}, None),
        (found(NEW_DIGEST, "hidden"), {}, None),
        (found(NEW_DIGEST, "nameless"), {}, None),
        # The process from before.
        (found(OLD_DIGEST, "the one before"), {}, "anew"),
        (found(OLD_DIGEST, "the one before"), {"tried": STOP}, "anew"),
        (found(OLD_DIGEST, "the one before", state=STARTING), {"tried": STOP}, "on its way down"),
        (found(OLD_DIGEST, "the one before", state=(200, "STOPPING")), {"tried": STOP}, "on its way down"),
        (found(OLD_DIGEST, "the one before", state=STARTING), {}, "anew"),
        (found(NEW_DIGEST, "the one before"), {}, "anew committed ours"),
        (found(NEW_DIGEST, "one of the same tick"), {}, "anew committed ours"),
        # A new process, with the new file: never restarted again.
        (found(NEW_DIGEST, "a new one"), {}, "started after the commit"),
        (found(NEW_DIGEST, "a new one", state=STARTING), {}, "started after the commit"),
        (found(NEW_DIGEST, "a new one", state=(503, "MAINTENANCE")), {}, "started after the commit"),
        (found(NEW_DIGEST, "a new one"), {"process": None}, "started after the commit"),
        (found(NEW_DIGEST, "a new one", state=ERROR), {}, "anew committed ours started"),
        (found(NEW_DIGEST, "a new one", receipt=False), {}, "anew ours"),
        (found(NEW_DIGEST, "a new one", receipt=False, state=STARTING), {"tried": STOP}, "anew ours"),
        # A new process with the earlier file: it was put back, or somebody started it.
        (found(OLD_DIGEST, "a new one"), {}, "anew"),
        (found(OLD_DIGEST, "a new one"), {"tried": STOP}, "anew"),
    ],
)
def test_a_restart_with_a_document(seen: Observation, facts: dict[str, Any], wanted: object) -> None:
    assert told(seen, **facts) == wanted
    assert told(seen, Shape.TOGETHER, **facts) == wanted


@pytest.mark.parametrize(
    ("seen", "facts", "wanted"),
    [
        (found(OLD_DIGEST, "none"), {}, "anew down"),
        (found(OLD_DIGEST, "the one before"), {}, "anew"),
        (found(OLD_DIGEST, "the one before", state=STARTING), {"tried": STOP}, "on its way down"),
        (found(OLD_DIGEST, "a new one"), {}, "started"),
        (found(OLD_DIGEST, "a new one", state=STARTING), {}, "started"),
        (found(OLD_DIGEST, "a new one", state=ERROR), {}, "anew started"),
        # What ran before could not be named, so what runs may still be that; unless it was seen to end.
        (found(OLD_DIGEST, "a new one"), {"process": None}, "anew"),
        (found(OLD_DIGEST, "a new one"), {"process": None, "down": True}, "started"),
        (found(OLD_DIGEST, "a new one"), {"process": None, "running": False}, "started"),
        (found(OLD_DIGEST, "a new one"), {"process": None, "handled": True}, "started"),
        (found(OLD_DIGEST, "a new one", state=STARTING), {"process": None, "tried": STOP}, "on its way down"),
        (found(NEW_DIGEST, "a new one"), {}, "altered"),
    ],
)
@pytest.mark.parametrize("shape", [BARE, ROLLING])
def test_a_restart_without_a_document(seen: Observation, facts: dict[str, Any], wanted: object, shape: Shape) -> None:
    assert told(seen, shape, document=False, **facts) == wanted


@pytest.mark.parametrize("process", ["none", "hidden", "nameless", "the one before", "a new one"])
@pytest.mark.parametrize(
    ("file", "receipt", "wanted"),
    [
        (OLD_DIGEST, True, "anew"),
        (NEW_DIGEST, True, "committed"),
        (NEW_DIGEST, False, "anew ours"),
        (FOREIGN, True, "altered"),
    ],
)
def test_a_step_without_a_restart_is_told_by_its_file_alone(
    file: str,
    receipt: bool,  # noqa: FBT001 - a column
    process: str,
    wanted: str,
) -> None:
    assert told(found(file, process, receipt=receipt), STILL) == wanted


@pytest.mark.parametrize(
    "spoil",
    [{"mode": "0666"}, {"owner": "root"}, {"group": "root"}],
)
def test_our_bytes_with_another_mode_or_owner_are_no_whole_commit(spoil: dict[str, str]) -> None:
    seen = found(NEW_DIGEST, "a new one")
    assert told(replace(seen, file=replace(seen.file, **spoil))) == "anew ours"  # type: ignore[arg-type]  # one text fact


def test_a_process_of_another_boot_is_a_new_one() -> None:
    rebooted = replace(found(NEW_DIGEST, "the one before"), boot_id="another")
    assert told(rebooted) == "started after the commit"


def removal(**facts: Any) -> Progress:
    progress = at(StepState.UNCERTAIN, process=BEFORE, **facts)
    return replace(progress, step=replace(progress.step, document=b"", digest=ABSENT))


def removed(process: str) -> Observation:
    seen = found(None, process)
    receipt = replace(RECEIPT, digest=ABSENT)
    return replace(seen, file=replace(seen.file, kind=FileKind.ABSENT), receipts=(receipt,))


@pytest.mark.parametrize(
    ("seen", "wanted"),
    [
        (removed("none"), "anew committed ours down"),
        (removed("a new one"), "started after the commit"),
        (removed("the one before"), "anew committed ours"),
        (found(OLD_DIGEST, "the one before"), "anew"),
    ],
)
def test_a_file_that_was_to_go_and_has_gone_is_a_commit_as_well(seen: Observation, wanted: str) -> None:
    assert word_for(recall(plan_for(("jira-1",)), removal(), seen)) == wanted


def test_what_begins_anew_begins_from_what_lies_there() -> None:
    progress = at(StepState.UNCERTAIN, process=BEFORE, receipt=Incarnation(boot_id=BOOT, ticks=7))
    plan = plan_for(("jira-1",))
    committed = recall(plan, progress, found(NEW_DIGEST, "the one before"))
    assert isinstance(committed, StepReopened)
    assert (committed.on_disk, committed.receipt) == (NEW_DIGEST, COMMITTED_AT)
    earlier = recall(plan, progress, found(OLD_DIGEST, "the one before"))
    assert isinstance(earlier, StepReopened)
    assert (earlier.on_disk, earlier.receipt) == (OLD_DIGEST, progress.receipt)


def test_what_was_found_instead_is_said() -> None:
    plan, progress = plan_for(("jira-1",)), at(StepState.UNCERTAIN)
    altered = recall(plan, progress, found(FOREIGN, "none"))
    assert isinstance(altered, NodeSick)
    assert altered.reason == (
        f"filestore-config.xml was changed by somebody else meanwhile (expected {OLD_DIGEST} or {NEW_DIGEST}, "
        f"found {FOREIGN}); nothing is done to this node"
    )
    unread = recall(plan, progress, found(None, "none"))
    assert isinstance(unread, NodeSick)
    assert "found what cannot be read" in unread.reason


def test_our_document_where_it_was_there_before_is_not_called_ours() -> None:
    """Its meaning was to be written again (another mode, say): there is nothing to be put back."""
    progress = at(StepState.UNCERTAIN, process=BEFORE)
    same = replace(progress, step=replace(progress.step, expected=NEW_DIGEST))
    assert word_for(recall(plan_for(("jira-1",)), same, found(NEW_DIGEST, "the one before", receipt=False))) == "anew"


@pytest.mark.parametrize(
    ("seen", "facts", "wanted"),
    [
        (found(NEW_DIGEST, "a new one"), {}, True),
        (found(NEW_DIGEST, "the one before"), {"shape": STILL}, True),
        (found(OLD_DIGEST, "a new one", receipt=False), {"shape": BARE, "document": False}, True),
        (found(NEW_DIGEST, "a new one", state=STARTING), {}, False),
        (found(NEW_DIGEST, "the one before"), {}, False),
        (found(NEW_DIGEST, "none"), {}, False),
        (found(NEW_DIGEST, "hidden"), {}, False),
        (found(OLD_DIGEST, "a new one", receipt=False), {}, False),
        (found(OLD_DIGEST, "the one before", receipt=False), {"shape": STILL}, False),
        (found(FOREIGN, "a new one", receipt=False), {}, False),
    ],
)
def test_what_a_step_would_have_come_to_is_seen_on_the_node(
    seen: Observation, facts: dict[str, Any], *, wanted: bool
) -> None:
    shape, document = facts.get("shape", ROLLING), facts.get("document", True)
    progress = at(StepState.WAITING, document=document, process=BEFORE)
    assert is_reached(plan_for(("jira-1",), shape=shape), progress, seen) is wanted
