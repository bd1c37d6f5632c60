"""Which files make drift run again and again? Units, a cron line or a pipeline, with this user's own paths."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.core.finding import errors_among
from agent.core.inventory.cluster_name import EVERY_CLUSTER
from agent.core.inventory.unfit import Unfit
from agent.core.inventory.word_grammar import user as user_of
from agent.core.report import Line, Report, Tone
from agent.core.scheduling.crontab import crontab
from agent.core.scheduling.job import Job
from agent.core.scheduling.pace import pace_words, require_pace
from agent.core.scheduling.pipelines import github_actions, gitlab_ci
from agent.core.scheduling.units import units
from agent.core.text.names import counted
from agent.edges.documents import read_document, write_document
from agent.edges.templates import schedule_templates, template_here
from agent.edges.whole_file import is_file_or_free
from agent.errors import InputError, Outcome
from agent.operations.inputs.clusters import read_inputs
from agent.operations.world import whole

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from agent.core.scheduling.job import Piece
    from agent.operations.inputs.clusters import Inputs
    from agent.operations.world import Choice, World

SYSTEMD = "systemd"
PIPELINES = frozenset({"github-actions", "gitlab-ci"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What was asked for: the scheduler, how often in seconds, where the files go, and how this program is started."""

    scheduler: str
    every: float
    program: tuple[str, ...]
    metrics: str | None = None
    user: str | None = None
    out: Path | None = None


def schedule(world: World, choice: Choice, wish: Wish, *, template: Path | None) -> Report:
    """Write or show what makes a scheduler run drift for the chosen clusters.

    Raises:
        InputError: there is no such inventory or cluster, the scheduler cannot say what is meant, or a file of
            another job lies where one of these would.

    """
    inputs = read_inputs(choice, template=template)
    if not inputs.names:
        raise InputError(
            f"{choice.inventory}: there is no cluster to look at; name the folder of the inventory", inputs.findings
        )
    job = _job(world, choice, wish, inputs, template)
    pieces = _pieces(world, wish, job)
    written = _written(wish.out, pieces, job) if wish.out else {}
    return Report(
        task="schedule",
        cluster=inputs.names[0] if len(inputs.names) == 1 else None,
        outcome=Outcome.OK,
        sentence=f"{_sentence(job, pieces, wish)}{_doubt(inputs)}",
        findings=inputs.findings,
        quiet_findings=True,
        is_product=not written,
        facts=_facts(wish, job, pieces, written),
        lines=() if written else tuple(line for piece in pieces for line in _shown(piece, pieces)),
    )


def _job(world: World, choice: Choice, wish: Wish, inputs: Inputs, template: Path | None) -> Job:
    """A pipeline is given the words as they were said, any other scheduler whole paths."""
    said = template or template_here()
    every_cluster = EVERY_CLUSTER in choice.clusters
    in_pipeline = wish.scheduler in PIPELINES
    path = str if in_pipeline else whole
    named = template if in_pipeline else said
    return Job(
        program=wish.program,
        inventory=path(choice.inventory),
        clusters=(EVERY_CLUSTER,) if every_cluster else inputs.names,
        every=require_pace(wish.every),
        host=world.host,
        template=path(named) if named else None,
        limit=choice.limit,
        exclude=choice.exclude,
        metrics=whole(wish.metrics) if wish.metrics else None,
        user=_user(wish),
    )


def _user(wish: Wish) -> str | None:
    """Root has no manager of its own that runs without it: what root makes is for the whole system."""
    if wish.user is None:
        return "root" if wish.scheduler == SYSTEMD and os.geteuid() == 0 else None
    try:
        return user_of(wish.user)
    except Unfit as reason:
        raise InputError(f"--user: {reason.message}; {reason.hint}") from None


def _pieces(world: World, wish: Wish, job: Job) -> tuple[Piece, ...]:
    templates: Mapping[str, str] = schedule_templates()
    match wish.scheduler:
        case "systemd":
            return units(job, templates, state_folder=str(world.state_folder))
        case "cron":
            return crontab(job, templates, state_home=world.environment.get("XDG_STATE_HOME"))
        case "github-actions":
            return github_actions(job, templates)
    return gitlab_ci(job, templates)


def _facts(wish: Wish, job: Job, pieces: tuple[Piece, ...], written: Mapping[str, str]) -> Mapping[str, object]:
    return {
        "scheduler": wish.scheduler,
        "every_seconds": job.every,
        "command": None if wish.scheduler in PIPELINES else list(job.words),
        "files": [
            {"name": it.name, "place": it.place, "path": written.get(it.name), "content": it.text} for it in pieces
        ],
    }


def _written(folder: Path, pieces: tuple[Piece, ...], job: Job) -> Mapping[str, str]:
    """Write all files, or none where one of their places is taken; return the paths by their names."""
    paths = {piece.name: folder / piece.name for piece in pieces}
    for path in paths.values():
        if not _may_have(path, job):
            raise InputError(
                f"{path}: it is of another job, or of none, and is not replaced; choose another folder with --out"
            )
    for piece in pieces:
        write_document(paths[piece.name], piece.text.encode())
    return {name: str(path) for name, path in paths.items()}


def _may_have(path: Path, job: Job) -> bool:
    """Tell whether nothing lies there, or what the same job has written before."""
    if not os.path.lexists(path):
        return True
    try:
        return is_file_or_free(path) and f"# Job {job.mark}:".encode() in read_document(path)
    except (InputError, OSError):
        return False


def _shown(piece: Piece, pieces: tuple[Piece, ...]) -> tuple[Line, ...]:
    """Several files are told apart by a line that is a comment to each of their readers."""
    heading = (Line(text=f"# ==> {piece.place} <==", tone=Tone.TITLE, exact=True),) if len(pieces) > 1 else ()
    return (*heading, *(Line(text=line, exact=True) for line in piece.text.rstrip("\n").split("\n")))


def _doubt(inputs: Inputs) -> str:
    """Say that what is scheduled can only fail, as long as it can."""
    faults = len(errors_among(inputs.findings))
    told = f" The files have {counted(faults, 'error')}: until they are mended each check ends with 5 (`validate`)."
    return told if faults else ""


def _sentence(job: Job, pieces: tuple[Piece, ...], wish: Wish) -> str:
    what = f"drift of {job.subject}, {pace_words(job.every)}"
    if wish.out:
        return f"{what}: {' and '.join(it.name for it in pieces)} written to {wish.out}; the first lines say what next."
    return f"{what}: {' and '.join(it.place for it in pieces)}; nothing was installed."
