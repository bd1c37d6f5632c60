"""Is a word a region of some AWS partition, and which region was meant by one that is not?"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from agent.core.aws import regions as aws
from agent.core.aws.hosts import is_at_aws as is_aws_endpoint
from agent.core.aws.partitions import BOTOCORE, RELEASED
from agent.core.text.look_alikes import plain_letters

if TYPE_CHECKING:
    from agent.core.filestore import Filestore

_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
KNOWN_IN: Final = f"{_MONTHS[int(RELEASED[5:7]) - 1]} {RELEASED[:4]}"
"""When AWS was last asked, so to say: the release of botocore that the lists come from."""
DATA: Final = f"botocore {BOTOCORE} of {RELEASED}"

_TOLD_IN_PUBLIC: Final = frozenset({"aws", "aws-cn", "aws-us-gov", "aws-eusc"})
"""Of the isolated partitions botocore names some regions; whether all of them, nobody outside can say."""

_RUN_TOGETHER: Final = re.compile(
    r"(us|eu|ap|sa|ca|me|af|il|mx|cn)-?(gov)?-?((?:north|south)?(?:east|west)|north|south|central)-?([0-9]+)[a-f]?"
)


def is_region(word: str) -> bool:
    """Tell whether a word has the form of a region of any partition."""
    return partition_of(word) is not None


def partition_of(word: str) -> str | None:
    """Return the name of the partition whose regions look like this word."""
    partition = aws.partition_of(word)
    return None if partition is None else partition.name


def known_regions(word: str) -> tuple[str, ...]:
    """Return the regions of this one's partition as of KNOWN_IN; () where they are not all told in public."""
    partition = aws.partition_of(word)
    return partition.regions if partition is not None and partition.name in _TOLD_IN_PUBLIC else ()


def is_at_aws(filestore: Filestore) -> bool:
    """Tell whether a filestore's bucket is one of AWS's, by whichever of its endpoints."""
    return is_aws_endpoint(filestore.endpoint_override)


def region_meant(word: str) -> str | None:
    """Return the region that a mistyped word stands for: other case, other hyphens, a zone's letter at the end."""
    plain = re.sub(r"[\s_-]+", "-", plain_letters(word[:40]).strip().lower()).strip("-")
    parts = _RUN_TOGETHER.fullmatch(plain)
    meant = "-".join(filter(None, parts.groups())) if parts else plain
    return meant if is_region(meant) else None
