"""The tasks, one function each: words in, one operation, a report out; under `fab` and `filestore-agent` alike."""

from __future__ import annotations

from typing import Final

from invoke.collection import Collection

from agent import program
from agent.tasks import buckets, demo, looking, offline, rollouts
from agent.tasks.registry import REGISTERED

__all__ = ["ORDER", "buckets", "demo", "looking", "main", "namespace", "offline", "rollouts"]

ORDER: Final = (
    *(
        "validate",
        "render",
        "bucket-policy",
        "import-config",
        "adopt",
        "doctor",
        "preflight-s3",
        "status",
        "drift",
        "plan",
    ),
    *(
        "deploy-config",
        "rolling-restart",
        "resume",
        "abort",
        "rollback",
        "history",
        "lock",
        "restore-backup",
        "schedule",
    ),
    "demo",
)
"""In which order the help page tells of them: that of their use."""

namespace = Collection()
for _name in sorted(REGISTERED, key=ORDER.index):
    namespace.add_task(REGISTERED[_name], name=_name)


def main() -> None:
    """Run the installed command."""
    program.run(namespace)
