"""Bring a backup back: list what the bucket holds, pick one, and let a node fetch it by itself into the import folder.

Nothing of a backup comes to this workstation, and Jira's data is not touched: what is restored is restored by hand, in
Jira. No lock of the cluster is needed: filestore-config.xml is neither read nor written, no process is stopped, and
what two runs could do to each other is prevented by the lock on the half itself.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
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
from agent.node.restoring import FetchSlice, FinishFetch, SetAside, SurveyImport
from agent.operations.confirming import at_the_question, confirm
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
    from agent.core.s3.proof import Proof
    from agent.node.restoring import InImport
    from agent.operations.restoring.proving import Proven
    from agent.operations.restoring.source import Shelf
    from agent.operations.restoring.way import Way, Wish
    from agent.operations.world import Choice, World

SPARE = 256 << 20
"""Bytes that stay free on the shared home's file system, since Jira writes there meanwhile."""
MOST_SYNCS = 120
"""Half a minute each: no disk takes longer than an hour to take what it has been given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    """One backup on its way."""

    way: Way
    shelf: Shelf
    backup: Backup
    place: InImport
    size: int
    proofs: tuple[Proof, ...]

    @property
    def folder(self) -> str:
        return f"{self.place.sharedhome}/import"

    @property
    def path(self) -> str:
        return f"{self.folder}/{self.place.name}"


def list_backups(world: World, choice: Choice, wish: Wish, *, template: Path | None) -> Report:
    """List what the bucket holds; nothing is fetched.

    Raises:
        AgentError: the user's files are wrong, or nobody could be asked.

    """
    cluster = one_cluster(reachable_inputs(choice, template=template))
    with ways(world, choice, wish, cluster) as (way, shelf):
        latest = newest(shelf.backups) if shelf.whole else None
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
            f"{way.bucket}: {printable(backup.name, limit=240)} lies in {printable(facts.storage, limit=30)} and "
            "cannot be read; ask it back first (aws s3api restore-object), which takes hours"
        )
    place = SurveyImport(sharedhome=sharedhome, name=backup.name, tag=tag_of_object(facts.etag))
    proofs = proofs_for(facts, at_aws=way.at_aws)
    job = _Job(way=way, shelf=shelf, backup=backup, place=place, size=facts.size, proofs=proofs)
    folder = ask(way.port, place, ImportFolder)
    if folder.whole is not None:
        return _there_already(world, job, folder.whole)
    there = folder.half.size if folder.half else 0
    _require_room(way, facts.size - there, folder)
    asked = words.question(backup, way.node.name, job.folder, there=there, free=folder.free_bytes)
    with at_the_question(way.cluster.name):
        confirm(world, asked, yes=way.wish.yes)
    with _resumable(job):
        _fetch(world, job, facts.etag, there)
        proven = prove(world, way.port, place, proofs)
        if proven.verdict is Verdict.DAMAGED:
            return _damaged(job, proven)
        whole = _finished(world, job)
    return _report(job, whole, proven, resumed_from=there)


def _fetch(world: World, job: _Job, etag: str, there: int) -> None:
    way, place = job.way, job.place
    slice_ = FetchSlice(
        sharedhome=place.sharedhome,
        name=place.name,
        tag=place.tag,
        way=way.source.way(job.backup.key),
        etag=etag,
        size=job.size,
        spare=SPARE,
    )
    world.progress(f"{way.node.name} fetches {printable(place.name, limit=240)}", Tone.PLAIN)
    fetch(world, way.port, slice_, way.source, job.backup.key, there=there)


def _finished(world: World, job: _Job) -> FileInImport:
    place, node = job.place, job.way.node.name
    errand = FinishFetch(sharedhome=place.sharedhome, name=place.name, tag=place.tag, size=job.size)
    for _ in range(MOST_SYNCS):
        try:
            done = ask(job.way.port, errand, Finished)
        except Refused:
            # The answer to the last one was lost, and the node finds its own file in the way: the half has become it.
            seen = ask(job.way.port, place, ImportFolder)
            if seen.whole is None or seen.half is not None or seen.whole.size != job.size:
                raise
            return seen.whole
        if done.whole is not None:
            return done.whole
        world.progress(f"  {node} brings it to its disk", Tone.QUIET)
    raise Silent(f"{node}: what was fetched does not come to the disk; look at the shared home's file system")


def _there_already(world: World, job: _Job, whole: FileInImport) -> Report:
    """A run whose last answer was lost, or one beside this one, has done it all: then it only has to be proven."""
    who = f"{job.way.node.name}: {printable(job.path, limit=1300)} is there already and"
    if whole.size != job.size:
        has = f"has {whole.size} bytes" if whole.size >= 0 else "is no plain file"
        raise Refused(f"{who} {has}, the backup has {job.size}; it is never replaced; move it away first")
    proven = prove(world, job.way.port, job.place, job.proofs)
    if proven.verdict is Verdict.DAMAGED:
        raise Refused(f"{who} is not this backup ({proven.words}); it is never replaced; move it away first")
    if proven.verdict is Verdict.READABLE:
        # What we did not fetch ourselves may be another backup of this name and size.
        words = f"by its size; unzip can read it through, which does not tell that it is this one: {proven.words}"
        proven = replace(proven, verdict=Verdict.OPEN, words=words)
    return _report(job, whole, proven, was="was already", resumed_from=whole.size)


def _damaged(job: _Job, proven: Proven) -> Report:
    place, way = job.place, job.way
    aside = ask(way.port, SetAside(sharedhome=place.sharedhome, name=place.name, tag=place.tag), PutAside)
    path = f"{job.folder}/{aside.name}"
    return Report(
        task="restore-backup",
        cluster=way.cluster.name,
        outcome=Outcome.ERROR,
        sentence=f"{way.node.name}: what arrived is not the backup: {proven.words}. It lies in "
        f"{printable(path, limit=1300)}, where Jira does not offer it; remove it, and fetch anew.",
        facts=_facts(way, job.shelf, {**_restored_facts(job, proven), "path": path}),
        next_command=way.command("--backup", job.backup.name),
    )


def _report(job: _Job, whole: FileInImport, proven: Proven, *, resumed_from: int, was: str = "is") -> Report:
    is_open = proven.verdict is Verdict.OPEN
    doubt = ", whole by its size, but not proven by a checksum" if is_open else ""
    facts = {"owner": whole.owner, "group": whole.group, "mode": whole.mode, "resumed_from": resumed_from}
    return Report(
        task="restore-backup",
        cluster=job.way.cluster.name,
        outcome=Outcome.PARTIAL if is_open else Outcome.OK,
        sentence=f"{printable(job.place.name, limit=240)} {was} in the import folder of {job.way.cluster.name}{doubt}.",
        facts=_facts(job.way, job.shelf, _restored_facts(job, proven) | facts),
        lines=words.end_lines(job.path, whole, proven),
    )


def _restored_facts(job: _Job, proven: Proven) -> dict[str, object]:
    return {
        "name": job.place.name,
        "key": job.backup.key,
        "size": job.size,
        "node": job.way.node.name,
        "path": job.path,
        "owner": None,
        "group": None,
        "mode": None,
        "proof": str(proven.verdict),
        "proven_by": proven.words,
        "resumed_from": None,
    }


def _facts(way: Way, shelf: Shelf, restored: Mapping[str, object] | None) -> dict[str, object]:
    return {
        "bucket": way.bucket.removeprefix("bucket "),
        "asked_by": "workstation" if way.wish.from_workstation else way.node.name,
        "backups": [words.backup_facts(it) for it in shelf.backups],
        "folders": list(shelf.folders),
        "complete": shelf.whole,
        "restored": restored,
    }


def _sentence(shelf: Shelf, bucket: str) -> str:
    unfit = sum(fault_of_name(it.name) is not None for it in shelf.backups)
    besides = f", {unfit} of them with a name that is not fetched" if unfit else ""
    more = "" if shelf.whole else "; there are more, which were not read"
    return f"{counted(len(shelf.backups), 'backup')} in {bucket}{besides}{more}."


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
def _resumable(job: _Job) -> Iterator[None]:
    """Tell whoever breaks it off, and whoever finds it broken, how it goes on.

    Raises:
        Interrupted: somebody left.
        Away, Silent: a node was lost on the way.

    """
    again = job.way.command("--backup", job.backup.name)
    stays = f"what is there stays in {job.folder}, hidden; any node with this shared home goes on with it: {again}"
    try:
        yield
    except KeyboardInterrupt:
        raise Interrupted(f"{job.way.cluster.name}: interrupted; {stays}") from None
    except (Away, Silent) as error:
        raise type(error)(f"{error}; {stays}") from None
