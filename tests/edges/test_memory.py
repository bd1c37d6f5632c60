"""The memory on the disk: written whole, by one at a time; whatever is wrong with it is a note and no exception."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from agent.core.remembering.memory import Memory
from agent.core.remembering.memory_json import encode
from agent.core.strict_json import dump, parse, sealed, unsealed
from agent.edges import memory as shelf
from tests.core.remembering.checks import NOON, story

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

REMEMBERED = story("SPLIT")
EMPTY = Memory(cluster="prod")
COUNTING = """\
import sys
from pathlib import Path
from agent.core.remembering.memory import Memory, Seen, remember
from agent.edges import memory as shelf

def once_more(memory):
    seen = Seen(node=sys.argv[2], standing=str(len(memory.changes)), reason="")
    return remember(memory, [seen], at=1e9, outcome="ok", known=frozenset(["a", "b"]))

for _ in range(50):
    print(shelf.update(Path(sys.argv[1]), "prod", once_more).note)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "state" / "drift"


def kept(folder: Path, memory: Memory = REMEMBERED) -> Path:
    """Write a memory and return its file."""
    assert shelf.update(folder, memory.cluster, lambda _: memory).kept
    return folder / f"{memory.cluster}.json"


def test_what_is_written_is_read_again_by_this_user_alone(folder: Path) -> None:
    path = kept(folder)
    assert shelf.read(folder, "prod") == (REMEMBERED, None)
    assert shelf.known_clusters(folder) == ("prod",)
    assert [path.stat().st_mode & 0o777, folder.stat().st_mode & 0o777] == [0o600, 0o700]


def test_no_memory_yet_is_an_empty_one_and_no_fault(folder: Path) -> None:
    assert shelf.read(folder, "prod") == (EMPTY, None)
    assert shelf.known_clusters(folder) == ()
    assert not folder.exists()


def test_an_update_sees_what_the_one_before_has_left(folder: Path) -> None:
    kept(folder)
    updated = shelf.update(folder, "prod", lambda memory: story("CURRENT", memory=memory))
    assert (updated.before, updated.kept, updated.note) == (REMEMBERED, True, None)
    assert shelf.read(folder, "prod")[0] == updated.after


def test_clusters_do_not_share_a_memory(folder: Path) -> None:
    kept(folder)
    assert shelf.read(folder, "prod.lock") == (Memory(cluster="prod.lock"), None)
    kept(folder, Memory(cluster="prod.lock", checked_at=NOON))
    assert shelf.read(folder, "prod") == (REMEMBERED, None)
    assert shelf.known_clusters(folder) == ("prod", "prod.lock")


def test_a_damaged_memory_is_put_aside_by_the_next_writer_and_told(folder: Path) -> None:
    path = kept(folder)
    damaged = path.read_bytes().replace(b"SPLIT", b"SPLAT", 1)
    path.write_bytes(damaged)
    memory, note = shelf.read(folder, "prod")
    assert memory == EMPTY
    assert note
    assert "seal does not fit" in note
    assert path.read_bytes() == damaged
    updated = shelf.update(folder, "prod", lambda _: REMEMBERED)
    assert updated.kept
    assert updated.note
    assert "prod.json.damaged now, and the memory begins anew" in updated.note
    assert (folder / "prod.json.damaged").read_bytes() == damaged
    assert shelf.read(folder, "prod") == (REMEMBERED, None)
    assert shelf.known_clusters(folder) == ("prod",)


def test_the_memory_of_a_newer_program_is_left_alone(folder: Path) -> None:
    path = kept(folder)
    body = unsealed(parse(path.read_bytes(), limit=10**6))
    newer = dump(sealed({**body, "format": 2, "more": True}))
    path.write_bytes(newer)
    updated = shelf.update(folder, "prod", lambda _: story("CURRENT"))
    assert (updated.kept, updated.busy, updated.after) == (False, False, story("CURRENT"))
    assert updated.note
    assert "newer than this program" in updated.note
    assert path.read_bytes() == newer


def _link(folder: Path) -> None:
    elsewhere = folder.parent / "elsewhere"
    elsewhere.mkdir(mode=0o700)
    folder.symlink_to(elsewhere)


def _open_to_others(folder: Path) -> None:
    folder.mkdir(mode=0o755)


def _a_file(folder: Path) -> None:
    folder.write_text("")


def _a_linked_memory(folder: Path) -> None:
    folder.mkdir(mode=0o700)
    (folder / "real").write_bytes(encode(REMEMBERED))
    (folder / "prod.json").symlink_to(folder / "real")


def _a_linked_lock(folder: Path) -> None:
    folder.mkdir(mode=0o700)
    (folder / "prod.lock").symlink_to(folder / "victim")


def _a_folder_for_a_memory(folder: Path) -> None:
    (folder / "prod.json").mkdir(parents=True)
    folder.chmod(0o700)


def _a_pipe_for_a_memory(folder: Path) -> None:
    folder.mkdir(mode=0o700)
    os.mkfifo(folder / "prod.json")


