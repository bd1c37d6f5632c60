"""What was learnt of one bucket, in few words."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from agent.core.preflight.judge import judge
from agent.core.s3.probe import LookUp, Reply, Rights, StoreView, Surroundings, Tried, Verb
from tests.support.bucket_node import probe_of

if TYPE_CHECKING:
    from agent.core.preflight.check import Check

WRITTEN = Reply(status=200, tagged=True)
READ = Reply(status=200, tagged=True, echoed=True)
GONE = Reply(status=204)
LISTED = Reply(status=200, listed=True)
DENIED = Reply(status=403, code="AccessDenied", message="Access Denied")
ABLE = {Verb.WRITE: WRITTEN, Verb.READ: READ, Verb.DELETE: GONE, Verb.LIST: LISTED}
ROLE = Rights(
    surroundings=Surroundings.PROCESS,
    tool="curl",
    chain="instance",
    key="0123456789ab",
    caller="arn:aws:sts::123456789012:assumed-role/jira/i-1",
)


def tried(target: str = "avatars", /, **given: Any) -> Tried:
    """Return a bucket where all was allowed, but for the replies that are given by their verb, and what else is."""
    url = given.pop("url", "https://s3.us-east-1.amazonaws.com")
    probe = probe_of("jira-bucket", url, target)
    door = given.pop("door", Reply(status=403, signed=True))
    look_up = given.pop("look_up", LookUp.FOUND)
    found = ABLE | {Verb(name): reply for name, reply in given.items()}
    replies = tuple((target, verb, found[verb]) for verb in probe.trials[0].verbs)
    return Tried(probe=probe, look_up=look_up, door=door, replies=replies)


def all_as(reply: Reply) -> dict[str, Reply]:
    return {str(verb): reply for verb in Verb}


def view(*buckets: Tried, **rights: object) -> StoreView:
    return StoreView(rights=replace(ROLE, **rights), tried=buckets)  # type: ignore[arg-type] # checked by use


def checked(*buckets: Tried, **rights: object) -> dict[str, Check]:
    return {it.what: it for it in judge(view(*buckets, **rights)).checks}
