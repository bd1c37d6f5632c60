"""Which hosts has a group of groups? Thousands of groups over thousands of hosts, circles included, in no while."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Members:
    """Which hosts each group has: as the bits of a number, since thousands of sets of thousands of names take long."""

    hosts: tuple[str, ...]
    masks: Mapping[str, int]

    def of(self, group: str) -> tuple[str, ...]:
        """Return the hosts of a group."""
        bits = bin(self.masks[group])[:1:-1]
        return tuple(host for host, bit in zip(self.hosts, bits, strict=False) if bit == "1")


def members_of(hosts_in: Mapping[str, tuple[str, ...]], groups_in: Mapping[str, tuple[str, ...]]) -> Members:
    """Return the hosts of each group and of all groups below it."""
    hosts = tuple(dict.fromkeys(host for it in hosts_in.values() for host in it))
    bit = {host: 1 << at for at, host in enumerate(hosts)}
    own = {name: reduce(or_, map(bit.__getitem__, it), 0) for name, it in hosts_in.items()}
    return Members(hosts=hosts, masks=_with_those_below(own, groups_in))


def _with_those_below(own: Mapping[str, int], groups_in: Mapping[str, tuple[str, ...]]) -> Mapping[str, int]:
    """Each group's hosts with those of the groups below it; once round is enough where no group is below itself."""
    masks = dict(own)
    order = _lowest_first(groups_in)
    changed = True
    while changed:
        before = dict(masks)
        for name in order:
            masks[name] = reduce(or_, (masks.get(it, 0) for it in groups_in.get(name, ())), masks.get(name, 0))
        changed = masks != before
    return {name: masks[name] for name in own}


def _lowest_first(groups_in: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    done: dict[str, None] = {}
    begun = set[str]()
    waiting = [*groups_in][::-1]
    while waiting:
        name = waiting.pop()
        if name in begun:
            done.setdefault(name)
            continue
        begun.add(name)
        waiting += [name, *(it for it in groups_in.get(name, ()) if it not in begun)]
    return tuple(done)


def turned(groups_in: Mapping[str, tuple[str, ...]]) -> Mapping[str, tuple[str, ...]]:
    """The groups above each group, out of those below."""
    above: dict[str, dict[str, None]] = {}
    for name, below in groups_in.items():
        for it in below:
            above.setdefault(it, {})[name] = None
    return {name: tuple(it) for name, it in above.items()}


def reached(groups: Iterable[str], ways: Mapping[str, tuple[str, ...]]) -> Collection[str]:
    """The groups, and all that can be reached from them, each once."""
    found = dict.fromkeys(groups)
    waiting = list(found)
    for it in waiting:
        new = [further for further in ways.get(it, ()) if further not in found]
        found |= dict.fromkeys(new)
        waiting += new
    return found.keys()
