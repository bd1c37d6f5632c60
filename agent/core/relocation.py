"""What does it mean for the users that a target's data goes elsewhere: from where to where, and what stays behind?"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from agent.core.aws.hosts import SERVING_BUCKETS, aws_host
from agent.core.aws.partitions import PARTITIONS
from agent.core.aws.regions import partition_of
from agent.core.filestore import Target
from agent.core.routing import SHARED_HOME, aws_region_of
from agent.core.rules.wording import listed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agent.core.aws.partition import Partition
    from agent.core.routing import Place, Routing

FOLDERS: Final = {Target.ATTACHMENTS: "data/attachments", Target.AVATARS: "data/avatars", Target.BACKUPS: "export"}
"""Where the shared home keeps each target unless told otherwise (Atlassian, "Important directories and files"; the
layout of the shared home is inferred from it, so it is only ever shown and nothing is done by it)."""

_SEEN: Final = {
    Target.ATTACHMENTS: "attachments that issues have already are not found until they are copied",
    Target.AVATARS: "the pictures of users, projects and issue types are missing until they are copied",
    Target.BACKUPS: "nothing; earlier backups are not lost, they are listed and fetched from where they are",
}
"""Atlassian says that nothing is moved (its Helm charts, issue 900); what users see of it is inferred."""
HOW_TO_COPY: Final = "docs/moving-data.md"


class Way(StrEnum):
    """How a target changes its place: put into S3, taken out of it, or from one bucket to another."""

    ADDED = "added"
    REMOVED = "removed"
    MOVED = "moved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Relocation:
    """One target that changes its place; the data written so far does not follow."""

    target: Target
    before: Place
    after: Place

    @property
    def way(self) -> Way:
        """Whether the target is added to what S3 keeps, removed from it, or moved within."""
        if self.before == SHARED_HOME:
            return Way.ADDED
        return Way.REMOVED if self.after == SHARED_HOME else Way.MOVED

    @property
    def course(self) -> str:
        """From where to where, in a few words."""
        match self.way:
            case Way.ADDED:
                return f"{self.target} go to {self.after} instead of the shared home"
            case Way.REMOVED:
                return f"{self.target} go back to the shared home instead of {self.before}"
            case _:
                return f"{self.target} move from {self.before} to {self.after}"

    @property
    def seen(self) -> str:
        """What the users of Jira will see of it."""
        return f"what users will see: {_SEEN[self.target]}"

    @property
    def stays(self) -> str:
        """Where the data written so far is left, and where it is told how that is copied."""
        where = f"{self.before} (by default in {FOLDERS[self.target]})" if self.way is Way.ADDED else str(self.before)
        pointer = "" if self.target is Target.BACKUPS else f"; how and when to copy them: {HOW_TO_COPY}"
        return f"existing {self.target} stay behind in {where} and are not copied{pointer}"

    @property
    def lines(self) -> tuple[str, ...]:
        """The same thing by thing, what users see before the rest."""
        return tuple(filter(None, (self.course, self.seen, self.stays, self.doubt)))

    @property
    def sentence(self) -> str:
        """What it means for the operator and for the users of Jira."""
        return "; ".join(self.lines)

    @property
    def doubt(self) -> str:
        """A bucket's name that stays the same is seldom meant as another bucket."""
        if self.way is not Way.MOVED or self.before.bucket != self.after.bucket:
            return ""
        if _same_partition(self.before, self.after):
            return "AWS has one bucket of this name, in one region: one of the two is wrong and does not reach it"
        return "a bucket of the same name elsewhere is another bucket, unless both addresses lead to one store"


def moves(before: Routing, after: Routing) -> tuple[Relocation, ...]:
    """Return each target that goes elsewhere afterwards, in the targets' own order."""
    pairs = zip(before.items(), after.items(), strict=True)
    return tuple(Relocation(target=target, before=old, after=new) for (target, old), (_, new) in pairs if old != new)


def announcement(relocations: Iterable[Relocation]) -> str:
    """Return what a person agrees to, in two short clauses: where new data will be stored, and what is not copied."""
    found: dict[Place, list[Target]] = {}
    for move in relocations:
        targets = found.setdefault(move.after, [])
        targets += [] if move.target in targets else [move.target]
    if not found:
        return ""
    first, *rest = ((listed(targets), place) for place, targets in found.items())
    more = "".join(f", new {what} in {place}" for what, place in rest)
    return f"New {first[0]} will be stored in {first[1]}{more}; existing ones are NOT copied."


def _same_partition(one: Place, other: Place) -> bool:
    """Bucket names are unique within a partition (AWS, bucket naming rules)."""
    first, second = (_partition_of(it.family) for it in (one, other))
    return first is not None and first == second


def _partition_of(family: str) -> Partition | None:
    """A host of AWS that is not of the filestore's region is a family of its own, and AWS's all the same."""
    region = aws_region_of(family)
    if region is not None:
        return partition_of(region)
    host = aws_host(family)
    if host is None or host.before or host.kind not in SERVING_BUCKETS:
        return None
    return partition_of(host.region) if host.region else PARTITIONS[0]
