"""How two configurations differ in meaning: by filestore id and by target, never by layout."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.core.document import ABSENT
from agent.core.filestore import FILE_NAME, FilestoreConfig
from agent.core.judging.on_disk import NoFile, Written
from agent.core.text.printable import printable
from agent.core.text.secret_shapes import masked

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from agent.core.filestore import Filestore
    from agent.core.judging.standing import Judgement

NOTHING = "(none)"
"""How a value that is not there is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One value that differs: its path in the words of the file, and what it is before and after."""

    path: str
    before: str
    after: str

    def __str__(self) -> str:
        """Write the change as one printable line."""
        return f"{printable(self.path)}: {self.shown_before} -> {self.shown_after}"

    @property
    def shown_before(self) -> str:
        """The value before, printable, and without whatever looks like a credential in it."""
        return masked(printable(self.before))

    @property
    def shown_after(self) -> str:
        """The value after, in the same way."""
        return masked(printable(self.after))


def difference(before: FilestoreConfig | None, after: FilestoreConfig | None) -> tuple[Change, ...]:
    """Return what changes in meaning, by filestore id and by target; None stands for no file at all."""
    was, will = ("(no file)" if config is None else "(file)" for config in (before, after))
    file = (Change(path=FILE_NAME, before=was, after=will),) if was != will else ()
    old, new = before or FilestoreConfig(), after or FilestoreConfig()
    values = _between("filestores", _stores(old), _stores(new))
    return (*file, *values, *_between("associations", _links(old), _links(new)))


def changes_due(judgement: Judgement) -> tuple[Change, ...]:
    """Return what the node's file lacks to be the desired one; nothing where the file says nothing that can be read."""
    match judgement.on_disk:
        case Written() | NoFile():
            desired = None if judgement.desired.digest == ABSENT else judgement.desired.config
            return difference(judgement.config, desired)
        case _:
            return ()


def _between(part: str, old: Mapping[str, str], new: Mapping[str, str]) -> tuple[Change, ...]:
    """Values that differ; a missing one is said the way the file's absence of it is meant."""
    nothing = "(shared home)" if part == "associations" else NOTHING
    pairs = ((key, old.get(key, nothing), new.get(key, nothing)) for key in sorted({*old, *new}))
    return tuple(Change(path=f"{part}.{key}", before=was, after=is_) for key, was, is_ in pairs if was != is_)


def _stores(config: FilestoreConfig) -> dict[str, str]:
    return {f"{store.id}.{key}": value for store in config.filestores for key, value in _values(store)}


def _values(store: Filestore) -> Iterator[tuple[str, str]]:
    """The settings in the file's own words; those left to Jira are not there."""
    yield "bucket-name", store.bucket_name
    yield "region", store.region
    if store.endpoint_override is not None:
        yield "endpoint-override", store.endpoint_override
    if store.max_concurrency is not None:
        yield "max-concurrency", str(store.max_concurrency)


def _links(config: FilestoreConfig) -> dict[str, str]:
    return {link.target: link.file_store for link in config.associations}
