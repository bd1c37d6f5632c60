"""What of a bucket itself is as it must be: its host, its endpoint, its being there, its region, the clocks?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from agent.core.preflight.can import FORBIDDEN, NOT_FOUND, OK, Can, is_regional, trouble_of
from agent.core.preflight.check import Check, Health
from agent.core.preflight.targets import abilities_of
from agent.core.s3.probe import LookUp

if TYPE_CHECKING:
    from agent.core.s3.probe import Reply, Rights, Tried

SKEW_WARNED: Final = 5 * 60
"""Seconds."""
SKEW_REFUSED: Final = 15 * 60
"""Seconds; beyond it AWS refuses every request (RequestTimeTooSkewed)."""
_UNTRUSTED: Final = frozenset({51, 60, 77})
_OWN_TRUST: Final = (
    "Java has a trust store of its own, so Jira may see it otherwise: look there with keytool -list -cacerts,"
    " and add the CA to the machine's trust store to be able to ask from here"
)


def checks_of(tried: Tried, rights: Rights) -> tuple[Check, ...]:
    """Return the checks of one bucket that hold for all its targets."""
    answered = any(it.status is not None or it.code or (it.by_aws and not it.ended) for it in _replies(tried))
    return (
        _host(tried, rights, answered=answered),
        _endpoint(tried, answered=answered),
        _bucket(tried),
        _region(tried),
        _clock(tried),
    )


def _replies(tried: Tried) -> tuple[Reply, ...]:
    asked = (tried.door, *(reply for _, _, reply in tried.replies))
    return tuple(reply for reply in asked if reply.unasked is None)


def _worked(tried: Tried) -> bool:
    """Tell whether the store did something for us, and so the bucket is there."""
    abilities = (it for trial in tried.probe.trials for it in abilities_of(tried, trial).values())
    return any(it.can is Can.YES for it in abilities)


def _check(
    tried: Tried, what: str, health: Health, seen: str, cure: str | None = None, *, needed: bool = False
) -> Check:
    bucket = tried.probe.address.bucket
    return Check(what=what, health=health, seen=seen, bucket=bucket, cure=cure, needed=needed)


def _host(tried: Tried, rights: Rights, *, answered: bool) -> Check:
    host = tried.probe.address.host
    match tried.look_up:
        case LookUp.FOUND:
            return _check(tried, "name", Health.GOOD, f"{host} has an address")
        case LookUp.NONE if answered and rights.proxy:
            return _check(tried, "name", Health.GOOD, f"{host} has no address here; the proxy knows one")
        case LookUp.NONE:
            cure = (
                "mend the DNS of the node; Jira's client puts the bucket's name before the endpoint's host, and a store"
                " of one's own must know that name (wildcard DNS)"
            )
            return _check(tried, "name", Health.CARE if answered else Health.BAD, f"{host} has no address", cure)
        case LookUp.SLOW:
            cure = "mend the DNS of the node"
            return _check(tried, "name", Health.UNKNOWN, f"{host} was looked up in vain: no answer in time", cure)
        case LookUp.NOT_ASKED:
            return _check(tried, "name", Health.UNKNOWN, f"{host} was not looked up")


def _endpoint(tried: Tried, *, answered: bool) -> Check:
    root = tried.probe.address.root
    if answered:
        return _check(tried, "endpoint", Health.GOOD, f"{root} answers", needed=True)
    said = tried.door if tried.door.unasked is None else next(iter(_replies(tried)), tried.door)
    trouble = trouble_of(said) or "nothing that S3 would say"
    if said.unasked is not None:
        return _check(tried, "endpoint", Health.UNKNOWN, f"{root}: {trouble}", needed=True)
    if said.ended in _UNTRUSTED or "certificate" in trouble:
        return _check(tried, "endpoint", Health.UNKNOWN, f"{root}: {trouble}", _OWN_TRUST, needed=True)
    cure = "open the way to it from the node (firewall, routes, proxy), or correct `endpoint-override`"
    return _check(tried, "endpoint", Health.BAD, f"{root}: {trouble}", cure, needed=True)


def _bucket(tried: Tried) -> Check:
    address = tried.probe.address
    cure = "create the bucket, or correct `bucket-name` in the inventory"
    if _worked(tried):
        return _check(tried, "bucket", Health.GOOD, "it is there")
    # Amazon S3 tells anybody that a bucket is not there; of another store's door a 404 may mean anything.
    if any(it.code == "NoSuchBucket" for it in _replies(tried)) or (tried.door.status == NOT_FOUND and address.sts):
        return _check(tried, "bucket", Health.BAD, "there is no such bucket", cure)
    return _check(tried, "bucket", Health.UNKNOWN, "whether it is there was not told")


def _region(tried: Tried) -> Check:
    wanted = tried.probe.address.region
    replies = _replies(tried)
    told = next((it.region for it in replies if it.region), "")
    if _takes_our_signature(tried):
        return _check(tried, "region", Health.GOOD, f"the store takes signatures for {wanted}")
    if told and told != wanted:
        cure = f"write `region: {told}` in the inventory, if this is the bucket that is meant"
        return _check(tried, "region", Health.BAD, f"the bucket is in {told}, the inventory says {wanted}", cure)
    if told:
        return _check(tried, "region", Health.GOOD, f"the bucket is in {wanted}")
    if any(map(is_regional, replies)):
        cure = "correct `region` in the inventory"
        return _check(tried, "region", Health.BAD, f"the bucket is in another region than {wanted}", cure)
    # The aws command follows to another region by itself, which Jira's client does not: its yes proves nothing.
    return _check(tried, "region", Health.UNKNOWN, "the store did not tell it", needed=_worked(tried))


def _takes_our_signature(tried: Tried) -> bool:
    """A signature for another region is refused before anything else is looked at."""
    if any(not it.by_aws and it.status == OK and it.tagged for it in _replies(tried)):
        return True
    return tried.door.signed and tried.door.status in {OK, FORBIDDEN} and not tried.door.region and _worked(tried)


def _clock(tried: Tried) -> Check:
    replies = _replies(tried)
    cure = "mend the node's clock (chrony, ntp)"
    offs = [it.at - it.date for it in replies if it.date is not None and it.at is not None]
    off = min(offs, key=abs, default=None)
    if any(it.code == "RequestTimeTooSkewed" for it in replies):
        return _check(tried, "clock", Health.BAD, "the store refuses requests: the clocks are too far apart", cure)
    if off is None:
        return _check(tried, "clock", Health.UNKNOWN, "the store told no time")
    if abs(off) < SKEW_WARNED:
        return _check(tried, "clock", Health.GOOD, "the node's clock and the store's agree")
    side = "ahead of" if off > 0 else "behind"
    seen = f"the node's clock is about {abs(off) // 60} minutes {side} the store's"
    # What still works cannot be refused for its time: then the Date is another's, such as that of a cache on the way.
    bad = abs(off) > SKEW_REFUSED and not _worked(tried)
    return _check(tried, "clock", Health.BAD if bad else Health.CARE, f"{seen}; AWS refuses from 15 minutes on", cure)
