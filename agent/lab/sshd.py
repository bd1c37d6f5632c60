"""A real OpenSSH server of our own: loopback, a free port, throw-away keys, all in one folder, without root."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

SEARCHED = "/usr/sbin:/usr/local/sbin:/sbin:/usr/libexec:/opt/homebrew/sbin"
PATIENCE = 10.0
"""Seconds that a server may take to listen, or to end; it needs some ten milliseconds."""


class SshdFailed(Exception):  # noqa: N818 - says what happened, as the family in agent/errors.py does
    """The server did not come up; the message holds what it wrote."""


@dataclass(slots=True, kw_only=True)
class Sshd:
    """A running server: where it listens, how to trust it, how to get in."""

    folder: Path
    host: str
    port: int
    known_hosts: Path
    client_key: Path
    process: subprocess.Popen[bytes] = field(repr=False)

    @property
    def user(self) -> str:
        """The only user who can surely log in: the one who started the server."""
        return pwd.getpwuid(os.getuid()).pw_name

    @property
    def log(self) -> str:
        """What the server has written so far."""
        return (self.folder / "sshd.log").read_text(encoding="utf-8", errors="replace")

    @property
    def running(self) -> bool:
        """Whether new connections are taken."""
        return self.process.poll() is None

    def sessions(self) -> tuple[int, ...]:
        """Return the process ids of the server's open connections."""
        return _children_of(self.process.pid)

    def stop(self) -> None:
        """End the listener and its connections; may be called twice."""
        if not self.running:
            return
        family = [descendant for session in self.sessions() for descendant in (*_children_of(session), session)]
        self.process.send_signal(signal.SIGCONT)
        self.process.terminate()
        for pid in family:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def available() -> str | None:
    """Return the path of the machine's sshd, or None where there is none (or nothing to make keys with)."""
    found = shutil.which("sshd", path=f"{os.environ.get('PATH', os.defpath)}:{SEARCHED}")
    return found if found and shutil.which("ssh-keygen") else None


def start(
    folder: Path,
    *,
    port: int | None = None,
    host: str = "127.0.0.1",
    options: Mapping[str, str] | None = None,
    client_key: Path | None = None,
    host_key: Path | None = None,
) -> Sshd:
    """Start a server that keeps all it needs in a folder, and return once it listens.

    Keys that lie in the folder from an earlier start are used again, so a restarted node keeps its host key. HOME of
    what is run is the empty folder "home" in it, so that the start-up files of whoever runs this stay out of it.

    Args:
        folder: made if it is not there; holds keys, settings, known_hosts and the log.
        port: a free one is taken where None is given.
        host: a loopback address.
        options: lines of sshd_config that win over ours; the value is written as it is.
        client_key: a private key (its .pub beside it) that may log in; made where None is given.
        host_key: a private key (its .pub beside it) that names the server; made where None is given.

    Raises:
        SshdFailed: there is no sshd, or it ended before it listened.
    """
    binary = available()
    if binary is None:
        raise SshdFailed("sshd: not found (no sshd or no ssh-keygen on this machine); install openssh-server")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / "home").mkdir(exist_ok=True)
    _make_separation_folder()
    client = client_key or make_key(folder / "client_key")
    server = host_key or make_key(folder / "host_key")
    shutil.copyfile(_public(client), folder / "authorized_keys")
    settings = _settings(folder, host=host, host_key=server, options=dict(options or {}), version=_version(binary))
    chosen, process = _listen(binary, folder, settings, host=host, port=port)
    known_hosts = folder / "known_hosts"
    known_hosts.write_text(known_hosts_line(host, chosen, server), encoding="utf-8")
    return Sshd(folder=folder, host=host, port=chosen, known_hosts=known_hosts, client_key=client, process=process)


def make_key(path: Path, kind: str = "ed25519") -> Path:
    """Return a private key without passphrase at this path, made unless it is there; its public half lies beside it."""
    if not path.exists():
        command = ["ssh-keygen", "-q", "-t", kind, "-N", "", "-C", path.name, "-f", str(path)]
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL, capture_output=True)  # noqa: S603 - constant words
    return path


