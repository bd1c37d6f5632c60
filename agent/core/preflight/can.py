"""Could it be done? One reply of a store as yes, no or not known; a 403 that may mean two things is not guessed at."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from agent.core.s3.probe import Unasked, Verb

if TYPE_CHECKING:
    from agent.core.s3.probe import Reply


class Can(StrEnum):
    """Whether the store let it be done."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ability:
    """Whether it can be done, and why that is thought; cure only where the reason has one of its own.

    denied: the rights alone are why not; every other no would be the same for whatever is asked.
    """

    can: Can
    why: str
    cure: str | None = None
    denied: bool = False


OK: Final = 200
NO_CONTENT: Final = 204
FORBIDDEN: Final = 403
NOT_FOUND: Final = 404
_KMS: Final = "let the key's policy allow Jira's identity to use it (kms:GenerateDataKey, kms:Decrypt)"
_ASK_AGAIN: Final = "ask again later"
_NEW_KEYS: Final = "renew the credentials of Jira's service (a key and its own secret), and restart it"
REGIONAL: Final = frozenset({"PermanentRedirect", "TemporaryRedirect", "IllegalLocationConstraintException"})
"""Of a bucket in another region (AWS, "Error responses"; AuthorizationHeaderMalformed says so in its message)."""
_SURE: Final = {
    "NoSuchBucket": ("there is no such bucket", "create the bucket, or correct `bucket-name` in the inventory"),
    "PermanentRedirect": ("the bucket is in another region", "correct `region` in the inventory"),
    "IllegalLocationConstraintException": ("the bucket is in another region", "correct `region` in the inventory"),
    "InvalidAccessKeyId": ("the store knows no such access key", _NEW_KEYS),
    "InvalidClientTokenId": ("the store knows no such access key", _NEW_KEYS),
    "SignatureDoesNotMatch": ("the secret key does not belong to the access key", _NEW_KEYS),
    "ExpiredToken": ("the session token has expired", "find out why Jira's service is not given a fresh one"),
    "ExpiredTokenException": ("the session token has expired", "find out why Jira's service is not given a fresh one"),
    "TokenRefreshRequired": ("the session token has expired", "find out why Jira's service is not given a fresh one"),
    "InvalidToken": ("the store does not accept the session token", _NEW_KEYS),
    "RequestTimeTooSkewed": ("the node's clock and the store's are too far apart", "mend the node's clock"),
    "AccountProblem": ("the account of the bucket is blocked", "ask whoever owns the AWS account"),
    "AllAccessDisabled": ("all access to the bucket is disabled", "ask whoever owns the AWS account"),
    "NotSignedUp": ("the account has no S3", "ask whoever owns the AWS account"),
    "InvalidBucketName": ("the store takes this for no name of a bucket", "correct `bucket-name` in the inventory"),
}
"""Codes that are no for every request alike, with the reason and its cure (AWS, "Error responses" of Amazon S3)."""
_BUSY: Final = frozenset({"SlowDown", "ServiceUnavailable", "InternalError", "RequestTimeout", "OperationAborted"})
_ENDS: Final = {
    5: "the proxy's name has no address",
    6: "the host's name has no address",
    7: "the connection was refused, or there is no way to the host",
    28: "no answer came in time",
    35: "the TLS handshake failed",
    52: "the connection was ended without an answer",
    56: "the connection broke",
    60: "this machine does not trust the host's certificate",
    124: "no answer came in time",
    137: "no answer came in time",
}
_NOT_CONNECTED: Final = frozenset({5, 6, 7, 35, 60})
"""Of curl's exit codes."""
_NEVER_SENT: Final = ("could not connect", "ssl validation", "credentials", "config profile", "sso session")
_UNASKED: Final = {
    Unasked.NO_TIME: "not asked: no time left",
    Unasked.NO_KEYS: "not asked: no credentials to ask with",
    Unasked.NO_TOOL: "not asked: the node has neither the aws command nor curl",
    Unasked.BARRED: "not asked: the endpoint could not be spoken to",
}


