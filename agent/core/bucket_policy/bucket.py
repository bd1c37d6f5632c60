"""Which buckets does a cluster use, what for, and how are they named in a policy?"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from agent.core.filestore import Target
from agent.core.routing import endpoint_family
from agent.core.rules.endpoint import without_user
from agent.core.rules.regions import is_at_aws, partition_of
from agent.core.text.shown import shown
from agent.errors import InputError

if TYPE_CHECKING:
    from agent.core.filestore import Filestore, FilestoreConfig

_PLAIN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
"""Names that stand in an ARN for themselves: * and ? are wildcards there, and ${ begins a variable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """One bucket of a cluster, and the targets that it keeps; endpoint is where another store than Amazon's answers."""

    name: str
    region: str
    partition: str
    targets: tuple[Target, ...]
    endpoint: str | None = None

    @property
    def arn(self) -> str:
        """The bucket itself, as a policy names it."""
        return f"arn:{self.partition}:s3:::{self.name}"

    @property
    def is_by_prefix(self) -> bool:
        """Tell whether its targets need different rights, so that each has them below its own prefix alone.

        Where all need the same, the whole bucket is granted: only backups/ is documented as the prefix of its target,
        the two others are inferred from Atlassian's own tools.
        """
        return self.keeps_backups and len(self.targets) > 1

    @property
    def keeps_backups(self) -> bool:
        """Tell whether the write-only target is one of its targets."""
        return Target.BACKUPS in self.targets


def buckets_of(config: FilestoreConfig) -> tuple[Bucket, ...]:
    """Return the buckets that targets go to, in the order of the targets; unused filestores need no rights.

    Raises:
        InputError: a name would be read as a pattern in a policy.

    """
    targets = defaultdict[tuple[str, str], list[Target]](list)
    stores = dict[tuple[str, str], "Filestore"]()
    for target in Target:
        store = config.filestore_of(target)
        if store is not None:
            targets[_key(store)].append(target)
            stores.setdefault(_key(store), store)
    return tuple(_bucket(store, tuple(targets[key])) for key, store in stores.items())


def _key(store: Filestore) -> tuple[str, str]:
    """At Amazon a name is unique in its partition, whatever endpoint leads there (AWS, bucket naming rules)."""
    if is_at_aws(store):
        return _partition(store), store.bucket_name
    return endpoint_family(store.endpoint_override, store.region), store.bucket_name


def _bucket(store: Filestore, targets: tuple[Target, ...]) -> Bucket:
    if not _PLAIN.fullmatch(store.bucket_name):
        raise InputError(
            f"bucket-policy: bucket {shown(store.bucket_name)} cannot be named in a policy, where it would be read"
            " as a pattern; write the bucket's bare name"
        )
    return Bucket(
        name=store.bucket_name,
        region=store.region,
        partition=_partition(store),
        targets=targets,
        endpoint=None if is_at_aws(store) else without_user(store.endpoint_override or ""),
    )


def _partition(store: Filestore) -> str:
    """Other stores than Amazon's take arn:aws:s3::: whatever they call their region (MinIO and Ceph do)."""
    return (partition_of(store.region) or "aws") if is_at_aws(store) else "aws"
