"""A source tells of no target: is all meant to be in the shared home, or does it speak of S3 where nobody looks?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from agent.core.finding import Place
from agent.core.importing.codes import Code, error

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.core.finding import Finding
    from agent.core.importing.told import Stores

_MARKS: Final = ("atl_s3", "s3storage")
_NOTHING: Final = (
    "no target has both a bucket and a region, so no file would be written, and one that lies there would stay"
)


def nothing_told(found: Stores, texts: Mapping[str, str], *, way_of_none: str) -> Finding:
    """Return the error for sources without a complete target; only one that is silent on S3 is told way_of_none.

    Args:
        found: what was read of the sources.
        texts: the sources by the names that findings call them.
        way_of_none: the flag that says that there is no target.

    """
    if any(it.rule in {Code.UNKNOWN, Code.HALF} for it in found.findings):
        return error(Code.ELSEWHERE, _first(texts), _NOTHING, "mend what the warnings name")
    place = _spoken_of(texts)
    if place is None:
        hint = f"if all is meant to be in the shared home, say {way_of_none} instead"
        return error(Code.ELSEWHERE, _first(texts), _NOTHING, hint)
    message = f"{_NOTHING}; yet this line speaks of S3: where the tool does not look, or with nothing set"
    hint = "put bucket and region where the tool looks, or give them as lines of ATL_S3...=VALUE: --env FILE"
    return error(Code.ELSEWHERE, place, message, hint)


def _first(texts: Mapping[str, str]) -> Place:
    return Place(file=next(iter(texts), ""))


def _spoken_of(texts: Mapping[str, str]) -> Place | None:
    """The first line that names what is S3's, but for comments."""
    for file, text in texts.items():
        for number, line in enumerate(text.splitlines(), start=1):
            if not line.lstrip().startswith("#") and any(mark in line.casefold() for mark in _MARKS):
                return Place(file=file, line=number)
    return None
