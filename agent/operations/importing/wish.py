"""What did the user say of an import: where the nodes come from, where the filestores, and what flags describe?"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from agent.edges.sources import STDIN
from agent.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FROM_ENVIRONMENT: Final = "--from-environment"
EMPTY: Final = "--empty"
_NODES: Final = "--ansible INVENTORY, --ansible-json FILE or --nodes NODES"
_STORES: Final = "--helm FILE, --env FILE, --from-environment, --xml FILE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """The flags: said holds those without a value, settings those that describe nodes; - is what is piped in."""

    ansible: str | None = None
    ansible_json: str | None = None
    group: str | None = None
    nodes: str | None = None
    helm: tuple[str, ...] = ()
    env: str | None = None
    xml: str | None = None
    said: frozenset[str] = frozenset()
    name: str | None = None
    out: Path | None = None
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def node_sources(self) -> tuple[str, ...]:
        """The flags that say which nodes."""
        told = {"--ansible": self.ansible, "--ansible-json": self.ansible_json, "--nodes": self.nodes}
        return tuple(flag for flag, value in told.items() if value is not None)

    @property
    def store_sources(self) -> tuple[str, ...]:
        """The flags that say which filestores."""
        told = {"--helm": self.helm, "--env": self.env, "--xml": self.xml}
        return (*(flag for flag, value in told.items() if value), *sorted(self.said))


def require_sense(wish: Wish) -> None:
    """Insist on one source of filestores, at most one of nodes, and at most one that is piped in.

    Raises:
        InputError: the flags contradict each other, or nothing says where the filestores come from.

    """
    for flags, what in ((wish.node_sources, "nodes"), (wish.store_sources, "filestores")):
        if len(flags) > 1:
            raise InputError(f"{' and '.join(flags)}: the {what} come from one source; say one of them")
    if not wish.store_sources:
        raise InputError(_without_stores(wish))
    if wish.group is not None and not {"--ansible", "--ansible-json"} & set(wish.node_sources):
        raise InputError("--group: it names a group of Ansible; say --ansible or --ansible-json as well")
    piped = [it for it in (wish.ansible_json, *wish.helm, wish.env, wish.xml) if it == STDIN]
    if len(piped) > 1:
        raise InputError("-: only one source can be piped in; name files for the others")


def _without_stores(wish: Wish) -> str:
    way = f"say {_STORES}; or {EMPTY}, if everything is in the shared home"
    if wish.ansible is not None or wish.ansible_json is not None:
        return f"import-config: Ansible tells the nodes, and knows no filestores; {way}"
    return f"import-config: nothing says where the filestores come from; {way}. The nodes: {_NODES}"
