"""Which variables of the image does an env-file set? Lines of KEY=VALUE, as docker and docker compose read them.

The two differ: compose takes quotes, comments and `export` off, `docker run --env-file` keeps them in the value. No
bucket, region or address holds a quote or a blank, so they are taken off here, and that is told.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from agent.core.finding import Finding, Place
from agent.core.importing.codes import Code, error, warning
from agent.core.importing.image import FAMILY
from agent.core.importing.told import Told
from agent.core.text.shown import plainly

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MOST_OURS: Final = 1_000
_LINE: Final = re.compile(
    r"[ \t]*(?P<export>export[ \t]+)?(?P<name>[^\s=#:]+)(?P<gap>[ \t]*)(?P<sign>[=:]?)(?P<value>.*)", re.DOTALL
)
_QUOTED: Final = re.compile(
    r"(?P<quote>[\"'])(?P<inside>(?:\\.|(?!(?P=quote))[^\\])*)(?P=quote)[ \t]*(?:#.*)?", re.DOTALL
)
_COMMENT: Final = re.compile(r"[ \t]+#.*", re.DOTALL)
_NEW_LINE: Final = re.compile(r"\r\n|\n|\r")


@dataclass(slots=True)
class _Lines:
    """What the lines told so far."""

    file: str
    told: dict[str, Told] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def add(self, number: int, line: str) -> None:
        found = _LINE.fullmatch(line)
        if found is None or not is_ours(found["name"]):
            return
        name = plainly(found["name"])
        place = Place(file=self.file, line=number, column=found.start("name") + 1)
        if found["sign"] != "=" or found["gap"]:
            self.findings.append(_no_assignment(name, place, found["sign"]))
            return
        text = self._bared(name, place, found["value"])
        if text is not None:
            if found["export"]:
                self._tell_bared(name, place, "the export", "refuses it")
            self._take(Told(name=found["name"], text=text, place=place))

    def _bared(self, name: str, place: Place, value: str) -> str | None:
        """The value without what only some readers keep; None where its quotes do not close."""
        stripped = value.strip(" \t")
        if stripped[:1] in {"'", '"'}:
            quoted = _QUOTED.fullmatch(stripped)
            if quoted is None:
                hint = "write the value without quotes"
                self.findings.append(error(Code.NOT_THE_FORM, place, f"the quotes of {name} do not close", hint))
                return None
            self._tell_bared(name, place, "quotes")
            return quoted["inside"]
        bare = _COMMENT.sub("", stripped) if not stripped.startswith("#") else stripped
        if bare != value:
            self._tell_bared(name, place, "a comment" if bare != stripped else "blanks")
        return bare

    def _tell_bared(self, name: str, place: Place, what: str, otherwise: str = "keeps that") -> None:
        message = f"{what} of {name} taken off, as docker compose does; `docker run --env-file` {otherwise}"
        self.findings.append(warning(Code.BARED, place, message, "write KEY=VALUE alone, which both read alike"))

    def _take(self, it: Told) -> None:
        before = self.told.pop(it.name.upper(), None)
        if before is not None:
            message = f"{plainly(it.name)} is set twice, on line {before.place.line} and on line {it.place.line}"
            hint = "the last one counts with docker; keep one of them"
            self.findings.append(warning(Code.TWICE, it.place, message, hint))
        self.told[it.name.upper()] = it


def is_ours(name: str) -> bool:
    """Tell whether a variable is one of the image's for S3, or nearly."""
    return name.upper().startswith(FAMILY)


def read_env(text: str, file: str) -> tuple[tuple[Told, ...], tuple[Finding, ...]]:
    """Return the variables of the image that the lines set, each once, and all findings; other lines leave no trace."""
    lines = _Lines(file)
    for number, line in enumerate(_NEW_LINE.split(text), start=1):
        lines.add(number, line)
        if len(lines.told) + len(lines.findings) > MOST_OURS:
            place = Place(file=file, line=number)
            lines.findings.append(error(Code.NOT_THE_FORM, place, f"more than {MOST_OURS:,} lines are about S3"))
            break
    return tuple(lines.told.values()), tuple(lines.findings)


def from_pairs(pairs: Iterable[str], place: Place) -> tuple[Told, ...]:
    """Return the variables among KEY=VALUE texts that nobody has quoted, as `docker inspect` prints them."""
    split = (pair.partition("=") for pair in pairs)
    return tuple(Told(name=name, text=value, place=place) for name, _, value in split if is_ours(name))


def from_environment(environment: Mapping[str, str], place: Place) -> tuple[Told, ...]:
    """Return the variables of the image that this process has."""
    return tuple(Told(name=it, text=environment[it], place=place) for it in sorted(environment) if is_ours(it))


def _no_assignment(name: str, place: Place, sign: str) -> Finding:
    if sign:
        hint = f"write {name}=VALUE, without blanks around the sign"
        return error(Code.NOT_THE_FORM, place, f"{name} is not followed by = at once", hint)
    message = f"{name} has no value here: docker takes it from its own environment"
    return error(Code.NOT_FILLED, place, message, "write the value out, or say --from-environment where it is set")
