"""How a node is reached: the hops from here to it, each with all that is needed to trust it and to be let in."""

from __future__ import annotations

import ipaddress
import os
import pwd
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from agent.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.core.node import Node
    from agent.node.dial.directives import Consult, Directives

DEFAULT_PORT = 22
DEFAULT_IDENTITIES = ("~/.ssh/id_ed25519", "~/.ssh/id_ecdsa", "~/.ssh/id_rsa")
DEFAULT_KNOWN_HOSTS = ("/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2")
"""ssh_config(5), IdentityFile and GlobalKnownHostsFile: what ssh looks at when nothing else is said."""
MAX_HOPS = 8

_LABEL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")
_ZONE = re.compile(r"[A-Za-z0-9._-]{1,15}")
_USER = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,31}")
_TOKEN = re.compile(r"%(.?)")
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """One server on the way. Every name in it has passed the grammar; paths are absolute.

    agent is the path of the agent's socket, None where no agent is to be asked. known_as is the name to look up in
    the known_hosts files (ssh_config(5), HostKeyAlias) in place of host and port. proxy_command is the line for the
    shell, tokens put in already; only the first hop of a route has one.
    """

    name: str
    host: str
    port: int
    user: str
    identities: tuple[Path, ...]
    certificates: tuple[Path, ...] = ()
    identities_only: bool = False
    agent: str | None = None
    known_hosts: tuple[Path, ...]
    known_as: str | None = None
    proxy_command: str | None = None

    def __str__(self) -> str:
        """Write the hop the way people write it: user@host:port."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.user}@{host}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """The hops in OpenSSH's order, me -> a -> b -> node: each is reached through those before it."""

    hops: tuple[Hop, ...]

    @property
    def node(self) -> Hop:
        """The last hop, which is the node itself."""
        return self.hops[-1]

    @property
    def jumps(self) -> tuple[Hop, ...]:
        """The hops before the node."""
        return self.hops[:-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Target:
    """A name as it was asked for, with the user and the port that win over any configuration."""

    name: str
    user: str | None = None
    port: int | None = None


def resolve(node: Node, *, environment: Mapping[str, str], consult: Consult | None = None) -> Route:
    """Decide how a node is reached.

    The node's own values win over the ssh configuration's. A jump without a user or a port takes them from the
    configuration, else the local user's name and 22: the node's own do not apply to it, as with ssh -J.

    Args:
        node: names the address, the jumps and the configuration file, if any.
        environment: HOME, PATH, SSH_AUTH_SOCK and SHELL are read from it.
        consult: how the configuration is asked; ssh -G on the node's file where None is given and the file exists.

    Raises:
        InputError: a name fails the grammar (nothing was looked up or started then), or the configuration is
            unusable; the message names node and value.
    """
    target = _Target(
        name=_checked_host(node.address, node.name),
        user=None if node.ssh.user is None else _checked_user(node.ssh.user, node.name),
        port=None if node.ssh.port is None else _checked_port(node.ssh.port, node.name),
    )
    jumps = tuple(_parse_jump(jump, node.name) for jump in node.ssh.jump)
    if consult is None:
        consult = consultation_of(node, environment)
    return _Resolver(node=node, environment=environment, consult=consult).route(target, jumps)


def consultation_of(node: Node, environment: Mapping[str, str]) -> Consult:
    """Return the way to ask a node's configuration file; nothing is asked yet. Raises InputError on the file alone."""
    from agent.node.dial.ssh_config import consultation  # noqa: PLC0415 - only where a configuration is to be read

    config = None if node.ssh.config is None else Path(_expand_home(node.ssh.config, environment))
    return consultation(config, environment)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Resolver:
    """One node's resolution: the words of the configuration turned into hops."""

    node: Node
    environment: Mapping[str, str]
    consult: Consult

    def route(self, target: _Target, jumps: tuple[_Target, ...]) -> Route:
        """Put the hops together; the node's own jumps take the place of the configuration's."""
        said = self.consult(target.name, target.user, target.port)
        if jumps:
            said = replace(said, jump=(), proxy_command=None)
        elif said.jump:
            jumps = tuple(_parse_jump(jump, self.node.name) for jump in said.jump)
        before = self._through(jumps) if jumps else ()
        hops = (*before, self._hop(target, said))
        if len(hops) > MAX_HOPS:
            raise InputError(f"{self.node.name}: {len(hops)} hops (at most {MAX_HOPS}); check ProxyJump for a circle.")
        return Route(hops=hops)

    def _through(self, jumps: tuple[_Target, ...], depth: int = 1) -> tuple[Hop, ...]:
        """Return the hops for some jumps: only the first may itself be configured to be reached through others."""
        if depth > MAX_HOPS:
            raise InputError(f"{self.node.name}: ProxyJump goes round in a circle at {jumps[0].name}; mend the file.")
        first, *others = ((jump, self.consult(jump.name, jump.user, jump.port)) for jump in jumps)
        earlier = tuple(_parse_jump(jump, self.node.name) for jump in first[1].jump)
        if [jump.name for jump in earlier] == [first[0].name]:
            earlier = ()  # "Host *" with a ProxyJump is about the jump host too; ssh passes over a jump to itself
        before = self._through(earlier, depth + 1) if earlier else ()
        return (
            *before,
            self._hop(*first),
            *(self._hop(jump, replace(said, proxy_command=None)) for jump, said in others),
        )

    def _hop(self, target: _Target, said: Directives) -> Hop:
        who = self.node.name
        host = _checked_host(said.host or target.name, who)
        port = _checked_port(target.port or said.port or DEFAULT_PORT, who)
        user = _checked_user(target.user or said.user or _local_user(), who)
        tokens = {"%": "%", "h": host, "n": target.name, "p": str(port), "r": user}
        alias = None if said.known_as is None else _checked_host(said.known_as, who)
        known_hosts = (self.node.ssh.known_hosts, *(said.known_hosts or DEFAULT_KNOWN_HOSTS))
        return Hop(
            name=target.name,
            host=host,
            port=port,
            user=user,
            identities=self._paths(said.identities or DEFAULT_IDENTITIES, tokens),
            certificates=self._paths(said.certificates, tokens),
            identities_only=said.identities_only,
            agent=self._agent(said.agent, tokens),
            known_hosts=tuple(dict.fromkeys(self._paths(known_hosts, tokens))),
            known_as=alias,
            proxy_command=None if said.proxy_command is None else self._fill(said.proxy_command, tokens),
        )

    def _agent(self, configured: str | None, tokens: Mapping[str, str]) -> str | None:
        """Return the agent's socket (ssh_config(5), IdentityAgent: none, SSH_AUTH_SOCK, $VARIABLE or a path)."""
        if configured is None or configured == "SSH_AUTH_SOCK":
            return self.environment.get("SSH_AUTH_SOCK") or None
        if configured == "none":
            return None
        if re.fullmatch(r"\$[A-Za-z_][A-Za-z0-9_]*", configured):
            return self.environment.get(configured[1:]) or None
        return str(*self._paths((configured,), tokens))

    def _paths(self, paths: tuple[str, ...], tokens: Mapping[str, str]) -> tuple[Path, ...]:
        local = {"d": _home(self.environment), "u": _local_user(), "i": str(os.getuid()), "k": tokens["n"]}
        known = {**tokens, **local}
        written = [self._fill(path, known) for path in paths if path not in ("none", "/dev/null")]
        return tuple(Path(_expand_home(self._variables(path), self.environment)) for path in written)

    def _fill(self, text: str, tokens: Mapping[str, str]) -> str:
        """Put the tokens in; what stands for one has passed the grammar, so that no shell word can hide in it."""

        def token(match: re.Match[str]) -> str:
            if match[1] in tokens:
                return tokens[match[1]]
            raise InputError(
                f"{self.node.name}: the ssh configuration uses {match[0]} in {text!r} (not supported here); "
                f"write the value out."
            )

        return _TOKEN.sub(token, text)

    def _variables(self, text: str) -> str:
        """Put ${VARIABLES} in; ssh does so for paths, and leaves those of a ProxyCommand to the shell."""

        def variable(match: re.Match[str]) -> str:
            if match[1] in self.environment:
                return self.environment[match[1]]
            raise InputError(
                f"{self.node.name}: the ssh configuration uses {match[0]} in {text!r}, which is not set; "
                f"set it or write the value out."
            )

        return _VARIABLE.sub(variable, text)


def _parse_jump(written: str, who: str) -> _Target:
    """Read one jump as ssh -J does: [user@]host[:port], the host in brackets where it holds colons, or ssh://..."""
    rest = written.removeprefix("ssh://").removesuffix("/")
    user, at, place = rest.rpartition("@")
    bracketed = re.fullmatch(r"\[([^\[\]]*)\](?::(.*))?", place)
    host, port = bracketed.groups() if bracketed else (place, None)
    if not bracketed and place.count(":") == 1:
        host, port = place.split(":")
    return _Target(
        name=_checked_host(host, who),
        user=_checked_user(user, who) if at else None,
        port=None if port is None else _checked_port(port, who),
    )


def _checked_host(host: str, who: str) -> str:
    """Return a host name or an address, or refuse what could mean anything else to ssh, a shell or a resolver."""
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    if _is_address(bare) or _is_name(bare):
        return bare
    raise InputError(
        f"{who}: {host!r} is not a host name or an IP address (letters, digits, '-', '_' and dots; labels of up to 63, "
        f"253 in all); correct it in the inventory or in the ssh configuration."
    )


def _is_address(host: str) -> bool:
    address, percent, zone = host.partition("%")
    try:
        version = ipaddress.ip_address(address).version
    except ValueError:
        return False
    return not percent or (version == 6 and _ZONE.fullmatch(zone) is not None)  # noqa: PLR2004 - IPv6


def _is_name(host: str) -> bool:
    labels = host.removesuffix(".").split(".")
    return 0 < len(host) <= 253 and all(_LABEL.fullmatch(label) for label in labels)  # noqa: PLR2004 - RFC 1035, 2.3.4


def _checked_user(user: str, who: str) -> str:
    if _USER.fullmatch(user):
        return user
    raise InputError(
        f"{who}: {user!r} is not a user name (a letter or '_', then letters, digits, '_', '.', '-', up to 32 in all); "
        f"correct it in the inventory or in the ssh configuration."
    )


def _checked_port(port: int | str, who: str) -> int:
    written = str(port)
    if written.isascii() and written.isdigit() and 0 < int(written[:6]) < 65536:  # noqa: PLR2004 - RFC 793
        return int(written)
    raise InputError(f"{who}: {written!r} is not a port (1 to 65535); correct it.")


def _expand_home(path: str, environment: Mapping[str, str]) -> str:
    """Return an absolute path: ~ is HOME, or the home of the user it names; the rest is relative to where we are."""
    if path == "~" or path.startswith("~/"):
        return _home(environment) + path[1:]
    return str(Path(path).expanduser().absolute())


def _home(environment: Mapping[str, str]) -> str:
    return environment.get("HOME") or pwd.getpwuid(os.getuid()).pw_dir


def _local_user() -> str:
    return pwd.getpwuid(os.getuid()).pw_name
