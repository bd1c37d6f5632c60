"""What do flags say of a cluster of which there is no inventory yet? Its name, and the keys that they amount to."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from agent.core.inventory.cluster_name import WAY, is_cluster_name
from agent.core.inventory.nodeset import split_words
from agent.core.inventory.unfit import Unfit
from agent.core.text.shown import shown
from agent.edges.loader import DEFAULTS
from agent.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

HOME: Final = "/var/atlassian/application-data/jira"
"""Where the vendor's installer and image put it."""
_PORT: Final = re.compile("[0-9]{1,5}")
ANY_VERSION: Final = "1.0.0"
"""The form wants one; looking at a node needs none."""


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
        InputError: the pattern is malformed.

    """
    try:
        return {word: {} for word in split_words(pattern)}
    except Unfit as reason:
        raise InputError(f"--nodes: {reason.message}; {reason.hint}") from None


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
