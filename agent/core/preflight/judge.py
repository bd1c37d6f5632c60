"""All that one machine learnt of its buckets, judged: its checks, and which of our objects it had to leave."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.core.preflight import identity, places, targets
from agent.core.preflight.can import Can, never_sent
from agent.core.preflight.check import Check, Health
from agent.core.s3.probe import Verb
from agent.errors import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.core.s3.probe import StoreView, Trial, Tried


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """An object of ours that lies in a bucket still; certain is False where nobody knows whether it was written.

    versions: it was deleted, and the bucket keeps its version and a delete marker.
    """

    bucket: str
    key: str
    certain: bool
    versions: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Preflight:
    """The verdict on one machine."""

    checks: tuple[Check, ...]
    left: tuple[Left, ...]

    @property
    def outcome(self) -> Outcome:
        """Refused where Jira will not be able to do what it needs, partial where that is not known."""
        if any(check.health is Health.BAD for check in self.checks):
            return Outcome.REFUSED
        if any(check.health is Health.UNKNOWN and check.needed for check in self.checks):
            return Outcome.PARTIAL
        return Outcome.OK


def judge(view: StoreView) -> Preflight:
    """Judge what one machine learnt; a bucket that several targets share is judged for each."""
    checks = [identity.check_of(view)]
    for tried in view.tried:
        checks += places.checks_of(tried, view.rights)
        for trial in tried.probe.trials:
            checks += targets.checks_of(tried, trial)
    return Preflight(checks=tuple(checks), left=tuple(_left(view)))


def _left(view: StoreView) -> Iterator[Left]:
    for tried in view.tried:
        for trial in tried.probe.trials:
            yield from _left_of(tried, trial)


def _left_of(tried: Tried, trial: Trial) -> Iterator[Left]:
    able = targets.abilities_of(tried, trial)
    written, removed = able[Verb.WRITE].can, able[Verb.DELETE].can is Can.YES
    sent = not never_sent(tried.reply(trial.target, Verb.WRITE))
    versioned = any(reply.version for target, _, reply in tried.replies if target == trial.target)
    if written is Can.NO or not sent or (removed and not versioned) or (removed and written is not Can.YES):
        return
    yield Left(
        bucket=tried.probe.address.bucket, key=trial.key, certain=written is Can.YES, versions=removed and versioned
    )
