"""The script's promises: a look holds nothing that changes, every shell runs it, a crash leaves the file whole."""

from __future__ import annotations

import grp
import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from agent.core.document import digest_of
from agent.core.node import SystemdService
from agent.core.observation import FileKind
from agent.node.port import (
    ABSENT,
    Discard,
    Errand,
    Examine,
    LockToken,
    Lost,
    Observe,
    Ok,
    ReadLog,
    Recall,
    Refused,
    Release,
    Start,
    Stop,
)
from agent.node.shell import ShellNode
from agent.node.wire.letter import letter_for
from agent.node.wire.refusals import SENTENCES
from agent.node.wire.script import ASIDE, GUARD_ONLY, PARTS, carried, escaped, script_of
from tests.node.contract import (
    NEW,
    OLD,
    OURS,
    PLAN,
    RESUMED,
    SIGNS,
    THEIRS,
    Door,
    claim,
    commit,
    release,
    restore,
    resumption,
    stage,
    undoing,
)
from tests.node.test_shell import made_door
from tests.support.hands import TARGET, FolderHands, folder_node
from tests.support.letters import NODE_PATH, AlteredNode
from tests.support.shell_words import commands_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from agent.core.node import Node
    from agent.core.observation import LockHolder
    from agent.node.port import Request

UNIT = SystemdService(unit="jira")

LOOKING = {
    *(
        "[",
        ":",
        "cd",
        "command",
        "exec",
        "export",
        "printf",
        "read",
        "return",
        "set",
        "unset",
        "umask",
        "exit",
        "shift",
    ),
    *("base64", "bash", "curl", "dd", "grep", "head", "sha256sum", "stat", "timeout", "/usr/bin/systemctl"),
    *("break", "continue", "cut", "ls", "tail", "tr"),
}
"""All that a look may call: builtins that touch nothing but the shell itself, and programs that only read."""
as_root = pytest.mark.skipif(os.getuid() != 0 or not shutil.which("sudo"), reason="only root may act as others here")
needs_strace = pytest.mark.skipif(
    not shutil.which("strace"), reason="no strace on this machine to count system calls with"
)


@pytest.fixture
def held(tmp_path: Path) -> Door:
    door = made_door(tmp_path / "home")
    door.hands.write(TARGET, OLD)
    door.ok(claim())
    return door


looks = pytest.mark.parametrize("look", [Observe, Examine, Recall, ReadLog], ids=lambda look: look.__name__)
"""Every look but the one that asks Jira for pages with a token, which is tried apart (test_consult)."""


def look_script(look: type[Observe]) -> str:
    return script_of(PARTS[look], {})


def test_the_reader_of_shell_words_sees_what_could_do_harm() -> None:
    harm = """f() { rm -f a; }
if x; then mv a b; fi
y=$(ln a b) z="$(cp "$(chmod 1 x)" 2>y)"
A=1 tee x | sh && kill 1 || touch x
case a in
    rmdir | b*) sync ;;
    'c d') (dd) ;;
esac
bash -c 'exec 2>&1
    truncate x'
"""
    wanted = {
        "rm",
        "x",
        "mv",
        "ln",
        "cp",
        "chmod",
        "tee",
        "sh",
        "kill",
        "touch",
        "sync",
        "dd",
        "bash",
        "exec",
        "truncate",
    }
    assert commands_in(harm) == wanted


@looks
def test_a_look_calls_nothing_that_changes_anything(look: type[Observe]) -> None:
    script = look_script(look)
    own = set(re.findall(r"^(\w+)\(\)", script, re.MULTILINE))
    called = commands_in(script)
    assert {"stat", "grep", "dd", "sha256sum", "curl", "describe"} <= called
    assert called - own - LOOKING == set()
    assert set(re.findall(r"(?<!-)\btimeout (?:-k \d+ )?\d+ (\S+)", script)) == {"bash", "/usr/bin/systemctl"}
    assert not re.findall(r"\b(?:exec|command|eval) (?!2>&1|3<&0|-v)", script)


@looks
def test_a_look_writes_to_nothing_but_its_output_and_the_status_port(look: type[Observe]) -> None:
    targets = set(re.findall(r"\d*(?:>>|<>|>\||>)\s*([^\s;)]+)", re.sub(r"\$\(\(.*?\)\)", "", look_script(look))))
    assert targets == {"/dev/null", "&1", "&4", '"/dev/tcp/$1/$2"'}