def ability_of(verb: Verb, reply: Reply, *, written: Can) -> Ability:
    """Judge one reply; written tells whether our object lay there when it was asked."""
    if reply.unasked is not None:
        return _unknown(_UNASKED[reply.unasked])
    code = "PermanentRedirect" if is_regional(reply) else reply.code
    if code in _SURE:
        return _no(*_SURE[code])
    if _is_done(verb, reply):
        return Ability(can=Can.YES, why="allowed")
    if reply.code == "AccessDenied":
        return _denied(verb, reply, written)
    if verb is Verb.READ and reply.code == "NoSuchKey" and written is not Can.YES:
        # Who may not read, or not list, is told 403 of a key that is not there (AWS, GetObject).
        return Ability(can=Can.YES, why="allowed: a key that is not there is told as missing")
    return _unknown(*_doubt(reply))


def is_regional(reply: Reply) -> bool:
    """Tell whether the store sent us to another region."""
    return reply.code in REGIONAL or (reply.code == "AuthorizationHeaderMalformed" and bool(reply.region))


def trouble_of(reply: Reply) -> str | None:
    """Return what kept the tool from an answer; None where one came."""
    if reply.unasked is not None:
        return _UNASKED[reply.unasked]
    if reply.status is not None or reply.code:
        return None
    if reply.by_aws:
        return _trouble_of_aws(reply)
    return _ENDS.get(reply.ended, f"curl ended with {reply.ended}") if reply.ended else None


def never_sent(reply: Reply) -> bool:
    """Tell whether nothing can have come to the store: no credentials, nobody to connect to, or not tried at all."""
    if reply.unasked is not None:
        return True
    if reply.status is not None or reply.code:
        return False
    if reply.by_aws:
        return reply.ended != 0 and any(sign in reply.complaint.lower() for sign in _NEVER_SENT)
    return reply.ended in _NOT_CONNECTED


def _is_done(verb: Verb, reply: Reply) -> bool:
    """What S3 adds to its answers must be there: a proxy's page with the code 200 is no yes."""
    if reply.by_aws:
        return reply.ended == 0 and (verb in {Verb.DELETE, Verb.LIST} or reply.tagged)
    match verb:
        case Verb.WRITE:
            return reply.status == OK and reply.tagged and not reply.ended
        case Verb.READ:
            return reply.status == OK and reply.tagged and reply.echoed
        case Verb.DELETE:
            return reply.status == NO_CONTENT
        case Verb.LIST:
            return reply.status == OK and reply.listed


def _denied(verb: Verb, reply: Reply, written: Can) -> Ability:
    if "kms:" in reply.message.lower():
        return Ability(can=Can.NO, why="denied by the key that encrypts the bucket (KMS)", cure=_KMS, denied=True)
    if verb is Verb.READ and written is not Can.YES:
        return _unknown("there was nothing to read, and a 403 then stands for no and for nothing there")
    explicit = " by an explicit deny" if "explicit deny" in reply.message.lower() else ""
    return Ability(can=Can.NO, why=f"AccessDenied{explicit}", denied=True)


def _doubt(reply: Reply) -> tuple[str, str | None]:
    trouble = trouble_of(reply)
    if trouble is not None:
        return trouble, None
    if reply.code in _BUSY or (reply.status or 0) >= 500:  # noqa: PLR2004 - HTTP's own
        return f"the store was busy or failing ({_told(reply)})", _ASK_AGAIN
    if not reply.code:
        return f"the answer is none of S3's ({_told(reply)}); something else may stand between", None
    return f"the store said {_told(reply)}", None


def _told(reply: Reply) -> str:
    words = [f"HTTP {reply.status}"] if reply.status is not None else []
    return ", ".join([*words, *([reply.code] if reply.code else [])]) or "nothing"


def _trouble_of_aws(reply: Reply) -> str | None:
    complaint = reply.complaint.lower()
    kinds = {
        "could not connect": "the endpoint could not be connected to",
        "timeout on endpoint": "no answer came in time",
        "ssl validation": "this machine does not trust the host's certificate",
        "credentials": "the aws command found no credentials",
        "config profile": "the profile is in no file that Jira's user can read",
        "error when retrieving": "the credentials could not be fetched",
        "sso session": "the SSO session has expired",
        "proxy": "the proxy did not let it through",
    }
    for sign, meaning in kinds.items():
        if sign in complaint:
            return meaning
    return _ENDS.get(reply.ended, f"the aws command ended with {reply.ended}") if reply.ended else None


def _no(why: str, cure: str) -> Ability:
    return Ability(can=Can.NO, why=why, cure=cure)


def _unknown(why: str, cure: str | None = None) -> Ability:
    return Ability(can=Can.UNKNOWN, why=why, cure=cure)
