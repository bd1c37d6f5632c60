"""What only real files can show of reading Jira's log: what is no file, what is huge, what moves under our eyes."""

from __future__ import annotations

import os
import re
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from agent.core.filestore import FILE_NAME
from agent.core.observation import LogExcerpt, LogMark
from agent.node.port import Observe, Ok, ReadLog
from tests.node.contract import SIGNS, Door
from tests.node.test_shell import made_door
from tests.support.letters import AlteredNode

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def door(tmp_path: Path) -> Door:
    return made_door(tmp_path / "home")


@pytest.fixture
def log(door: Door) -> Path:
    folder = Path(door.node.localhome) / "log"
    folder.mkdir()
    return folder / "atlassian-jira.log"


def mark_of(path: Path, size: int = 0) -> LogMark:
    return LogMark(inode=str(path.stat().st_ino), size=size)


def excerpt(door: Door, since: LogMark | None, signs: tuple[str, ...] = SIGNS) -> LogExcerpt:
    found = door.ok(ReadLog(since=since, signs=signs)).excerpt
    assert found is not None
    return found


def link_to_secret(log: Path) -> None:
    secret = log.with_name("secret")
    secret.write_text("Unable to start, a secret\n")
    log.symlink_to(secret)


@pytest.mark.parametrize(
    "make",
    [os.mkfifo, Path.mkdir, link_to_secret, lambda log: log.symlink_to("/dev/zero")],
    ids=["fifo", "directory", "symlink", "endless"],
)
@pytest.mark.parametrize("place", ["", ".1"])
def test_what_is_no_plain_file_is_never_read(door: Door, log: Path, make: Callable[[Path], object], place: str) -> None:
    make(log.with_name(log.name + place))
    began = time.monotonic()
    seen = door.ok(ReadLog(since=None, signs=(*SIGNS, "")))
    assert (seen.log, seen.excerpt) == (None, LogExcerpt())
    behind = excerpt(door, mark_of(log.with_name(log.name + place)))
    assert behind == LogExcerpt(whole=False)
    assert time.monotonic() - began < 5


def test_a_log_of_a_gibibyte_costs_no_more_than_its_news(door: Door, log: Path) -> None:
    with log.open("wb") as file:
        file.truncate(1 << 30)
        file.seek(0, os.SEEK_END)
        file.write(b"\nUnable to start\n")
    began = time.monotonic()
    assert excerpt(door, mark_of(log, 1 << 30)) == LogExcerpt(lines=("Unable to start",))
    assert excerpt(door, None) == LogExcerpt(lines=("Unable to start",))
    assert excerpt(door, mark_of(log)).whole is False
    assert time.monotonic() - began < 10


def test_the_age_of_a_log_counts_and_not_its_name(door: Door, log: Path) -> None:
    for age, name in enumerate(("-20260101", ".7", ".2", ".old one's $(id)", "")):
        path = log.with_name(log.name + name)
        path.write_text(f"Unable to start {age}\n")
        os.utime(path, (1_000_000 + age, 1_000_000 + age))
    lines = tuple(f"Unable to start {age}" for age in (1, 2, 3, 4))
    assert excerpt(door, mark_of(log.with_name(f"{log.name}.7"))) == LogExcerpt(lines=lines)


def test_logs_as_old_as_one_another_are_read_by_number(door: Door, log: Path) -> None:
    for number, name in enumerate((".3", ".2", ".1", "")):
        path = log.with_name(log.name + name)
        path.write_text(f"Unable to start {number}\n")
        os.utime(path, (1_000_000, 1_000_000))
    lines = tuple(f"Unable to start {number}" for number in (1, 2, 3))
    assert excerpt(door, mark_of(log.with_name(f"{log.name}.2"))) == LogExcerpt(lines=lines)


def test_a_log_that_is_not_there_just_now_is_read_under_its_old_name(door: Door, log: Path) -> None:
    log.write_text("Unable to start 1\nUnable to start 2\n")
    mark = mark_of(log, 18)
    log.rename(log.with_name(f"{log.name}.1"))
    assert excerpt(door, mark) == LogExcerpt(lines=("Unable to start 2",))


def test_a_newer_part_that_was_compressed_is_missed_and_said_to_be(door: Door, log: Path) -> None:
    for age, name in enumerate((".3", ".2.gz", "")):
        path = log.with_name(log.name + name)
        path.write_text(f"Unable to start {age}\n")
        os.utime(path, (1_000_000 + age, 1_000_000 + age))
    found = excerpt(door, mark_of(log.with_name(f"{log.name}.3")))
    assert found == LogExcerpt(lines=("Unable to start 0", "Unable to start 2"), whole=False)


