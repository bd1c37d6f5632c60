"""Whether a server is the one we know: our own reader of known_hosts files, strict, with every marker honoured."""

from __future__ import annotations

import base64
import binascii
import fnmatch
import hashlib
import hmac
import stat
from dataclasses import dataclass
from enum import StrEnum
from shlex import quote
from typing import TYPE_CHECKING

from agent.core.finding import Finding, Place, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

SIZE_LIMIT = 16 * 1024 * 1024
"""Bytes of one file that are read; a file of 100,000 hosts has about 15 MB."""
DEFAULT_PORT = 22


class Marker(StrEnum):
    """What a line says beside "this is the host's key" (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT)."""

    NONE = ""
    AUTHORITY = "@cert-authority"
    REVOKED = "@revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownKey:
    """One line of a file: for which hosts, which key, and where it is written."""

    patterns: str
    kind: str
    blob: bytes
    place: Place
    marker: Marker = Marker.NONE

    def speaks_of(self, name: str) -> bool:
        """Whether the line is about this name, as known_as() writes it."""
        if self.patterns.startswith("|1|"):
            return _is_hash_of(self.patterns, name)
        return _matches(self.patterns, name)


class Trust(StrEnum):
    """What the files say of the key that a server shows."""

    KNOWN = "known"
    UNKNOWN = "unknown"
    CHANGED = "changed"
    REVOKED = "revoked"
    AUTHORITY_ONLY = "authority only"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A judgement and, where it is no, the sentence for the operator: what was seen, where, and what to do."""

    trust: Trust
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownHosts:
    """What some files hold together; findings name each line and file that could not be used."""

    files: tuple[str, ...]
    keys: tuple[KnownKey, ...]
    findings: tuple[Finding, ...] = ()

    def about(self, name: str) -> tuple[KnownKey, ...]:
        """Return the lines about a name, in the files' order."""
        return tuple(key for key in self.keys if key.speaks_of(name))


def read(files: Iterable[Path]) -> KnownHosts:
    """Read some files; one that is not there counts as empty, and no fault of one file hides another."""
    names, keys, findings = [], [], []
    for file in files:
        names.append(str(file))
        lines, trouble = _lines_of(file)
        findings.extend(trouble)
        for number, line in enumerate(lines, start=1):
            place = Place(file=str(file), line=number)
            if line.strip() and not line.lstrip().startswith(b"#"):
                try:
                    keys.append(_parse(line, place))
                except ValueError as fault:
                    findings.append(_finding(f"the line is passed over: {fault}", place))
    return KnownHosts(files=tuple(names), keys=tuple(keys), findings=tuple(findings))


def known_as(host: str, port: int) -> str:
    """Return the name under which a server stands in the files: [host]:port, and host alone for port 22."""
    lower = host.lower()
    return lower if port == DEFAULT_PORT else f"[{lower}]:{port}"


def kinds_for(hosts: KnownHosts, name: str) -> tuple[str, ...]:
    """Return the kinds of key that the files know for a name: only these are worth asking the server for."""
    lines = hosts.about(name)
    return tuple(dict.fromkeys(line.kind for line in lines if line.marker is Marker.NONE))


def judge(hosts: KnownHosts, name: str, kind: str, blob: bytes, *, scan: str = "") -> Verdict:
    """Judge the key that a server shows; revoked goes before everything else, and only KNOWN lets the caller go on.

    scan is the command that prints the server's keys; where it is given, a reason that it helps with ends with it.
    """
    lines = hosts.about(name)
    shown = f"{kind} {fingerprint(blob)}"
    revoked = next((line for line in lines if line.marker is Marker.REVOKED and line.blob == blob), None)
    if revoked:
        reason = f"the server shows {shown}, which {revoked.place} marks @revoked; do not connect, ask who runs it"
        return Verdict(trust=Trust.REVOKED, reason=reason)
    plain = [line for line in lines if line.marker is Marker.NONE]
    if any(line.blob == blob for line in plain):
        return Verdict(trust=Trust.KNOWN)
    if plain:
        known = "; ".join(f"{line.place} has {line.kind} {fingerprint(line.blob)}" for line in plain[:4])
        reason = (
            f"the host key is not the known one: the server shows {shown}, {known}; it was changed, or somebody is in "
            f"between; {_renewal(plain, name, scan)}"
        )
        return Verdict(trust=Trust.CHANGED, reason=reason)
    return authority_only(hosts, name) or Verdict(trust=Trust.UNKNOWN, reason=_unknown(hosts, name, shown, blob, scan))


def no_such_kind(hosts: KnownHosts, name: str, *, scan: str = "") -> str | None:
    """Return why a server that has no key of the kinds known for it is not trusted; None where it is not known."""
    plain = [line for line in hosts.about(name) if line.marker is Marker.NONE]
    if not plain:
        return None
    known = ", ".join(f"{line.place} ({line.kind})" for line in plain[:4])
    return (
        f"the server has none of the types in {known}; it was changed, or somebody is in between; "
        f"{_renewal(plain, name, scan)}"
    )


def authority_only(hosts: KnownHosts, name: str) -> Verdict | None:
    """Return the refusal for a host that the files know by an authority alone, or None; no server is needed for it."""
    lines = hosts.about(name)
    authority = next((line for line in lines if line.marker is Marker.AUTHORITY), None)
    if authority is None or any(line.marker is Marker.NONE for line in lines):
        return None
    reason = (
        f"{authority.place} knows {name} by @cert-authority alone, and host certificates are not verified yet; "
        f"add the host's own key to known_hosts"
    )
    return Verdict(trust=Trust.AUTHORITY_ONLY, reason=reason)


