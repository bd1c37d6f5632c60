"""Which filestore-config.xml does the vendor's container image write from its variables?

A target counts if its bucket's name and region are both set; empty is unset (the image's entrypoint.py). Avatars and
attachments with the same bucket name get one filestore, made of the variables of avatars (Atlassian's page on the
containers of the Helm charts). The id of avatars is that of the image's template of 2023; the others are those of
Atlassian's pages, since the present template is not public. Ids route nothing: a target's place is its bucket.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from agent.core.filestore import Association, Filestore, FilestoreConfig, Target
from agent.core.importing.codes import Code, error, warning
from agent.core.importing.told import Stores, Taken, fault_in
from agent.core.text.shown import plainly, shown
from agent.core.text.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from agent.core.finding import Finding
    from agent.core.importing.told import Told

FAMILY: Final = "ATL_S3"
PARTS: Final = ("BUCKET_NAME", "REGION", "ENDPOINT_OVERRIDE")
COMMON: Final = "jiraBucket"
"""What Atlassian's page calls a filestore of several targets."""
ID_OF: Final = {
    Target.AVATARS: "avatarBucket",
    Target.ATTACHMENTS: "attachmentBucket",
    Target.BACKUPS: "backupBucket",
}
VARIABLES: Final = tuple(f"{FAMILY}{target.upper()}_{part}" for target in ID_OF for part in PARTS)
_ALIKE: Final = (Target.AVATARS, Target.ATTACHMENTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """What is set for one target; an empty value is not."""

    target: Target
    bucket: Told | None
    region: Told | None
    endpoint: Told | None

    @property
    def counts(self) -> bool:
        """The image looks at no block of which this is not true."""
        return self.bucket is not None and self.region is not None

    @property
    def parts(self) -> tuple[Told, ...]:
        """What is set of it."""
        return tuple(it for it in (self.bucket, self.region, self.endpoint) if it is not None)


def variable_of(target: Target, part: str) -> str:
    """Return the name of a target's variable."""
    return f"{FAMILY}{target.upper()}_{part}"


def stores_of_variables(variables: Iterable[Told]) -> Stores:
    """Return what the image would write; its entrypoint knows each variable in any case of its letters."""
    said = tuple(variables)
    latest = {it.name.upper(): it for it in said}
    twice = tuple(_two_ways(it) for it in said if it.text != latest[it.name.upper()].text)
    stores = image_stores(latest)
    return replace(stores, findings=(*twice, *stores.findings))


def image_stores(variables: Mapping[str, Told]) -> Stores:
    """Return what the image would write, by the names of its variables in capitals; texts keep their sources' names."""
    known = {name: it for name, it in variables.items() if name in VARIABLES and it.text}
    blocks = {target: _block(target, known) for target in ID_OF}
    findings = (
        *(_unknown(it) for name, it in variables.items() if name not in VARIABLES),
        *(fault for it in known.values() if (fault := fault_in(it))),
        *(finding for block in blocks.values() for finding in _incomplete(block, blocks)),
        *_told_apart(blocks),
    )
    complete = {target: block for target, block in blocks.items() if block.counts}
    return Stores(
        config=_config(complete) if complete else None,
        findings=findings,
        taken=tuple(_taken(complete)),
        left_out=tuple(str(target) for target, block in blocks.items() if block.parts and not block.counts),
    )


def half_set(block: Block, name_of: Mapping[str, str], tool: str) -> Finding:
    """Return that a tool ignores a block; name_of tells what it calls the bucket and the region."""
    missing = [name_of[part] for part, it in (("bucket", block.bucket), ("region", block.region)) if it is None]
    message = (
        f"{' and '.join(it.name for it in block.parts)} is set without {' and '.join(missing)}: {tool} ignores that,"
        f" and {block.target} stay in the shared home"
    )
    hint = f"set {' and '.join(missing)} as well, or take the rest out; the inventory leaves {block.target} out"
    return warning(Code.HALF, block.parts[0].place, message, hint)


def _block(target: Target, known: Mapping[str, Told]) -> Block:
    bucket, region, endpoint = (known.get(variable_of(target, part)) for part in PARTS)
    return Block(target=target, bucket=bucket, region=region, endpoint=endpoint)


def _unknown(it: Told) -> Finding:
    hint = did_you_mean(it.name.upper(), VARIABLES)
    return warning(Code.UNKNOWN, it.place, f"{plainly(it.name)} is none of the image's variables: it ignores it", hint)


def _two_ways(it: Told) -> Finding:
    message = f"{plainly(it.name)} is set twice, in two ways"
    return error(Code.IN_DOUBT, it.place, message, "keep one; the image knows each variable in any case of its letters")


def _incomplete(block: Block, blocks: Mapping[Target, Block]) -> Iterator[Finding]:
    if block.counts or not block.parts:
        return
    twin = _twin(block, blocks)
    if twin is not None:
        message = (
            f"{block.target} name the bucket of {twin.target} and no region: whether the image keeps both there or"
            f" leaves {block.target} in the shared home is not known"
        )
        hint = "set the region as well, or take the bucket's name out"
        yield error(Code.IN_DOUBT, block.parts[0].place, message, hint)
        return
    names = {"bucket": variable_of(block.target, "BUCKET_NAME"), "region": variable_of(block.target, "REGION")}
    yield half_set(block, names, "the image")


def _twin(block: Block, blocks: Mapping[Target, Block]) -> Block | None:
    """The complete block of the other of the two targets that may share a filestore, where it has the same bucket."""
    if block.target not in _ALIKE or block.bucket is None:
        return None
    other = blocks[_ALIKE[1 - _ALIKE.index(block.target)]]
    return other if other.counts and other.bucket and other.bucket.text == block.bucket.text else None


def _share(blocks: Mapping[Target, Block]) -> bool:
    avatars, attachments = (blocks.get(target) for target in _ALIKE)
    if not (avatars and attachments and avatars.counts and attachments.counts):
        return False
    return avatars.bucket is not None and attachments.bucket is not None and (
        avatars.bucket.text == attachments.bucket.text
    )  # fmt: skip


def _told_apart(blocks: Mapping[Target, Block]) -> Iterator[Finding]:
    """Of two blocks with one bucket, what attachments have of their own is lost."""
    if not _share(blocks):
        return
    avatars, attachments = (blocks[target] for target in _ALIKE)
    for ours, theirs in ((avatars.region, attachments.region), (avatars.endpoint, attachments.endpoint)):
        if (ours and ours.text) == (theirs and theirs.text):
            continue
        place = theirs or ours
        said = shown(theirs.text) if theirs else "nothing"
        counts = shown(ours.text) if ours else "nothing"
        message = (
            f"avatars and attachments share a bucket, so the image uses {counts} of avatars for both, and not {said}"
            " of attachments"
        )
        if place:
            yield warning(Code.SHARED, place.place, message, "make both say the same")


def _config(blocks: Mapping[Target, Block]) -> FilestoreConfig:
    ids = dict(ID_OF)
    if _share(blocks):
        ids |= dict.fromkeys(_ALIKE, COMMON)
    stores: dict[str, Filestore] = {}
    for target, block in blocks.items():
        stores.setdefault(ids[target], _filestore(ids[target], block))
    links = (Association(target=str(target), file_store=ids[target]) for target in blocks)
    return FilestoreConfig(filestores=tuple(stores.values()), associations=tuple(links))


def _filestore(id_: str, block: Block) -> Filestore:
    return Filestore(
        id=id_,
        bucket_name=block.bucket.text if block.bucket else "",
        region=block.region.text if block.region else "",
        endpoint_override=block.endpoint.text if block.endpoint else None,
    )


def _taken(blocks: Mapping[Target, Block]) -> Iterator[Taken]:
    shared = _share(blocks)
    for target, block in blocks.items():
        if shared and target is Target.ATTACHMENTS and block.bucket:
            yield Taken(key="associations.attachments", said=COMMON, name=block.bucket.name, place=block.bucket.place)
            continue
        id_ = COMMON if shared and target is Target.AVATARS else ID_OF[target]
        for key, it in (("bucket-name", block.bucket), ("region", block.region), ("endpoint-override", block.endpoint)):
            if it is not None:
                yield Taken(key=f"filestores.{id_}.{key}", said=it.text, name=it.name, place=it.place)
