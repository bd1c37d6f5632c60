"""Which partition does a region belong to, by its name, and what does the partition have there?"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from agent.core.aws.partitions import PARTITIONS

if TYPE_CHECKING:
    from agent.core.aws.partition import Partition

_LABEL: Final = re.compile(r"[a-z0-9-]+")
"""A region is a label of a host name; the patterns themselves would also let underscores and upper case pass."""

SUFFIXES: Final = tuple(sorted({it.suffix for it in PARTITIONS}, key=len, reverse=True))
"""The domains that AWS's hosts lie under, the longest first; GovCloud shares the first partition's."""


def partition_of(region: str) -> Partition | None:
    """Return the partition whose regions look like this word, which need not be one of them."""
    if not _LABEL.fullmatch(region):
        return None
    return next((it for it in PARTITIONS if re.fullmatch(it.pattern, region, re.ASCII)), None)


def suffix_of(region: str) -> str:
    """Return the domain of a region's hosts; that of the first partition for a word that is no region."""
    partition = partition_of(region)
    return PARTITIONS[0].suffix if partition is None else partition.suffix
