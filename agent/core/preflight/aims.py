"""Which buckets does a configuration send data to, and what is tried in each for which target?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from agent.core.s3.address import address_of
from agent.core.s3.probe import Probe, Trial

if TYPE_CHECKING:
    from agent.core.filestore import FilestoreConfig
    from agent.core.s3.address import BucketAddress

NAMES: Final = {"backups": "backups/Healthcheck/filestore-agent-{mark}"}
"""For backups where Jira's own check writes: where nobody may delete, the lifecycle rule for those removes ours too."""
ELSEWHERE: Final = "{target}/filestore-agent-preflight/{mark}"
"""Below the target's own prefix, since policies are scoped by it; Jira's own names there are numbers and hashes."""


def probes_for(config: FilestoreConfig, mark: str) -> tuple[Probe, ...]:
    """Return each bucket once, with the targets that share it; mark is a text that no other machine's names hold."""
    found: dict[BucketAddress, list[str]] = {}
    for link in config.associations:
        store = config.filestore_of(link.target)
        if store is not None:
            found.setdefault(address_of(store), []).append(link.target)
    return tuple(
        Probe(address=address, trials=tuple(Trial(target=it, key=name_for(it, mark)) for it in sorted(set(targets))))
        for address, targets in found.items()
    )


def name_for(target: str, mark: str) -> str:
    """Return the reserved name of the object that is tried with."""
    return NAMES.get(target, ELSEWHERE).format(target=target, mark=mark)
