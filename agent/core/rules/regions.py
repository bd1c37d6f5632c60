"""Is a word a region of some AWS partition, and which region was meant by one that is not?"""

from __future__ import annotations

import re
from typing import Final

_PARTITIONS: Final = {
    "aws": re.compile(r"(?:us|eu|ap|sa|ca|me|af|il|mx)-[a-z]+-[0-9]+"),
    "aws-cn": re.compile(r"cn-[a-z]+-[0-9]+"),
    "aws-us-gov": re.compile(r"us-gov-[a-z]+-[0-9]+"),
    "aws-iso": re.compile(r"us-iso-[a-z]+-[0-9]+"),
    "aws-iso-b": re.compile(r"us-isob-[a-z]+-[0-9]+"),
    "aws-iso-e": re.compile(r"eu-isoe-[a-z]+-[0-9]+"),
    "aws-iso-f": re.compile(r"us-isof-[a-z]+-[0-9]+"),
    "aws-eusc": re.compile(r"eusc-(?:de)-[a-z]+-[0-9]+"),
}
"""The region pattern of each partition (botocore 1.43.11, endpoints.json)."""

SUFFIXES: Final = {
    "amazonaws.com.cn": "aws-cn",
    "amazonaws.com": "aws",
    "c2s.ic.gov": "aws-iso",
    "sc2s.sgov.gov": "aws-iso-b",
    "cloud.adc-e.uk": "aws-iso-e",
    "csp.hci.ic.gov": "aws-iso-f",
    "amazonaws.eu": "aws-eusc",
}
"""The domain that a partition's hosts lie under; GovCloud shares the first partition's (botocore, as above)."""

_RUN_TOGETHER: Final = re.compile(
    r"(us|eu|ap|sa|ca|me|af|il|mx|cn)-?(gov)?-?((?:north|south)?(?:east|west)|north|south|central)-?([0-9]+)[a-f]?"
)


def is_region(word: str) -> bool:
    """Tell whether a word has the form of a region of any partition."""
    return partition_of(word) is not None


def partition_of(word: str) -> str | None:
    """Return the partition whose regions look like this word."""
    return next((name for name, pattern in _PARTITIONS.items() if pattern.fullmatch(word)), None)


def region_meant(word: str) -> str | None:
    """Return the region that a mistyped word stands for: other case, other hyphens, a zone's letter at the end."""
    plain = re.sub(r"[\s_-]+", "-", word[:40].strip().lower()).strip("-")
    parts = _RUN_TOGETHER.fullmatch(plain)
    meant = "-".join(filter(None, parts.groups())) if parts else plain
    return meant if is_region(meant) else None
