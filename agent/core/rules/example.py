"""How a rule's examples are built: the telling lines, set into an otherwise sound document."""

from __future__ import annotations

from textwrap import dedent, indent
from typing import Final

from agent.core.node import Node, SystemdService
from agent.core.rules.registry import Example

DECLARATION: Final = '<?xml version="1.1" ?>'
BUCKET: Final = "<bucket-name>example-co-jira-backup</bucket-name>"
REGION: Final = "<region>us-east-1</region>"
BACKUPS: Final = '<association target="backups" file-store="backupBucket" />'


def whole(text: str, *, shown: str | None = None) -> Example:
    """A document as it stands."""
    return Example(shown=text.strip("\n") if shown is None else shown, documents=(text.encode(),))


def raw(content: bytes, *, shown: str) -> Example:
    """A document that is not text, and words for it."""
    return Example(shown=shown, documents=(content,))


def framed(inside: str, *, shown: str | None = None) -> Example:
    """A document with these lines between the root's tags."""
    lines = dedent(inside).strip("\n")
    return Example(shown=lines if shown is None else shown, documents=(_framed(lines),))


def in_config(text: str) -> Example:
    """A document whose one filestore has these lines in its <config>, and a bucket and a region besides."""
    shown = dedent(text).strip("\n")
    return Example(shown=shown, documents=(_framed(_sections(_store(shown), BACKUPS)),))


def in_filestores(text: str, *, links: str = BACKUPS) -> Example:
    """A document with these filestores; the backups go to backupBucket."""
    shown = dedent(text).strip("\n")
    return Example(shown=shown, documents=(_framed(_sections(shown, links)),))


def in_associations(text: str, *, jira_version: str | None = None) -> Example:
    """A document with these associations and the filestore backupBucket."""
    shown = dedent(text).strip("\n")
    return Example(shown=shown, documents=(_framed(_sections(_store(""), shown)),), jira_version=jira_version)


def estate(*clusters: tuple[str, str]) -> Example:
    """One document for each cluster, from its filestores and its associations."""
    bodies = [_sections(dedent(stores).strip("\n"), dedent(links).strip("\n")) for stores, links in clusters]
    shown = "\n\n".join(f"<!-- cluster {number} -->\n{body}" for number, body in enumerate(bodies, 1))
    return Example(shown=shown if len(bodies) > 1 else bodies[0], documents=tuple(map(_framed, bodies)))


def nodes(*clusters: tuple[Node, ...]) -> Example:
    """The nodes of each cluster, as its inventory file would have them."""
    files = [f"# cluster {number}\n{_inventory(among)}" for number, among in enumerate(clusters, 1)]
    return Example(shown="\n\n".join(files), clusters=clusters)


def template(text: str, *, shown: str) -> Example:
    """A template, and the telling lines of it; the document is what it is written in, not what it gives."""
    return Example(shown=shown.rstrip("\n"), documents=(text.encode(),))


def store(store_id: str, bucket: str) -> str:
    """A sound filestore with this bucket."""
    config = f"<bucket-name>{bucket}</bucket-name>\n    {REGION}"
    return f'<s3-filestore id="{store_id}">\n  <config>\n    {config}\n  </config>\n</s3-filestore>'


def link(target: str, store_id: str) -> str:
    """An association."""
    return f'<association target="{target}" file-store="{store_id}" />'


def _inventory(among: tuple[Node, ...]) -> str:
    return "\n".join(("nodes:", *(f"  {node.name}: {{{', '.join(_settings(node))}}}" for node in among)))


def _settings(node: Node) -> tuple[str, ...]:
    """What the node says itself; the rest is the default."""
    plain = Node(name=node.name, cluster=node.cluster, address=node.address, localhome=node.localhome)
    own = (f"localhome: {node.localhome}", f"status: {{port: {node.status.port}}}", f"service: {_service(node)}")
    differs = (True, node.status != plain.status, node.service != plain.service)
    return (f"address: {node.address}", *(text for text, said in zip(own, differs, strict=True) if said))


def _service(node: Node) -> str:
    return f"{{systemd: {node.service.unit}}}" if isinstance(node.service, SystemdService) else "{...}"


def _store(config: str) -> str:
    parts = [part for part, tag in ((BUCKET, "<bucket-name"), (REGION, "<region")) if tag not in config]
    lines = indent("\n".join([*parts, config]).rstrip("\n"), "    ")
    return f'<s3-filestore id="backupBucket">\n  <config>\n{lines}\n  </config>\n</s3-filestore>'


def _sections(stores: str, links: str) -> str:
    filestores = f"<filestores>\n{indent(stores, '  ')}\n</filestores>" if stores else "<filestores />"
    associations = f"<associations>\n{indent(links, '  ')}\n</associations>" if links else "<associations />"
    return f"{filestores}\n{associations}"


def _framed(inside: str) -> bytes:
    return f"{DECLARATION}\n<filestore-config>\n{indent(inside, '  ')}\n</filestore-config>\n".encode()
