"""What the script of ProbeStores is told: buckets and objects, in words that neither a shell nor curl can bend."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agent.core.s3.probe import Probe
    from agent.node.port import ProbeStores

_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9.:/_\[\]-]{0,400}\Z")
"""Of an address or a key: nothing that ends a word, a quoted text of curl's configuration, or a signature's line."""
_NAME = re.compile(r"[a-z]{1,20}\Z")


def probing(request: ProbeStores) -> dict[str, str]:
    """Return the shell assignments of an errand; raises ValueError where a word could be read as something else."""
    first = next((probe.address for probe in request.probes if probe.address.sts), None)
    return {
        "stores": "\n".join(map(_line, request.probes)),
        "due": str(1 + sum(2 + sum(len(trial.verbs) for trial in probe.trials) for probe in request.probes)),
        "sts": _word(first.sts) if first else "",
        "sts_region": _word(first.region if first else next((it.address.region for it in request.probes), "us-east-1")),
    }


def _line(probe: Probe) -> str:
    address = probe.address
    words = [address.bucket, address.region, address.root, address.endpoint or "-"]
    trials = [f"{_target(trial.target)}:{_word(trial.key)}" for trial in probe.trials]
    return " ".join([*(word if word == "-" else _word(word) for word in words), *trials])


def _target(name: str) -> str:
    if not _NAME.match(name):
        raise ValueError(f"{name!r} is no target that can travel in a letter")
    return name


def _word(text: str) -> str:
    if not _WORD.match(text):
        raise ValueError(f"{text!r} cannot travel in a letter as a word of a bucket's address")
    return text
