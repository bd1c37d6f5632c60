"""Of which Jira and which targets is a rule asked? Data, so that pages, --explain and the judge say the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.core.rules.wording import listed

if TYPE_CHECKING:
    from collections.abc import Collection

    from agent.core.filestore import Target

Version = tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Applicability:
    """The versions from since to before, and the targets; None and () set no bound. where is a bound for people.

    Of a Jira whose version is not known no rule is asked that has a bound of versions.
    """

    since: Version | None = None
    before: Version | None = None
    targets: tuple[Target, ...] = ()
    where: str = ""
    said: str = ""
    """For people, where each target has bounds of its own."""

    def __str__(self) -> str:
        """Write it as a person says it: attachments, Jira from 9.12 to before 10.0."""
        if self.said:
            return self.said
        bounds = (self._versions(), listed(self.targets) if self.targets else "every target", self.where)
        return "; ".join(filter(None, bounds))

    def asks(self, jira: Version | None, targets: Collection[str]) -> bool:
        """Tell whether the rule is asked of this Jira, with these targets associated."""
        if self.targets and not set(self.targets) & set(targets):
            return False
        if self.since is None and self.before is None:
            return True
        return jira is not None and (self.since or ()) <= jira and (self.before is None or jira < self.before)

    def _versions(self) -> str:
        since = f"from {dotted(self.since)}" if self.since else ""
        before = f"before {dotted(self.before)}" if self.before else ""
        bounds = f"{since} and {before}" if since and before else since or before
        return f"Jira {bounds}" if bounds else "every Jira version"


EVERYWHERE = Applicability()


def dotted(version: Version) -> str:
    """Write a version as Jira does."""
    return ".".join(map(str, version))
