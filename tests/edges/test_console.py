"""The console: printable text, the right stream, colours where they are wanted, and nothing breaks a rollout."""

from __future__ import annotations

import errno
import io
import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from agent.core.finding import Finding, Place, Severity
from agent.core.report import Line, Report, Tone
from agent.edges.console import Console, console_for
from agent.errors import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

EVIL = "\x1b]52;c;ZXZpbA==\x07\u202e\u200b\x9b2J\r\n"
FINDING = Finding(rule="FS101", severity=Severity.WARNING, message=f"m{EVIL}", place=Place(file=f"f{EVIL}", line=1))
REPORT = Report(
    task="drift",
    outcome=Outcome.DRIFT,
    sentence=f"verdict{EVIL}",
    findings=(FINDING,),
    lines=(Line(text=f"line{EVIL}", tone=Tone.BAD),),
    facts={f"fact{EVIL}": EVIL},
    next_command="filestore-agent plan",
)


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


class Broken(io.StringIO):
    """A stream that takes nothing."""

    def __init__(self, code: int = errno.ENOSPC) -> None:
        super().__init__()
        self._code = code

    def write(self, text: str) -> int:
        raise OSError(self._code, f"cannot take {len(text)} letters")

    def writelines(self, lines: object) -> None:
        del lines
        raise OSError(self._code, "cannot take lines")


def _console(out: io.StringIO, err: io.StringIO | None = None, *, colour: bool = False, verbosity: int = 0) -> Console:
    return Console(out=out, err=err or io.StringIO(), colour_out=colour, colour_err=colour, verbosity=verbosity)


def test_a_report_is_lines_findings_verdict_and_next_command() -> None:
    out = io.StringIO()
    report = Report(
        task="drift",
        outcome=Outcome.OK,
        sentence="Verdict.",
        lines=(Line(text="one"), Line(text="two")),
        next_command="filestore-agent plan",
    )

    _console(out).show(report)

    assert out.getvalue() == "one\ntwo\n\nVerdict.\nNext: filestore-agent plan\n"


@pytest.mark.parametrize(
    ("following", "shown"),
    [("filestore-agent plan", "Verdict.\nNext: filestore-agent plan\n"), (None, "Verdict.\n")],
)
def test_quiet_shows_the_verdict_alone(following: str | None, shown: str) -> None:
    out, err = io.StringIO(), io.StringIO()
    console = _console(out, err, verbosity=-1)

    console.progress("step")
    console.show(
        Report(task="drift", outcome=Outcome.OK, sentence="Verdict.", lines=(Line(text="a"),), next_command=following)
    )

    assert (out.getvalue(), err.getvalue()) == (shown, "")


def test_progress_goes_to_stderr_and_the_result_to_stdout() -> None:
    out, err = io.StringIO(), io.StringIO()

    _console(out, err).progress("step", Tone.CARE)

    assert (out.getvalue(), err.getvalue()) == ("", "step\n")


@pytest.mark.parametrize("colour", [False, True])
def test_hostile_text_reaches_the_terminal_as_printable_text_only(colour: bool) -> None:  # noqa: FBT001 - a table
    out, err = io.StringIO(), io.StringIO()
    console = _console(out, err, colour=colour)

    console.show(REPORT)
    console.progress(EVIL)

    for shown in (out.getvalue(), err.getvalue()):
        without_our_colours = re.sub(r"\x1b\[[0-9;]*m", "", shown) if colour else shown
        assert without_our_colours.replace("\n", "").isprintable()
        assert "\\x1b]52;c;ZXZpbA==\\x07\\u202e\\u200b\\x9b2J\\r\\n" in without_our_colours


def test_rich_markup_in_a_text_is_text() -> None:
    out = io.StringIO()

    _console(out, colour=True).show(
        Report(task="drift", outcome=Outcome.OK, sentence="[bold]jira-[1-3][/bold] :smile: https://example.com")
    )

    assert "[bold]jira-[1-3][/bold] :smile: https://example.com" in out.getvalue()


def test_a_long_line_is_not_wrapped_in_colour_either() -> None:
    out = io.StringIO()

    _console(out, colour=True).show(Report(task="drift", outcome=Outcome.OK, sentence="x y " * 100))

    assert out.getvalue().count("\n") == 1


def test_json_is_one_ascii_document_with_escapes_inside_the_texts() -> None:
    out = io.StringIO()

    _console(out).show_json(REPORT)

    assert out.getvalue().isascii()
    assert all(letter == "\n" or letter.isprintable() for letter in out.getvalue())
    document = json.loads(out.getvalue())
    assert document["summary"] == "verdict\\x1b]52;c;ZXZpbA==\\x07\\u202e\\u200b\\x9b2J\\r\n"
    assert document["outcome"] == "drift"


def test_an_ascii_stream_gets_question_marks_and_no_error() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")

    Console(out=stream, err=stream, colour_out=False, colour_err=False).show(
        Report(task="drift", outcome=Outcome.OK, sentence="größer → kleiner")
    )

    assert raw.getvalue() == b"gr??er ? kleiner\n"


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EPIPE, errno.EIO])
def test_progress_that_cannot_be_shown_stops_nothing(code: int) -> None:
    _console(io.StringIO(), Broken(code)).progress("step")


@pytest.mark.parametrize("colour", [False, True])
def test_a_result_that_cannot_be_written_is_an_error_of_the_system(colour: bool) -> None:  # noqa: FBT001 - a table
    with pytest.raises(OSError, match="cannot take"):
        _console(Broken(), colour=colour).show(REPORT)


