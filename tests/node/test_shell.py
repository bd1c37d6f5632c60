"""The script by the shells of this machine, on real folders: the contract, and what only a real file can show."""

from __future__ import annotations

import fcntl
import grp
import os
import pwd
import shutil
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from agent.core.document import digest_of
from agent.core.node import CommandService, SystemdService
from agent.core.observation import FileKind, Presence
from agent.node.port import ABSENT, Discard, Examine, LockToken, Lost, Observe, Ok, Recall, Refused, Start, Stop
from agent.node.shell import ShellNode
from agent.node.wire.letter import Letter
from tests.node.contract import (
    NEW,
    OLD,
    OURS,
    PLAN,
    Door,
    NodeContract,
    claim,
    commit,
    release,
    restore,
    resumption,
    stage,
)
from tests.support.hands import TARGET, FolderHands, folder_node
from tests.support.letters import NODE_PATH, AlteredNode
from tests.support.need import needs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from agent.node.port import Request

ME = pwd.getpwuid(os.getuid()).pw_name
MY_GROUP = grp.getgrgid(os.getgid()).gr_name

as_root = pytest.mark.skipif(os.getuid() != 0, reason="only root may mount, give away and freeze files")
needs_strace = pytest.mark.skipif(not shutil.which("strace"), reason="no strace on this machine to inject faults with")


def made_door(home: Path) -> Door:
    home.mkdir(mode=0o750)
    node = folder_node(home, owner=ME, group=MY_GROUP)
    return Door(node=node, port=ShellNode(node), hands=FolderHands(home))


class TestShell(NodeContract):
    """The contract, in a folder whose name a careless script would fall over."""

    @pytest.fixture
    def door(self, tmp_path: Path) -> Iterator[Door]:
        door = made_door(tmp_path / 'it\'s a $(id) "home" * \\n')
        yield door
        door.port.close()
        if Path(door.node.localhome).is_dir():
            door.hands.end_jira()


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    door = made_door(tmp_path / "home")
    yield door
    door.hands.end_jira()


@pytest.fixture
def held(door: Door) -> Door:
    door.hands.write(TARGET, OLD)
    door.ok(claim())
    return door


def home_of(door: Door) -> Path:
    return Path(door.node.localhome)


# Faults of the node's file system


