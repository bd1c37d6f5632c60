"""Which groups and hosts does Ansible know, each host with its variables? From what `ansible-inventory --list` prints.

Also read: what --export prints, with variables at their groups, and what older inventory scripts print, where a group
may be a bare list of hosts. Variables are merged as Ansible does: by the depth of groups, then by their priority and
name, and the host's own last (Ansible, "How variables are merged").
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final

from agent.core.finding import Finding, Place
from agent.core.importing.codes import Code, error
from agent.core.importing.nesting import members_of, reached, turned
from agent.core.text.names import counted, fold, natural
from agent.core.text.shown import plainly, shown

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from agent.core.importing.nesting import Members

ALL: Final = "all"
_NOT_MEANT: Final = {ALL, "ungrouped", "_meta"}
MOST_GROUPS: Final = 2_000
MOST_CHILDREN: Final = 20_000
_DEEPEST: Final = 100
MOST_HOSTS: Final = 10_000
_LISTED: Final = 20
_PRODUCT: Final = "jira"


@dataclass(frozen=True, slots=True, kw_only=True)
class Estate:
    """The groups, each with its own hosts, groups below and variables; and what each host has of its own."""

    file: str
    hosts_in: Mapping[str, tuple[str, ...]]
    groups_in: Mapping[str, tuple[str, ...]]
    vars_of_group: Mapping[str, Mapping[str, object]]
    vars_of_host: Mapping[str, Mapping[str, object]]

    @property
    def place(self) -> Place:
        """JSON as a program prints it has lines, but nobody reads it by them."""
        return Place(file=self.file)

    def members(self) -> Members:
        """Return the hosts of each group and of all groups below it, in a circle of groups too."""
        return members_of(self.hosts_in, self.groups_in)

    def variables(self, hosts: Iterable[str]) -> Mapping[str, Mapping[str, object]]:
        """Return what holds for each of the hosts, merged as Ansible does."""
        depths = self._depths()
        order = sorted(self.vars_of_group, key=lambda it: (depths.get(it, 1), self._priority(it), it))
        groups_of: dict[str, list[str]] = {host: [] for host in hosts}
        for group, own in self.hosts_in.items():
            for host in own:
                if host in groups_of:
                    groups_of[host].append(group)
        above = turned(self.groups_in)
        alike = {it: self._merged(reached(it, above), order) for it in set(map(tuple, groups_of.values()))}
        return {host: {**alike[tuple(it)], **self.vars_of_host.get(host, {})} for host, it in groups_of.items()}

    def _merged(self, around: Collection[str], order: Iterable[str]) -> Mapping[str, object]:
        """What the groups around a host say: the same for every host that is in just the same ones."""
        merged: dict[str, object] = {}
        for group in order:
            merged |= self.vars_of_group[group] if group in around else {}
        return merged

    def _depths(self) -> Mapping[str, int]:
        """The longest way down from the group that holds all; a circle of groups, which Ansible refuses, ends."""
        depths = {ALL: 0}
        for depth in range(_DEEPEST):
            deeper = {it for group in depths if depths[group] == depth for it in self.groups_in.get(group, ())}
            if not deeper:
                break
            depths |= dict.fromkeys(deeper, depth + 1)
        return depths

    def _priority(self, group: str) -> int:
        told = self.vars_of_group[group].get("ansible_group_priority", 1)
        return int(told) if isinstance(told, int | str) and str(told).isdigit() and len(str(told)) < 9 else 1  # noqa: PLR2004


def read_estate(value: object, file: str) -> Estate | Finding:
    """Read what JSON held."""
    place = Place(file=file)
    if not isinstance(value, dict):
        return _not_ansibles(place, "it is no mapping of groups")
    meta = value.get("_meta")
    hostvars = meta.get("hostvars") if isinstance(meta, dict) else None
    groups = {name: it for name, it in value.items() if name != "_meta"}
    if len(groups) > MOST_GROUPS:
        return _not_ansibles(place, f"it has more than {MOST_GROUPS:,} groups")
    children = {name: tuple(_names(_part(it, "children"))) for name, it in groups.items()}
    if sum(map(len, children.values())) > MOST_CHILDREN:
        return _not_ansibles(place, f"its groups name more than {MOST_CHILDREN:,} groups")
    strange = [name for name, it in groups.items() if not _is_group(it)]
    if strange or not groups:
        what = f"{shown(strange[0])} is no group" if strange else "it has no groups"
        return _not_ansibles(place, what)
    own: dict[str, Mapping[str, object]] = {}
    for it in [*(_hosts(it) for it in groups.values()), hostvars if isinstance(hostvars, dict) else {}]:
        own |= {host: {**own.get(host, {}), **found} for host, found in _mappings(it)}
    if len(own) > MOST_HOSTS:
        return _not_ansibles(place, f"it has more than {MOST_HOSTS:,} hosts")
    return Estate(
        file=file,
        hosts_in={name: tuple(host for host, _ in _mappings(_hosts(it))) for name, it in groups.items()},
        groups_in=children,
        vars_of_group={name: it for name in groups if isinstance(it := _part(groups[name], "vars"), dict) and it},
        vars_of_host=own,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The group that is meant, its hosts in natural order."""

    name: str
    hosts: tuple[str, ...]


