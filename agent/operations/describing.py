"""What do flags say of a cluster of which there is no inventory yet? Its name, and the keys that they amount to."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Final

from agent.core.finding import Finding, Place, Severity
from agent.core.inventory import home_grammar, host_grammar, word_grammar
from agent.core.inventory.cluster_name import WAY, is_cluster_name
from agent.core.inventory.nodeset import hosts, split_words
from agent.core.inventory.unfit import Unfit
from agent.core.text.shown import shown
from agent.edges.loader import DEFAULTS
from agent.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

HOME: Final = "/var/atlassian/application-data/jira"
"""Where the vendor's installer and image put it."""
_PORT: Final = re.compile("[0-9]{1,5}")
UNNAMED: Final = "unnamed"
"""What a cluster is called that nobody has named yet, while its inventory is only shown."""
ANY_VERSION: Final = "1.0.0"
"""The form wants one; looking at a node needs none."""
_NODES: Final = "--nodes"
_TOLD: Final = 5
"""Names in a hint: more would not help to see what is meant."""
_SEVERAL: Final = re.compile(r"[\s;]+")
_AS_OF_SSH: Final = re.compile(
    r"(?:(?P<user>[A-Za-z_][A-Za-z0-9_.-]{0,31})@)?(?P<name>[^@:\s]+)(?::(?P<port>[0-9]{1,5}))?"
)
"""How ssh and scp are told of a machine; an inventory has a key for each part."""
_GRAMMARS: Final[Mapping[str, Callable[[str], object]]] = {
    "jira-version": word_grammar.version,
    "localhome": home_grammar.home,
    "owner": word_grammar.user,
    "unit": word_grammar.unit,
    "context-path": word_grammar.context_path,
    "ssh-user": word_grammar.user,
    "ssh-config": home_grammar.file_path,
    "known-hosts": home_grammar.file_path,
    "jump": lambda text: [host_grammar.host(word) for word in _list(text) or ()],
}
"""What the flags may say; a port has its own sentence."""


def cluster_name(out: Path | None, name: str | None) -> str | None:
    """Return what the cluster is called: as its file is, so that the two cannot differ; None where nothing says it.

    Raises:
        InputError: the two flags contradict each other, or it cannot be the name of a cluster.

    """
    stem = out.stem if out else None
    if name and stem and name != stem:
        raise InputError(f"--name {name}: the cluster's name is that of its file, and --out says {stem}")
    found = stem or name
    if found is not None and (found == DEFAULTS or not is_cluster_name(found)):
        raise InputError(f"{'--out' if stem else '--name'}: {shown(found)} cannot be the name of a cluster; {WAY}")
    return found


def described_nodes(pattern: str) -> dict[str, object]:
    """Return the entries of the nodes that --nodes names.

    Raises:
        InputError: the pattern is malformed, or a name in it is no host's; with a finding for each.

    """
    try:
        words = split_words(pattern)
    except Unfit as reason:
        raise InputError(f"--nodes: {reason.message}; {reason.hint}") from None
    findings = tuple(finding for word in words if (finding := _fault_of(word)))
    if findings:
        raise InputError(f"--nodes {shown(pattern)}: these are no names of nodes; nothing was done", findings)
    return {word: {} for word in words}


def _fault_of(word: str) -> Finding | None:
    try:
        hosts(word)
    except Unfit as reason:
        hint = _cure(word) or reason.hint
        place = Place(file=_NODES)
        return Finding(rule=reason.rule.value, severity=Severity.ERROR, message=reason.message, place=place, hint=hint)
    return None


def _cure(word: str) -> str | None:
    """Return what would have been right, where that is plain and would itself be taken."""
    several = _SEVERAL.split(word.strip("; \t\r\n"))
    if len(several) > 1:
        some = several[:_TOLD]
        more = ",..." if len(several) > _TOLD else ""
        return f"put a comma between names: {','.join(some)}{more}" if all(map(_is_fit, some)) else None
    found = _AS_OF_SSH.fullmatch(word)
    if found is None or not _is_fit(found["name"]) or not (found["user"] or found["port"]):
        return None
    parts = {_NODES: found["name"], "--ssh-user": found["user"], "--ssh-port": found["port"]}
    return "say " + " ".join(f"{flag} {shlex.quote(part)}" for flag, part in parts.items() if part)


def _is_fit(word: str) -> bool:
    try:
        return bool(hosts(word))
    except Unfit:
        return False


def require_fit(settings: Mapping[str, str]) -> None:
    """Insist that each flag says what an inventory may hold, before anything else is read.

    Raises:
        InputError: one does not; the sentence names the flag.

    """
    for flag, text in settings.items():
        try:
            _GRAMMARS.get(flag, str)(text)
        except Unfit as reason:
            raise InputError(f"--{flag} {reason.message}; {reason.hint}") from None
    for flag in ("status-port", "ssh-port"):
        _number(settings, flag)


def described(nodes: Mapping[str, object], settings: Mapping[str, str]) -> dict[str, object]:
    """Return the inventory that the flags amount to, without a file's content: enough to reach the nodes.

    Raises:
        InputError: a port is none.

    """
    owner = settings.get("owner", "jira")
    jira: dict[str, object] = {
        "version": settings.get("jira-version", ANY_VERSION),
        "localhome": settings.get("localhome", HOME),
        "owner": owner,
    }
    status = _some(port=_number(settings, "status-port"), **{"context-path": settings.get("context-path")})
    jira |= _some(status=status or None, service={"systemd": settings["unit"]} if "unit" in settings else None)
    ssh = _some(
        user=settings.get("ssh-user"),
        port=_number(settings, "ssh-port"),
        jump=_list(settings.get("jump")),
        config=settings.get("ssh-config"),
        **{"known-hosts": settings.get("known-hosts")},
    )
    return {"jira": jira, **_some(ssh=ssh or None), "nodes": dict(nodes), "filestores": {}, "associations": {}}


def _some(**values: object) -> dict[str, object]:
    return {key: value for key, value in values.items() if value is not None}


def _list(text: str | None) -> tuple[str, ...] | None:
    return None if text is None else tuple(word.strip() for word in text.split(","))


def _number(settings: Mapping[str, str], name: str) -> int | None:
    text = settings.get(name)
    if text is None:
        return None
    if not _PORT.fullmatch(text) or not 1 <= int(text) <= 65535:  # noqa: PLR2004 - a port
        raise InputError(f"--{name} {text}: a port, from 1 to 65535")
    return int(text)