def test_a_second_name_of_a_log_is_not_read_twice(door: Door, log: Path) -> None:
    log.write_text("Unable to start\n")
    os.link(log, log.with_name(f"{log.name}.9"))
    assert excerpt(door, mark_of(log)) == LogExcerpt(lines=("Unable to start",))
    assert excerpt(door, None) == LogExcerpt(lines=("Unable to start",))


def test_names_with_line_ends_in_them_disturb_nothing(door: Door, log: Path) -> None:
    log.write_text("Unable to start\n")
    log.with_name(f"{log.name}.1\n99 -rw-r--r-- 1 0 0 9 1 log").write_text("Unable to start, another\n")
    found = excerpt(door, mark_of(log))
    assert found.lines == ("Unable to start",)


def test_a_log_rotated_while_it_is_read_is_not_said_to_be_whole(door: Door, log: Path) -> None:
    log.write_text("Unable to start\n")
    meanwhile = {"choose_parts\n[": f"choose_parts\nmv {log.name} {log.name}.1; : >{log.name}\n["}
    meanwhile = {old: new.replace(log.name, f"log/{log.name}") for old, new in meanwhile.items()}
    answer = AlteredNode(door.node, script=meanwhile).perform(ReadLog(since=mark_of(log), signs=SIGNS))
    assert isinstance(answer, Ok), answer
    assert answer.observation.excerpt is not None
    assert not answer.observation.excerpt.whole


def test_what_is_written_while_it_is_read_waits_for_the_next_reading(door: Door, log: Path) -> None:
    log.write_text("Unable to start 1\n")
    meanwhile = {"list_logs\nbefore=": f"printf 'Unable to start 2\\n' >>log/{log.name}\nlist_logs\nbefore="}
    answer = AlteredNode(door.node, script=meanwhile).perform(ReadLog(since=mark_of(log), signs=SIGNS))
    assert isinstance(answer, Ok), answer
    assert answer.observation.excerpt == LogExcerpt(lines=("Unable to start 1",))
    assert excerpt(door, answer.observation.log) == LogExcerpt(lines=("Unable to start 2",))


@pytest.mark.skipif(os.getuid() == 0, reason="root may read everything")
def test_a_log_that_may_not_be_read_is_not_whole(door: Door, log: Path) -> None:
    log.write_text("Unable to start\n")
    log.chmod(0)
    assert excerpt(door, None) == LogExcerpt(whole=False)


def test_a_home_that_is_not_there_has_no_log(door: Door) -> None:
    door.hands.lose_home()
    assert excerpt(door, None) == LogExcerpt(whole=False)


def test_a_log_of_lines_that_all_bear_a_sign_still_fits_the_letter(door: Door, log: Path) -> None:
    log.write_bytes((b"Unable to start" + b"\xff" * 1000 + b"\n") * 9000)
    found = excerpt(door, mark_of(log))
    assert (len(found.lines), {len(line) for line in found.lines}, found.whole) == (120, {500}, False)


@pytest.mark.parametrize(
    "signs", [("-f/etc/passwd",), ("--help", "-e"), ("$(touch ran)", "`touch ran`", "'; touch ran")]
)
def test_no_sign_is_run_or_taken_for_an_option(door: Door, log: Path, signs: tuple[str, ...]) -> None:
    log.write_text("root:x:0:0\n" + "".join(f"<{sign}>\n" for sign in signs))
    assert excerpt(door, mark_of(log), signs).lines == tuple(f"<{sign}>" for sign in signs)
    assert not (Path(door.node.localhome) / "ran").exists()


@pytest.mark.skipif(not shutil.which("strace"), reason="no strace on this machine to count processes with")
def test_the_end_of_the_log_costs_a_look_no_process(door: Door, log: Path, tmp_path: Path) -> None:
    counted = []
    door.hands.write(FILE_NAME, b"<filestore-config/>")
    for content in (None, b"Unable to start\n"):
        if content:
            log.write_bytes(content)
        traces = tmp_path / ("with" if content else "without")  # a file each: in one, calls at once cut one another
        traces.mkdir()
        around = ("strace", "-ff", "-qq", "-o", str(traces / "of"), "-e", "trace=execve")
        answer = AlteredNode(door.node, around=around).perform(Observe())
        assert isinstance(answer, Ok), answer
        calls = "".join(trace.read_text() for trace in traces.iterdir())
        counted.append(re.findall(r'execve\("[^"]*/([a-z0-9]+)".* = 0$', calls, re.MULTILINE))
    assert sorted(counted[0]) == sorted(counted[1])  # those of a pipeline start in any order
    assert counted[0].count("stat") == 2