@pytest.mark.parametrize(
    ("environment", "terminal", "coloured"),
    [
        ({}, True, True),
        ({}, False, False),
        ({"NO_COLOR": "1"}, True, False),
        ({"NO_COLOR": ""}, True, True),
        ({"TERM": "dumb"}, True, False),
        ({"CI": "true"}, True, False),
        ({"FORCE_COLOR": "1"}, False, True),
        ({"CLICOLOR_FORCE": "1"}, False, True),
        ({"CLICOLOR_FORCE": "0"}, False, False),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, True, False),
    ],
)
def test_colours_follow_the_environment_and_the_stream(
    environment: Mapping[str, str],
    terminal: bool,  # noqa: FBT001 - a table
    coloured: bool,  # noqa: FBT001 - as above
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stream = Terminal() if terminal else io.StringIO()
    monkeypatch.setattr("sys.stdout", stream)
    monkeypatch.setattr("sys.stderr", stream)

    console = console_for(environment, verbosity=0)

    assert (console.colour_out, console.colour_err) == (coloured, coloured)


def test_closed_streams_are_streams_into_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout", None)
    monkeypatch.setattr("sys.stderr", None)
    console = console_for({}, verbosity=0)

    console.show(REPORT)
    console.show_json(REPORT)
    console.progress("step")

    assert not console.colour_out


def test_quiet_findings_are_pointed_to_and_not_listed() -> None:
    out = io.StringIO()

    _console(out).show(
        Report(task="drift", outcome=Outcome.OK, sentence="Verdict.", findings=(FINDING,), quiet_findings=True)
    )

    assert "filestore-agent validate" in out.getvalue()
    assert "FS101" not in out.getvalue()


def _shown(line: Line, stream: io.StringIO, monkeypatch: pytest.MonkeyPatch, columns: str = "40") -> list[str]:
    monkeypatch.setenv("COLUMNS", columns)
    _console(stream).show(Report(task="drift", outcome=Outcome.OK, sentence="fine", lines=(line,)))
    return stream.getvalue().splitlines()[:-2]


def test_a_long_line_is_broken_between_words_and_indented_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = _shown(Line(text="  jira-2: " + "word " * 20), Terminal(), monkeypatch)
    assert len(lines) > 2
    assert all(len(line) <= 40 for line in lines)
    assert all(line.startswith("      word") for line in lines[1:])


def test_a_pipe_gets_a_long_line_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(_shown(Line(text="word " * 20), io.StringIO(), monkeypatch)) == 1


def test_an_exact_line_is_never_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _shown(Line(text="word " * 20, exact=True), Terminal(), monkeypatch) == ["word " * 20]


def test_even_a_quiet_task_says_why_its_input_is_invalid() -> None:
    fault = Finding(rule="FS020", severity=Severity.ERROR, message="no such key", place=Place(file="prod.yml", line=3))
    out = io.StringIO()
    console = _console(out, verbosity=-1)
    console.show(Report(task="drift", outcome=Outcome.INVALID, sentence="1 error", findings=(fault,)))
    assert "prod.yml:3: error FS020: no such key" in out.getvalue()


PRODUCT = Report(
    task="render",
    outcome=Outcome.OK,
    sentence="Verdict.",
    lines=(Line(text="<a>", exact=True),),
    findings=(Finding(rule="FS101", severity=Severity.WARNING, message="odd", place=Place(file="a.yml")),),
    next_command="filestore-agent plan",
    is_product=True,
)


@pytest.mark.parametrize("verbosity", [0, -1])
def test_what_was_asked_for_stands_alone_on_stdout_and_can_be_piped(verbosity: int) -> None:
    out, err = io.StringIO(), io.StringIO()
    _console(out, err, verbosity=verbosity).show(PRODUCT)
    assert out.getvalue() == "<a>\n"
    said = "a.yml: warning FS101: odd\nVerdict.\nNext: filestore-agent plan\n"
    assert err.getvalue() == ("" if verbosity else said)


def test_a_long_exact_line_is_not_cut() -> None:
    out = io.StringIO()
    line = Line(text="x" * 5000, exact=True)
    _console(out).show(replace(PRODUCT, lines=(line,)))
    assert out.getvalue() == f"{line.text}\n"


def test_a_stream_that_lacks_a_letter_gets_nothing_rather_than_another_one() -> None:
    page = io.BytesIO()
    out = io.TextIOWrapper(page, encoding="ascii")
    with pytest.raises(OSError, match="ascii has not all of its letters; use --out"):
        Console(out=out, err=io.StringIO(), colour_out=False, colour_err=False).show(
            replace(PRODUCT, lines=(Line(text="/srv/ü", exact=True),))
        )
    assert page.getvalue() == b""


@pytest.mark.parametrize(
    ("out", "verbosity", "report", "told"),
    [
        (Terminal(), 0, REPORT, 1),
        (Terminal(), 0, replace(REPORT, findings=(FINDING, FINDING)), 1),
        (Terminal(), -1, REPORT, 0),
        (io.StringIO(), 0, REPORT, 0),
        (Terminal(), 0, replace(REPORT, findings=()), 0),
        (Terminal(), 0, replace(REPORT, quiet_findings=True), 0),
    ],
    ids=["one", "two", "quiet", "piped", "none", "counted"],
)
def test_where_a_code_is_explained_is_told_once_to_who_sees_findings_at_a_terminal(
    out: io.StringIO, verbosity: int, report: Report, told: int
) -> None:
    _console(out, verbosity=verbosity).show(report)

    assert out.getvalue().count("filestore-agent validate --explain FS101") == told