def choose_group(estate: Estate, said: str | None) -> Group | Finding:
    """Return the group that was said, or the only one that can be meant; else which there are."""
    members = estate.members()
    groups = {name: mask for name, mask in members.masks.items() if mask}
    if not groups:
        message = "there are no hosts in it"
        hint = "see what `ansible-inventory --graph` shows: Ansible goes on where it cannot read an inventory"
        return error(Code.NO_NODE, estate.place, message, hint)
    if said is not None:
        return _group(said, members) if said in groups else _no_such(estate, said, _described(groups, members))
    named = [name for name in groups if name not in _NOT_MEANT]
    fitting = [name for name in named if _PRODUCT in name.casefold()] or named
    if len({groups[name] for name in fitting}) == 1:
        return _group(fitting[0], members)
    if not fitting:
        message = f"its hosts are in no group ({_described(groups, members)})"
        return error(Code.IN_DOUBT, estate.place, message, "say --group all, if all of them are Jira's")
    message = f"several groups may be meant: {_described(fitting, members)}"
    return error(Code.IN_DOUBT, estate.place, message, "say which: --group NAME")


def _group(name: str, members: Members) -> Group:
    return Group(name=name, hosts=tuple(sorted(members.of(name), key=natural)))


def _no_such(estate: Estate, said: str, described: str) -> Finding:
    what = "has no hosts" if said in estate.hosts_in else "is not there"
    message = f"the group {shown(said)} {what}; there are {described}"
    return error(Code.IN_DOUBT, estate.place, message, "say one of them with --group")


def _described(groups: Collection[str], members: Members) -> str:
    some = [(name, members.of(name)) for name in islice(groups, _LISTED)]
    said = [f"{plainly(name)} ({counted(len(hosts), 'host')}: {plainly(fold(hosts))})" for name, hosts in some]
    more = [f"and {len(groups) - _LISTED} more"] if len(groups) > _LISTED else []
    return ", ".join([*said, *more])


def _not_ansibles(place: Place, what: str) -> Finding:
    message = f"this is not what ansible-inventory --list prints: {what}"
    return error(Code.NOT_THE_FORM, place, message, "run ansible-inventory --list -i INVENTORY > FILE")


def _is_group(value: object) -> bool:
    if isinstance(value, list):
        return all(isinstance(it, str) for it in value)
    return isinstance(value, dict) and all(
        isinstance(value.get(part, []), list | dict) for part in ("hosts", "children", "vars")
    )


def _part(group: object, name: str) -> object:
    return group.get(name, ()) if isinstance(group, dict) else ()


def _hosts(group: object) -> object:
    return group if isinstance(group, list) else _part(group, "hosts")


def _names(value: object) -> Iterable[str]:
    return (it for it in value if isinstance(it, str)) if isinstance(value, list | dict) else ()


def _mappings(value: object) -> Iterator[tuple[str, Mapping[str, object]]]:
    """Hosts with their variables, where a group or hostvars has them; a bare list has names alone."""
    for name in _names(value):
        found = value.get(name) if isinstance(value, dict) else None
        yield name, found if isinstance(found, dict) else {}
