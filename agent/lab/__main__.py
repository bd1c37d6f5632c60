"""`python -m agent.lab`: a cluster on this machine with Jira running, for people and scripts, until told to end."""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from agent.lab.cluster import lab_cluster
from agent.lab.guard import in_use
from agent.lab.node import LabFault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.lab.cluster import LabCluster

MOST_NODES = 50
USAGE = 2


def main(words: list[str]) -> int:
    """Run the lab; 0 after Ctrl-C, 143 after a SIGTERM, 1 where it did not come up, 2 for words it does not know."""
    asked = _parser().parse_args(words)
    if not 1 <= asked.nodes <= MOST_NODES:
        return _complain(f"--nodes: {asked.nodes} nodes; give a number from 1 to {MOST_NODES}", USAGE)
    try:
        with _folder(asked.folder) as folder, lab_cluster(folder, asked.nodes) as cluster:
            cluster.start_jira()
            if asked.rest:
                cluster.write_inventory(token_file=cluster.token_file)
            _tell(cluster)
            _wait()
    except LabFault as fault:
        return _complain(str(fault), 1)
    except KeyboardInterrupt:
        print("\nlab: ended; nothing is left running.", file=sys.stderr)  # noqa: T201 - a command of its own
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m agent.lab", description="A cluster of stand-ins for Jira on this machine, until Ctrl-C."
    )
    parser.add_argument("--nodes", type=int, default=3, help="how many (default: 3)")
    parser.add_argument(
        "--folder", type=Path, help="a new or empty folder, or one of an earlier lab; else a temporary one"
    )
    parser.add_argument("--rest", action="store_true", help="let the inventory name the token for Jira's REST pages")
    return parser


@contextmanager
def _folder(wanted: Path | None) -> Iterator[Path]:
    """Give the folder to work in: a temporary one, or the user's own, which must be nobody else's."""
    if wanted is None:
        with tempfile.TemporaryDirectory(prefix="filestore-agent-lab-") as temporary:
            yield Path(temporary).resolve()
        return
    folder = wanted.resolve()
    _refuse_what_is_not_ours(folder)
    yield folder


def _refuse_what_is_not_ours(folder: Path) -> None:
    """Refuse a folder with other things in it: a lab makes its folder private, and ends every process of it."""
    if in_use(str(folder)):
        raise LabFault(f"{folder}: a lab runs there; end that one, or give another --folder")
    if not folder.exists():
        return
    if not folder.is_dir():
        raise LabFault(f"{folder}: not a folder; give a new one with --folder")
    if any(folder.iterdir()) and not (folder / "inventory" / "lab.yml").is_file():
        raise LabFault(f"{folder}: other things lie there; give a new or empty --folder")


def _tell(cluster: LabCluster) -> None:
    """Say where it is and how to go on; the inventory's folder stands alone on a line, for scripts."""
    print(cluster.inventory)  # noqa: T201 - as above
    print(f"Try: filestore-agent plan --inventory {cluster.inventory}")  # noqa: T201 - as above
    print("Ctrl-C ends all of it.", flush=True)  # noqa: T201 - as above


def _wait() -> None:
    while True:
        signal.pause()


def _complain(message: str, code: int) -> int:
    print(f"lab: {message}", file=sys.stderr)  # noqa: T201 - as above
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
