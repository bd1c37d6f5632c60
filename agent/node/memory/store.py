"""The buckets that a machine in memory can reach: who may do what in them, told as a real store's answers would be."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from agent.core.s3.probe import LookUp, Reply, Rights, StoreView, Surroundings, Tried, Unasked, Verb

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.core.s3.probe import Probe, Trial
    from agent.node.port import ProbeStores

AS_JIRA_NEEDS: Final[Mapping[str, frozenset[Verb]]] = {
    "backups": frozenset({Verb.WRITE}),
    "avatars": frozenset(Verb),
    "attachments": frozenset(Verb),
}
"""What may be done below each target's prefix."""
_GOOD: Final = {
    Verb.WRITE: Reply(status=200, tagged=True),
    Verb.READ: Reply(status=200, tagged=True, echoed=True),
    Verb.DELETE: Reply(status=204),
    Verb.LIST: Reply(status=200, listed=True),
}
_NO: Final = Reply(status=403, code="AccessDenied", message="Access Denied")
_GONE: Final = Reply(status=404, code="NoSuchBucket", message="The specified bucket does not exist")
_MISSING: Final = Reply(status=404, code="NoSuchKey", message="The specified key does not exist.")


@dataclass(slots=True, kw_only=True)
class PretendStore:
    """Who the machine is, which of its buckets are missing, what may be done, and what lies there by now."""

    rights: Rights = field(
        default_factory=lambda: Rights(
            surroundings=Surroundings.PROCESS,
            tool="curl",
            chain="instance",
            caller="arn:aws:sts::123456789012:assumed-role/jira/i-0123456789abcdef0",
        )
    )
    allowed: Mapping[str, frozenset[Verb]] = field(default_factory=lambda: AS_JIRA_NEEDS)
    missing: frozenset[str] = frozenset()
    objects: set[tuple[str, str]] = field(default_factory=set)

    def answer(self, request: ProbeStores) -> StoreView:
        """Answer an errand as the script would bring it."""
        return StoreView(rights=self.rights, tried=tuple(map(self._tried, request.probes)))

    def _tried(self, probe: Probe) -> Tried:
        return Tried(
            probe=probe,
            look_up=LookUp.FOUND,
            door=_GONE if probe.address.bucket in self.missing else Reply(status=403),
            replies=tuple(
                (trial.target, verb, self._reply(probe, trial, verb)) for trial in probe.trials for verb in trial.verbs
            ),
        )

    def _reply(self, probe: Probe, trial: Trial, verb: Verb) -> Reply:
        if self.rights.caller is None and self.rights.key is None:
            return Reply(unasked=Unasked.NO_KEYS)
        if probe.address.bucket in self.missing:
            return _GONE
        if verb not in self.allowed.get(trial.target, frozenset()):
            return _NO
        return self._carry_out((probe.address.bucket, trial.key), verb)

    def _carry_out(self, place: tuple[str, str], verb: Verb) -> Reply:
        if verb is Verb.READ and place not in self.objects:
            return _MISSING
        if verb is Verb.WRITE:
            self.objects.add(place)
        elif verb is Verb.DELETE:
            self.objects.discard(place)
        return _GOOD[verb]