def _a_memory_that_others_write(folder: Path) -> None:
    kept(folder).chmod(0o666)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (_link, "links are not followed"),
        (_open_to_others, "run: chmod 700"),
        (_a_file, "not a folder"),
        (_a_linked_memory, "links are not followed"),
        (_a_linked_lock, "links are not followed"),
        (_a_folder_for_a_memory, "not a regular file"),
        (_a_pipe_for_a_memory, "not a regular file"),
        (_a_memory_that_others_write, "others may write"),
    ],
)
def test_a_place_that_is_not_ours_alone_is_not_used_and_told(
    folder: Path, spoil: Callable[[Path], None], words: str
) -> None:
    folder.parent.mkdir(exist_ok=True)
    spoil(folder)
    before = sorted(path.name for path in folder.parent.rglob("*"))
    updated = shelf.update(folder, "prod", lambda _: REMEMBERED)
    assert (updated.kept, updated.after) == (False, REMEMBERED)
    assert updated.note
    assert words in updated.note
    left = sorted(path.name for path in folder.parent.rglob("*"))
    assert set(left) - set(before) <= {"prod.lock"}
    assert not (folder / "victim").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to another user")
def test_a_folder_of_another_user_is_not_used(folder: Path) -> None:
    folder.mkdir(parents=True, mode=0o700)
    os.chown(folder, 12345, 12345)
    updated = shelf.update(folder, "prod", lambda _: REMEMBERED)
    assert updated.note
    assert "belongs to another user" in updated.note


def test_a_full_disk_costs_the_memory_and_not_the_check(folder: Path) -> None:
    """A limit on the size of files strikes where a full disk would: in the middle of the write."""
    path = kept(folder)
    before = path.read_bytes()
    code = (
        "import resource, sys; from pathlib import Path\n"
        "from agent.core.remembering.memory import Memory\n"
        "from agent.edges import memory as shelf\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))\n"
        "updated = shelf.update(Path(sys.argv[1]), 'prod', lambda memory: memory)\n"
        "print(updated.kept, updated.after.checked_at, updated.note)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, folder], check=True, capture_output=True, text=True)
    assert done.stdout.startswith(f"False {NOON} ")
    assert "File too large; nothing is remembered of this check" in done.stdout
    assert path.read_bytes() == before
    assert sorted(it.name for it in folder.iterdir()) == ["prod.json", "prod.lock"]


@pytest.mark.parametrize("cluster", ["../prod", "", ".prod", "a/b", "x" * 100, "prod\n"])
def test_a_name_that_leads_elsewhere_is_refused_with_a_note(folder: Path, cluster: str) -> None:
    updated = shelf.update(folder, cluster, lambda memory: memory)
    assert not updated.kept
    assert updated.note
    assert list(folder.iterdir()) == []


def test_two_processes_at_once_lose_no_update(folder: Path) -> None:
    """Each update writes down how many there were before it: with one lost, a number would stand there twice."""
    command = [sys.executable, "-c", COUNTING, str(folder)]
    both = [subprocess.Popen([*command, name], stdout=subprocess.PIPE, text=True) for name in ("a", "b")]
    said = [process.communicate(timeout=60)[0] for process in both]
    assert said == ["None\n" * 50] * 2
    memory, note = shelf.read(folder, "prod")
    assert note is None
    assert [change.after for change in reversed(memory.changes)] == [str(number) for number in range(100)]


def test_a_lock_that_is_not_let_go_costs_the_memory_and_not_the_check(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelf, "PATIENCE", 0.05)
    kept(folder)
    with shelf._holding(folder, "prod", "lock", 0.0):
        updated = shelf.update(folder, "prod", lambda memory: story("CURRENT", memory=memory))
    assert (updated.before, updated.kept, updated.busy) == (REMEMBERED, False, True)
    assert updated.note
    assert "another check holds the memory" in updated.note
    assert shelf.read(folder, "prod") == (REMEMBERED, None)


def test_only_one_check_at_a_time_tells_and_others_can_write_meanwhile(folder: Path) -> None:
    kept(folder)
    with shelf.telling(folder, "prod") as first, shelf.telling(folder, "prod") as second:
        assert (first, second) == (True, False)
        assert shelf.update(folder, "prod", lambda memory: memory).kept
    with shelf.telling(folder, "prod") as third:
        assert third


def test_killed_at_any_moment_the_file_is_the_old_one_or_the_new_one(folder: Path) -> None:
    path = kept(folder)
    command = [sys.executable, "-c", COUNTING.replace("range(50)", "iter(int, 1)"), str(folder), "a"]
    for number in range(6):
        process = subprocess.Popen(command, stdout=subprocess.PIPE)
        assert process.stdout
        process.stdout.readline()
        time.sleep(0.007 * number)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        memory, note = shelf.read(folder, "prod")
        assert note is None
        assert memory.checked_at == 1e9
        updated = shelf.update(folder, "prod", lambda memory: memory)
        assert (updated.kept, updated.note) == (True, None)
        assert path.exists()
        assert {it.name for it in folder.iterdir()} == {"prod.json", "prod.lock"}


def test_a_fault_of_the_change_itself_is_no_fault_of_the_memory(folder: Path) -> None:
    def faulty(_: Memory) -> Memory:
        raise KeyError("ours")

    with pytest.raises(KeyError):
        shelf.update(folder, "prod", faulty)
    assert shelf.update(folder, "prod", lambda _: REMEMBERED).kept