@contextmanager
def mounted(folder: Path, *options: str) -> Iterator[None]:
    subprocess.run(["mount", *options, str(folder)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@as_root
def test_a_full_disk_is_found_before_anything_is_written(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    with mounted(tmp_path / "disk", "-t", "tmpfs", "-o", "size=256k,mode=755", "none"):
        door = made_door(tmp_path / "disk" / "home")
        door.hands.write(TARGET, OLD)
        door.ok(claim())
        (tmp_path / "disk" / "ballast").write_bytes(b"x" * 200_000)
        answer = door.refused(stage())
        assert answer.code == "no-space"
        assert "bytes are free" in answer.reason
        assert (door.hands.names(), door.hands.read(TARGET)) == ({TARGET}, OLD)


@as_root
def test_a_disk_that_fills_up_while_we_write_leaves_no_temp(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    with mounted(tmp_path / "disk", "-t", "tmpfs", "-o", "size=256k,mode=755", "none"):
        door = made_door(tmp_path / "disk" / "home")
        door.hands.write(TARGET, OLD)
        door.ok(claim())
        port = AlteredNode(door.node, script={"+ 98304": "- 999999"})
        answer = port.perform(stage(b"x" * 300_000))
        assert isinstance(answer, Refused)
        assert answer.code == "no-space"
        assert (door.hands.names(), door.hands.read(TARGET)) == ({TARGET}, OLD)


@as_root
def test_a_disk_without_inodes_is_found_before_anything_is_written(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    with mounted(tmp_path / "disk", "-t", "tmpfs", "-o", "nr_inodes=12,mode=755", "none"):
        door = made_door(tmp_path / "disk" / "home")
        door.hands.write(TARGET, OLD)
        door.ok(claim())
        (tmp_path / "disk" / "ballast").write_bytes(b"")
        assert door.refused(stage()).code == "no-inodes"


@as_root
def test_a_read_only_file_system_is_named(tmp_path: Path) -> None:
    door = made_door(tmp_path / "home")
    door.hands.write(TARGET, OLD)
    door.ok(claim())
    home = home_of(door)
    with mounted(home, "--bind", str(home)):
        subprocess.run(["mount", "-o", "remount,ro,bind", str(home)], check=True)
        for request in (stage(), claim(LockToken(plan="other", epoch=9)), Discard(token=OURS)):
            assert door.refused(request).code == "read-only"
        assert door.look().home.writable is False


@as_root
def test_an_immutable_file_is_found_before_anything_is_written(held: Door) -> None:
    target = home_of(held) / TARGET
    if subprocess.run(["chattr", "+i", str(target)], check=False, capture_output=True).returncode:
        pytest.skip("this file system knows no immutable files")
    try:
        assert held.refused(stage()).code == "immutable"
        blind = AlteredNode(held.node, script={"command -v lsattr": "command -v nosuch"})
        assert isinstance(blind.perform(stage()), Ok)
        answer = blind.perform(commit())
        assert isinstance(answer, Refused)
        assert answer.code == "immutable"
        assert held.hands.read(TARGET) == OLD
    finally:
        subprocess.run(["chattr", "-i", str(target)], check=True)


@needs_strace
def test_a_document_that_cannot_be_synced_is_not_staged(held: Door) -> None:
    failing = ("strace", "-f", "-qq", "-o", "/dev/null", "-e", "inject=fsync:error=EIO")
    answer = AlteredNode(held.node, around=failing).perform(stage())
    assert isinstance(answer, Refused), answer
    assert answer.code == "sync-failed"
    assert held.hands.names() == {TARGET}


@needs_strace
@pytest.mark.parametrize(("folder", "code"), [("", "not-durable"), (".filestore-agent", "not-recorded")])
def test_what_fails_after_the_rename_says_that_the_new_file_is_there(held: Door, folder: str, code: str) -> None:
    held.ok(stage())
    if folder:
        # What is replaced is kept already, so that nothing but the receipt is written there.
        held.ok(commit())
        held.ok(restore(digest_of(OLD), expected=digest_of(NEW)))
        held.ok(stage())
    path = str(home_of(held) / folder) if folder else str(home_of(held))
    failing = ("strace", "-f", "-qq", "-o", "/dev/null", "-P", path, "-e", "inject=fsync:error=EIO")
    answer = AlteredNode(held.node, around=failing).perform(commit())
    assert isinstance(answer, Refused), answer
    assert (answer.code, answer.observation.file.content) == (code, NEW)
    assert "NEW file is in place" in answer.reason


def test_a_symbolic_link_as_home_is_refused_and_told(tmp_path: Path) -> None:
    door = made_door(tmp_path / "real")
    (tmp_path / "home").symlink_to(tmp_path / "real")
    node = replace(door.node, localhome=str(tmp_path / "home"))
    answer = ShellNode(node).perform(claim())
    assert isinstance(answer, Refused)
    assert (answer.code, answer.observation.home.kind) == ("home-unsafe", FileKind.SYMLINK)
    assert list((tmp_path / "real").iterdir()) == []


@pytest.mark.parametrize(("mode", "safe"), [(0o757, False), (0o770, True), (0o1777, True)])
def test_a_folder_on_the_way_is_judged_by_who_may_write_it(tmp_path: Path, mode: int, safe: bool) -> None:  # noqa: FBT001 - a case of the table
    (tmp_path / "way").mkdir()
    door = made_door(tmp_path / "way" / "home")
    (tmp_path / "way").chmod(mode)
    answer = door.port.perform(claim())
    assert isinstance(answer, Ok) is safe
    if isinstance(answer, Refused):
        assert answer.code == "home-unsafe"
        assert str(tmp_path / "way") in answer.reason


@as_root
def test_a_home_of_another_owner_is_refused(door: Door) -> None:
    os.chown(home_of(door), 65534, -1)
    assert door.refused(claim()).code == "home-unsafe"


def test_a_group_that_the_owner_cannot_give_is_refused(held: Door) -> None:
    answer = ShellNode(replace(held.node, group="no-such-group")).perform(stage())
    assert isinstance(answer, Refused)
    assert answer.code == "group-refused"
    assert held.hands.names() == {TARGET}


@pytest.mark.parametrize("missing", ["sha256sum", "flock", "sync", "dd", "mv"])
def test_missing_tools_are_named_before_anything_is_written(door: Door, tmp_path: Path, missing: str) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    for folder in ("/usr/bin", "/bin"):
        for program in Path(folder).iterdir():
            if program.name != missing and not (tools / program.name).is_symlink():
                (tools / program.name).symlink_to(program)
    answer = AlteredNode(door.node, script={NODE_PATH: f"PATH={tools}"}).perform(claim())
    assert isinstance(answer, Refused)
    assert (answer.code, answer.observation.missing_tools) == ("missing-tools", (missing,))
    assert door.hands.names() == set()
    assert not (home_of(door) / ".filestore-agent").exists()


def test_umask_default_acl_and_setgid_do_not_bend_the_mode(held: Door) -> None:
    home = home_of(held)
    home.chmod(0o2750)
    if shutil.which("setfacl"):
        acl = ["setfacl", "-d", "-m", "u::rwx,g::rwx,o::rwx,u:daemon:rwx"]
        subprocess.run([*acl, str(home)], check=False, capture_output=True)
    for mode in ("0600", "0640", "0644"):
        port = AlteredNode(replace(held.node, mode=mode), around=("sh", "-c", 'umask 0; exec "$@"', "sh"))
        expected = digest_of(held.hands.read(TARGET) or b"")
        content = mode.encode()
        assert isinstance(port.perform(stage(content, expected=expected)), Ok)
        answer = port.perform(commit(content, expected=expected))
        assert isinstance(answer, Ok), answer
        assert answer.observation.file.mode == mode
        if shutil.which("getfacl"):
            shown = subprocess.run(["getfacl", "-c", str(home / TARGET)], check=True, capture_output=True, text=True)
            assert "daemon" not in shown.stdout


def test_a_device_or_socket_in_the_files_place_is_refused(held: Door) -> None:
    held.hands.remove(TARGET)
    with socket.socket(socket.AF_UNIX) as door:
        here = Path.cwd()
        os.chdir(home_of(held))
        try:
            door.bind(TARGET)
        finally:
            os.chdir(here)
        answer = held.refused(stage(expected=ABSENT))
    assert answer.code == "not-a-file"
    assert answer.observation.file.kind is FileKind.OTHER


def test_pipes_in_the_place_of_small_files_keep_nobody_waiting(held: Door) -> None:
    home = home_of(held)
    for name in ("cluster.properties", ".jira-home.lock", ".filestore-agent/receipts"):
        os.mkfifo(home / name)
    seen = held.look()
    assert (seen.node_id, seen.receipts) == (None, ())
    (home / ".filestore-agent/epoch").unlink()
    os.mkfifo(home / ".filestore-agent/epoch")
    assert isinstance(held.port.perform(Observe()), Lost)


def test_a_sparse_file_of_gigabytes_is_measured_at_once(held: Door) -> None:
    with (home_of(held) / TARGET).open("wb") as file:
        file.truncate(5 << 30)
    assert held.look().file.size == 5 << 30
    assert held.refused(stage()).code == "changed"


# What is kept on the node


def test_our_folder_is_closed_to_everybody_else(held: Door) -> None:
    held.ok(stage())
    held.ok(commit())
    ours = home_of(held) / ".filestore-agent"
    assert {path.name for path in ours.iterdir()} == {"lock", "epoch", "mutex", "receipts", "documents"}
    assert ours.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o77 for path in ours.rglob("*")} == {0}


def test_a_damaged_lock_still_locks_and_can_be_freed(held: Door) -> None:
    lock = home_of(held) / ".filestore-agent" / "lock"
    lock.write_bytes(b"lock \x1b[2J\n")
    assert held.refused(claim()).code == "locked"
    assert held.refused(release()).code == "not-ours"
    seen = held.look().lock
    assert seen is not None
    freed = held.ok(release(LockToken(plan=seen.plan, epoch=seen.epoch), raise_epoch=20))
    assert (freed.lock, freed.epoch) == (None, 20)


def test_lines_in_our_files_that_are_not_ours_are_passed_over(held: Door) -> None:
    held.ok(stage())
    held.ok(commit())
    receipts = home_of(held) / ".filestore-agent" / "receipts"
    good = receipts.read_bytes()
    receipts.write_bytes(b"receipt x\nverdict: locked\n\x1b]0;x\x07\n" + good + b"receipt sha256:12")
    assert len(held.look().receipts) == 1


@pytest.mark.parametrize("content", [b"", b"epoch -1\n", b"epoch 7 8\n", b"7\n", b"epoch 07\n", b"\xff\x1b[2J\n"])
def test_what_is_no_epoch_is_never_taken_for_none_and_never_written_over(held: Door, content: bytes) -> None:
    epoch = home_of(held) / ".filestore-agent" / "epoch"
    epoch.write_bytes(content)
    for request in (Observe(), claim(), resumption(epoch=9), release(raise_epoch=9)):
        answer = held.port.perform(request)
        assert isinstance(answer, Lost), answer
        assert f"{home_of(held)}"[:80] in answer.reason
        assert epoch.read_bytes() == content
    epoch.unlink()
    assert (seen := held.look()).lock is not None
    assert seen.epoch == 7


def test_of_several_epochs_the_first_counts(held: Door) -> None:
    (home_of(held) / ".filestore-agent" / "epoch").write_bytes(b"epoch 9\nepoch 12\n")
    assert held.look().epoch == 9
    assert held.ok(claim(LockToken(plan="plan-1", epoch=10))).epoch == 10


def test_a_link_in_place_of_our_folder_is_not_followed(door: Door, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (home_of(door) / ".filestore-agent").symlink_to(tmp_path / "elsewhere")
    assert door.refused(claim()).code == "home-unsafe"
    assert list((tmp_path / "elsewhere").iterdir()) == []


# The copy of the plan


def recalled(door: Door) -> bytes | None:
    return door.ok(Recall()).plan_copy


def test_the_copy_of_a_plan_is_closed_to_everybody_else(held: Door) -> None:
    held.ok(claim(plan_copy=PLAN))
    plan = home_of(held) / ".filestore-agent/plan"
    assert (plan.stat().st_mode & 0o7777, plan.read_bytes()) == (0o600, PLAN)


@pytest.mark.parametrize(
    "make",
    [
        os.mkfifo,
        Path.mkdir,
        lambda plan: plan.symlink_to("/etc/passwd"),
        lambda plan: plan.symlink_to("/dev/zero"),
        lambda plan: os.truncate(os.open(plan, os.O_CREAT | os.O_WRONLY), (4 << 20) + 1),
    ],
    ids=["fifo", "directory", "symlink", "endless", "too large"],
)
def test_what_is_no_copy_of_ours_is_not_brought(held: Door, make: Callable[[Path], object]) -> None:
    make(home_of(held) / ".filestore-agent/plan")
    assert recalled(held) is None


@as_root
def test_a_copy_that_belongs_to_another_is_not_brought(held: Door) -> None:
    held.ok(claim(plan_copy=PLAN))
    os.chown(home_of(held) / ".filestore-agent/plan", 65534, -1)
    assert recalled(held) is None


@pytest.mark.parametrize("trap", ["plan", "plan.new"])
def test_a_link_in_the_place_of_the_copy_is_replaced_and_not_followed(door: Door, tmp_path: Path, trap: str) -> None:
    door.ok(claim())
    door.ok(release())
    (tmp_path / "victim").write_text("keep")
    (home_of(door) / ".filestore-agent" / trap).symlink_to(tmp_path / "victim")
    door.ok(claim(LockToken(plan="plan-1", epoch=8), PLAN))
    assert (recalled(door), (tmp_path / "victim").read_text()) == (PLAN, "keep")


def test_a_copy_that_arrives_damaged_is_refused_and_leaves_no_lock(door: Door) -> None:
    wanted = digest_of(PLAN)
    altered = AlteredNode(door.node, script={f"wanted={wanted}": f"wanted={digest_of(OLD)}"})
    answer = altered.perform(claim(plan_copy=PLAN))
    assert isinstance(answer, Refused)
    assert (answer.code, answer.observation.lock) == ("damaged", None)
    assert {path.name for path in (home_of(door) / ".filestore-agent").iterdir()} == {"mutex"}


@as_root
def test_a_copy_that_finds_no_room_is_refused_and_leaves_no_lock(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    with mounted(tmp_path / "disk", "-t", "tmpfs", "-o", "size=256k,mode=755", "none"):
        door = made_door(tmp_path / "disk" / "home")
        answer = door.refused(claim(plan_copy=b"x" * 300_000))
        assert (answer.code, answer.observation.lock, answer.observation.epoch) == ("no-space", None, 0)
        assert {path.name for path in (home_of(door) / ".filestore-agent").iterdir()} == {"mutex"}
        door.ok(claim(plan_copy=PLAN))
        assert door.refused(resumption(b"x" * 300_000)).code == "no-space"
        lock = door.look().lock
        assert lock is not None
        assert (lock.epoch, recalled(door)) == (7, PLAN)


@needs_strace
def test_a_copy_that_cannot_be_synced_is_refused_and_leaves_no_lock(door: Door) -> None:
    failing = ("strace", "-f", "-qq", "-o", "/dev/null", "-e", "inject=fsync:error=EIO")
    answer = AlteredNode(door.node, around=failing).perform(claim(plan_copy=PLAN))
    assert isinstance(answer, Refused), answer
    assert (answer.code, answer.observation.lock) == ("sync-failed", None)


@needs_strace
def test_a_take_over_that_cannot_be_recorded_leaves_the_lock_held(held: Door) -> None:
    failing = ("strace", "-f", "-qq", "-o", "/dev/null", "-e", "inject=/rename:error=EIO:when=1")
    answer = AlteredNode(held.node, around=failing).perform(resumption())
    assert isinstance(answer, Refused), answer
    assert answer.observation.lock is not None
    assert answer.observation.lock.epoch in (7, 8)
    assert held.ok(resumption(epoch=9)).epoch == 9


def test_a_copy_whose_lock_changes_while_we_look_is_not_brought(held: Door) -> None:
    held.ok(claim(plan_copy=PLAN))
    lock = home_of(held) / ".filestore-agent/lock"
    another = lock.read_text().replace(" 7 ", " 8 ")
    late = {"now=\n": f"printf '%s' '{another}' >'{lock}'\nnow=\n"}
    answer = AlteredNode(held.node, script=late).perform(Recall())
    assert isinstance(answer, Ok), answer
    assert answer.observation.plan_copy is None


def test_a_lock_that_is_damaged_still_has_its_copy(held: Door) -> None:
    held.ok(claim(plan_copy=PLAN))
    (home_of(held) / ".filestore-agent/lock").write_bytes(b"lock x\n")
    assert recalled(held) == PLAN


def test_a_home_that_is_not_there_has_no_copy(held: Door) -> None:
    held.hands.lose_home()
    assert recalled(held) is None


def test_a_request_waits_for_its_turn_and_says_so_when_it_does_not_come(held: Door) -> None:
    with (home_of(held) / ".filestore-agent" / "mutex").open("a") as mutex:
        fcntl.flock(mutex, fcntl.LOCK_EX)
        answer = AlteredNode(held.node, script={"flock -w 10 9": "flock -w 0.1 9"}).perform(stage())
    assert isinstance(answer, Refused)
    assert answer.code == "busy"
    assert held.hands.names() == {TARGET}


# The process, the unit, the machine


def test_two_processes_that_lock_one_home_leave_it_unknown(held: Door) -> None:
    held.ok(Start(token=OURS))
    held.look_until(lambda seen: seen.process.presence is Presence.FOUND)
    with (home_of(held) / ".jira-home.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        seen = held.look()
    assert (seen.process.presence, seen.process.evidence) == (Presence.UNKNOWN, "several locks")


@pytest.fixture
def java(door: Door) -> Iterator[subprocess.Popen[bytes]]:
    """A process with the home on its command line, and a name that misleads careless readers of its facts."""
    word = f"-Djira.home={door.node.localhome}"
    program = (
        "import ctypes, time; ctypes.CDLL(None).prctl(15, b') R 1 (x', 0, 0, 0); print(flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-I", "-S", "-c", program, word], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process
        process.kill()


def test_a_process_is_found_by_the_home_on_its_command_line(door: Door, java: subprocess.Popen[bytes]) -> None:
    fields = Path(f"/proc/{java.pid}/stat").read_text().rsplit(")", 1)[1].split()
    process = door.look().process
    assert (process.presence, process.evidence, process.pid) == (Presence.FOUND, "home", java.pid)
    assert (process.start_ticks, process.home) == (int(fields[19]), door.node.localhome)
    other = ShellNode(replace(door.node, localhome=f"{door.node.localhome}2")).perform(Observe())
    assert isinstance(other, Ok)
    assert other.observation.process.presence is Presence.NONE


def test_a_home_that_is_written_in_another_way_is_no_other_home(
    door: Door, java: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    link = tmp_path / "link"
    link.symlink_to(door.node.localhome)
    seen = ShellNode(replace(door.node, localhome=str(link))).perform(Observe())
    assert isinstance(seen, Ok)
    process = seen.observation.process
    assert (process.pid, process.evidence, process.home) == (java.pid, "home", str(link))


def test_the_homes_of_other_processes_are_told_where_none_has_this_one(
    door: Door, java: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    assert java.poll() is None
    only_java = {"/proc/[0-9]*/cmdline 2>/dev/null | tr": f"/proc/{java.pid}/cmdline 2>/dev/null | tr"}
    seen = AlteredNode(replace(door.node, localhome=str(tmp_path)), script=only_java).perform(Observe())
    assert isinstance(seen, Ok)
    assert seen.observation.process.presence is Presence.NONE
    assert seen.observation.process.elsewhere == (door.node.localhome,)
    assert door.look().process.elsewhere == ()


def test_a_process_is_found_by_its_unit(door: Door, java: subprocess.Popen[bytes], tmp_path: Path) -> None:
    program = tmp_path / "systemctl"
    facts = f"LoadState=loaded\\nActiveState=active\\nMainPID={java.pid}\\nTimeoutStopUSec=1min 30s\\nrubbish\\n"
    program.write_text(f"#!/bin/sh\nprintf '{facts}'\n")
    program.chmod(0o755)
    elsewhere = replace(door.node, service=SystemdService(unit="jira"))
    script = {"/usr/bin/systemctl": str(program), "/run/systemd/system": str(tmp_path)}
    answer = AlteredNode(elsewhere, script=script).perform(Observe())
    assert isinstance(answer, Ok), answer
    assert (answer.observation.process.evidence, answer.observation.process.pid) == ("unit", java.pid)
    assert dict(answer.observation.unit)["TimeoutStopUSec"] == "1min 30s"


def test_the_unit_is_asked_beside_the_lock_only_where_the_node_is_examined(held: Door, tmp_path: Path) -> None:
    held.ok(Start(token=OURS))
    held.look_until(lambda seen: seen.process.presence is Presence.FOUND)
    program = tmp_path / "systemctl"
    program.write_text("#!/bin/sh\nprintf 'LoadState=loaded\\nMainPID=1\\n'\n")
    program.chmod(0o755)
    script = {"/usr/bin/systemctl": str(program), "/run/systemd/system": str(tmp_path)}
    altered = AlteredNode(replace(held.node, service=SystemdService(unit="jira")), script=script)
    looked, examined = (altered.perform(request) for request in (Observe(), Examine()))
    assert isinstance(looked, Ok), looked
    assert isinstance(examined, Ok), examined
    assert looked.observation.unit == ()
    assert dict(examined.observation.unit)["LoadState"] == "loaded"
    assert looked.observation.process == examined.observation.process
    assert examined.observation.process.evidence == "lock"


def test_the_node_id_is_read_as_jira_reads_its_properties(door: Door) -> None:
    door.hands.write("cluster.properties", b"# jira.node.id = no\n  jira.node.id =  node-1 \r\njira.shared.home=/mnt\n")
    assert door.look().node_id == "node-1"


def test_the_clock_of_the_node_is_its_own_and_right(door: Door) -> None:
    seen = door.look()
    assert abs(seen.now - time.time()) < 30
    assert abs(seen.now - seen.btime - float(Path("/proc/uptime").read_text().split()[0])) < 30
    assert seen.boot_id == Path("/proc/sys/kernel/random/boot_id").read_text().strip()


@pytest.mark.parametrize("tool", ["bash", pytest.param("curl", marks=needs("curl", "curl")), "nothing"])
def test_the_status_page_is_asked_with_what_the_node_has(held: Door, tool: str) -> None:
    held.ok(Start(token=OURS))
    held.look_until(lambda seen: seen.status.state == "RUNNING")
    without = {"bash": {}, "curl": {"command -v bash": "command -v nosuch"}}.get(
        tool, {"command -v bash": "command -v nosuch", "command -v curl": "command -v nosuch"}
    )
    answer = AlteredNode(held.node, script=without).perform(Observe())
    assert isinstance(answer, Ok)
    assert answer.observation.status.state == (None if tool == "nothing" else "RUNNING")
    held.hands.end_jira()
    held.look_until(lambda seen: seen.process.presence is Presence.NONE)
    answer = AlteredNode(held.node, script=without).perform(Observe())
    assert isinstance(answer, Ok)
    assert answer.observation.status.refused is (tool != "nothing")


def test_a_status_page_that_never_answers_is_given_up(door: Door) -> None:
    with socket.create_server(("127.0.0.1", door.node.status.port)):
        answer = AlteredNode(door.node, script={"-N 4096 -t 5": "-N 4096 -t 0.2"}).perform(Observe())
    assert isinstance(answer, Ok)
    assert (answer.observation.status.refused, answer.observation.status.code) == (False, None)


def test_a_command_that_does_not_exist_is_a_refusal(held: Door) -> None:
    node = replace(held.node, service=CommandService(start=("/no/such program",), stop=("true",)))
    answer = ShellNode(node).perform(Start(token=OURS))
    assert isinstance(answer, Refused)
    assert answer.code == "no-command"
    assert answer.reason.endswith("(/no/such program is not there)")
    assert "sudoers" not in answer.reason


@pytest.mark.parametrize("program", ["script.sh", "folder"])
def test_a_command_that_the_owner_may_not_run_is_a_refusal(held: Door, tmp_path: Path, program: str) -> None:
    (tmp_path / "script.sh").write_text("#!/bin/sh\n")
    (tmp_path / "folder").mkdir()
    node = replace(held.node, service=CommandService(start=("true",), stop=(str(tmp_path / program),)))
    answer = ShellNode(node).perform(Stop(token=OURS))
    assert isinstance(answer, Refused)
    assert answer.code == "no-command"
    assert answer.reason.endswith(f"({tmp_path / program} is not executable for {held.node.owner})")


def test_a_command_is_looked_for_where_the_login_would_find_it(held: Door, tmp_path: Path) -> None:
    program, told = tmp_path / "bin" / "start our jira", tmp_path / "told"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\n: >'{told}'\n")
    program.chmod(0o755)
    node = replace(held.node, service=CommandService(start=(program.name,), stop=("true",)))
    around = ("env", f"PATH={program.parent}:{os.environ['PATH']}")
    assert isinstance(AlteredNode(node, around=around).perform(Start(token=OURS)), Ok)
    held.look_until(lambda _: told.exists())


def test_a_started_command_gets_its_words_whole_and_nothing_of_ours(held: Door, tmp_path: Path) -> None:
    told = tmp_path / "told"
    program = (
        "import os, sys; os.chdir('/'); out = open(sys.argv[1] + '.new', 'w');"
        "print(sys.argv[2:], os.getsid(0) == os.getpid(), sorted(os.listdir('/proc/self/fd'))[:4],"
        "os.readlink('/proc/self/fd/1'), os.environ.get('LC_ALL'), os.umask(0), file=out); out.close();"
        "os.rename(sys.argv[1] + '.new', sys.argv[1])"
    )
    words = ("a b", "it's", "$(id)", "*", "\\n", "")
    argv = (sys.executable, "-I", "-S", "-c", program, str(told), *words)
    node = replace(held.node, service=CommandService(start=argv, stop=argv))
    around = ("env", "LC_ALL=C.UTF-8", "sh", "-c", 'umask 022; exec "$@"', "sh")
    assert isinstance(AlteredNode(node, around=around).perform(Start(token=OURS)), Ok)
    held.look_until(lambda _: told.exists())
    assert told.read_text().strip() == f"{list(words)} True ['0', '1', '2', '3'] /dev/null C.UTF-8 18"


# The door's own limits


def test_this_very_machine_proves_nothing(door: Door) -> None:
    door.look()
    assert door.port.identity is None


class Alien(ShellNode):
    """A door to something that is no node of ours."""

    def __init__(self, door: Door, command: str, deadline: float = 20.0) -> None:
        super().__init__(door.node)
        self._alien = Letter(command=command, stdin=b"x" * 200_000, deadline=deadline)

    def letter(self, request: Request, nonce: str) -> Letter:  # noqa: ARG002 - whatever is asked
        return self._alien


def test_a_node_that_never_ends_is_given_up_at_the_deadline(door: Door, tmp_path: Path) -> None:
    started = time.monotonic()
    answer = Alien(door, f"echo $$ >'{tmp_path}/pid'; exec sleep 60", deadline=0.3).perform(Observe())
    assert isinstance(answer, Lost)
    assert time.monotonic() - started < 10
    assert not Path(f"/proc/{(tmp_path / 'pid').read_text().strip()}").exists()


def test_a_node_that_floods_us_is_cut_off(door: Door) -> None:
    assert isinstance(Alien(door, "exec yes").perform(Observe()), Lost)


def test_a_node_that_reads_nothing_and_complains_is_heard(door: Door) -> None:
    answer = Alien(door, "exec <&-; printf 'sudo: a password is required\\033[2J\\n' >&2; exit 1").perform(Observe())
    assert isinstance(answer, Lost)
    assert answer.reason.endswith("it complained: sudo: a password is required\\x1b[2J")
