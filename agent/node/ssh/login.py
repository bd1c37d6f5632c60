"""Which keys are offered to a server, in which order, and who signs: an agent, or a key file without passphrase."""

from __future__ import annotations

import base64
import binascii
import os
import re
import socket
import stat
import struct
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from agent.node.dial.route import Hop

MAX_OFFERS = 5
"""Keys offered to one server; sshd gives up after 6 attempts by default (sshd_config(5), MaxAuthTries)."""
AGENT_PATIENCE = 5.0
"""Seconds that an agent may take to answer; it keeps its keys in memory."""
AGENT_ANSWER_LIMIT = 256 * 1024
"""Bytes of one answer, the limit that OpenSSH's own agent client has (authfd.c, MAX_AGENT_REPLY_LEN)."""
CERTIFICATE = "-cert-v01@openssh.com"
SIGNATURE_FLAGS = {"rsa-sha2-256": 2, "rsa-sha2-512": 4}
"""draft-miller-ssh-agent, 4.5.1."""
_USABLE = (
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "ssh-rsa",
    "sk-ssh-ed25519@openssh.com",
    "sk-ecdsa-sha2-nistp256@openssh.com",
)
_MAGIC = b"openssh-key-v1\0"


class AgentTrouble(Exception):  # noqa: N818 - says what there is, as the family in agent/errors.py does
    """The agent cannot be used; the message names its socket."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One key to offer: its kind (of the certificate, where there is one), its public bytes, its name, how it signs."""

    kind: str
    blob: bytes
    label: str
    sign: Callable[[bytes, str], bytes] = field(repr=False)
    """Sign some bytes with an algorithm and return the signature in SSH's form; may raise AgentTrouble."""
    asks_a_person: bool = False
    """Whether signing may need a touch or a confirmation: the server is then asked first whether it wants the key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offers:
    """The keys in the order in which they are offered, and a note on each one that cannot be."""

    keys: tuple[Offer, ...]
    notes: tuple[str, ...]


def offers_for(hop: Hop) -> Offers:
    """Collect what can be offered: configured identities first, the agent's half of each before the file's own.

    Keys of the agent that no identity names come last, and not at all where IdentitiesOnly is set.
    """
    notes: list[str] = []
    held = _ask_agent(hop, notes)
    certificates = _certificates(hop, notes)
    keys: list[Offer] = []
    for path in hop.identities:
        keys += _offers_of(path, held, certificates, notes)
    if not hop.identities_only:
        keys += held.values()
    once = {offer.blob: offer for offer in reversed(keys)}
    order = dict.fromkeys(offer.blob for offer in keys)
    return Offers(keys=tuple(once[blob] for blob in order)[:MAX_OFFERS], notes=tuple(notes))


def _offers_of(path: Path, held: dict[bytes, Offer], certificates: list[bytes], notes: list[str]) -> list[Offer]:
    """Return the offers that one identity makes possible, its certificates before the bare key."""
    try:
        text, private = _read_identity(path)
        blob = _public_half(path, text)
        plain = held.get(blob) if blob else None
        if plain is None:
            plain = _load(path, text, private)
    except (OSError, ValueError) as fault:
        notes.append(f"{path}: {(getattr(fault, 'strerror', None) or str(fault))}")
        return []
    beside = _certificate_at(path.with_name(f"{path.name}-cert.pub"))
    mine = [cert for cert in (*certificates, *beside) if _certifies(cert, plain.blob)]
    certified = [held.get(cert) or _certified(plain, cert) for cert in mine]
    return [*certified, plain]


def _read_identity(path: Path) -> tuple[str, str | None]:
    """Return a key file's text, and why its private half must not be used (None where it may)."""
    about = path.stat()
    if not stat.S_ISREG(about.st_mode):
        raise ValueError("not a regular file")
    if about.st_size > 64 * 1024:
        raise ValueError("too large for a key")
    text = path.read_text(encoding="ascii", errors="replace")
    if about.st_uid == os.getuid() and about.st_mode & 0o077:
        return text, f"others may read it (mode {stat.S_IMODE(about.st_mode):04o}); chmod 600"
    return text, None


def _public_half(path: Path, text: str) -> bytes | None:
    """Return the public key of a key file: its own where it is written in clear, else that of the .pub beside it."""
    if not text.startswith("-----BEGIN"):
        return _public_line(text)
    body = "".join(line for line in text.splitlines() if line and not line.startswith("-----"))
    with suppress(binascii.Error, ValueError, struct.error):
        content = base64.b64decode(body, validate=True)
        if content.startswith(_MAGIC):
            _, _, _, rest = _strings(content[len(_MAGIC) :], 3)
            return _strings(rest[4:], 1)[0]
    with suppress(OSError, ValueError):
        return _public_line(path.with_name(f"{path.name}.pub").read_text(encoding="ascii", errors="replace"))
    return None


def _public_line(text: str) -> bytes:
    fields = text.split()
    try:
        return base64.b64decode(fields[1], validate=True)
    except (IndexError, binascii.Error):
        raise ValueError("not a key") from None