@looks
def test_a_look_asks_systemd_for_nothing_but_facts(look: type[Observe]) -> None:
    asked = re.findall(r"/usr/bin/systemctl (?!\])\S+", look_script(look))
    assert asked == ["/usr/bin/systemctl show"]


def test_no_script_but_an_errands_reads_the_environment_of_a_process() -> None:
    readers = {request for request, parts in PARTS.items() if "environ" in script_of(parts, {})}
    assert {issubclass(reader, Errand) for reader in readers} == {True}
    assert "identity" not in GUARD_ONLY + ASIDE


def test_the_drift_checks_look_holds_nothing_of_the_larger_looks() -> None:
    assert PARTS[Observe] == PARTS[Examine] == ("prelude", "observe", "around", "look")
    assert set(PARTS[Recall]) & set(PARTS[ReadLog]) == {"prelude", "observe", "around"}


@needs_strace
@pytest.mark.parametrize(
    "look", [Observe(), Recall(), ReadLog(since=None, signs=SIGNS)], ids=lambda look: type(look).__name__
)
def test_a_look_makes_no_call_that_changes_a_file(held: Door, tmp_path: Path, look: Observe) -> None:
    held.ok(claim(plan_copy=PLAN))
    held.hands.write_log(b"Unable to start\n")
    held.ok(stage())
    trace = tmp_path / "trace"
    around = ("strace", "-f", "-o", str(trace), "-e", "trace=%file,%desc,%process")
    assert isinstance(AlteredNode(held.node, around=around).perform(look), Ok)
    calls = trace.read_text()
    assert "newfstatat" in calls or "statx" in calls
    assert not re.findall(r"\b(?:rename|unlink|mkdir|link|symlink|chmod|fchmod|chown|truncate|mknod|utime)\w*\(", calls)
    opened = re.findall(r'open(?:at)?\((?:AT_FDCWD, )?"([^"]*)", [^)\n]*(?:O_WRONLY|O_RDWR|O_CREAT)', calls)
    assert set(opened) <= {"/dev/null", "/dev/tty"}
    assert "/environ" not in calls


# The carrier


@pytest.mark.parametrize("shell", ["/bin/sh", "dash", "bash", "tcsh", "csh", "zsh", "fish", "ksh"])
def test_the_command_works_under_any_login_shell(held: Door, shell: str) -> None:
    path = shutil.which(shell)
    if path is None:
        pytest.skip(f"{shell} is not on this machine")
    port = AlteredNode(held.node, login_shell=path)
    for request in (Observe(), stage(), commit(), restore(digest_of(OLD), expected=digest_of(NEW))):
        assert isinstance(answer := port.perform(request), Ok), answer


@pytest.mark.parametrize("shell", ["dash", "bash"])
def test_the_script_itself_runs_under_other_shells_than_the_usual_sh(held: Door, shell: str) -> None:
    path = shutil.which(shell)
    if path is None:
        pytest.skip(f"{shell} is not on this machine")
    port = AlteredNode(held.node, interpreter=path)
    answers = [
        port.perform(request) for request in (claim(), stage(), commit(), Discard(token=OURS), Start(token=OURS))
    ]
    assert all(isinstance(answer, Ok) for answer in answers), answers
    held.look_until(lambda seen: seen.status.state == "RUNNING")
    assert isinstance(port.perform(Stop(token=OURS)), Ok)
    assert isinstance(port.perform(stage(expected=digest_of(OLD))), Refused)
    assert isinstance(port.perform(release()), Ok)


def test_a_script_survives_its_escaping_byte_for_byte() -> None:
    text = "".join(chr(code) for code in range(1, 256)) + "\\n\\\\ %s \\0101 \udcff"
    assert "\n" not in escaped(text)
    assert escaped("a\\b\n\u00fc") == "a\\\\b\\n\\0303\\0274"


def test_the_environment_of_the_login_cannot_bend_the_script(held: Door) -> None:
    bent = [
        "IFS=x",
        "CDPATH=/tmp",
        "GREP_OPTIONS=-v",
        "POSIXLY_CORRECT=1",
        "letter=x",
        "held=x",
        "several=yes",
        "LC_ALL=de_DE.UTF-8",
    ]
    port = AlteredNode(held.node, around=("env", *bent))
    answer = port.perform(stage())
    assert isinstance(answer, Ok), answer
    assert answer.observation.staged == digest_of(NEW)


