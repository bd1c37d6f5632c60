"""A node whose Jira has credentials: a process that holds the localhome, with an environment and words of its own."""

from __future__ import annotations

import grp
import os
import pwd
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from agent.core.filestore import Filestore
from agent.core.preflight.aims import name_for
from agent.core.s3.address import address_of
from agent.core.s3.probe import Probe, StoreView, Trial, Verb
from agent.node.port import Ok, ProbeStores
from tests.support.hands import folder_node

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from agent.core.node import Node
    from agent.core.s3.probe import Reply
    from agent.node.port import NodePort

ME = pwd.getpwuid(os.getuid()).pw_name
MY_GROUP = grp.getgrgid(os.getgid()).gr_name
MARK = "0123456789abcdef"
HOLD = (
    "import fcntl, sys, time\n"
    "lock = open(sys.argv[1], 'w')\n"
    "fcntl.lockf(lock, fcntl.LOCK_EX)\n"
    "print('held', flush=True)\n"
    "time.sleep(600)\n"
)
AWS: dict[str, str] = {}
CURL = {"/usr/local/bin/aws /usr/bin/aws": "/no/aws"}
"""What alters a script so that it finds no aws command."""


@contextmanager
def jira_with(
    home: Path, environment: Mapping[str, str], *words: str, user: int | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a process that holds the home as Jira does, with exactly this environment and these further words."""
    command = [sys.executable, "-I", "-S", "-c", HOLD, str(home / ".jira-home.lock"), *words]
    with subprocess.Popen(command, env=dict(environment), stdout=subprocess.PIPE, user=user) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        try:
            yield process
        finally:
            process.kill()


def bucket_node(home: Path) -> Node:
    return folder_node(home, owner=ME, group=MY_GROUP)


def probe_of(bucket: str, url: str, *targets: str, region: str = "us-east-1", mark: str = MARK) -> Probe:
    store = Filestore(id="store", bucket_name=bucket, region=region, endpoint_override=url)
    trials = tuple(Trial(target=target, key=name_for(target, mark)) for target in targets or ("backups",))
    return Probe(address=address_of(store), trials=trials)


def view_from(port: NodePort, *probes: Probe) -> StoreView:
    """Let a node ask, and return what it learnt."""
    answer = port.perform(ProbeStores(probes=probes))
    assert isinstance(answer, Ok), answer
    assert answer.observation.stores is not None
    return answer.observation.stores


def replies_in(view: StoreView, target: str = "backups", place: int = 0) -> dict[Verb, Reply]:
    return {verb: reply for name, verb, reply in view.tried[place].replies if name == target}


def allowing(bucket: str, **actions: tuple[str, ...]) -> dict[str, object]:
    """Return an identity policy: for each prefix these actions on its objects; ListBucket is on the bucket itself."""
    here = f"arn:aws:s3:::{bucket}"
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": [f"s3:{action}"],
                "Resource": [here if action == "ListBucket" else f"{here}/{prefix}/*"],
            }
            for prefix, granted in actions.items()
            for action in granted
        ],
    }
