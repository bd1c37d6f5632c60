"""What a look brings beside the facts: read strictly, joined without a gap or a repetition, never where not asked."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.document import digest_of
from agent.core.observation import LogExcerpt, LogMark
from agent.node.port import Examine, Observe, Ok, ReadLog, Recall, Refused, Request
from agent.node.wire.brought import PLAN_CAP, excerpt_of, shown_line
from agent.node.wire.letter import LARGEST_OUTPUT, OUTPUT_CAP, letter_for
from tests.node.contract import claim
from tests.node.wire.test_letter import CONTENT, NODE, NONCE, letter, lost, read
from tests.support.letters import script_in

COPY = b"plan\n\0\xff" + f"\nfilestore-agent {'0' * 32} end\n".encode()
READ = ReadLog(since=LogMark(inode="12", size=34), signs=("a'b", "c\nd", "", "-e"))


def with_copy(copy: bytes = COPY, *, said: str | None = None, digest: str | None = None) -> bytes:
    """Write a good letter with the copy of a plan behind the file."""
    more = f"copy: {said or len(copy)}\nsum: {(digest or digest_of(copy))[7:]}  .filestore-agent/plan\n"
    return letter(more=more, content=CONTENT + copy)


def packed(*lines: tuple[int, bytes]) -> str:
    return base64.b64encode(b"".join(b"%d:%b\n" % line for line in lines)).decode()


def with_lines(first: str | None, last: str | None, whole: str = "yes") -> bytes:
    """Write a good letter with lines of the log."""
    ends = "".join(f"{name}: {value}\n" for name, value in (("first", first), ("last", last)) if value is not None)
    return letter(more=f"{ends}whole: {whole}\n")


def excerpt_in(stdout: bytes) -> LogExcerpt:
    answer = read(stdout, READ)
    assert isinstance(answer, Ok), answer
    assert answer.observation.excerpt is not None
    return answer.observation.excerpt


# The copy of the plan


def test_the_copy_of_a_plan_is_read_behind_the_file() -> None:
    answer = read(with_copy(), Recall())
    assert isinstance(answer, Ok), answer
    assert (answer.observation.plan_copy, answer.observation.file.content) == (COPY, CONTENT)


def test_where_there_is_no_copy_there_is_none() -> None:
    answer = read(letter(more="copy: none\n"), Recall())
    assert isinstance(answer, Ok), answer
    assert answer.observation.plan_copy is None


@pytest.mark.parametrize(
    "stdout",
    [
        letter(),
        with_copy(digest=digest_of(b"another")),
        with_copy(said=str(len(COPY) - 1)),
        with_copy(said=str(len(COPY) + 1)),
        with_copy(said="-1"),
        with_copy(said="0x10"),
        with_copy(said=f"0{len(COPY)}"),
        with_copy(said=str(PLAN_CAP + 1)),
        letter(more=f"copy: {len(COPY)}\n", content=CONTENT + COPY),
        letter(more="copy: none\n", content=CONTENT + COPY),
        letter(more="copy: none\ncopy: none\n"),
        letter(more="copy:none\n"),
    ],
)
def test_a_copy_that_is_not_exactly_what_the_letter_says_is_lost(stdout: bytes) -> None:
    lost(stdout, Recall())


@pytest.mark.parametrize("request_", [Observe(), Examine(), READ, claim()], ids=lambda one: type(one).__name__)
def test_a_copy_that_was_not_asked_for_is_lost(request_: Request) -> None:
    assert "plan that was not asked for" in lost(with_copy(), request_)


@given(st.integers(0, len(with_copy()) - 2))
def test_a_letter_with_a_copy_cut_anywhere_is_lost(length: int) -> None:
    lost(with_copy()[:length], Recall())


@given(st.binary(max_size=60), st.integers(0, len(with_copy())), st.integers(0, 20))
def test_a_letter_with_a_copy_and_bytes_put_in_or_taken_out_never_brings_another(
    junk: bytes, place: int, removed: int
) -> None:
    whole = with_copy()
    answer = read(whole[:place] + junk + whole[place + removed :], Recall())
    if isinstance(answer, Ok):
        assert answer.observation.plan_copy == COPY


def test_only_a_letter_that_brings_a_plan_may_be_as_long_as_one() -> None:
    caps = {
        type(request): letter_for(NODE, request, NONCE, login_user=None).cap
        for request in (Observe(), Recall(), READ, claim())
    }
    assert caps.pop(Recall) == LARGEST_OUTPUT
    assert set(caps.values()) == {OUTPUT_CAP}


def test_the_plan_follows_the_script_untouched_and_is_not_shown() -> None:
    request = claim(plan_copy=COPY)
    assert script_in(letter_for(NODE, request, NONCE, login_user=None))[1] == COPY
    assert "plan_copy" not in repr(request)


# The lines of the log


def test_lines_that_are_in_both_ends_come_once_and_in_order() -> None:
    first, last = packed((3, b"a"), (9, b"b"), (10, b"c")), packed((9, b"b"), (10, b"c"))
    assert excerpt_in(with_lines(first, last)) == LogExcerpt(lines=("a", "b", "c"))


@pytest.mark.parametrize(("count", "whole"), [(0, True), (1, True), (60, True), (61, True), (120, True), (121, False)])
def test_ends_that_do_not_meet_have_left_out_something(count: int, whole: bool) -> None:  # noqa: FBT001 - a case of the table
    lines = [(3 * number + 1, str(number)) for number in range(count)]
    found = excerpt_of(lines[:61], lines[-60:], whole=True)
    shown = lines if whole else [*lines[:60], *lines[-60:]]
    assert found == LogExcerpt(lines=tuple(line for _, line in shown), whole=whole)


def test_what_the_node_says_to_have_missed_is_missed() -> None:
    assert excerpt_in(with_lines(None, None, "no")) == LogExcerpt(whole=False)
    assert excerpt_in(with_lines("", "")) == LogExcerpt()


@pytest.mark.parametrize(
    "stdout",
    [
        letter(),
        with_lines(packed((1, b"a")), None),
        with_lines(None, packed((1, b"a"))),
        with_lines("@", ""),
        with_lines("", "YQ"),
        with_lines(base64.b64encode(b"a\n").decode(), ""),
        with_lines(base64.b64encode(b"0:a\n").decode(), ""),
        with_lines(base64.b64encode(b"1:a\n\n").decode(), ""),
        with_lines(packed((2, b"a"), (2, b"a")), ""),
        with_lines(packed((2, b"a"), (1, b"a")), ""),
        with_lines(packed(*((number, b"a") for number in range(1, 63))), ""),
        with_lines("", packed(*((number, b"a") for number in range(1, 62)))),
        with_lines("", "", "perhaps"),
        letter(more="first: \nlast: \n"),
        letter(more="whole: yes\nwhole: yes\n"),
    ],
)
def test_lines_that_are_not_written_as_they_must_be_are_a_lost_letter(stdout: bytes) -> None:
    lost(stdout, READ)


@pytest.mark.parametrize("request_", [Observe(), Recall(), claim()], ids=lambda one: type(one).__name__)
def test_lines_that_were_not_asked_for_are_a_lost_letter(request_: Request) -> None:
    lost(with_lines("", ""), request_)


@given(st.binary(max_size=900))
def test_a_line_of_any_bytes_is_shown_printable_and_short(line: bytes) -> None:
    shown = shown_line(line)
    assert all(" " <= sign <= "~" for sign in shown)
    assert len(shown) <= 500


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_lines_of_any_bytes_are_read_or_lost_and_never_raise(first: bytes, last: bytes) -> None:
    answer = read(with_lines(base64.b64encode(first).decode(), base64.b64encode(last).decode()), READ)
    assert not isinstance(answer, Refused)


def test_the_signs_and_the_mark_travel_as_quoted_words() -> None:
    script = script_in(letter_for(NODE, READ, NONCE, login_user=None))[0].decode()
    assert "\nmark_inode=12\nmark_size=34\n" in script
    assert "\nsigns='a'\"'\"'b\n-e'\n" in script
