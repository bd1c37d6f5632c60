"""Files that differ no further than nodes may: one set of filestores for the cluster, and what some nodes have instead.

A node may differ in max-concurrency, and in endpoint-override within the same endpoint family; nothing else (inventory
format 1). Both are written where they were found, so that each node's document means what its file means now.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from agent.core.filestore import FilestoreConfig
from agent.core.routing import endpoint_family

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agent.core.filestore import Filestore

_TUNED = {"endpoint-override": "endpoint_override", "max-concurrency": "max_concurrency"}
"""What a node may have of its own: the inventory's key, and the name of the value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """The inventory's keys filestores and associations, and by node what stands under its own filestores."""

    filestores: Mapping[str, Mapping[str, object]]
    associations: Mapping[str, str]
    overrides: Mapping[str, Mapping[str, Mapping[str, object]]] = field(default_factory=dict)


def frame_of(config: FilestoreConfig) -> tuple[object, ...]:
    """Return what all nodes of a cluster must have in common; equal frames can be joined."""
    stores = tuple(
        (it.id, it.bucket_name, it.region, endpoint_family(it.endpoint_override, it.region)) for it in config.filestores
    )
    return stores, config.associations


def joined(configs: Mapping[str, FilestoreConfig]) -> Joined:
    """Join the configurations of nodes, by name and all of the same frame; none at all keeps nothing in S3."""
    first = next(iter(configs.values()), FilestoreConfig())
    of_store = {it.id: {name: _store(config, it.id) for name, config in configs.items()} for it in first.filestores}
    common = {id_: _common(tuple(stores.values())) for id_, stores in of_store.items()}
    return Joined(
        filestores={it.id: {"bucket-name": it.bucket_name, "region": it.region, **common[it.id]}
                    for it in first.filestores},
        associations={link.target: link.file_store for link in first.associations},
        overrides={name: own for name in configs if (own := _own(name, of_store, common))},
    )  # fmt: skip


def _store(config: FilestoreConfig, id_: str) -> Filestore:
    return next(store for store in config.filestores if store.id == id_)


def _common(stores: Sequence[Filestore]) -> dict[str, object]:
    """The commonest value stands for the cluster; none where any node has none, since no override can take one away."""
    common: dict[str, object] = {}
    for key, name in _TUNED.items():
        values = [getattr(store, name) for store in stores]
        if None not in values:
            common[key] = Counter(values).most_common(1)[0][0]
    return common


def _own(
    name: str, of_store: Mapping[str, Mapping[str, Filestore]], common: Mapping[str, Mapping[str, object]]
) -> dict[str, dict[str, object]]:
    found = {id_: _differing(stores[name], common[id_]) for id_, stores in of_store.items()}
    return {id_: own for id_, own in found.items() if own}


def _differing(store: Filestore, common: Mapping[str, object]) -> dict[str, object]:
    pairs = ((key, getattr(store, name)) for key, name in _TUNED.items())
    return {key: value for key, value in pairs if value is not None and value != common.get(key)}
