"""Which values does a configuration hold, each with its path and the words for it?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.core.text.shown import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.core.filestore import FilestoreConfig
    from agent.core.rules.registry import Path


def values_in(config: FilestoreConfig) -> Iterator[tuple[Path, str, str]]:
    """Yield every text of the configuration: where it is, what it is, and itself; numbers are left out."""
    for filestore in config.filestores:
        path = ("filestores", filestore.id)
        of = f"of filestore {shown(filestore.id)}"
        yield path, "the id of a filestore", filestore.id
        yield (*path, "bucket-name"), f"bucket-name {of}", filestore.bucket_name
        yield (*path, "region"), f"region {of}", filestore.region
        yield (*path, "endpoint-override"), f"endpoint-override {of}", filestore.endpoint_override or ""
    for link in config.associations:
        yield ("associations", link.target), "the target of an association", link.target
