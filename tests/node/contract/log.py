"""What is brought of Jira's log."""

from __future__ import annotations

import pytest

from agent.core.observation import LogExcerpt, LogMark
from agent.node.port import (
    ReadLog,
)
from tests.node.contract.door import SIGNS, Door
from tests.node.contract.given import Given


class LogContract(Given):
    """What is brought of Jira's log."""

    def test_a_look_tells_where_the_log_ends(self, door: Door) -> None:
        assert door.look().log is None
        door.hands.write_log(b"one\n")
        first = door.look().log
        assert first is not None
        assert first.size == 4
        door.hands.write_log(b"two\n")
        assert door.look().log == LogMark(inode=first.inode, size=8)
        door.hands.rotate_log()
        rotated = door.look().log
        assert rotated is not None
        assert (rotated.inode == first.inode, rotated.size) == (False, 0)

    def test_the_lines_after_the_mark_that_bear_a_sign_are_brought(self, door: Door) -> None:
        door.hands.write_log(b"Unable to start, before\n")
        mark = door.look().log
        door.hands.write_log(b"nothing\nx Unable to start y\nunable to start\n[startup] -e '.*' here\nstartup\n")
        door.hands.write_log(b"\xc3\xbcbel\nUnable to start, no end of line")
        seen = door.ok(ReadLog(since=mark, signs=SIGNS))
        lines = ("x Unable to start y", "[startup] -e '.*' here", "\\xc3\\xbcbel", "Unable to start, no end of line")
        assert seen.excerpt == LogExcerpt(lines=lines)
        assert (seen.brief, seen.log) == (False, door.look().log)
        assert door.look().excerpt is None

    def test_nothing_new_in_the_log_is_nothing(self, door: Door) -> None:
        door.hands.write_log(b"Unable to start\n")
        assert door.ok(ReadLog(since=door.look().log, signs=SIGNS)).excerpt == LogExcerpt()

    def test_each_line_is_brought_once_where_one_reading_begins_where_the_last_one_ended(self, door: Door) -> None:
        door.hands.write_log(b"")
        mark = door.look().log
        lines: list[str] = []
        for number in range(6):
            door.hands.write_log(b"Unable to start %d\n" % number)
            if number % 2:
                door.hands.rotate_log()
            seen = door.ok(ReadLog(since=mark, signs=SIGNS))
            mark = seen.log
            assert seen.excerpt is not None
            lines += seen.excerpt.lines
        assert lines == [f"Unable to start {number}" for number in range(6)]

    def test_a_sign_is_a_plain_text_and_never_an_option_or_a_pattern(self, door: Door) -> None:
        door.hands.write_log(b"abc\na.c\n--help\n\\(x\n")
        for signs, lines in [
            (("a.c",), ("a.c",)),
            (("--help", "\\(x"), ("--help", "\\(x")),
            (("-v", "b\nc", "", "$(id)", "'"), ()),
            ((), ()),
        ]:
            assert door.ok(ReadLog(since=None, signs=signs)).excerpt == LogExcerpt(lines=lines)

    def test_a_rotated_log_is_followed_from_the_mark_to_its_end(self, door: Door) -> None:
        door.hands.write_log(b"Unable to start, long ago\n")
        door.hands.rotate_log()
        door.hands.write_log(b"Unable to start 0\n")
        mark = door.look().log
        for number in (1, 2, 3):
            door.hands.write_log(b"Unable to start %d\n" % number)
            door.hands.rotate_log()
        door.hands.write_log(b"Unable to start 4\n")
        seen = door.ok(ReadLog(since=mark, signs=SIGNS))
        assert seen.excerpt == LogExcerpt(lines=tuple(f"Unable to start {number}" for number in (1, 2, 3, 4)))

    def test_a_log_rotated_in_the_middle_of_a_line_makes_two_of_it(self, door: Door) -> None:
        door.hands.write_log(b"")
        mark = door.look().log
        door.hands.write_log(b"Unable to start 1")
        door.hands.rotate_log()
        door.hands.write_log(b"Unable to start 2\n")
        seen = door.ok(ReadLog(since=mark, signs=SIGNS))
        assert seen.excerpt == LogExcerpt(lines=("Unable to start 1", "Unable to start 2"))

    def test_a_log_whose_rotated_part_is_gone_is_not_whole(self, door: Door) -> None:
        door.hands.write_log(b"Unable to start 0\n")
        mark = door.look().log
        door.hands.write_log(b"Unable to start 1\n")
        door.hands.rotate_log()
        door.hands.write_log(b"Unable to start 2\n")
        door.hands.forget_rotated_logs()
        seen = door.ok(ReadLog(since=mark, signs=SIGNS))
        assert seen.excerpt == LogExcerpt(lines=("Unable to start 2",), whole=False)

    def test_a_log_that_was_cut_short_in_place_is_read_from_its_start(self, door: Door) -> None:
        door.hands.write_log(b"Unable to start, and much more\n")
        mark = door.look().log
        door.hands.cut_log_short()
        door.hands.write_log(b"Unable to start 2\n")
        seen = door.ok(ReadLog(since=mark, signs=SIGNS))
        assert seen.excerpt == LogExcerpt(lines=("Unable to start 2",), whole=False)

    def test_without_a_mark_the_last_part_of_the_log_is_read(self, door: Door) -> None:
        assert door.ok(ReadLog(since=None, signs=SIGNS)).excerpt == LogExcerpt()
        door.hands.write_log(b"Unable to start 1\n" + b"x" * (256 << 10) + b"\nUnable to start 2\n")
        assert door.ok(ReadLog(since=None, signs=SIGNS)).excerpt == LogExcerpt(lines=("Unable to start 2",))

    @pytest.mark.parametrize(("count", "whole"), [(59, True), (60, True), (61, True), (120, True), (121, False)])
    def test_the_first_sixty_lines_and_the_last_sixty_are_carried(
        self,
        door: Door,
        count: int,
        whole: bool,  # noqa: FBT001 - a case of the table
    ) -> None:
        door.hands.write_log(b"")
        mark = door.look().log
        lines = [f"Unable to start {number}" for number in range(count)]
        door.hands.write_log("".join(f"{line}\nelse\n" for line in lines).encode())
        wanted = lines if whole else [*lines[:60], *lines[-60:]]
        excerpt = door.ok(ReadLog(since=mark, signs=SIGNS)).excerpt
        assert excerpt == LogExcerpt(lines=tuple(wanted), whole=whole)

    def test_a_line_of_any_bytes_is_cut_and_made_printable(self, door: Door) -> None:
        door.hands.write_log(b"\0\x1b[2J\xff Unable to start\r\n" + b"Unable to start" + b"y" * 2_000_000 + b"\nend\n")
        door.hands.write_log(b"\xe2\x80\xae" * 200_000 + b" Unable to start\n")
        mark = door.look().log
        assert mark is not None
        excerpt = door.ok(ReadLog(since=LogMark(inode=mark.inode, size=0), signs=SIGNS)).excerpt
        assert excerpt is not None
        first, second, third = excerpt.lines
        assert first == "\\x00\\x1b[2J\\xff Unable to start\\x0d"
        assert second == "Unable to start" + "y" * 485
        assert (third[:24], len(third)) == ("\\xe2\\x80\\xae\\xe2\\x80\\xae", 500)

    def test_of_a_log_that_grew_by_more_than_eight_mebibytes_both_ends_are_read(self, door: Door) -> None:
        door.hands.write_log(b"Unable to start 0\n")
        mark = door.look().log
        filling = b"x" * 99 + b"\n"
        door.hands.write_log(b"Unable to start 1\n" + filling * 50_000 + b"Unable to start 2\n")
        door.hands.rotate_log()
        door.hands.write_log(filling * 50_000 + b"Unable to start 3\n")
        excerpt = door.ok(ReadLog(since=mark, signs=SIGNS)).excerpt
        assert excerpt == LogExcerpt(lines=("Unable to start 1", "Unable to start 3"), whole=False)
