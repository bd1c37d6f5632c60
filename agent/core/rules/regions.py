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

KNOWN_IN: Final = "May 2026"
_KNOWN: Final = {
    "aws": (
        *("us-east-1", "us-east-2", "us-west-1", "us-west-2", "ca-central-1", "ca-west-1", "mx-central-1", "sa-east-1"),
        *("eu-central-1", "eu-central-2", "eu-north-1", "eu-south-1", "eu-south-2"),
        *("eu-west-1", "eu-west-2", "eu-west-3"),
        *("ap-east-1", "ap-east-2", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-south-2"),
        *("ap-southeast-1", "ap-southeast-2", "ap-southeast-3", "ap-southeast-4", "ap-southeast-5"),
        *("ap-southeast-6", "ap-southeast-7", "af-south-1", "il-central-1", "me-central-1", "me-south-1"),
    ),
    "aws-cn": ("cn-north-1", "cn-northwest-1"),
    "aws-us-gov": ("us-gov-east-1", "us-gov-west-1"),
}
"""The regions of the partitions that anybody can read about (botocore 1.43.11 of 2026-05-19, endpoints.json)."""

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


def known_regions(partition: str | None) -> tuple[str, ...]:
    """Return the regions of a partition as of KNOWN_IN, later ones missing; () where they are not told in public."""
    return _KNOWN.get(partition or "", ())


def region_meant(word: str) -> str | None:
    """Return the region that a mistyped word stands for: other case, other hyphens, a zone's letter at the end."""
    plain = re.sub(r"[\s_-]+", "-", word[:40].strip().lower()).strip("-")
    parts = _RUN_TOGETHER.fullmatch(plain)
    meant = "-".join(filter(None, parts.groups())) if parts else plain
    return meant if is_region(meant) else None