def known_hosts_line(host: str, port: int, host_key: Path) -> str:
    """Return the line by which clients know a server (sshd(8): a port other than 22 is written [host]:port)."""
    name = host if port == 22 else f"[{host}]:{port}"  # noqa: PLR2004 - ssh's own port
    kind, blob = _public(host_key).read_text(encoding="ascii").split()[:2]
    return f"{name} {kind} {blob}\n"


def _public(key: Path) -> Path:
    return key.with_name(f"{key.name}.pub")


def _settings(folder: Path, *, host: str, host_key: Path, options: dict[str, str], version: tuple[int, int]) -> str:
    lines = {
        "AddressFamily": "any",
        "ListenAddress": host,
        "HostKey": f'"{host_key}"',
        "PidFile": f'"{folder / "sshd.pid"}"',
        "AuthorizedKeysFile": f'"{folder / "authorized_keys"}"',
        "SetEnv": f'"HOME={folder / "home"}"',
        "StrictModes": "no",
        "UsePAM": "no",
        "PermitRootLogin": "prohibit-password",
        "PasswordAuthentication": "no",
        "KbdInteractiveAuthentication": "no",
        "UseDNS": "no",
        "PrintMotd": "no",
        "PrintLastLog": "no",
        "LogLevel": "VERBOSE",
        "MaxStartups": "200",
    }
    if version >= (9, 8):  # release notes of 9.8: failed logins are penalised by source address, here everyone's
        lines["PerSourcePenalties"] = "no"
    overridden = {name.lower() for name in options}
    ours = {name: value for name, value in lines.items() if name.lower() not in overridden}
    return "".join(f"{name} {value}\n" for name, value in {**options, **ours}.items())


def _listen(
    binary: str, folder: Path, settings: str, *, host: str, port: int | None
) -> tuple[int, subprocess.Popen[bytes]]:
    """Start on the port, or on a free one; a free port can be lost to a neighbour before sshd takes it."""
    for attempts_left in (0,) if port else (4, 3, 2, 1, 0):
        chosen = port or _free_port(host)
        (folder / "sshd_config").write_text(f"Port {chosen}\n{settings}", encoding="utf-8")
        try:
            return chosen, _launch(binary, folder)
        except SshdFailed as fault:
            if not attempts_left or "already in use" not in str(fault):
                raise
    raise AssertionError("the last attempt returns or raises")  # pragma: no cover


def _launch(binary: str, folder: Path) -> subprocess.Popen[bytes]:
    log = folder / "sshd.log"
    with log.open("wb") as sink:
        command = [binary, "-D", "-e", "-f", str(folder / "sshd_config")]
        process = subprocess.Popen(  # noqa: S603 - constant words and our own path
            command,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=sink,
            start_new_session=True,
        )
    give_up = time.monotonic() + PATIENCE
    while time.monotonic() < give_up:
        written = log.read_text(encoding="utf-8", errors="replace")
        if "Server listening on" in written:
            return process
        if process.poll() is not None:
            raise SshdFailed(f"sshd: ended with {process.returncode} before it listened ({written.strip()})")
        time.sleep(0.003)
    process.kill()
    process.wait()
    raise SshdFailed(f"sshd: not listening after {PATIENCE:.0f} s ({log.read_text(errors='replace').strip()})")


def _free_port(host: str) -> int:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def _make_separation_folder() -> None:
    """Make the empty folder that sshd locks its unprivileged half into; only asked for where root starts it."""
    if os.getuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, parents=True, exist_ok=True)


@cache
def _version(binary: str) -> tuple[int, int]:
    """Return OpenSSH's version; releases without -V name it in their usage text."""
    said = subprocess.run([binary, "-V"], check=False, stdin=subprocess.DEVNULL, capture_output=True)  # noqa: S603 - constant
    match = re.search(rb"OpenSSH_(\d+)\.(\d+)", said.stdout + said.stderr)
    return (int(match[1]), int(match[2])) if match else (0, 0)


def _children_of(parent: int) -> tuple[int, ...]:
    command = ["ps", "-A", "-o", "pid=,ppid="]
    try:
        listing = subprocess.run(command, check=False, stdin=subprocess.DEVNULL, capture_output=True).stdout  # noqa: S603 - constant
    except FileNotFoundError:
        return ()
    pairs = [tuple(map(int, line.split())) for line in listing.splitlines()]
    return tuple(pid for pid, ppid in pairs if ppid == parent)
