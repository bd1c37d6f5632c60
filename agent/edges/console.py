"""How results reach a person or a script: report to stdout, progress to stderr, printable text only.

rich is loaded only where colours can be seen; a pipe, a file or a plain terminal gets plain lines.
"""

from __future__ import annotations

import errno
import json
import shutil
import sys
import textwrap
from dataclasses import dataclass, replace
from io import StringIO
from typing import TYPE_CHECKING, TextIO

from agent.core.finding import Severity, errors_among
from agent.core.report import Line, Report, Tone, document_of, explaining, finding_lines
from agent.core.text.names import counted
from agent.core.text.printable import JSON_LIMIT, printable, printable_value
from agent.edges.streams import encodable, mute, usable
from agent.errors import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agent.core.finding import Finding

_STYLES = {
    Tone.PLAIN: "",
    Tone.GOOD: "green",
    Tone.CARE: "yellow",
    Tone.BAD: "red",
    Tone.QUIET: "dim",
    Tone.TITLE: "bold",
}
_VERDICTS = {0: Tone.GOOD, 2: Tone.CARE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Console:
    """Where the report and the progress go, and in which dress."""

    out: TextIO
    err: TextIO
    colour_out: bool
    colour_err: bool
    verbosity: int = 0

    def show(self, report: Report) -> None:
        """Write a report for people: its lines, the findings, the sentence, the next command; quiet: the last two.

        Of a silent report nothing is written.
        """
        if report.silent:
            return
        if report.is_product:
            self._show_product(report)
            return
        told = (*report.lines, *_findings_of(report)) if self.verbosity >= 0 else _errors_of(report)
        told = (*told, *self._explaining(report))
        gap = (Line(text=""),) if told else ()
        _write(self.out, (*told, *gap, *_verdict_of(report)), colour=self.colour_out)

    def _explaining(self, report: Report) -> tuple[Line, ...]:
        """Tell a person at a terminal, once, where a code is explained; a pipe gets the findings alone."""
        listed = _heard(report) if self.verbosity >= 0 and not report.quiet_findings and self.out.isatty() else ()
        return (explaining(listed),) if listed else ()

    def _show_product(self, report: Report) -> None:
        """Write the lines alone to stdout; a verdict among them would be read as one of them.

        Raises:
            OSError: the stream cannot carry a letter of them, and a command with another one is another command.

        """
        if any(encodable(line.text, self.out) != line.text for line in report.lines):
            raise OSError(errno.EILSEQ, f"{self.out.encoding} has not all of its letters; use --out")
        _write(self.out, report.lines, colour=self.colour_out)
        if self.verbosity < 0:
            self._aside((*_errors_of(report), *(_verdict_of(report)[:1] if report.speaks_up else ())))
            return
        self._aside((*_findings_of(replace(report, lines=())), *_verdict_of(report)))

    def show_json(self, report: Report) -> None:
        """Write a report for scripts: one JSON document, in ASCII, so that no terminal or locale can bend it."""
        self.out.write(as_json(report))
        self.out.flush()

    def show_form(self, text: str) -> None:
        """Write a report that was made for another reader, in ASCII as above."""
        self.out.write(text)
        self.out.flush()

    def tell(self, text: str, tone: Tone = Tone.PLAIN) -> None:
        """Write one line to stdout, for a task whose result is a story."""
        if self.verbosity >= 0:
            _write(self.out, (Line(text=text, tone=tone),), colour=self.colour_out)

    def progress(self, text: str, tone: Tone = Tone.QUIET) -> None:
        """Write one line of progress to stderr, unless asked to be quiet; a display that is gone stops nothing."""
        if self.verbosity >= 0:
            self._aside((Line(text=text, tone=tone),))

    def _aside(self, lines: Sequence[Line]) -> None:
        try:
            _write(self.err, lines, colour=self.colour_err)
        except OSError:
            mute(self.err)


def as_json(report: Report) -> str:
    """Return the one JSON document of a report, in ASCII, which ends with a line feed."""
    return json.dumps(printable_value(document_of(report)), indent=2, ensure_ascii=True) + "\n"


def console_for(environment: Mapping[str, str], *, verbosity: int) -> Console:
    """Return the console of this process, coloured as the environment and the two streams allow."""
    out, err = usable(sys.stdout), usable(sys.stderr)
    return Console(
        out=out,
        err=err,
        colour_out=_wants_colour(environment, out),
        colour_err=_wants_colour(environment, err),
        verbosity=verbosity,
    )


def _verdict_of(report: Report) -> tuple[Line, ...]:
    verdict = Line(text=report.sentence, tone=_VERDICTS.get(report.outcome.exit_code, Tone.BAD))
    return (verdict, Line(text=f"Next: {report.next_command}", tone=Tone.TITLE)) if report.next_command else (verdict,)


def _errors_of(report: Report) -> tuple[Line, ...]:
    """What even a quiet task says: why the input is invalid."""
    return finding_lines(errors_among(report.findings)) if report.outcome is Outcome.INVALID else ()


def _findings_of(report: Report) -> tuple[Line, ...]:
    heard = _heard(report)
    if not heard:
        return ()
    if not report.quiet_findings:
        return (*((Line(text=""),) if report.lines else ()), *finding_lines(heard))
    return (Line(text=f"{counted(len(heard), 'finding')} in the files: see filestore-agent validate", tone=Tone.QUIET),)


def _heard(report: Report) -> tuple[Finding, ...]:
    """Notes are for the task that looks at the files; any other speaks of what is at least a warning."""
    if report.task == "validate":
        return report.findings
    return tuple(finding for finding in report.findings if finding.severity is not Severity.NOTE)


def _wants_colour(environment: Mapping[str, str], stream: TextIO) -> bool:
    """Follow no-color.org, force-color.org, bixense.com/clicolors and TERM=dumb."""
    if environment.get("NO_COLOR"):
        return False
    if environment.get("FORCE_COLOR") or environment.get("CLICOLOR_FORCE", "0") not in {"", "0"}:
        return True
    return stream.isatty() and environment.get("TERM") != "dumb" and not environment.get("CI")


def _write(stream: TextIO, lines: Sequence[Line], *, colour: bool) -> None:
    width = _width_of(stream)
    clean = [Line(text=encodable(text, stream), tone=line.tone) for line in lines for text in _fitted(line, width)]
    if colour:
        _write_coloured(stream, clean)
    else:
        stream.writelines(f"{line.text}\n" for line in clean)
        stream.flush()


def _fitted(line: Line, width: int | None) -> list[str]:
    """An exact line is neither broken nor cut: it may be a command to be pasted."""
    return [printable(line.text, limit=JSON_LIMIT)] if line.exact else _wrapped(printable(line.text), width)


def _width_of(stream: TextIO) -> int | None:
    """How many letters fit on a line of the terminal; None where the stream is none."""
    return shutil.get_terminal_size().columns if stream.isatty() else None


def _wrapped(text: str, width: int | None) -> list[str]:
    """Break a long line between words, and indent what goes on below; a pipe gets it whole."""
    if width is None or len(text) <= width:
        return [text]
    indent = " " * (len(text) - len(text.lstrip()) + 4)
    room = max(width, len(indent) + 20)
    return textwrap.wrap(text, room, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def _write_coloured(stream: TextIO, lines: Sequence[Line]) -> None:
    from rich.console import Console as RichConsole  # noqa: PLC0415 - 100 ms that a pipe must not pay
    from rich.text import Text  # noqa: PLC0415 - as above

    # Onto a page first: rich would end the program with a code of its own when the reader of the stream has left.
    page = StringIO()
    rich = RichConsole(file=page, force_terminal=True, highlight=False, soft_wrap=True)
    for line in lines:
        rich.print(Text(line.text, style=_STYLES[line.tone]))
    stream.write(page.getvalue())
    stream.flush()
