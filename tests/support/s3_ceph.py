"""The second S3 API server of the tests: Ceph's object gateway (Debian: radosgw, ceph-mon, ceph-osd), all in memory.

It enforces what moto does not: conditions of statements (s3:prefix), bucket policies with a principal, and lifecycle
rules (a day is a second). The fixture `second_s3` (tests/conftest.py) has one per test process; it has S3Server's
words, but no roles, and its users' ARN is `arn:aws:iam:::user/NAME`. One cluster is one monitor, one store in memory
and one gateway, on free loopback ports, in a folder of their own.

Tried with 16.2, and **not** enforced, or otherwise than in Amazon S3: the region of a signature; DeleteObjects is
judged on the bucket instead of the keys; a policy's ARN may be of any partition.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
import uuid
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.lab.ports import free_ports
from tests.support.s3_server import REGION, Keys, S3Server, _text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

PATIENCE = 120.0
CONFIG = """
[global]
fsid = {fsid}
mon host = [v2:127.0.0.1:{mon}/0]
mon initial members = a
public addr = 127.0.0.1
cluster addr = 127.0.0.1
auth cluster required = cephx
auth service required = cephx
auth client required = cephx
auth allow insecure global id reclaim = false
keyring = {folder}/keyring
run dir = {folder}
admin socket =
log file = {folder}/$name.log
mon data = {folder}/mon
mon data avail warn = 1
mon data avail crit = 1
mon allow pool size one = true
osd data = {folder}/osd
osd objectstore = memstore
osd crush chooseleaf type = 0
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pgp num = 1
osd pool default pg autoscale mode = off
# what is decided is decided at once: nobody else has a say
paxos propose interval = 0.02
paxos min wait = 0.01
mon osd min up ratio = 0
rgw data = {folder}/rgw
rgw frontends = beast endpoint=127.0.0.1:{rgw}
rgw enable usage log = false
# a lifecycle rule's day is a second, and its work is done when a test asks for it
rgw lc debug interval = 1
rgw enable lc threads = false
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class CephServer(S3Server):
    """A running gateway; users come from its own tool, their policies by its IAM API."""

    config: Path

    def user(self, policy: Mapping[str, Any] | str | None = None, region: str = REGION) -> Keys:
        """Make a user with this identity policy, or with none; return the keys."""
        keys = _made_user(self.config, f"user-{uuid.uuid4().hex[:12]}")
        if policy is not None:
            with self.client("iam", region=region) as iam:
                name = keys.arn.rpartition("/")[2]
                iam.put_user_policy(UserName=name, PolicyName="under-test", PolicyDocument=_text(policy))
        return keys

    def role(self, policy: Mapping[str, Any] | str | None = None, region: str = REGION) -> Keys:
        """Refuse: roles are moto's."""
        raise NotImplementedError(f"no roles here ({region}, {policy}): use s3_server")

    def live_until(self, so: Callable[[], bool], *, days: int) -> None:
        """Let so many days go by for the lifecycle rules, each a second, and then more until it is so; not for ever."""
        time.sleep(days)
        give_up = time.monotonic() + PATIENCE
        while True:
            _run(self.config, "radosgw-admin", "lc", "process")
            if so():
                return
            assert time.monotonic() < give_up, "the lifecycle rules did not bring it about"


@contextmanager
def ceph_server() -> Iterator[CephServer]:
    """Start a cluster of one, and end it with the block."""
    with ExitStack() as cleanup:
        folder = Path(cleanup.enter_context(tempfile.TemporaryDirectory(prefix="ceph-")))
        mon, rgw = free_ports(2)
        config, fsid = folder / "ceph.conf", str(uuid.uuid4())
        config.write_text(CONFIG.format(fsid=fsid, folder=folder, mon=mon, rgw=rgw), encoding="utf-8")
        _monitor(cleanup, config, fsid, mon)
        _store(cleanup, config)
        _start(cleanup, config, "radosgw", "-n", "client.admin", "--no-mon-config")
        admin = _when_it_answers(config, rgw)
        yield CephServer(
            url=f"http://127.0.0.1:{rgw}", admins={"aws": admin}, log=folder / "client.admin.log", config=config
        )


def _monitor(cleanup: ExitStack, config: Path, fsid: str, port: int) -> None:
    folder, keyring = config.parent, str(config.parent / "keyring")
    _run(config, "ceph-authtool", "--create-keyring", keyring, "--gen-key", "-n", "mon.", "--cap", "mon", "allow *")
    for name in ("client.admin", "osd.0"):
        caps = [word for service in ("mon", "osd", "mgr") for word in ("--cap", service, "allow *")]
        _run(config, "ceph-authtool", keyring, "--gen-key", "-n", name, *caps)
    address = f"[v2:127.0.0.1:{port}/0]"
    _run(config, "monmaptool", "--create", "--fsid", fsid, "--addv", "a", address, str(folder / "monmap"))
    (folder / "mon").mkdir()
    _run(config, "ceph-mon", "--mkfs", "-i", "a", "--monmap", str(folder / "monmap"), "--keyring", keyring)
    _start(cleanup, config, "ceph-mon", "-i", "a")


def _store(cleanup: ExitStack, config: Path) -> None:
    (config.parent / "osd").mkdir()
    ident = str(uuid.uuid4())
    _run(config, "ceph", "osd", "new", ident)
    _run(config, "ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", ident)
    _start(cleanup, config, "ceph-osd", "-i", "0")


def _when_it_answers(config: Path, port: int) -> Keys:
    """Wait for the gateway, and make the user who may do everything."""
    client = ["curl", "-s", "-m", "5", "-o", "/dev/null", f"http://127.0.0.1:{port}/"]
    give_up = time.monotonic() + PATIENCE
    while subprocess.run(client, check=False).returncode != 0:
        log = config.parent / "client.admin.log"
        assert time.monotonic() < give_up, log.read_text(encoding="utf-8") if log.exists() else "no log of the gateway"
        time.sleep(0.1)
    return _made_user(config, "admin", "--caps", "user-policy=*;users=*")


def _made_user(config: Path, name: str, *more: str) -> Keys:
    said = _run(config, "radosgw-admin", "user", "create", "--uid", name, "--display-name", name, *more)
    key = json.loads(said)["keys"][0]
    return Keys(id=key["access_key"], secret=key["secret_key"], arn=f"arn:aws:iam:::user/{name}")


def _run(config: Path, *words: str) -> str:
    done = subprocess.run(
        words, env=_environment(config), check=False, capture_output=True, text=True, timeout=PATIENCE
    )
    assert done.returncode == 0, f"{words}: {done.stderr}"
    return done.stdout


def _start(cleanup: ExitStack, config: Path, *words: str) -> None:
    """Start a daemon in the foreground; it ends when all is over, or with us, however we end (setpriv: util-linux)."""
    process = subprocess.Popen(
        ["setpriv", "--pdeathsig", "KILL", *words, "-f"],
        env=_environment(config), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    cleanup.callback(process.wait)
    cleanup.callback(process.kill)


def _environment(config: Path) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "CEPH_CONF": str(config), "HOME": str(config.parent)}
