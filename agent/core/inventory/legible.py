"""What can be read of the filestores of an inventory that is not sound, so that all its faults are told at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from agent.core.filestore import Association, Filestore, FilestoreConfig, Target

if TYPE_CHECKING:
    from agent.core.inventory.written import Written

_TARGETS: Final = frozenset(map(str, Target))


def legible_filestores(written: Written) -> FilestoreConfig:
    """Return the filestores whose bucket and region are text, and the known targets that lead to one of them.

    What is missing, unknown or of another type has a finding of its own already; this is for the rules about the rest.
    """
    stores = {store.id: store for id_ in written.entries("filestores") if (store := _filestore(written, id_))}
    return FilestoreConfig(
        filestores=tuple(stores.values()),
        associations=tuple(
            Association(target=target, file_store=id_)
            for target in written.entries("associations")
            if target in _TARGETS and (id_ := written.words("associations", target)) in stores and id_ is not None
        ),
    )


def legible_waivers(written: Written) -> dict[str, str]:
    """Return the rules that are waived, each with a reason that is text."""
    return {code: reason for code in written.entries("waivers") if (reason := written.words("waivers", code))}


def _filestore(written: Written, id_: str) -> Filestore | None:
    bucket = written.words("filestores", id_, "bucket-name")
    region = written.words("filestores", id_, "region")
    if not bucket or not region:
        return None
    connections = written.at(("filestores", id_, "max-concurrency"))
    count = connections.content if connections is not None else None
    return Filestore(
        id=id_,
        bucket_name=bucket,
        region=region,
        endpoint_override=written.words("filestores", id_, "endpoint-override"),
        max_concurrency=count if isinstance(count, int) and not isinstance(count, bool) else None,
    )
