"""Does the inventory that was shaped say what the nodes have? Read back as any inventory is, and held against them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.core.judging.on_disk import Written
from agent.core.text.names import fold
from agent.errors import Refused
from agent.operations.inputs.reading_back import ReadBack, read_back

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from agent.core.document import Document
    from agent.core.finding import Finding
    from agent.core.judging.standing import Judgement
    from agent.edges.templates import Template


def proved(
    content: bytes, name: str, out: Path | None, template: Template, meant: tuple[Judgement, ...]
) -> ReadBack | tuple[Finding, ...]:
    """Read the inventory back; return the errors where format 1 cannot hold it.

    Raises:
        Refused: it says something else than the nodes have. That is a fault of ours, and nothing is written.
        InputError: the template does not render it.

    """
    found = read_back(content, name, out, template)
    if isinstance(found, ReadBack):
        _require_the_same(name, found.documents, meant)
    return found


def _require_the_same(name: str, documents: Mapping[str, Document], meant: tuple[Judgement, ...]) -> None:
    wrong = [it.node.name for it in meant if not _says_the_same(it, documents.get(it.node.name))]
    if wrong:
        raise Refused(
            f"{name}: the inventory would not say what {fold(wrong)} has, so nothing was written; that is a fault of"
            " filestore-agent, or a defaults.yml in that folder has filestores of its own"
        )


def _says_the_same(judgement: Judgement, document: Document | None) -> bool:
    on_disk = judgement.on_disk
    return document is not None and isinstance(on_disk, Written) and on_disk.canonical == document.canonical
