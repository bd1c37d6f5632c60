"""An SSH server inside this process, for machines that have no sshd: loopback, one key, one command per channel.

It does what the door to a node needs of sshd and nothing else: no terminal, no files, no forwarding, no password. A
command runs as the user who started the server, in that user's shell, with bytes passed as they are.
"""

from __future__ import annotations

import logging
import os
import pwd
import socket
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import paramiko
from paramiko.common import (
    AUTH_FAILED,
    AUTH_SUCCESSFUL,
    MSG_CHANNEL_SUCCESS,
    OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED,
    OPEN_SUCCEEDED,
)

from agent.lab.remote_command import RemoteCommand

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from paramiko.channel import Channel
    from paramiko.message import Message

LOG = "filestore_agent.lab.embedded"
LOGIN_TIME = 30.0
"""Seconds that a visitor may take to log in, as sshd's LoginGraceTime."""


@dataclass(slots=True, kw_only=True)
class EmbeddedServer:
    """A running server: where it listens, how to trust it, how to get in; the same shape as lab.sshd.Sshd."""

    folder: Path
    host: str
    port: int
    known_hosts: Path
    client_key: Path
    listener: socket.socket = field(repr=False)
    visits: set[_Visit] = field(default_factory=set, repr=False)
    commands: set[RemoteCommand] = field(default_factory=set, repr=False)
    thread: threading.Thread | None = field(default=None, repr=False)

    @property
    def user(self) -> str:
        """The only user there is: the one who started the server."""
        return pwd.getpwuid(os.getuid()).pw_name

    @property
    def running(self) -> bool:
        """Whether new connections are taken."""
        return self.listener.fileno() >= 0

    def stop(self) -> None:
        """End the listener, its connections and their commands; may be called twice."""
        with suppress(OSError):  # it wakes the thread that accepts; a second call finds the socket closed
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        if self.thread is not None:
            self.thread.join()
        for visit in tuple(self.visits):
            visit.end()
        for command in tuple(self.commands):
            command.kill()


def start(
    folder: Path, *, port: int | None = None, host: str = "127.0.0.1", client_key: Path | None = None
) -> EmbeddedServer:
    """Start a server that keeps its keys in a folder, and return once it listens.

    Keys that lie in the folder from an earlier start are used again, so a restarted node keeps its host key.

    Args:
        folder: made if it is not there; holds keys and known_hosts.
        port: a free one is taken where None is given.
        host: a loopback address.
        client_key: a private key (its .pub beside it) that may log in; made where None is given.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    client = client_key or make_key(folder / "client_key")
    host_key = paramiko.Ed25519Key.from_private_key_file(str(make_key(folder / "host_key")))
    allowed = client.with_name(f"{client.name}.pub").read_text(encoding="ascii").split()[1]
    listener = socket.create_server((host, port or 0), backlog=64)
    chosen = int(listener.getsockname()[1])
    known_hosts = folder / "known_hosts"
    known_hosts.write_text(f"[{host}]:{chosen} {host_key.get_name()} {host_key.get_base64()}\n", encoding="ascii")
    server = EmbeddedServer(
        folder=folder, host=host, port=chosen, known_hosts=known_hosts, client_key=client, listener=listener
    )
    server.thread = threading.Thread(
        target=_welcome, args=(server, host_key, allowed), name=f"embedded-ssh-{chosen}", daemon=True
    )
    server.thread.start()
    return server


def make_key(path: Path) -> Path:
    """Return an ed25519 key without passphrase, made unless it is there; its public half lies beside it."""
    from cryptography.hazmat.primitives import serialization as form  # noqa: PLC0415 - most of the import time is here
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415 - as above

    if path.exists():
        return path
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(form.Encoding.PEM, form.PrivateFormat.OpenSSH, form.NoEncryption())
    public = key.public_key().public_bytes(form.Encoding.OpenSSH, form.PublicFormat.OpenSSH)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as sink:
        sink.write(private)
    path.with_name(f"{path.name}.pub").write_bytes(public + b"\n")
    return path


def _welcome(server: EmbeddedServer, host_key: paramiko.PKey, allowed: str) -> None:
    """Take connections until the listener is closed."""
    while True:
        try:
            connection, _ = server.listener.accept()
        except OSError:
            return
        visit = _Visit(connection, server, host_key, allowed)
        server.visits.add(visit)
        threading.Thread(target=visit.receive, name="embedded-ssh-visit", daemon=True).start()


class _Visit(paramiko.ServerInterface):
    """One connection: who may enter, and what may be asked."""

    def __init__(
        self, connection: socket.socket, server: EmbeddedServer, host_key: paramiko.PKey, allowed: str
    ) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.connection = connection
        self.server = server
        self.host_key = host_key
        self.allowed = allowed
        self.transport: _PromptTransport | None = None

    def receive(self) -> None:
        """Talk until the visitor leaves; what a visitor does wrong ends the visit and nothing else."""
        try:
            transport = self.transport = _PromptTransport(self.connection)
            transport.set_log_channel(LOG)
            transport.auth_timeout = LOGIN_TIME
            transport.add_server_key(self.host_key)
            transport.start_server(server=self)
            transport.join()
        except (paramiko.SSHException, EOFError, OSError) as fault:
            logging.getLogger(LOG).debug("a visit ended: %r", fault)
        finally:
            self.end()
            self.server.visits.discard(self)

    def end(self) -> None:
        """Hang up; a command that runs goes on, as it does under sshd."""
        if self.transport is not None:
            self.transport.close()
        self.connection.close()

    def get_allowed_auths(self, username: str) -> str:  # noqa: ARG002 - the parent's signature
        """Only keys."""
        return "publickey"

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        """One user, one key."""
        known = username == pwd.getpwuid(os.getuid()).pw_name and key.get_base64() == self.allowed
        return AUTH_SUCCESSFUL if known else AUTH_FAILED

    def check_channel_request(self, kind: str, chanid: int) -> int:  # noqa: ARG002 - the parent's signature
        """Only sessions."""
        return OPEN_SUCCEEDED if kind == "session" else OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED

    def check_channel_exec_request(self, channel: Channel, command: bytes) -> bool:
        """Run one command, as soon as the visitor has been told so."""
        if self.transport is None:
            return False
        asked = RemoteCommand(channel, command, self.server.commands)
        self.transport.after_success.append(asked.run)
        return True


class _PromptTransport(paramiko.Transport):
    """A transport that starts commands after it has sent the word of success for them.

    paramiko sends that word when check_channel_exec_request has returned; a quick command could close its channel
    before, and the client would see a channel closed instead of a command run.
    """

    def __init__(self, connection: socket.socket) -> None:
        super().__init__(connection)
        self.after_success: list[Callable[[], None]] = []

    def _send_user_message(self, data: Message) -> None:
        super()._send_user_message(data)  # type: ignore[misc] # not in the stubs: it is private, and the only place
        if data.asbytes()[:1] == bytes([MSG_CHANNEL_SUCCESS]) and self.after_success:
            self.after_success.pop(0)()
