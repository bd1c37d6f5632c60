"""Does a credential stand anywhere in a file but in the known values: in comments, unknown elements, attributes?"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from agent.core.finding import Finding
from agent.core.rules.storage import credential_in_value
from agent.core.rules.values import values_in
from agent.core.text.secret_shapes import secrets_in
from agent.core.xml.text import fault_of, read_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.core.filestore import FilestoreConfig


def faults_of_secrets(content: bytes, config: FilestoreConfig | None, *, file: str) -> Iterator[Finding]:
    """Yield each credential in a file's text, which need not be well-formed; of the config's values others speak."""
    source = read_text(content, file=file)
    if isinstance(source, Finding):
        return
    for offset, kind in secrets_in(_without_values(source.text, config)):
        yield fault_of(
            credential_in_value.rule,
            source.place(offset),
            f"here stands what looks like {kind}",
            "remove it and replace the credential: whatever has stood in a file counts as known to others",
        )


def _without_values(text: str, config: FilestoreConfig | None) -> str:
    """Blank the values out, so that all else keeps its place."""
    values = {value for _, _, value in values_in(config)} if config else set[str]()
    for value in sorted(filter(None, values), key=len, reverse=True):
        if any(secrets_in(value)):
            for written in (value, escape(value)):
                text = text.replace(written, " " * len(written))
    return text
