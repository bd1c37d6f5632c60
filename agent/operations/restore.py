"""Bring a backup back: list what the bucket holds, pick one, and let a node fetch it by itself into the import folder.

Nothing of a backup comes to this workstation, and Jira's data is not touched: what is restored is restored by hand, in
Jira. No lock of the cluster is needed: filestore-config.xml is neither read nor written, no process is stopped, and
what two runs could do to each other is prevented by the lock on the half itself.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from agent.core.report import Report, Tone
from agent.core.s3.backups import fault_of_name, newest, tag_of_object
from agent.core.s3.brought import Finished, ImportFolder, PutAside
from agent.core.s3.proof import proofs_for
from agent.core.text.moments import seconds_of
from agent.core.text.names import counted
from agent.core.text.printable import printable
from agent.core.text.sizes import size_words
from agent.errors import InputError, Interrupted, Outcome, Refused
from agent.node.restoring import FetchSlice, FinishFetch, InImport, SetAside, SurveyImport
from agent.operations.confirming import confirm
from agent.operations.inputs.clusters import one_cluster, reachable_inputs
from agent.operations.restoring import words
from agent.operations.restoring.asking import Away, Silent, ask
from agent.operations.restoring.choosing import chosen
from agent.operations.restoring.fetching import fetch
from agent.operations.restoring.proving import Verdict, prove
from agent.operations.restoring.way import ways

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from agent.core.s3.backups import Backup
    from agent.core.s3.brought import FileInImport
    from agent.core.s3.proof import BackupFacts, Proof
    from agent.operations.restoring.proving import Proven
    from agent.operations.restoring.source import Shelf
    from agent.operations.restoring.way import Way, Wish
    from agent.operations.world import Choice, World

SPARE = 256 << 20
"""Bytes that stay free on the shared home's file system, since Jira writes there meanwhile."""
MOST_SYNCS = 120
"""Half a minute each: no disk takes longer than an hour to take what it has been given."""


def list_backups(world: World, choice: Choice, wish: Wish, *, template: Path | None) -> Report:
    """List what the bucket holds; nothing is fetched.

    Raises:
        AgentError: the user's files are wrong, or nobody could be asked.

    """
    cluster = one_cluster(reachable_inputs(choice, template=template))
    with ways(world, choice, wish, cluster) as (way, shelf):
        latest = newest(shelf.backups)
        return Report(
            task="restore-backup",
            cluster=cluster.name,
            outcome=Outcome.OK,
            sentence=_sentence(shelf, way.bucket),
            facts=_facts(way, shelf, None),
            lines=words.table(shelf, _now(world)),
            next_command=None if latest is None else way.command("--backup", latest.name),
        )


def restore_backup(world: World, choice: Choice, wish: Wish, *, template: Path | None) -> Report:
    """Let a node fetch one backup into the import folder of the shared home, and prove it.

    Raises:
        AgentError: the user's files are wrong, or it could not be done; the sentence says what is left where.

    """
    cluster = one_cluster(reachable_inputs(choice, template=template))
    sharedhome = cluster.inventory.jira.sharedhome
    if sharedhome is None:
        raise InputError(
            f"{cluster.name}: the inventory does not say where the shared home is; "
            "add jira.sharedhome, such as /mnt/jira-shared"
        )
    with ways(world, choice, wish, cluster) as (way, shelf):
        backup = chosen(shelf, wish, way.bucket)
        return _restored(world, way, shelf, backup, sharedhome)


def _restored(world: World, way: Way, shelf: Shelf, backup: Backup, sharedhome: str) -> Report:
    facts = way.source.facts(backup.key)
    if facts.is_far:
        raise Refused(
            f"{way.bucket}: {printable(backup.name, limit=240)} lies in {printable(facts.storage, limit=30)} and cannot "
            "be read; ask it back first (aws s3api restore-object), which takes hours"
        )
    place = InImport(sharedhome=sharedhome, name=backup.name, tag=tag_of_object(facts.etag))
    folder = ask(way.port, SurveyImport(sharedhome=sharedhome, name=place.name, tag=place.tag), ImportFolder)
    proofs = proofs_for(facts, at_aws=way.at_aws)
    if folder.whole is not None:
        return _there_already(world, way, shelf, backup, place, facts, folder.whole, proofs)
    there = folder.half.size if folder.half else 0
    _require_room(way, facts.size - there, folder)
    path = f"{sharedhome}/import"
    asked = words.question(backup, way.node.name, path, there=there, free=folder.free_bytes)
    confirm(world, asked, yes=way.wish.yes)
    with _resumable(way, backup, path):
        _fetch(world, way, place, backup, facts, there)
        proven = prove(world, way.port, place, proofs)
        if proven.verdict is Verdict.DAMAGED:
            return _damaged(way, shelf, backup, place, proven)
        whole = _finished(world, way, place, facts.size)
    return _report(world, way, shelf, backup, place, whole, proven, resumed_from=there)


def _fetch(world: World, way: Way, place: InImport, backup: Backup, facts: BackupFacts, there: int) -> None:
    slice_ = FetchSlice(
        sharedhome=place.sharedhome,
        name=place.name,
        tag=place.tag,
        way=way.source.way(backup.key),
        etag=facts.etag,
        size=facts.size,
        spare=SPARE,
    )
    world.progress(f"{way.node.name} fetches {printable(backup.name, limit=240)}", Tone.PLAIN)
    fetch(world, way.port, slice_, way.source, backup.key, there=there)


