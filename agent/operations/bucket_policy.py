"""What has to be set up for the buckets of a cluster? Policies, versioning, lifecycle rules: documents and commands."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from agent.core.bucket_policy.bucket import buckets_of
from agent.core.bucket_policy.commands import step_for
from agent.core.bucket_policy.papers import Form, Kind, papers_of
from agent.core.bucket_policy.principal import require_principals, require_role
from agent.core.inventory.resolve import resolve_filestores
from agent.core.report import Line, Report, Tone
from agent.core.text.names import counted
from agent.core.text.shown import shown
from agent.core.text.suggest import did_you_mean
from agent.edges.documents import write_document
from agent.edges.whole_file import is_file_or_free
from agent.errors import InputError, Outcome
from agent.operations.inputs.clusters import valid_inputs

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from agent.core.bucket_policy.bucket import Bucket
    from agent.core.bucket_policy.commands import Step
    from agent.core.bucket_policy.papers import Paper
    from agent.core.finding import Finding
    from agent.operations.inputs.clusters import ClusterInput, Inputs
    from agent.operations.world import Choice


_SHARED: Final = "FS402"
"""Backups in a bucket with read-write data: its hint is to give the rights by prefix, which is what is done here."""
_IGNORED: Final = (
    "Not every store heeds --principal: MinIO gives a named principal nothing, so leave it out there; Ceph heeds it."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What was asked for: all documents or one kind, in which form, for which bucket and whom, and where they go."""

    only: str | None = None
    form: str | None = None
    bucket: str | None = None
    principals: tuple[str, ...] = ()
    role: str | None = None
    out: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Folder:
    """One bucket of one cluster, its documents, and the folder's name below the one that was named."""

    cluster: str
    bucket: Bucket
    name: str
    papers: tuple[Paper, ...]

    def path_of(self, paper: Paper) -> str:
        return f"{self.cluster}/{self.name}/{paper.name}"


def bucket_policy(choice: Choice, wish: Wish, *, template: Path | None) -> Report:
    """Write or show what the owner of each bucket sets up: who may do what, no overwriting, what is cleaned up.

    Raises:
        InputError: the user's files are wrong, a flag says what cannot be, or several documents were asked for where
            one is wanted.

    """
    _require_sense(wish)
    inputs = valid_inputs(choice, template=template)
    folders = _folders(inputs, wish)
    if wish.only and not any(folder.papers for folder in folders):
        raise InputError(f"bucket-policy: {_nothing(inputs, folders, wish)}")
    if wish.only and not wish.out:
        _require_one(folders)
    written = _written(wish.out, folders) if wish.out else {}
    lines = tuple(_only_lines(folders) if wish.only and not wish.out else _lines(folders, wish, written))
    return Report(
        task="bucket-policy",
        cluster=inputs.names[0] if len(inputs.names) == 1 else None,
        outcome=Outcome.OK,
        sentence=_sentence(inputs, folders, wish),
        findings=tuple(map(_as_below, inputs.findings)),
        is_product=bool(lines),
        facts={"buckets": [_fact(folder, wish, written) for folder in folders]},
        lines=lines,
    )


def _as_below(finding: Finding) -> Finding:
    """Who gets the policy need not be told to write one."""
    if finding.rule != _SHARED:
        return finding
    return replace(finding, hint="the policy here gives them so; simpler is a bucket of their own for backups")


def _require_sense(wish: Wish) -> None:
    for flag, word, known in (("--only", wish.only, tuple(Kind)), ("--format", wish.form, tuple(Form))):
        if word is not None and word not in set(known):
            hint = did_you_mean(word, known)
            raise InputError(f"{flag}: {shown(word)} is none of {', '.join(known)}{f' ({hint})' if hint else ''}")
    if wish.only == Kind.POLICY and wish.form == Form.XML:
        raise InputError("--format: a policy is written in JSON alone; leave --format out")
    if wish.principals and wish.role:
        raise InputError(
            "--role, --principal: the first attaches a policy to a role, the second writes the bucket's own; say one"
        )
    require_role(wish.role)


def _folders(inputs: Inputs, wish: Wish) -> tuple[_Folder, ...]:
    found = [(cluster.name, bucket) for cluster in inputs.clusters for bucket in _buckets(cluster)]
    known = list(dict.fromkeys(bucket.name for _, bucket in found))
    if wish.bucket and wish.bucket not in known:
        hint = did_you_mean(wish.bucket, known)
        there = f"known: {', '.join(known)}" if known else "no target goes to any bucket"
        raise InputError(f"--bucket: no target goes to {shown(wish.bucket)}{f' ({hint})' if hint else ''}; {there}")
    chosen = [(cluster, bucket) for cluster, bucket in found if wish.bucket in {None, bucket.name}]
    principals = require_principals(wish.principals, tuple(bucket for _, bucket in chosen))
    return tuple(
        _Folder(
            cluster=cluster,
            bucket=bucket,
            name=_folder_name(chosen, index),
            papers=tuple(paper for paper in papers_of(bucket, principals) if _is_wanted(paper, wish)),
        )
        for index, (cluster, bucket) in enumerate(chosen)
    )


def _buckets(cluster: ClusterInput) -> tuple[Bucket, ...]:
    """Buckets and associations are the cluster's: any of its nodes tells."""
    return buckets_of(resolve_filestores(cluster.inventory, cluster.nodes[0].name))