def _load(path: Path, text: str, forbidden: str | None) -> Offer:
    """Return the offer of a key file that we sign with ourselves; nobody is asked for a passphrase."""
    from paramiko import PasswordRequiredException, PKey, SSHException  # noqa: PLC0415 - heavy

    if not text.startswith("-----BEGIN"):
        raise ValueError("a public key, and the agent does not hold its private half")
    if forbidden:
        raise ValueError(forbidden)
    try:
        key: Any = PKey.from_path(path)
    except (PasswordRequiredException, TypeError):
        raise ValueError("encrypted, and the agent does not hold it; ssh-add it first") from None
    except Exception as fault:  # noqa: BLE001 - the libraries below raise of every family on a damaged key
        if isinstance(fault, SSHException | ValueError) and re.search("password|encrypted", str(fault)):
            raise ValueError("encrypted, and the agent does not hold it; ssh-add it first") from None
        raise ValueError(f"not a usable private key ({type(fault).__name__})") from None

    def sign(data: bytes, algorithm: str) -> bytes:
        return bytes(key.sign_ssh_data(data, algorithm).asbytes())

    return Offer(kind=key.get_name(), blob=bytes(key.asbytes()), label=str(path), sign=sign)


def _certified(plain: Offer, certificate: bytes) -> Offer:
    kind = _strings(certificate, 1)[0].decode("ascii")
    return Offer(
        kind=kind,
        blob=certificate,
        label=f"certificate for {plain.label}",
        sign=plain.sign,
        asks_a_person=plain.asks_a_person,
    )


def _certificates(hop: Hop, notes: list[str]) -> list[bytes]:
    found = []
    for path in hop.certificates:
        certificate = _certificate_at(path)
        found += certificate
        if not certificate:
            notes.append(f"{path}: not a certificate that can be read")
    return found


def _certificate_at(path: Path) -> list[bytes]:
    with suppress(OSError, ValueError, struct.error):
        blob = _public_line(path.read_text(encoding="ascii", errors="replace"))
        if _strings(blob, 1)[0].endswith(CERTIFICATE.encode("ascii")):
            return [blob]
    return []


def _certifies(certificate: bytes, key: bytes) -> bool:
    """Whether a certificate is for a key: behind kind and nonce it repeats the key's own fields (PROTOCOL.certkeys)."""
    kind, _, of_certificate = _strings(certificate, 2)
    key_kind, of_key = _strings(key, 1)
    return kind == key_kind + CERTIFICATE.encode("ascii") and of_certificate.startswith(of_key)


def _strings(data: bytes, count: int) -> list[bytes]:
    """Take some length-prefixed strings off the front (RFC 4251, 5); the rest comes last."""
    taken = []
    for _ in range(count):
        (length,) = struct.unpack_from(">I", data)
        if length > len(data) - 4:
            raise ValueError("cut off")
        taken.append(data[4 : 4 + length])
        data = data[4 + length :]
    return [*taken, data]


def _string(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data


def _ask_agent(hop: Hop, notes: list[str]) -> dict[bytes, Offer]:
    """Return what the agent holds, by public key; an agent that is dead or hangs is named and done without."""
    if hop.agent is None:
        return {}
    try:
        answer = _exchange(hop.agent, b"\x0b", 12)
        (count,) = struct.unpack_from(">I", answer)
        held, rest = {}, answer[4:]
        for _ in range(min(count, 256)):
            blob, comment, rest = _strings(rest, 2)
            held[blob] = _held_by_agent(hop.agent, blob, comment)
    except (AgentTrouble, ValueError, struct.error) as fault:
        notes.append(str(fault) if isinstance(fault, AgentTrouble) else f"agent {hop.agent}: its answer is garbled")
        return {}
    return {blob: offer for blob, offer in held.items() if offer.kind.removesuffix(CERTIFICATE) in _USABLE}


def _held_by_agent(path: str, blob: bytes, comment: bytes) -> Offer:
    shown = "".join(letter for letter in comment.decode("utf-8", "replace")[:60] if letter.isprintable())

    def sign(data: bytes, algorithm: str) -> bytes:
        flags = struct.pack(">I", SIGNATURE_FLAGS.get(algorithm, 0))
        return _strings(_exchange(path, b"\x0d" + _string(blob) + _string(data) + flags, 14), 1)[0]

    kind = _strings(blob, 1)[0].decode("ascii", "replace")
    return Offer(kind=kind, blob=blob, label=f"agent key {shown!r}", sign=sign, asks_a_person=True)


def _exchange(path: str, request: bytes, expected: int) -> bytes:
    """Ask the agent one thing (draft-miller-ssh-agent, 3) and return the answer behind its type."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as agent:
        agent.settimeout(AGENT_PATIENCE)
        try:
            agent.connect(path)
            agent.sendall(_string(request))
            (length,) = struct.unpack(">I", _read_exactly(agent, 4))
            answer = _read_exactly(agent, min(length, AGENT_ANSWER_LIMIT))
        except TimeoutError:
            raise AgentTrouble(f"agent {path}: no answer within {AGENT_PATIENCE:.0f} s") from None
        except OSError as fault:
            raise AgentTrouble(f"agent {path}: {fault.strerror or fault}") from None
    if not answer or answer[0] != expected:
        raise AgentTrouble(f"agent {path}: it refuses (locked, or not confirmed?)")
    return answer[1:]


def _read_exactly(agent: socket.socket, size: int) -> bytes:
    taken = b""
    while len(taken) < size:
        part = agent.recv(size - len(taken))
        if not part:
            raise ConnectionResetError("it closed the connection")
        taken += part
    return taken
