"""Builders of documents and observations, so that a test says only what it is about."""

from __future__ import annotations

from typing import TypedDict, Unpack

from agent.core.document import ABSENT, Document, document_of
from agent.core.filestore import Association, Filestore, FilestoreConfig
from agent.core.judging.sight import Look, Silence, SilenceKind
from agent.core.node import Node
from agent.core.observation import (
    FileFacts,
    FileKind,
    HomeFacts,
    LoadedMark,
    Observation,
    Presence,
    Process,
    Receipt,
    StatusPage,
)
from agent.core.routing import routing_line, routing_of

BOOT, EARLIER_BOOT = "boot-now", "boot-before"
BTIME, RATE = 1_000_000, 100
START_TICKS = 50_000
STARTED = BTIME + START_TICKS // RATE
"""When the process of every built observation started, by the node's clock."""

RUNNING = StatusPage(code=200, state="RUNNING")
REFUSED = StatusPage(refused=True)


def config(bucket: str | None = "backup-bucket", *, concurrency: int | None = None) -> FilestoreConfig:
    """A configuration with backups in one bucket; None keeps everything in the shared home."""
    if bucket is None:
        return FilestoreConfig()
    store = Filestore(id="backupBucket", bucket_name=bucket, region="us-east-1", max_concurrency=concurrency)
    return FilestoreConfig(
        filestores=(store,), associations=(Association(target="backups", file_store="backupBucket"),)
    )


def document(
    bucket: str | None = "backup-bucket", *, concurrency: int | None = None, comment: str = "laid out by hand"
) -> Document:
    """A document of that configuration; another comment is another layout with the same meaning."""
    meaning = config(bucket, concurrency=concurrency)
    stores = "".join(
        f'<s3-filestore id="{store.id}"><config><bucket-name>{store.bucket_name}</bucket-name>'
        f"<region>{store.region}</region>"
        + (f"<max-concurrency>{store.max_concurrency}</max-concurrency>" if store.max_concurrency else "")
        + "</config></s3-filestore>"
        for store in meaning.filestores
    )
    links = "".join(f'<association target="{it.target}" file-store="{it.file_store}"/>' for it in meaning.associations)
    text = (
        f'<?xml version="1.1" ?>\n<!-- {comment} -->\n<filestore-config><filestores>{stores}</filestores>'
        f"<associations>{links}</associations></filestore-config>\n"
    )
    return document_of(text.encode(), meaning)


def file_of(what: Document | bytes | None, *, changed: int = STARTED - 300, written: int | None = None) -> FileFacts:
    """A regular file with this content, or none; changed is its ctime, written its mtime (the same if not given)."""
    if what is None:
        return FileFacts(kind=FileKind.ABSENT)
    content = what.content if isinstance(what, Document) else what
    return FileFacts(
        kind=FileKind.REGULAR,
        size=len(content),
        mode="0640",
        owner="jira",
        group="jira",
        device="fd00",
        inode="7",
        mtime=changed if written is None else written,
        ctime=changed,
        content=content,
        digest=document_of(content, FilestoreConfig()).digest,
    )


def receipt(
    what: Document | None, *, after: Document | None = None, ticks: int = START_TICKS - 100, boot: str = BOOT
) -> Receipt:
    """The receipt of a commit of a document (None: of the removal of the file) that replaced another."""
    return Receipt(
        digest=what.digest if what else ABSENT,
        canonical=what.canonical if what else ABSENT,
        routing=routing_line(routing_of(what.config if what else None)),
        previous=after.digest if after else ABSENT,
        boot_id=boot,
        ticks=ticks,
    )


def mark(what: Document, *, ticks: int = START_TICKS, boot: str = BOOT) -> LoadedMark:
    """The note that a process, by default the running one, has loaded a document."""
    return LoadedMark(
        canonical=what.canonical, routing=routing_line(routing_of(what.config)), boot_id=boot, ticks=ticks
    )


class Parts(TypedDict, total=False):
    """What a test may say of an observation."""

    ran_as: str
    home: HomeFacts
    process: Process
    status: StatusPage
    receipts: tuple[Receipt, ...]
    loaded: tuple[LoadedMark, ...]
    boot_id: str
    btime: int
    ticks_per_second: int
    node_id: str | None
    machine_id: str | None
    container: str | None
    missing_tools: tuple[str, ...]


RUNS = Process(presence=Presence.FOUND, pid=4242, start_ticks=START_TICKS, home="/srv/jira", evidence="lock")
DOES_NOT_RUN = Process(presence=Presence.NONE)


def observed(file: FileFacts, **parts: Unpack[Parts]) -> Observation:
    """An observation of a node where Jira runs, unless the parts say otherwise."""
    facts: Parts = {
        "ran_as": "jira",
        "boot_id": BOOT,
        "btime": BTIME,
        "ticks_per_second": RATE,
        "home": HomeFacts(kind=FileKind.DIRECTORY, owner="jira", writable=True),
        "process": RUNS,
        "status": RUNNING,
        **parts,
    }
    return Observation(file=file, now=STARTED + 3600, **facts)


def down(file: FileFacts, **parts: Unpack[Parts]) -> Observation:
    """An observation of a node where no Jira runs."""
    facts: Parts = {"process": DOES_NOT_RUN, "status": REFUSED, **parts}
    return observed(file, **facts)


def loaded(what: Document, **parts: Unpack[Parts]) -> Observation:
    """A node that has committed a document before its Jira started: all is well with it."""
    facts: Parts = {"receipts": (receipt(what),), **parts}
    return observed(file_of(what), **facts)


def node(name: str) -> Node:
    """A node with the builders' localhome."""
    return Node(name=name, cluster="example", address=f"{name}.example.com", localhome="/srv/jira")


def look(name: str, observation: Observation, desired: Document | None = None) -> Look:
    """A look that was answered."""
    return Look(node=node(name), desired=desired or document(), observation=observation)


def silent(name: str, kind: SilenceKind = SilenceKind.UNREACHABLE, reason: str = "connection timed out") -> Look:
    """A look that was not answered."""
    return Look(node=node(name), desired=document(), silence=Silence(kind=kind, reason=reason))
