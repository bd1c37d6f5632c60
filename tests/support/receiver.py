"""A receiver of news on loopback: it hears what is posted, and answers, or does not, as a test wants it."""

from __future__ import annotations

import datetime as dt
import ipaddress
import json
import socket
import ssl
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SECRET = "services/T000/B000/top-secret"  # noqa: S105 - what must never be shown


class Receiver:
    """What it heard: each request's head, and each body as JSON."""

    def __init__(self, port: int, scheme: str) -> None:
        self.heads: list[str] = []
        self.bodies: list[Any] = []
        self.gone = threading.Event()
        self.port = port
        self.address = f"{scheme}://127.0.0.1:{port}/{SECRET}"


def says(*codes: int, more: str = "") -> Callable[[socket.socket, Receiver], None]:
    """Answer with these codes, one after the other, and then with the last of them again."""

    def answer(line: socket.socket, receiver: Receiver) -> None:
        code = codes[min(len(receiver.heads), len(codes)) - 1]
        line.sendall(f"HTTP/1.1 {code} Word\r\nContent-Length: 0\r\n{more}\r\n".encode())

    return answer


def drips(line: socket.socket, receiver: Receiver) -> None:
    """Send one byte after the other, each in time, and never come to an end."""
    with suppress(OSError):
        line.sendall(b"HTTP/1.1 200 OK\r\nX: ")
        while not receiver.gone.wait(0.02):
            line.sendall(b"x")


def hangs(line: socket.socket, receiver: Receiver) -> None:
    del line
    receiver.gone.wait(30)


def floods(line: socket.socket, receiver: Receiver) -> None:
    """Answer well, and then send whatever the other side takes."""
    with suppress(OSError):
        line.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while not receiver.gone.is_set():
            line.sendall(b"x" * 65536)


def garbles(line: socket.socket, receiver: Receiver) -> None:
    del receiver
    line.sendall(b"\x00\x01 no such protocol\r\n\r\n")


def leaves(line: socket.socket, receiver: Receiver) -> None:
    """Close the line without a word."""


@contextmanager
def receiving(
    answer: Callable[[socket.socket, Receiver], None], *, tls: tuple[Path, Path] | None = None, hears: bool = True
) -> Iterator[Receiver]:
    """Receive on loopback while the block runs; tls is a certificate and its key, hears whether requests are read."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        receiver = Receiver(door.getsockname()[1], "https" if tls else "http")
        thread = threading.Thread(target=_serve, args=(door, receiver, answer, tls, hears))
        thread.start()
        try:
            yield receiver
        finally:
            receiver.gone.set()
            with suppress(OSError):
                door.shutdown(socket.SHUT_RDWR)
            thread.join(10)


def certificate(folder: Path) -> tuple[Path, Path]:
    """Write a certificate for 127.0.0.1 that nobody but itself has signed, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "certificate.pem", folder / "key.pem"
    paths[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    form = serialization.PrivateFormat.PKCS8
    paths[1].write_bytes(key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()))
    return paths


def _serve(
    door: socket.socket,
    receiver: Receiver,
    answer: Callable[[socket.socket, Receiver], None],
    tls: tuple[Path, Path] | None,
    hears: bool,  # noqa: FBT001 - the target of a thread
) -> None:
    while not receiver.gone.is_set():
        try:
            line, _ = door.accept()
        except OSError:
            return
        with line, suppress(OSError):
            line.settimeout(10)
            with _secured(line, tls) as inner:
                if hears:
                    _hear(inner, receiver)
                answer(inner, receiver)


def _secured(line: socket.socket, tls: tuple[Path, Path] | None) -> socket.socket:
    if tls is None:
        return line
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*tls)
    return context.wrap_socket(line, server_side=True)


def _hear(line: socket.socket, receiver: Receiver) -> None:
    said = b""
    while b"\r\n\r\n" not in said:
        piece = line.recv(65536)
        if not piece:
            return
        said += piece
    head, _, body = said.partition(b"\r\n\r\n")
    headers = {name.lower(): value for name, _, value in (it.partition(": ") for it in head.decode().split("\r\n"))}
    while len(body) < int(headers.get("content-length", "0")):
        body += line.recv(65536)
    receiver.heads.append(head.decode())
    if body:
        receiver.bodies.append(json.loads(body))