def test_a_script_is_short_enough_for_one_read_of_a_pipe() -> None:
    """An errand may take two: what it waits for is a store, and not its own script."""
    for request, parts in PARTS.items():
        assert len(script_of(parts, {})) < 16_384 * (1 + issubclass(request, Errand))


def run_stdin(node: Node, stdin: bytes) -> bytes:
    command = letter_for(node, Observe(), "a" * 32, login_user=None).command
    return subprocess.run(["/bin/sh", "-c", command], input=stdin, check=False, capture_output=True).stdout


def test_a_script_that_did_not_come_whole_is_not_run_at_all(held: Door, tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    whole = carried(f"echo run >>'{marker}'\n# the rest\n")
    for length in range(len(whole) - 1):
        run_stdin(held.node, whole[:length])
    assert not marker.exists()
    run_stdin(held.node, whole)
    assert marker.read_text() == "run\n"


def test_a_script_without_the_line_before_it_is_not_run(held: Door) -> None:
    script = carried("echo run\n").split(b"\n", 1)[1]
    assert run_stdin(held.node, script) == b""
    assert b"run" in run_stdin(held.node, script.removeprefix(b"exit\n"))


def test_the_script_takes_no_byte_of_the_document(held: Door) -> None:
    for slow in (False, True):
        letter = carried("cat\n") + NEW
        command = letter_for(held.node, Observe(), "a" * 32, login_user=None).command
        with subprocess.Popen(["/bin/sh", "-c", command], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as shell:
            assert shell.stdin is not None
            assert shell.stdout is not None
            for at in range(0, len(letter), 7 if slow else len(letter)):
                shell.stdin.write(letter[at : at + (7 if slow else len(letter))])
                shell.stdin.flush()
            shell.stdin.close()
            assert shell.stdout.read() == NEW


# Races and crashes


def test_of_eight_racing_claims_exactly_one_wins(tmp_path: Path) -> None:
    door = made_door(tmp_path / "home")
    tokens = [LockToken(plan=f"plan-{number}", epoch=number + 1) for number in range(8)]
    with ThreadPoolExecutor(8) as racers:
        answers = list(racers.map(lambda token: ShellNode(door.node).perform(claim(token)), tokens))
    winners = [token for token, answer in zip(tokens, answers, strict=True) if isinstance(answer, Ok)]
    assert len(winners) == 1
    assert {answer.code for answer in answers if isinstance(answer, Refused)} == {"locked"}
    lock = door.look().lock
    assert lock is not None
    assert LockToken(plan=lock.plan, epoch=lock.epoch) == winners[0]


def tools_that_crash(folder: Path, *, at: int) -> dict[str, str]:
    """Put a program before each tool that counts, and kills the whole step when it is the one to crash at."""
    folder.mkdir(exist_ok=True)
    counter = folder / "count"
    counter.write_text("0")
    step = folder / "step"
    step.write_text(
        f'#!/bin/sh\nread -r n <"{counter}"\nn=$((n + 1))\necho $n >"{counter}"\n'
        f'[ $n != {at} ] || kill -9 0\nexec "/usr/bin/${{0##*/}}" "$@"\n'
    )
    step.chmod(0o755)
    for tool in ("cat", "chgrp", "chmod", "head", "ln", "mkdir", "mv", "rm", "sha256sum", "sync", "tail"):
        link = folder / tool
        link.unlink(missing_ok=True)
        link.symlink_to(step)
    return {NODE_PATH: f"PATH={folder}:/usr/bin:/bin"}


def test_a_commit_that_dies_at_any_step_leaves_the_file_whole_and_can_be_cleared_up(held: Door, tmp_path: Path) -> None:
    outcomes = []
    for at in range(1, 80):
        held.ok(stage())
        port = AlteredNode(held.node, script=tools_that_crash(tmp_path / "tools", at=at))
        answer = port.perform(commit())
        assert held.hands.read(TARGET) in (OLD, NEW)
        assert held.hands.mode(TARGET) == 0o640
        if isinstance(answer, Ok):
            break
        outcomes.append(held.hands.read(TARGET))
        seen = held.ok(Discard(token=OURS))
        assert (seen.leftovers, seen.staged, held.hands.names()) == ((), None, {TARGET})
        held.hands.write(TARGET, OLD)
    assert isinstance(answer, Ok), answer
    assert OLD in outcomes
    assert NEW in outcomes
    assert outcomes == sorted(outcomes, key=lambda content: content == NEW)
    assert held.ok(restore(digest_of(OLD), expected=digest_of(NEW))).file.content == OLD


def test_a_stage_that_dies_at_any_step_leaves_the_file_alone_and_nothing_behind(held: Door, tmp_path: Path) -> None:
    for at in range(1, 80):
        port = AlteredNode(held.node, script=tools_that_crash(tmp_path / "tools", at=at))
        answer = port.perform(stage())
        assert held.hands.read(TARGET) == OLD
        seen = held.look()
        assert seen.staged in (None, digest_of(NEW))
        if isinstance(answer, Ok):
            break
        held.ok(Discard(token=OURS))
        assert held.hands.names() == {TARGET}
    assert isinstance(answer, Ok), answer


def test_a_claim_that_dies_at_any_step_leaves_a_lock_with_its_holder_or_none(tmp_path: Path) -> None:
    for at in range(1, 60):
        door = made_door(tmp_path / f"home-{at}")
        token = LockToken(plan="plan", epoch=7)
        port = AlteredNode(door.node, script=tools_that_crash(tmp_path / "tools", at=at))
        answer = port.perform(claim(token))
        lock = door.look().lock
        assert lock is None or (lock.plan, lock.holder) == ("plan", "ann")
        assert door.ok(claim(token)).lock is not None
        assert door.ok(release(token)).lock is None
        if isinstance(answer, Ok):
            break
    assert isinstance(answer, Ok), answer


def copy_in(door: Door) -> tuple[LockHolder | None, bytes | None]:
    """Return the lock and the copy of the plan as whoever would resume sees them."""
    seen = door.ok(Recall())
    return seen.lock, seen.plan_copy


def killed_at_every_step(tmp_path: Path, prepare: Callable[[Door], object], request: Request) -> Iterator[Door]:
    """Kill a request at its first step, its second, and so on; give each node that is left, the last one unharmed."""
    for at in range(1, 60):
        door = made_door(tmp_path / f"home-{at}")
        prepare(door)
        answer = AlteredNode(door.node, script=tools_that_crash(tmp_path / "tools", at=at)).perform(request)
        yield door
        if isinstance(answer, Ok):
            return
    pytest.fail("it was never done")


def test_a_claim_that_dies_at_any_step_leaves_no_lock_without_its_plan_and_nobody_elses_plan(tmp_path: Path) -> None:
    outcomes = []
    for door in killed_at_every_step(tmp_path, lambda _door: None, claim(plan_copy=PLAN)):
        lock, copy = copy_in(door)
        assert copy == (PLAN if lock else None)
        outcomes.append(copy)
        if lock is None:
            door.ok(claim(THEIRS))
            assert copy_in(door)[1] is None
        else:
            door.ok(claim(plan_copy=PLAN))
            assert copy_in(door) == (lock, PLAN)
    assert None in outcomes
    assert outcomes == sorted(outcomes, key=lambda copy: copy is not None)


def test_a_claim_with_a_plan_can_be_made_again_wherever_it_died(tmp_path: Path) -> None:
    for door in killed_at_every_step(tmp_path, lambda _door: None, claim(plan_copy=PLAN)):
        assert door.ok(claim(plan_copy=PLAN)).lock is not None
        assert copy_in(door)[1] == PLAN
        ours = Path(door.node.localhome) / ".filestore-agent"
        assert not (ours / "plan.new").exists()
        assert (ours / "plan").stat().st_mode & 0o777 == 0o600
        door.ok(release())
        assert not (ours / "plan").exists()


def test_a_plan_that_puts_another_back_leaves_one_of_them_known_wherever_its_claim_dies(tmp_path: Path) -> None:
    known = []
    for door in killed_at_every_step(tmp_path, lambda door: door.ok(claim(plan_copy=b"older")), undoing(8, PLAN)):
        lock, kept = copy_in(door)
        assert lock is not None
        assert (lock.plan, kept) in {("plan-1", b"older"), ("plan-1", PLAN), ("plan-3", PLAN)}
        known.append((lock.plan, kept))
        again = door.ok(undoing(9, PLAN)).lock
        assert again is not None
        assert (again.plan, again.epoch, copy_in(door)[1]) == ("plan-3", 9, PLAN)
    assert list(dict.fromkeys(known)) == [("plan-1", b"older"), ("plan-1", PLAN), ("plan-3", PLAN)]


@pytest.mark.parametrize("copy", [PLAN, b""], ids=["with its plan", "without"])
def test_a_take_over_that_dies_at_any_step_leaves_the_old_holder_or_the_new_one(tmp_path: Path, copy: bytes) -> None:
    holders = []
    for door in killed_at_every_step(tmp_path, lambda door: door.ok(claim(plan_copy=b"older")), resumption(copy)):
        lock, kept = copy_in(door)
        assert lock is not None
        assert (lock.holder, lock.epoch) in {("ann", 7), ("bob", 8)}
        assert kept in ({b"older", PLAN} if lock.epoch == 7 else {copy or b"older"})
        holders.append(lock.holder)
        again = door.ok(resumption(copy, epoch=9)).lock
        assert again is not None
        assert (again.holder, again.epoch) == ("bob", 9)
        assert copy_in(door)[1] == (copy or b"older")
        assert door.refused(Discard(token=OURS)).code == door.refused(Discard(token=RESUMED)).code == "not-ours"
    assert set(holders) == {"ann", "bob"}
    assert holders == sorted(holders)


def test_a_release_that_dies_at_any_step_leaves_no_lock_without_its_plan(tmp_path: Path) -> None:
    request = Release(token=OURS, raise_epoch=20)
    for door in killed_at_every_step(tmp_path, lambda door: door.ok(claim(plan_copy=PLAN)), request):
        lock, copy = copy_in(door)
        assert copy == (PLAN if lock else None)
        assert door.ok(request).lock is None
        assert copy_in(door) == (None, None)


def test_a_copy_that_a_death_left_without_a_lock_is_nobodys(tmp_path: Path) -> None:
    door = made_door(tmp_path / "home")
    door.ok(claim(plan_copy=PLAN))
    (tmp_path / "home/.filestore-agent/lock").unlink()
    assert copy_in(door) == (None, None)
    assert door.ok(claim(THEIRS)).lock is not None
    assert copy_in(door)[1] is None


@pytest.mark.parametrize(
    "accident", ['printf "by hand" >"$target"', 'rm "$target"', 'rm "$target"; ln -s nowhere "$target"'], ids=str
)
@pytest.mark.parametrize("put_back", [False, True], ids=["commit", "restore"])
def test_a_file_that_changes_at_the_last_moment_is_not_replaced(held: Door, accident: str, put_back: bool) -> None:  # noqa: FBT001 - a case of the table
    held.ok(stage())
    request: Request = commit()
    if put_back:
        held.ok(commit())
        request = restore(digest_of(OLD), expected=digest_of(NEW))
    late = {"keep_previous\nstill_expected": f"keep_previous\n{accident}\nstill_expected"}
    answer = AlteredNode(held.node, script=late).perform(request)
    assert isinstance(answer, Refused)
    assert answer.code == "changed"
    assert held.hands.read(TARGET) in (b"by hand", None)


def test_a_file_that_appears_at_the_last_moment_is_not_replaced(tmp_path: Path) -> None:
    door = made_door(tmp_path / "home")
    door.ok(claim())
    door.ok(stage(expected=ABSENT))
    late = {"keep_previous\nstill_expected": 'keep_previous\nprintf "by hand" >"$target"\nstill_expected'}
    answer = AlteredNode(door.node, script=late).perform(commit(expected=ABSENT))
    assert isinstance(answer, Refused)
    assert (answer.code, door.hands.read(TARGET)) == ("changed", b"by hand")


def steps_on_the_disk(door: Door, request: Request, trace: Path) -> list[str]:
    """Carry a request out and return what was synced, named, renamed and removed in the localhome, in order."""
    around = ("strace", "-f", "-y", "-qq", "-o", str(trace), "-e", "trace=fsync,fdatasync,/rename,/link")
    answer = AlteredNode(door.node, around=around).perform(request)
    assert isinstance(answer, Ok), answer
    home = f"{door.node.localhome}/"
    steps = []
    for line in trace.read_text().splitlines():
        call = re.match(r"\d+ +(f(?:data)?sync|rename|link|unlink)\w*\((.*)\) += 0$", line)
        if call is None:
            continue
        names = re.findall(r'<([^>]*)>\)?$|"([^"]*)"', call[2])
        paths = [f"{path or name}/".removeprefix(home).rstrip("/") or "home" for path, name in names]
        steps.append(" ".join([call[1], *(re.sub(r"[0-9a-f]{16,64}", "#", path) for path in paths)]))
    return steps


@needs_strace
def test_nothing_has_its_name_before_it_is_on_the_disk_nor_is_told_before_its_folder_is(tmp_path: Path) -> None:
    door = made_door(tmp_path / "home")
    door.hands.write(TARGET, OLD)
    ours, temp = ".filestore-agent", ".filestore-config.xml.#"
    assert steps_on_the_disk(door, claim(), tmp_path / "claim") == [
        f"fsync {ours}/lock.new",
        f"fsync {ours}/epoch.new",
        f"link {ours}/lock.new {ours}/lock",
        f"rename {ours}/epoch.new {ours}/epoch",
        f"unlink {ours}/lock.new",
        f"fsync {ours}",
    ]
    assert steps_on_the_disk(door, resumption(PLAN), tmp_path / "taken over") == [
        f"fsync {ours}/plan.new",
        f"rename {ours}/plan.new {ours}/plan",
        f"fsync {ours}",
        f"fsync {ours}/lock.new",
        f"fsync {ours}/epoch.new",
        f"rename {ours}/lock.new {ours}/lock",
        f"rename {ours}/epoch.new {ours}/epoch",
        f"fsync {ours}",
    ]
    assert steps_on_the_disk(door, resumption(PLAN), tmp_path / "again") == []
    assert steps_on_the_disk(door, release(RESUMED), tmp_path / "given back") == [
        f"unlink {ours}/lock",
        f"unlink {ours}/plan",
        f"fsync {ours}",
    ]
    token = LockToken(plan="plan-1", epoch=9)
    door.ok(claim(token))
    assert steps_on_the_disk(door, stage(token=token), tmp_path / "stage") == [
        f"fsync {temp}.part.tmp",
        f"rename {temp}.part.tmp {temp}.tmp",
    ]
    assert steps_on_the_disk(door, commit(token=token), tmp_path / "commit") == [
        f"fsync {ours}/documents/#.new",
        f"rename {ours}/documents/#.new {ours}/documents/#",
        f"fsync {ours}/documents",
        f"rename {temp}.tmp {TARGET}",
        "fsync home",
        f"fsync {ours}/receipts.new",
        f"rename {ours}/receipts.new {ours}/receipts",
        f"fsync {ours}",
    ]
    assert steps_on_the_disk(door, release(token), tmp_path / "release") == [f"unlink {ours}/lock", f"fsync {ours}"]
    raised = steps_on_the_disk(door, release(token, raise_epoch=20), tmp_path / "raised")
    assert raised[:2] == [f"fsync {ours}/epoch.new", f"rename {ours}/epoch.new {ours}/epoch"]


# Other users: root may act as anybody, so the way through sudo is tried with the account nobody


@pytest.fixture
def open_home() -> Iterator[Path]:
    """A home that other users can come to: the usual folders of tests are closed to them."""
    folder = Path(tempfile.mkdtemp(prefix="node-"))
    folder.chmod(0o755)
    yield folder / "home"
    shutil.rmtree(folder)


def owned_by_nobody(home: Path) -> Door:
    """Give a door for root, who comes to a node whose file is nobody's."""
    nobody = pwd.getpwnam("nobody")
    home.mkdir(0o700)
    os.chown(home, nobody.pw_uid, nobody.pw_gid)
    node = replace(folder_node(home, owner="nobody", group=grp.getgrgid(nobody.pw_gid).gr_name), service=UNIT)
    return Door(node=node, port=ShellNode(node, "root"), hands=FolderHands(home))


def stand_in_for_systemctl(folder: Path, *, code: int = 0, says: bytes = b"", does: str = ":") -> dict[str, str]:
    """Put a program in systemctl's place that notes how it was called, and by whom; what it says, it complains of."""
    program = folder / "systemctl"
    (folder / "says").write_bytes(says)
    program.write_text(
        "#!/bin/sh\n[ $1 != show ] || exit\n"
        f'echo "$(id -un) $*" >>{folder}/calls\nls -l /proc/$$/fd >>{folder}/fds\n'
        f"cat {folder}/says >&2\n{does}\nexit {code}\n"
    )
    program.chmod(0o755)
    return {"/usr/bin/systemctl": str(program)}


@as_root
def test_the_owners_work_goes_through_sudo_and_ends_up_the_owners(open_home: Path) -> None:
    door = owned_by_nobody(open_home)
    door.ok(claim())
    door.ok(stage(expected=ABSENT))
    seen = door.ok(commit(expected=ABSENT))
    assert (seen.ran_as, seen.file.owner, seen.file.mode, seen.file.content) == ("nobody", "nobody", "0640", NEW)
    assert (open_home / ".filestore-agent").stat().st_mode & 0o777 == 0o700


@as_root
def test_a_unit_is_asked_by_the_login_user_and_guarded_by_the_owner(open_home: Path, tmp_path: Path) -> None:
    door = owned_by_nobody(open_home)
    port = AlteredNode(door.node, login_user="root", script=stand_in_for_systemctl(tmp_path))
    refused = port.perform(Stop(token=OURS))
    assert isinstance(refused, Refused)
    assert (refused.code, refused.observation.ran_as) == ("not-ours", "nobody")
    assert not (tmp_path / "calls").exists()
    door.ok(claim())
    for request in (Stop(token=OURS), Start(token=OURS)):
        answer = port.perform(request)
        assert isinstance(answer, Ok), answer
        assert answer.observation.ran_as == "nobody"
    assert (tmp_path / "calls").read_text() == "root --no-block stop jira\nroot --no-block start jira\n"
    assert ".filestore-agent" not in (tmp_path / "fds").read_text()


@as_root
def test_a_unit_that_fails_is_a_refusal(open_home: Path, tmp_path: Path) -> None:
    door = owned_by_nobody(open_home)
    door.ok(claim())
    script = stand_in_for_systemctl(tmp_path, code=5)
    answer = AlteredNode(door.node, login_user="root", script=script).perform(Start(token=OURS))
    assert isinstance(answer, Refused)
    assert (answer.code, answer.observation.ran_as) == ("service-failed", "nobody")
    assert "systemctl ended with 5" in answer.reason


SLY = r"""Failed: it's "$(touch marker)" `touch marker` \'; touch marker; \0141 %s"""
HOSTILE = SLY.encode() + b"\n\n\x1b[2J\xff second" + b" line" * 100
HEARD = rf"systemctl ended with 5: {SLY}; \x1b[2J\xff second line line line"


@as_root
@pytest.mark.parametrize("login_user", [None, "root"])
def test_what_systemctl_complains_of_comes_back_cut_and_printable_and_nobody_runs_it(
    open_home: Path, tmp_path: Path, login_user: str | None
) -> None:
    door = owned_by_nobody(open_home) if login_user else made_door(open_home)
    door.ok(claim())
    script = stand_in_for_systemctl(tmp_path, code=5, says=HOSTILE)
    port = AlteredNode(replace(door.node, service=UNIT), login_user=login_user, script=script)
    answer = port.perform(Start(token=OURS))
    assert isinstance(answer, Refused)
    assert answer.code == "service-failed"
    assert answer.reason.startswith(f"{SENTENCES['service-failed']} ({HEARD}")
    assert len(answer.reason) < len(SENTENCES["service-failed"]) + 250
    assert door.hands.names() == set()
    assert not Path("/marker").exists()


@as_root
def test_what_a_unit_leaves_behind_does_not_keep_our_channel(open_home: Path, tmp_path: Path) -> None:
    door = owned_by_nobody(open_home)
    door.ok(claim())
    script = stand_in_for_systemctl(tmp_path, does=f"sleep 300 & echo $! >{tmp_path}/pid", says=b"Warning: slow\n")
    assert isinstance(AlteredNode(door.node, login_user="root", script=script).perform(Start(token=OURS)), Ok)
    pid = int((tmp_path / "pid").read_text())
    assert Path(f"/proc/{pid}/comm").read_text() == "sleep\n"
    os.kill(pid, signal.SIGKILL)


@as_root
def test_where_sudo_keeps_us_from_systemd_the_sudoers_lines_are_named(open_home: Path) -> None:
    door = owned_by_nobody(open_home)
    door.ok(claim())
    node = replace(door.node, service=UNIT)
    answer = AlteredNode(node, login_user="nobody", around=AS_NOBODY).perform(Stop(token=OURS))
    assert isinstance(answer, Refused)
    assert answer.code == "sudo-refused"
    assert "sudo: " in answer.reason
    assert "sudoers" in answer.reason


@as_root
def test_a_unit_of_the_login_user_who_is_the_owner_needs_no_second_user(tmp_path: Path) -> None:
    door = made_door(tmp_path / "home")
    node = replace(door.node, service=UNIT)
    door.ok(claim())
    port = AlteredNode(node, script=stand_in_for_systemctl(tmp_path))
    assert isinstance(port.perform(Stop(token=OURS)), Ok)
    assert (tmp_path / "calls").read_text() == "root --no-block stop jira\n"
    failing = AlteredNode(node, script=stand_in_for_systemctl(tmp_path, code=4)).perform(Start(token=OURS))
    assert isinstance(failing, Refused)
    assert failing.code == "service-failed"
    assert "sudo" not in failing.reason


AS_NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")


@as_root
def test_where_sudo_refuses_a_look_runs_as_the_login_user_and_says_so(open_home: Path) -> None:
    door = made_door(open_home)
    door.hands.write(TARGET, OLD, 0o644)
    port = AlteredNode(door.node, login_user="nobody", around=AS_NOBODY)
    open_home.chmod(0o755)
    answer = port.perform(Observe())
    assert isinstance(answer, Ok), answer
    seen = answer.observation
    assert (seen.ran_as, seen.file.content, seen.home.writable) == ("nobody", OLD, None)
    open_home.chmod(0o700)
    answer = port.perform(Observe())
    assert isinstance(answer, Ok), answer
    seen = answer.observation
    assert (seen.file.kind, seen.file.content, seen.home.kind) == (FileKind.HIDDEN, None, FileKind.DIRECTORY)
    open_home.parent.chmod(0o700)
    answer = port.perform(Observe())
    assert isinstance(answer, Ok), answer
    assert (answer.observation.file.kind, answer.observation.home.kind) == (FileKind.HIDDEN, FileKind.HIDDEN)


@as_root
def test_where_sudo_refuses_nothing_else_runs(open_home: Path) -> None:
    door = made_door(open_home)
    open_home.chmod(0o777)
    port = AlteredNode(door.node, login_user="nobody", around=AS_NOBODY)
    for request in (claim(), stage(), Discard(token=OURS)):
        answer = port.perform(request)
        assert isinstance(answer, Lost)
        assert "sudo" in answer.reason
    assert list(open_home.iterdir()) == []
    service = AlteredNode(replace(door.node, service=UNIT), login_user="nobody", around=AS_NOBODY)
    refused = service.perform(Stop(token=OURS))
    assert isinstance(refused, Refused)
    assert (refused.code, refused.observation.ran_as) == ("sudo-refused", "nobody")


def test_a_script_that_died_is_not_run_a_second_time_without_sudo(held: Door, tmp_path: Path) -> None:
    marker = tmp_path / "runs"
    letter = letter_for(held.node, Observe(), "a" * 32, login_user="ops")
    fake = letter.command.replace("/usr/bin/sudo -n -u " + held.node.owner, "/usr/bin/env")
    line = escaped(f"echo run >>'{marker}'; kill -9 $$") + "\n"
    subprocess.run(["/bin/sh", "-c", fake], input=line.encode(), check=False, capture_output=True)
    assert marker.read_text() == "run\n"


def test_whoever_is_not_the_owner_may_not_act(tmp_path: Path) -> None:
    door = made_door(tmp_path / "home")
    answer = ShellNode(replace(door.node, owner="daemon")).perform(claim())
    assert isinstance(answer, Refused)
    assert answer.code == "not-owner"
    assert list((tmp_path / "home").iterdir()) == []
