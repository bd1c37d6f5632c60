"""What the user's ssh configuration says of a name: ssh -G answers, since only ssh knows all of its own rules."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import tempfile
from contextlib import suppress
from dataclasses import replace
from threading import Lock
from typing import TYPE_CHECKING

from agent.errors import InputError
from agent.node.dial.directives import Directives
from agent.node.dial.kin import family_finder

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from agent.node.dial.directives import Consult

TIME_LIMIT = 10.0
"""Seconds for one ssh -G; it takes ten milliseconds, unless a Match exec in the file does not end."""
OUTPUT_LIMIT = 256 * 1024
"""Bytes of one answer of ssh -G that are read; it is about 5 KiB long."""

_BEYOND_US = re.compile(r"^\s*(Include|Match)\b", re.IGNORECASE | re.MULTILINE)


def consultation(config: Path | None, environment: Mapping[str, str]) -> Consult:
    """Return the way to ask a configuration file: none, ssh -G, or without an ssh program paramiko's reader.

    Raises:
        InputError: the file cannot be read, or needs an ssh program (Include, Match) that is not there.
    """
    if config is None or not config.exists():
        return lambda _name, _user, _port: Directives()
    if not config.is_file():
        raise InputError(f"{config}: the ssh configuration is not a file; name one in the inventory (ssh: config).")
    ssh = shutil.which("ssh", path=environment.get("PATH", os.defpath))
    if ssh is not None:
        return _Program(ssh, config, environment)
    return _without_program(config)


class _Program:
    """Asks ssh -G, once for all names that the file cannot tell apart; whoever else wants to know waits meanwhile."""

    def __init__(self, ssh: str, config: Path, environment: Mapping[str, str]) -> None:
        self._command = (ssh, "-G", "-T", "-F", str(config))
        self._config = config
        self._environment = dict(environment)
        self._family = family_finder(config.read_text(encoding="utf-8", errors="replace"))
        self._said: dict[object, Directives] = {}
        self._asking: dict[object, Lock] = {}
        self._lock = Lock()

    def __call__(self, name: str, user: str | None, port: int | None) -> Directives:
        family = self._family(name)
        if family is None:
            return self._once((name, user, port), lambda: self._ask(name, user, port))
        said = self._once((family, user), lambda: _of_the_family(self._ask(name, user, None), name))
        return replace(said, host=said.host or name, port=port or said.port)

    def _once(self, key: object, ask: Callable[[], Directives]) -> Directives:
        with self._lock:
            turn = self._asking.setdefault(key, Lock())
        with turn:
            if key not in self._said:
                self._said[key] = ask()
            return self._said[key]

    def _ask(self, name: str, user: str | None, port: int | None) -> Directives:
        chosen = [*(("-l", user) if user else ()), *(("-p", str(port)) if port else ())]
        code, said, complaint = _run([*self._command, *chosen, "--", name], self._environment)
        if code != 0:
            raise InputError(f"{self._config}: ssh -G cannot use it for {name} ({complaint}); mend the file.")
        return _read(said.splitlines(), self._config)


def _of_the_family(said: Directives, name: str) -> Directives:
    """Leave out what ssh only repeats of the name."""
    return replace(said, host=None) if said.host == name else said


def _run(command: list[str], environment: dict[str, str]) -> tuple[int | None, str, str]:
    """Run a command in a bounded way; the code is None where it did not end in time, and its family is ended then."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = subprocess.Popen(  # noqa: S603 - constant words and names that passed the grammar, no shell
            command, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=err, start_new_session=True
        )
        try:
            code: int | None = process.wait(TIME_LIMIT)
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            return None, "", f"no answer within {TIME_LIMIT:.0f} s; a Match exec in it may not end"
        out.seek(0)
        err.seek(0)
        said = out.read(OUTPUT_LIMIT).decode("utf-8", "replace")
        complaint = err.read(400).decode("utf-8", "replace")
    printable = "".join(letter if letter.isprintable() else " " for letter in complaint).strip()
    return code, said, printable or f"exit status {code}"


def _read(lines: list[str], config: Path) -> Directives:
    """Read what ssh -G prints: a keyword in lower case, a blank, the value; some keywords come several times."""
    said: dict[str, list[str]] = {}
    for line in lines:
        keyword, _, value = line.partition(" ")
        said.setdefault(keyword, []).append(value.strip())
    return _directives(said, config)


def _directives(said: Mapping[str, list[str]], config: Path) -> Directives:
    _refuse_unsupported(said, config)

    def one(keyword: str) -> str | None:
        value = said.get(keyword, ["none"])[0]
        return None if value.lower() == "none" else value

    files = " ".join([one("userknownhostsfile") or "", one("globalknownhostsfile") or ""])
    return Directives(
        host=one("hostname"),
        port=int(said["port"][0]) if said.get("port", [""])[0].isdigit() else None,
        user=one("user"),
        identities=tuple(said.get("identityfile", ())),
        certificates=tuple(said.get("certificatefile", ())),
        identities_only=one("identitiesonly") == "yes",
        agent=said["identityagent"][0] if "identityagent" in said else None,
        known_hosts=tuple(files.split()),
        known_as=one("hostkeyalias"),
        jump=tuple(jump.strip() for jump in (one("proxyjump") or "").split(",") if jump.strip()),
        proxy_command=one("proxycommand"),
    )


def _refuse_unsupported(said: Mapping[str, list[str]], config: Path) -> None:
    """Refuse what would weaken the check of host keys if it were passed over, or could not work."""
    unsupported = {"revokedhostkeys": "put @revoked lines into known_hosts", "proxyusefdpass": "use ProxyJump"}
    for keyword, instead in unsupported.items():
        if said.get(keyword, ["none"])[0].lower() not in ("none", "no", ""):
            raise InputError(f"{config}: {keyword} is not supported here; {instead} instead.")


def _without_program(config: Path) -> Consult:
    """Read the file with paramiko, which knows neither Include nor all of Match."""
    beyond = _BEYOND_US.search(config.read_text(encoding="utf-8", errors="replace"))
    if beyond:
        raise InputError(
            f"{config}: {beyond[1]} can only be followed by OpenSSH's own ssh, and there is none on PATH; install the "
            f"OpenSSH client, or name a plain file in the inventory (ssh: config)."
        )

    def consult(name: str, user: str | None, port: int | None) -> Directives:
        from paramiko import ConfigParseError, SSHConfig  # noqa: PLC0415 - heavy, and only without an ssh program

        try:
            found: dict[str, str | list[str]] = dict(SSHConfig.from_path(str(config)).lookup(name))
        except (ConfigParseError, ValueError) as fault:
            raise InputError(f"{config}: cannot be read as an ssh configuration ({fault}); mend the file.") from fault
        said = {key: value if isinstance(value, list) else [value] for key, value in found.items()}
        chosen = {
            "user": [user] if user else said.get("user", []),
            "port": [str(port)] if port else said.get("port", []),
        }
        # paramiko has put the tokens in already, so a percent sign that is left is meant as one
        literal = {key: [text.replace("%", "%%") for text in values] for key, values in {**said, **chosen}.items()}
        return _directives({key: values for key, values in literal.items() if values}, config)

    return consult
