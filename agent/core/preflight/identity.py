"""As whom does each node come to the buckets, and are they all the same?"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from agent.core.preflight.check import Check, Health
from agent.core.s3.probe import Surroundings
from agent.core.text.names import fold

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.core.s3.probe import Rights, StoreView

CHAIN: Final = "system properties, environment, web identity, profile, container, instance"
"""The links of the SDK's default chain, in its order (AWS SDK for Java 2, "Default credentials provider chain")."""
_FROM: Final = {
    Surroundings.PROCESS: "of the running Jira",
    Surroundings.UNIT: "of Jira's unit",
    Surroundings.OWNER: "of Jira's user",
    Surroundings.HIDDEN: "of Jira's user",
    Surroundings.WORKSTATION: "of this workstation",
}
_PROVES_LESS: Final = {
    Surroundings.UNIT: "Jira does not run, so what its start scripts (setenv.sh) would add was not seen",
    Surroundings.OWNER: "Jira does not run and no unit tells, so what its start would give it was not seen",
    Surroundings.HIDDEN: "the environment of the running Jira cannot be read by its file's owner",
    Surroundings.WORKSTATION: "this proves the rights of the workstation, and not those of any node",
}
_LINKS: Final = {
    # by the node's own look, and as boto3 calls them
    "environment": "variables or properties",
    "web-identity": "a web identity token",
    "profile": "a profile",
    "container": "the container's service",
    "instance": "the instance's role",
    "none": "no link that was looked at",
    "env": "variables",
    "shared-credentials-file": "a profile",
    "config-file": "a profile",
    "assume-role": "a role that is assumed",
    "assume-role-with-web-identity": "a web identity token",
    "container-role": "the container's service",
    "iam-role": "the instance's role",
}
_PASSING: Final = frozenset({"web-identity", "container", "instance"})
"""Links that give each node keys of its own, for a while: other keys are no other identity."""
_FROM_WHAT: Final = {
    "odd": "what stands there is no key of AWS's (a sign that cannot be in one)",
    "web-identity": "STS gave none for the web identity token",
    "web-identity-unread": "the web identity token's file cannot be read",
}


def check_of(view: StoreView) -> Check:
    """Tell as whom one node comes, by which link and from where; no credentials are a finding."""
    rights = view.rights
    limits = _PROVES_LESS.get(rights.surroundings)
    if rights.caller is None and rights.key is None and not _got_through(view):
        return _without(rights, limits)
    who = principal_of(rights) or "keys that each node has for itself"
    link = _LINKS.get(rights.chain, f"a {rights.chain.replace('-', ' ')}")
    seen = f"{who}, by {link} {_FROM[rights.surroundings]}; asked with {rights.tool}"
    if limits is not None:
        return Check(what="identity", health=Health.CARE, seen=f"{seen}; {limits}", cure=_start_it(rights))
    return Check(what="identity", health=Health.GOOD, seen=seen)


def principal_of(rights: Rights) -> str | None:
    """Return who it is, comparable between nodes: the role of a session, else the digest of a lasting key's id."""
    if rights.caller is not None:
        kind, _, rest = rights.caller.partition(":assumed-role/")
        return f"{kind}:assumed-role/{rest.partition('/')[0]}" if rest else rights.caller
    if rights.key is None or rights.chain in _PASSING:
        return None
    return f"the access key with the digest {rights.key}"


def differences(views: Mapping[str, StoreView]) -> tuple[str, ...]:
    """Return who is who where the nodes are not all the same; nothing where they are, or where nobody knows."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for name, view in views.items():
        principal = principal_of(view.rights)
        if principal is not None:
            found[principal].append(name)
    return tuple(f"{fold(names)}: {who}" for who, names in found.items()) if len(found) > 1 else ()


def _got_through(view: StoreView) -> bool:
    """The aws command may know ways that our own look along the chain does not."""
    replies = [reply for tried in view.tried for _, _, reply in tried.replies]
    return any(reply.by_aws and reply.unasked is None and (reply.code or not reply.ended) for reply in replies)


def _without(rights: Rights, limits: str | None) -> Check:
    if rights.tool == "none":
        cure = "install curl or the aws command there, or ask with --from-workstation"
        return _check(Health.UNKNOWN, "not asked: the node has neither the aws command nor curl", cure)
    if rights.chain.startswith("profile-"):
        word = rights.chain.removeprefix("profile-")
        cure = "install the aws command there, which can follow it, or ask with --from-workstation"
        return _check(Health.UNKNOWN, f"the profile {_FROM[rights.surroundings]} needs {word}", cure)
    if rights.chain in _FROM_WHAT:
        return _check(Health.BAD, f"no credentials {_FROM[rights.surroundings]}: {_FROM_WHAT[rights.chain]}", _GIVE)
    seen = f"no credentials {_FROM[rights.surroundings]}; looked through: {CHAIN}"
    if limits is not None:
        own = "choose some with AWS_PROFILE, or " if rights.surroundings is Surroundings.WORKSTATION else ""
        return _check(Health.UNKNOWN, f"{seen}; {limits}", f"{own}{_start_it(rights)}")
    return _check(Health.BAD, seen, _GIVE)


_GIVE: Final = "give Jira's service a role, or credentials by one of these links, and restart it"


def _start_it(rights: Rights) -> str:
    if rights.surroundings is Surroundings.WORKSTATION:
        return "ask from the nodes: preflight-s3 without --from-workstation"
    return "ask again while Jira runs"


def _check(health: Health, seen: str, cure: str) -> Check:
    return Check(what="identity", health=health, seen=seen, cure=cure, needed=True)
