"""Which names of the inventory are one machine, or have one localhome?"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from agent.core.observation import FileKind

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping

    from agent.core.observation import Observation

NETWORKED: Final = frozenset({
    "9p",
    "afs", "ceph", "cifs", "coda", "fhgfs", "fuseblk", "fuse", "gfs/gfs2", "gpfs", "lustre", "nfs", "nfsd", "ocfs2",
    "panfs", "prl_fs", "smb", "smb2", "snfs", "v9fs", "vboxsf", "vmhgfs", "wekafs",
})  # fmt: skip
"""File systems that several machines can mount at once, by the names that stat -f prints (coreutils, stat.c)."""


def same_folder(seen: Mapping[str, Observation]) -> tuple[tuple[str, ...], ...]:
    """Return the groups of names whose localhome is the very same folder of one running machine.

    Copies of a machine have its machine id, its device and its inode, and differ in the boot id at least.
    """
    return _alike(
        seen, lambda it: (it.machine_id, it.boot_id, it.home.device, it.home.inode) if it.home.inode else None
    )


def same_storage(seen: Mapping[str, Observation]) -> tuple[tuple[str, ...], ...]:
    """Return the groups of names, of several machines, whose localhome is the same folder of a shared file system.

    Two exports of one shape may have equal inodes, so something in the folder has to be the same as well.
    """
    shared = {name: it for name, it in seen.items() if is_networked(it)}
    groups = (*_alike(shared, _by_file), *_alike(shared, _by_node_id))
    return tuple(dict.fromkeys(names for names in groups if len({seen[name].boot_id for name in names}) > 1))


def same_node_id(seen: Mapping[str, Observation]) -> tuple[tuple[str, ...], ...]:
    """Return the groups of names whose cluster.properties names the same node (Jira: jira.node.id is unique)."""
    return _alike(seen, lambda it: it.node_id)


def is_networked(seen: Observation) -> bool:
    """Tell whether the localhome lies on a file system that other machines may have, too."""
    return seen.home.filesystem.lower() in NETWORKED


def _by_file(seen: Observation) -> Hashable:
    file = seen.file
    known = file.kind is FileKind.REGULAR and seen.home.inode
    return (seen.home.inode, file.inode, file.ctime, file.mtime, file.size) if known else None


def _by_node_id(seen: Observation) -> Hashable:
    return (seen.home.inode, seen.node_id) if seen.home.inode and seen.node_id else None


def _alike(seen: Mapping[str, Observation], key: Callable[[Observation], Hashable]) -> tuple[tuple[str, ...], ...]:
    groups: defaultdict[Hashable, list[str]] = defaultdict(list)
    for name, observation in seen.items():
        groups[key(observation)].append(name)
    return tuple(tuple(names) for found, names in groups.items() if found is not None and len(names) > 1)