def _folder_name(chosen: Sequence[tuple[str, Bucket]], index: int) -> str:
    """A bucket's name; where two stores have buckets of one name, the later ones are numbered, by a letter that no
    name has.
    """  # noqa: D205 - one sentence
    cluster, bucket = chosen[index]
    earlier = sum(cluster == other and bucket.name == its.name for other, its in chosen[:index])
    return f"{bucket.name}+{earlier + 1}" if earlier else bucket.name


def _is_wanted(paper: Paper, wish: Wish) -> bool:
    """On the terminal JSON is enough where nothing else was said; a folder gets both forms."""
    form = wish.form or (None if wish.out else Form.JSON)
    return wish.only in {None, paper.kind} and (form in {None, paper.form} or paper.kind is Kind.POLICY)


def _require_one(folders: Sequence[_Folder]) -> None:
    having = [folder for folder in folders if folder.papers]
    if len(having) > 1:
        names = ", ".join(f"{folder.bucket.name} ({folder.cluster})" for folder in having)
        raise InputError(f"bucket-policy: {len(having)} documents ({names}); say --bucket NAME or --out FOLDER")


def _written(out: Path, folders: Sequence[_Folder]) -> dict[str, str]:
    """Write all files, or none where something else than a file has one of their places; return the paths."""
    texts = {folder.path_of(paper): paper.text for folder in folders for paper in folder.papers}
    for place in texts:
        if not _may_be_written(out / place):
            raise InputError(f"{out / place}: it is no file, and is not replaced; choose another folder with --out")
    for place, text in texts.items():
        write_document(out / place, text.encode("ascii"))
    return {place: str(out / place) for place in texts}


def _may_be_written(path: Path) -> bool:
    try:
        return is_file_or_free(path)
    except OSError:
        return False


def _lines(folders: Sequence[_Folder], wish: Wish, written: dict[str, str]) -> Iterator[Line]:
    for index, folder in enumerate(folders):
        if index:
            yield Line(text="")
        yield Line(text=f"# {_heading(folder)}", tone=Tone.TITLE, exact=True)
        for paper in folder.papers if not written else ():
            yield Line(text=f"# ==> {folder.path_of(paper)} <==", tone=Tone.TITLE, exact=True)
            yield from _text_lines(paper)
        for _, step in _steps(folder, wish, written):
            yield from (Line(text=f"# {said}", tone=Tone.QUIET, exact=True) for said in step.said)
            if step.command:
                yield from (Line(text=line, exact=True) for line in step.command.split("\n"))


def _only_lines(folders: Sequence[_Folder]) -> Iterator[Line]:
    for folder in folders:
        for paper in folder.papers:
            yield from _text_lines(paper)


def _text_lines(paper: Paper) -> Iterator[Line]:
    return (Line(text=line, exact=True) for line in paper.text.rstrip("\n").split("\n"))


def _heading(folder: _Folder) -> str:
    bucket = folder.bucket
    where = f"at {bucket.endpoint}" if bucket.endpoint else f"{bucket.region}, partition {bucket.partition}"
    scope = "each below its own prefix" if bucket.is_by_prefix else "the whole bucket"
    return f"{folder.cluster}: bucket {bucket.name}, {where}, for {' and '.join(bucket.targets)}, {scope}"


def _steps(folder: _Folder, wish: Wish, written: dict[str, str]) -> Iterator[tuple[Paper, Step]]:
    """There are commands for files alone: those for what nobody wrote could not work."""
    for paper in folder.papers if written else ():
        step = step_for(folder.bucket, paper, path=written[folder.path_of(paper)], role=wish.role)
        if step:
            yield paper, step


def _fact(folder: _Folder, wish: Wish, written: dict[str, str]) -> dict[str, object]:
    bucket = folder.bucket
    steps = {paper.name: step for paper, step in _steps(folder, wish, written)}
    return {
        "cluster": folder.cluster,
        "bucket": bucket.name,
        "region": bucket.region,
        "partition": bucket.partition,
        "endpoint": bucket.endpoint,
        "targets": [str(target) for target in bucket.targets],
        "by_prefix": bucket.is_by_prefix,
        "documents": [
            {
                "kind": str(paper.kind),
                "format": str(paper.form),
                "name": folder.path_of(paper),
                "path": written.get(folder.path_of(paper)),
                "content": paper.text,
                "command": steps[paper.name].command if paper.name in steps else None,
            }
            for paper in folder.papers
        ],
    }


def _sentence(inputs: Inputs, folders: Sequence[_Folder], wish: Wish) -> str:
    if not folders:
        return f"{_nothing(inputs, folders, wish)}."
    count = counted(sum(len(folder.papers) for folder in folders), "document")
    buckets = counted(sum(bool(folder.papers) for folder in folders), "bucket")
    if wish.out:
        told = f"{count} for {buckets} written to {wish.out}; nothing was applied."
    else:
        told = (
            f"{count} for {buckets}; --out FOLDER writes them and prints the commands that apply them;"
            " nothing was applied."
        )
    return f"{told} {_IGNORED}" if wish.principals and any(folder.bucket.endpoint for folder in folders) else told


def _nothing(inputs: Inputs, folders: Sequence[_Folder], wish: Wish) -> str:
    names = " and ".join(inputs.names) or "no cluster"
    if not folders:
        return f"{names}: no target goes to a bucket, all are in the shared home; there is nothing to grant"
    return f"{names}: no bucket here keeps backups, so there is no {wish.only} document"
