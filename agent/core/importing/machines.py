"""Which nodes are Ansible's hosts, and how are they reached? Each value by the grammar of the inventory, or left out.

What is no plain text (a template, a vault) is never taken; passwords are not even looked at.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from agent.core.importing.codes import Code, error, warning
from agent.core.importing.ssh_words import read_ssh_words
from agent.core.importing.told import Left, Taken, Told, fault_in, is_to_be_filled
from agent.core.importing.variables import ADDRESSES, ARGUMENTS, FIELDS, KEYS, PASSWORDS
from agent.core.inventory import host_grammar
from agent.core.inventory.unfit import Unfit
from agent.core.text.names import fold
from agent.core.text.shown import plainly, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from agent.core.finding import Finding
    from agent.core.importing.ansible import Estate, Group
    from agent.core.importing.variables import Field

_BY_SSH: Final = {"ssh", "ansible.builtin.ssh", "paramiko", "paramiko_ssh", "ansible.builtin.paramiko_ssh", "smart"}
_VAULT, _UNSAFE = "__ansible_vault", "__ansible_unsafe"


@dataclass(slots=True)
class Machines:
    """The hosts as nodes: what differs on each, what holds for all by the key of the inventory, and what was found."""

    entries: dict[str, dict[str, object]]
    settings: dict[str, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    taken: list[Taken] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)


def machines_of(estate: Estate, group: Group, flags: Iterable[str]) -> Machines:
    """Return the hosts of a group as nodes; what one of the flags says is not asked of Ansible."""
    variables = estate.variables(group.hosts)
    found = Machines(entries={host: {} for host in group.hosts})
    reading = _Reading(estate=estate, variables=variables, found=found, said=frozenset(flags))
    reading.check_hosts()
    reading.read_addresses()
    for it in FIELDS:
        reading.read(it)
    reading.read_jump()
    reading.tell_passed_over()
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    estate: Estate
    variables: Mapping[str, Mapping[str, object]]
    found: Machines
    said: frozenset[str]

    def check_hosts(self) -> None:
        for host, variables in self.variables.items():
            try:
                host_grammar.host(host)
            except Unfit as reason:
                self._refuse(f"the host {shown(host)} cannot be a node: {reason.message}", reason.hint)
            way = variables.get("ansible_connection", "ssh")
            if way not in _BY_SSH:
                hint = "name a group of machines alone: --group NAME"
                self._refuse(f"the host {shown(host)} is reached by {shown(str(way))}, not by ssh", hint)

    def read_addresses(self) -> None:
        for host in self.variables:
            counts = next(filter(self.variables[host].get, ADDRESSES), None)
            told = self._told(host, (counts,)) if counts else None
            if told is None:
                self._refuse_unknown_address(host)
            if told is None or told.text == host:
                continue
            try:
                self.found.entries[host]["address"] = host_grammar.host(told.text)
            except Unfit as reason:
                self._refuse(f"{told.name} of {plainly(host)}: {reason.message}", reason.hint)
            else:
                self._take(f"nodes.{host}.address", told)

    def _refuse_unknown_address(self, host: str) -> None:
        """Without the address that Ansible uses another machine of the host's name might be reached."""
        name = next((name for name in ADDRESSES if self.variables[host].get(name)), None)
        if name is not None:
            message = f"{name} of {plainly(host)} is no plain text, so where it is reached is not known"
            hint = f"write the address out in the inventory, or in the JSON of {self.estate.file}"
            self._blame(error(Code.NOT_FILLED, self.estate.place, message, hint))

    def read(self, it: Field) -> None:
        """Take what all hosts have; what differs goes to the nodes, where a node may have its own."""
        if it.flag in self.said:
            return
        values = {host: told for host in self.variables if (told := self._fit(host, it))}
        texts = {told.text for told in values.values()}
        if not texts:
            return
        first = next(iter(values.values()))
        if len(texts) == 1 and len(values) == len(self.variables):
            self.found.settings[it.key] = first.text
            self._take(it.key, first)
        elif it.own:
            for host, told in values.items():
                _put(self.found.entries[host], it.own, it.said(told.text))
                self._take(f"nodes.{host}.{'.'.join(it.own)}", told)
        else:
            self._tell_differing(it, values)

    def _tell_differing(self, it: Field, values: Mapping[str, Told]) -> None:
        hosts_with: defaultdict[str, list[str]] = defaultdict(list)
        for host in self.variables:
            hosts_with[values[host].text if host in values else "nothing"].append(host)
        said = ", ".join(f"{plainly(text)} on {plainly(fold(hosts))}" for text, hosts in hosts_with.items())
        first = next(iter(values.values()))
        if it.flag:
            message = f"the hosts differ in {first.name}, and {it.key} is one for all: {said}"
            self.found.findings.append(error(Code.IN_DOUBT, self.estate.place, message, f"say it: --{it.flag}"))
        else:
            why = f"the hosts differ ({said}), and {it.key} is one for all"
            self.found.left.append(Left(name=first.name, why=why, place=self.estate.place))

    def read_jump(self) -> None:
        if "jump" in self.said:
            return
        jumps: dict[str, Told] = {}
        reasons: defaultdict[tuple[str, str, str], list[str]] = defaultdict(list)
        for host in self.variables:
            for name, text in self._arguments(host):
                found = read_ssh_words(text)
                if found.decides:
                    jumps.setdefault(host, Told(name=name, text=",".join(found.jump), place=self.estate.place))
                for what, why in found.left:
                    reasons[name, what, why].append(host)
        for (name, what, why), hosts in reasons.items():
            message = f"{what} in {name} of {plainly(fold(hosts))} is not taken: {why}"
            self.found.findings.append(warning(Code.NOT_TAKEN, self.estate.place, message))
        self._take_jump([jumps.get(host) for host in self.variables])

    def _take_jump(self, jumps: list[Told | None]) -> None:
        if len({it.text if it else "" for it in jumps}) > 1:
            message = "the hosts have different jump hosts, and ssh.jump is one for all, so none is taken"
            hint = "say ProxyJump for each host in your ssh configuration (ssh.config), or --jump"
            self.found.findings.append(warning(Code.NOT_TAKEN, self.estate.place, message, hint))
            return
        jump = next(iter(jumps), None)
        if jump and jump.text:
            self.found.settings["ssh.jump"] = jump.text
            self._take("ssh.jump", jump)

    def _arguments(self, host: str) -> Iterator[tuple[str, str]]:
        for name in ARGUMENTS:
            value = _text(self.variables[host].get(name))
            if value and is_to_be_filled(value):
                self._leave(name, "it is a template, which ansible-inventory does not fill in")
            elif value:
                yield name, value

    def tell_passed_over(self) -> None:
        """Say what is known and never taken, by its name alone."""
        present = {name for it in self.variables.values() for name in (*PASSWORDS, *KEYS) if it.get(name)}
        for name in PASSWORDS:
            if name in present:
                self._leave(name, "no password is ever taken; let the login work with a key, and sudo without one")
        for name in KEYS:
            if name in present:
                self._leave(name, "your ssh configuration or your agent says which key (ssh.config)")

    def _fit(self, host: str, it: Field) -> Told | None:
        told = self._told(host, it.names)
        if told is None:
            return None
        if told.name == "ansible_become_user" and told.text == "root":
            self._leave(told.name, "root is not whom Jira runs as; say --owner where it is not jira")
            return None
        try:
            return Told(name=told.name, text=it.grammar(told.text), place=told.place)
        except ValueError as reason:
            why = reason.message if isinstance(reason, Unfit) else f"{shown(told.text)} is no port"
            self._leave(told.name, f"{why}{f'; say --{it.flag}' if it.flag else ''}")
            return None

    def _told(self, host: str, names: tuple[str, ...]) -> Told | None:
        """The first of the variables that is plain text; what is none is told, and the next is asked."""
        for name in names:
            value = self.variables[host].get(name)
            why = _not_plain(value)
            if why:
                self._leave(name, why)
                continue
            told = Told(name=name, text=_text(value) or "", place=self.estate.place)
            fault = fault_in(told)
            if fault is not None:
                self._blame(fault)
            elif told.text:
                return told
        return None

    def _blame(self, fault: Finding) -> None:
        if fault not in self.found.findings:
            self.found.findings.append(fault)

    def _refuse(self, message: str, hint: str | None) -> None:
        self._blame(error(Code.NO_NODE, self.estate.place, message, hint))

    def _leave(self, name: str, why: str) -> None:
        left = Left(name=name, why=why, place=self.estate.place)
        if left not in self.found.left:
            self.found.left.append(left)

    def _take(self, key: str, told: Told) -> None:
        self.found.taken.append(Taken(key=key, said=told.text, name=told.name, place=told.place))


def _text(value: object) -> str | None:
    if isinstance(value, Mapping):
        return _text(value.get(_UNSAFE))
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return value.strip() if isinstance(value, str) else str(value)


def _not_plain(value: object) -> str | None:
    """Return why a value cannot be text; None where it is, or where there is none."""
    if value is None or isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)):
        filled = isinstance(value, str) and is_to_be_filled(value)
        vault = isinstance(value, str) and "$ANSIBLE_VAULT" in value
        if vault:
            return "it is encrypted (a vault)"
        return "it is a template, which ansible-inventory does not fill in" if filled else None
    if isinstance(value, Mapping) and _VAULT in value:
        return "it is encrypted (a vault)"
    if isinstance(value, Mapping) and isinstance(value.get(_UNSAFE), str):
        return None
    kind = "a number with a point, of which digits may be lost; put it in quotes" if isinstance(value, float) else ""
    return f"it is {kind or 'no text'}"


def _put(entry: dict[str, object], path: tuple[str, ...], value: object) -> None:
    for key in path[:-1]:
        below = entry.setdefault(key, {})
        if isinstance(below, dict):
            entry = below
    entry[path[-1]] = value
