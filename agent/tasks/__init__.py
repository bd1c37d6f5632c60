"""The tasks, one function each: words in, one operation, a report out; under `fab` and `filestore-agent` alike."""

from __future__ import annotations

from agent import program
from agent.tasks import buckets, demo, looking, offline, rollouts
from agent.tasks.registry import namespace

__all__ = ["buckets", "demo", "looking", "main", "namespace", "offline", "rollouts"]


def main() -> None:
    """Run the installed command."""
    program.run(namespace)