def fingerprint(blob: bytes) -> str:
    """Return a key's fingerprint the way ssh prints it."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode("ascii").rstrip("=")


def _renewal(lines: Iterable[KnownKey], name: str, scan: str) -> str:
    """Say what to do if all is well; no command adds a key, for somebody has to compare it first."""
    files = dict.fromkeys(line.place.file for line in lines)
    commands = [f"ssh-keygen -R {quote(name)} -f {quote(file)}" for file in files]
    return (
        "if it was rebuilt, check its fingerprint by another way, then drop the old key and add the new one: "
        + "; ".join([*commands, *filter(None, [scan])])
    )


def _unknown(hosts: KnownHosts, name: str, shown: str, blob: bytes, scan: str) -> str:
    files = ", ".join(hosts.files) or "no file"
    stranger = next((key for key in hosts.keys if key.blob == blob and key.marker is Marker.NONE), None)
    if stranger:
        elsewhere = "a hashed name" if stranger.patterns.startswith("|") else stranger.patterns
        known = f"{stranger.place} knows this key, but as {elsewhere} and not as {name}"
        return (
            f"the host key is unknown: the server shows {shown}; {known}; if that is the same machine, add {name} there"
        )
    broken = (
        f"; {len(hosts.findings)} line(s) there are unusable, first {hosts.findings[0].place}" if hosts.findings else ""
    )
    return (
        f"the host key is unknown: the server shows {shown}, and no line for {name} is in {files}{broken}; check the "
        f"fingerprint by another way, then add the line{f' that this prints: {scan}' if scan else ''}"
    )


def _lines_of(file: Path) -> tuple[list[bytes], list[Finding]]:
    place = Place(file=str(file))
    try:
        about = file.stat()
        if not stat.S_ISREG(about.st_mode):
            return [], [_finding("it is not a regular file and is not read", place)]
        if about.st_mode & stat.S_IWOTH:
            return [], [_finding("everybody may write to it, so nothing in it is trusted; chmod o-w", place)]
        if about.st_size > SIZE_LIMIT:
            return [], [_finding(f"it is larger than {SIZE_LIMIT} bytes and is not read", place)]
        return file.read_bytes().splitlines(), []
    except FileNotFoundError:
        return [], []
    except OSError as fault:
        return [], [_finding(f"it cannot be read ({fault.strerror})", place)]


def _finding(message: str, place: Place) -> Finding:
    return Finding(rule="SSH101", severity=Severity.WARNING, message=message, place=place)


def _parse(line: bytes, place: Place) -> KnownKey:
    try:
        fields = line.decode("ascii").split()
    except UnicodeDecodeError:
        raise ValueError("it holds bytes that are not ASCII") from None
    marker = Marker.NONE
    if fields[0].startswith("@"):
        if fields[0] not in (Marker.AUTHORITY, Marker.REVOKED):
            raise ValueError(f"the marker {fields[0][:40]!r} is unknown")
        marker = Marker(fields.pop(0))
    if len(fields) < 3:  # noqa: PLR2004 - names, kind, key
        raise ValueError("names, kind and key are expected")
    patterns, kind, key = fields[:3]
    if patterns.startswith("|"):
        _salt_and_digest(patterns)
    return KnownKey(patterns=patterns, kind=kind, blob=_decode(kind, key), place=place, marker=marker)


def _decode(kind: str, key: str) -> bytes:
    """Return the key's bytes; they begin with the name of their own kind (RFC 4253, 6.6)."""
    try:
        blob = base64.b64decode(key, validate=True)
    except binascii.Error:
        raise ValueError("the key is not base64 (cut off?)") from None
    length = int.from_bytes(blob[:4], "big")
    if blob[4 : 4 + length] != kind.encode("ascii") or len(blob) <= 4 + length:
        raise ValueError(f"the key is not of the kind {kind[:40]!r} that the line says")
    return blob


def _salt_and_digest(patterns: str) -> tuple[bytes, bytes]:
    version, _, rest = patterns[1:].partition("|")
    salt, _, digest = rest.partition("|")
    try:
        decoded = base64.b64decode(salt, validate=True), base64.b64decode(digest, validate=True)
    except binascii.Error:
        decoded = b"", b""
    if version != "1" or not all(decoded):
        raise ValueError("the hashed name is not |1|salt|digest")
    return decoded


def _is_hash_of(patterns: str, name: str) -> bool:
    salt, digest = _salt_and_digest(patterns)
    # HMAC-SHA1 is the file format's (sshd(8)); it hides names and protects no key
    return hmac.compare_digest(hmac.new(salt, name.encode("ascii"), hashlib.sha1).digest(), digest)


def _matches(patterns: str, name: str) -> bool:
    """Match a comma list of patterns with * and ?; a negated one that matches wins over all others."""
    positive = False
    for pattern in patterns.lower().split(","):
        # fnmatch alone knows [sets]; in known_hosts brackets stand for themselves
        if fnmatch.fnmatchcase(name, pattern.removeprefix("!").replace("[", "[[]")):
            if pattern.startswith("!"):
                return False
            positive = True
    return positive