def _finished(world: World, way: Way, place: InImport, size: int) -> FileInImport:
    errand = FinishFetch(sharedhome=place.sharedhome, name=place.name, tag=place.tag, size=size)
    for _ in range(MOST_SYNCS):
        done = ask(way.port, errand, Finished)
        if done.whole is not None:
            return done.whole
        world.progress(f"  {way.node.name} brings it to its disk", Tone.QUIET)
    raise Silent(f"{way.node.name}: what was fetched does not come to the disk; look at the shared home's file system")


def _there_already(
    world: World,
    way: Way,
    shelf: Shelf,
    backup: Backup,
    place: InImport,
    facts: BackupFacts,
    whole: FileInImport,
    proofs: tuple[Proof, ...],
) -> Report:
    """A run whose last answer was lost, or one beside this one, has done it all: then it only has to be proven."""
    path = f"{place.sharedhome}/import/{place.name}"
    if whole.size != facts.size:
        has = f"has {whole.size} bytes" if whole.size >= 0 else "is no plain file"
        raise Refused(
            f"{way.node.name}: {printable(path, limit=1300)} is there already and {has}, the backup has {facts.size}; "
            "it is never replaced; move it away first"
        )
    proven = prove(world, way.port, place, proofs)
    if proven.verdict is Verdict.DAMAGED:
        raise Refused(
            f"{way.node.name}: {printable(path, limit=1300)} is there already and is not this backup "
            f"({proven.words}); it is never replaced; move it away first"
        )
    return _report(world, way, shelf, backup, place, whole, proven, resumed_from=whole.size)


def _damaged(way: Way, shelf: Shelf, backup: Backup, place: InImport, proven: Proven) -> Report:
    aside = ask(way.port, SetAside(sharedhome=place.sharedhome, name=place.name, tag=place.tag), PutAside)
    path = f"{place.sharedhome}/import/{aside.name}"
    return Report(
        task="restore-backup",
        cluster=way.cluster.name,
        outcome=Outcome.ERROR,
        sentence=f"{way.node.name}: what arrived is not the backup: {proven.words}. It lies in "
        f"{printable(path, limit=1300)}, where Jira does not offer it; remove it, and fetch anew.",
        facts=_facts(way, shelf, {**_restored_facts(way, backup, place, proven), "path": path}),
        next_command=way.command("--backup", backup.name),
    )


def _report(
    world: World,
    way: Way,
    shelf: Shelf,
    backup: Backup,
    place: InImport,
    whole: FileInImport,
    proven: Proven,
    *,
    resumed_from: int,
) -> Report:
    del world
    path = f"{place.sharedhome}/import/{place.name}"
    is_open = proven.verdict is Verdict.OPEN
    doubt = ", whole by its size, but not proven by a checksum" if is_open else ""
    was = "was in the import folder already" if resumed_from == whole.size and whole.size else "is in the import folder"
    restored = {
        **_restored_facts(way, backup, place, proven),
        "path": path,
        "owner": whole.owner,
        "group": whole.group,
        "mode": whole.mode,
        "resumed_from": resumed_from,
    }
    return Report(
        task="restore-backup",
        cluster=way.cluster.name,
        outcome=Outcome.PARTIAL if is_open else Outcome.OK,
        sentence=f"{printable(backup.name, limit=240)} {was} of {way.cluster.name}{doubt}.",
        facts=_facts(way, shelf, restored),
        lines=words.end_lines(backup, path, whole, proven),
    )


def _restored_facts(way: Way, backup: Backup, place: InImport, proven: Proven) -> dict[str, object]:
    return {
        "name": backup.name,
        "key": backup.key,
        "size": backup.size,
        "node": way.node.name,
        "path": f"{place.sharedhome}/import/{place.name}",
        "owner": None,
        "group": None,
        "mode": None,
        "proof": str(proven.verdict),
        "proven_by": proven.words,
        "resumed_from": None,
    }


def _facts(way: Way, shelf: Shelf, restored: Mapping[str, object] | None) -> dict[str, object]:
    return {
        "bucket": way.bucket,
        "asked_by": "workstation" if way.wish.from_workstation else way.node.name,
        "backups": [words.backup_facts(it) for it in shelf.backups],
        "folders": list(shelf.folders),
        "restored": restored,
    }


def _sentence(shelf: Shelf, bucket: str) -> str:
    unfit = sum(fault_of_name(it.name) is not None for it in shelf.backups)
    besides = f", {unfit} of them with a name that is not fetched" if unfit else ""
    return f"{counted(len(shelf.backups), 'backup')} in {bucket}{besides}."


def _now(world: World) -> float:
    return seconds_of(world.clock.now_iso())


def _require_room(way: Way, missing: int, folder: ImportFolder) -> None:
    free = folder.free_bytes
    if free is None or free >= missing + SPARE:
        return
    waste = f" (an earlier, damaged one takes {size_words(folder.damaged.size)})" if folder.damaged else ""
    raise Refused(
        f"{way.node.name}: there is not enough room in the shared home: {free} bytes are free, {missing} are still to "
        f"come, and {SPARE} stay free for Jira{waste}; make room, then run it again"
    )


@contextmanager
def _resumable(way: Way, backup: Backup, path: str) -> Iterator[None]:
    """Tell whoever breaks it off, and whoever finds it broken, how it goes on.

    Raises:
        Interrupted: somebody left.
        Away, Silent: a node was lost on the way.

    """
    again = way.command("--backup", backup.name)
    stays = f"what is there stays in {path}, hidden, and another node with this shared home can go on with it: {again}"
    try:
        yield
    except KeyboardInterrupt:
        raise Interrupted(f"{way.cluster.name}: interrupted; {stays}") from None
    except (Away, Silent) as error:
        raise type(error)(f"{error}; {stays}") from None
