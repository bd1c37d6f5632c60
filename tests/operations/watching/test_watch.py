"""A check is remembered before anybody is told; who could not be told is told later; nothing changes the verdict."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from agent.core.inventory.model import Receiver
from agent.core.remembering.news_json import Bearings
from agent.edges import memory as shelf
from agent.operations.watching import delivering
from agent.operations.watching.telling import Heard, Telling, tell_all
from agent.operations.watching.watch import Sighting, Watched, watch
from tests.core.remembering.checks import KNOWN, NOON, saw
from tests.operations.world import yard
from tests.support.receiver import SECRET, receiving, says

if TYPE_CHECKING:
    from agent.core.remembering.memory import Memory, Seen
    from agent.operations.world import World


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivering, "PAUSES", (0.01, 0.01))


@pytest.fixture
def world(tmp_path: Path) -> World:
    return yard(tmp_path).world()


def checked(
    world: World, *seen: Seen, receivers: tuple[Receiver, ...] | None = (), minute: int = 0, notify: bool = True
) -> Watched:
    sighting = Sighting(
        cluster="prod",
        receivers=receivers,
        seen=seen,
        at=NOON + 60 * minute,
        outcome="drift",
        known=KNOWN,
        sentence="2 errors in the files",
        unmade=not seen,
        next_command="filestore-agent plan",
    )
    (watched,) = watch(world, [sighting], notify=notify)
    return watched


def remembered(world: World) -> Memory:
    """Return the memory as it lies on the disk."""
    return shelf.read(world.memory_folder, "prod")[0]


def writes_to(path: Path, after: str = "true") -> Receiver:
    """A command that appends each news as one line, and then does something else."""
    script = f'cat >>"$1"; echo >>"$1"; {after}'
    return Receiver.model_validate({"run": ("/bin/sh", "-c", script, "sh", str(path)), "timeout": "20s"})


def heard(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def with_environment(world: World, **more: str) -> World:
    return replace(world, environment={"PATH": "/usr/bin:/bin", **more})


def test_a_change_is_told_once_and_remembered(world: World, tmp_path: Path) -> None:
    world, pager = with_environment(world), writes_to(tmp_path / "heard")
    for minute, standing in enumerate(("CURRENT", "SPLIT", "SPLIT", "CURRENT", "CURRENT")):
        watched = checked(world, saw("jira-1", standing), receivers=(pager,), minute=minute)
        assert watched.notes == ()
    said = heard(tmp_path / "heard")
    assert [(it["changes"][0]["before"], it["changes"][0]["after"]) for it in said] == [
        ("CURRENT", "SPLIT"),
        ("SPLIT", "CURRENT"),
    ]
    assert said[0]["summary"] == "prod: jira-1 is SPLIT (was CURRENT): why SPLIT"
    assert remembered(world).checked_at == NOON + 240


def test_what_changed_since_the_last_check_is_said_whether_or_not_anybody_is_told(world: World) -> None:
    said = [checked(world, saw("jira-1", it), minute=n).changed for n, it in enumerate(("CURRENT", "SPLIT", "SPLIT"))]
    assert said == [False, True, False]


def test_a_broken_receiver_is_told_of_in_a_note_and_hears_of_it_at_a_later_check(world: World, tmp_path: Path) -> None:
    broken, sound = writes_to(tmp_path / "broken", f"test -e {tmp_path}/mended"), writes_to(tmp_path / "sound")
    world = with_environment(world)
    first = checked(world, saw("jira-1", "SPLIT"), receivers=(broken, sound))
    assert first.notes == ("prod: /bin/sh was not told: exit code 1; the next check tries again",)
    assert sorted(first.told, key=str) == [
        {"receiver": "/bin/sh", "delivered": False, "attempts": 3, "reason": "exit code 1"},
        {"receiver": "/bin/sh", "delivered": True, "attempts": 1, "reason": None},
    ]
    (tmp_path / "mended").touch()
    second = checked(world, saw("jira-1", "SPLIT"), receivers=(broken, sound), minute=5)
    assert (len(heard(tmp_path / "broken")), len(heard(tmp_path / "sound"))) == (4, 1)
    assert (second.changed, second.notes) == (False, ())
    assert [it["delivered"] for it in second.told] == [True]


def test_whoever_was_left_out_by_no_notify_is_told_at_the_next_check(world: World, tmp_path: Path) -> None:
    world, pager = with_environment(world), writes_to(tmp_path / "heard")
    silent = checked(world, saw("jira-1", "SPLIT"), receivers=(pager,), notify=False)
    assert (silent.changed, silent.told, heard(tmp_path / "heard")) == (True, (), [])
    checked(world, saw("jira-1", "SPLIT"), receivers=(pager,), minute=5)
    assert len(heard(tmp_path / "heard")) == 1


def test_a_receiver_that_stands_there_twice_is_told_once(world: World, tmp_path: Path) -> None:
    pager = writes_to(tmp_path / "heard")
    checked(with_environment(world), saw("jira-1", "SPLIT"), receivers=(pager, pager))
    assert len(heard(tmp_path / "heard")) == 1


def test_a_new_receiver_hears_of_what_is_wrong_and_one_that_comes_back_hears_anew(world: World, tmp_path: Path) -> None:
    world, first, second = with_environment(world), writes_to(tmp_path / "first"), writes_to(tmp_path / "second")
    for minute, receivers in enumerate([(first,), (second,), None, (second,), (first,)]):
        checked(world, saw("jira-1", "SPLIT"), receivers=receivers, minute=minute)
    assert [len(heard(tmp_path / it)) for it in ("first", "second")] == [2, 1]


def test_an_inventory_that_became_invalid_is_news_and_so_is_its_recovery(world: World, tmp_path: Path) -> None:
    world, pager = with_environment(world), writes_to(tmp_path / "heard")
    checked(world, saw("jira-1"), receivers=(pager,))
    assert checked(world, receivers=(pager,), minute=1).changed
    assert not checked(world, receivers=(pager,), minute=2).changed
    assert checked(world, saw("jira-1"), receivers=(pager,), minute=3).changed
    assert [it["summary"] for it in heard(tmp_path / "heard")] == [
        "prod: the check itself cannot be made: 2 errors in the files",
        "prod: checks can be made again",
    ]


def test_the_address_of_a_webhook_stands_nowhere(world: World) -> None:
    hook = Receiver.model_validate({"webhook": "env:HOOK"})
    with receiving(says(400, 200)) as receiver:
        world = with_environment(world, HOOK=receiver.address)
        refused = checked(world, saw("jira-1", "SPLIT"), receivers=(hook,))
        told = checked(world, saw("jira-1", "SPLIT"), receivers=(hook,), minute=1)
    assert refused.notes == ("prod: webhook env:HOOK was not told: it answered 400; the next check tries again",)
    assert [it["delivered"] for it in told.told] == [True]
    kept = b"".join(it.read_bytes() for it in world.memory_folder.iterdir())
    assert all(SECRET not in str(it) for it in (refused, told, kept, receiver.bodies))


def test_a_damaged_memory_is_a_note_and_begins_anew(world: World) -> None:
    checked(world, saw("jira-1", "SPLIT"))
    (world.memory_folder / "prod.json").write_bytes(b"{}")
    assert remembered(world).checked_at is None
    watched = checked(world, saw("jira-1", "SPLIT"), minute=1)
    assert "begins anew" in watched.notes[0]
    assert (watched.changed, checked(world, saw("jira-1", "SPLIT"), minute=2).notes) == (True, ())


def test_where_nothing_can_be_remembered_what_is_wrong_is_told_each_time_and_says_so(
    world: World, tmp_path: Path
) -> None:
    """To be told twice is a nuisance; not to be told at all is what nobody would notice."""
    world, pager = with_environment(world), writes_to(tmp_path / "heard")
    world.memory_folder.mkdir(parents=True, mode=0o755)
    for minute, standing in enumerate(("CURRENT", "SPLIT", "SPLIT")):
        watched = checked(world, saw("jira-1", standing), receivers=(pager,), minute=minute)
        assert "chmod 700" in watched.notes[0]
    said = heard(tmp_path / "heard")
    assert [it["notes"] for it in said] == [["this machine cannot keep its memory, so this may be told again"]] * 2


def test_while_another_check_holds_the_memory_nobody_is_told_and_the_next_one_tells(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelf, "PATIENCE", 0.05)
    world, pager = with_environment(world), writes_to(tmp_path / "heard")
    checked(world, saw("jira-1"), receivers=(pager,))
    with shelf._holding(world.memory_folder, "prod", "lock", 0.0):
        busy = checked(world, saw("jira-1", "SPLIT"), receivers=(pager,), minute=1)
    assert "another check holds the memory" in busy.notes[0]
    assert busy.changed
    assert heard(tmp_path / "heard") == []
    checked(world, saw("jira-1", "SPLIT"), receivers=(pager,), minute=2)
    assert len(heard(tmp_path / "heard")) == 1


def test_of_two_checks_at_once_one_tells(world: World, tmp_path: Path) -> None:
    world = with_environment(world)
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    pager = writes_to(tmp_path / "heard", f"timeout 10 cat {gate}")
    first = threading.Thread(target=checked, args=(world, saw("jira-1", "SPLIT")), kwargs={"receivers": (pager,)})
    first.start()
    while not heard(tmp_path / "heard"):
        time.sleep(0.01)
    second = checked(world, saw("jira-1", "SPLIT"), receivers=(pager,), minute=1)
    assert second.notes == ("prod: another check is telling its news right now; this one tells nobody",)
    gate.write_text("")
    first.join(20)
    assert checked(world, saw("jira-1", "SPLIT"), receivers=(pager,), minute=2).told == ()
    assert len(heard(tmp_path / "heard")) == 1


def test_what_another_check_has_told_since_this_one_was_remembered_is_not_told_again(
    world: World, tmp_path: Path
) -> None:
    world, pager = with_environment(world), writes_to(tmp_path / "heard")
    checked(world, saw("jira-1", "SPLIT"), receivers=(pager,), notify=False)
    before = remembered(world)
    checked(world, saw("jira-1", "SPLIT"), receivers=(pager,), minute=1)
    bearings = Bearings(at=NOON, host="desk", outcome="drift", sentence="")
    about = frozenset({"jira-1"})
    telling = Telling(
        folder=world.memory_folder,
        memory=before,
        kept=True,
        about=about,
        bearings=bearings,
        receivers=(pager,),
    )
    assert tell_all([telling], world.environment) == (Heard(),)
    assert len(heard(tmp_path / "heard")) == 1


def test_a_ctrl_c_while_somebody_is_told_ends_at_once_and_loses_nothing_but_the_telling(
    world: World, tmp_path: Path
) -> None:
    script = (
        "import sys; from pathlib import Path\n"
        "sys.path.insert(0, sys.argv[2])\n"
        "from tests.operations.watching.test_watch import checked, with_environment, writes_to\n"
        "from tests.core.remembering.checks import saw\n"
        "from tests.operations.world import yard\n"
        "world = with_environment(yard(Path(sys.argv[1])).world())\n"
        "pager = writes_to(Path(sys.argv[1]) / 'heard', 'echo $$ >' + sys.argv[1] + '/pid; sleep 60')\n"
        "done = checked(world, saw('jira-1', 'SPLIT'), receivers=(pager,))\n"
        "print(done.interrupted, done.changed, *done.notes)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script, tmp_path, Path.cwd()],
        stdout=subprocess.PIPE,
        text=True,
    )
    pid = tmp_path / "pid"
    while not (pid.exists() and pid.read_text().endswith("\n")):
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=10)
    assert said == "True True prod: interrupted before 1 receiver had heard of it; the next check tells\n"
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)
    memory = remembered(world)
    assert memory.nodes["jira-1"].standing == "SPLIT"
    assert memory.told == {}


def test_receivers_are_told_side_by_side(world: World, tmp_path: Path) -> None:
    """Each waits for the other to have heard: told one after the other, neither would come to an end in time."""
    here, there = tmp_path / "here", tmp_path / "there"
    wait = "for i in $(seq 500); do test -e {} && exit 0; sleep 0.02; done; exit 1"
    receivers = (writes_to(here, wait.format(there)), writes_to(there, wait.format(here)))
    assert [
        it["attempts"] for it in checked(with_environment(world), saw("jira-1", "SPLIT"), receivers=receivers).told
    ] == [1, 1]
