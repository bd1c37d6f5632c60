"""Which inventory says what the nodes have? Reads them, writes it, and guesses nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from agent.core.adopting.choosing import Chosen, Obstacle, choose, obstacles_of
from agent.core.adopting.joining import joined
from agent.core.adopting.remarks import group_of, mode_of, remarks_on, versions_in_logs
from agent.core.adopting.shaping import shaped, written
from agent.core.adopting.states import SEEN, kind_of
from agent.core.document import absent_document
from agent.core.finding import errors_among
from agent.core.inventory.selection import select
from agent.core.judging.versions import SIGNS
from agent.core.report import Line, Report, Tone
from agent.core.text.names import counted, fold
from agent.edges.inventory_file import require_free, write_new
from agent.edges.templates import load_template
from agent.errors import InputError, Outcome, weightiest
from agent.node.answers import Ok
from agent.node.looks import Examine, ReadLog
from agent.operations.adopting.ground import Wish, ground_of
from agent.operations.adopting.proving import Proof, proved
from agent.operations.adopting.words import (
    bare_rows,
    head,
    obstacle_facts,
    obstacle_lines,
    outlook_lines,
    state_facts,
    state_lines,
)
from agent.operations.commands import command
from agent.operations.looking import verdicts
from agent.operations.looking.gathering import ask_each, judged_against, observation_in, rejudged

if TYPE_CHECKING:
    from pathlib import Path

    from agent.core.finding import Finding
    from agent.core.judging.standing import Judgement
    from agent.node.answers import Answer
    from agent.operations.adopting.ground import Ground
    from agent.operations.looking.read_only import ReadOnlyPort
    from agent.operations.world import Choice, World

__all__ = ["Wish", "adopt"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """What was wished, what it starts from, what the nodes had; by_log names versions and whose logs say them."""

    wish: Wish
    ground: Ground
    judgements: tuple[Judgement, ...]
    by_log: Mapping[str, list[str]]


def adopt(world: World, choice: Choice, wish: Wish, *, template: Path | None) -> Report:
    """Look at each node and write the inventory that reproduces what they have, or say why it cannot be told.

    Raises:
        InputError: flags or files are wrong, or a file lies at the place already; nothing was connected.
        Refused: the inventory would say something else than the nodes have.
        AgentError: the file cannot be written.

    """
    if wish.out:
        require_free(wish.out)
    ground = ground_of(choice, wish)
    like = _liked(ground, wish)
    source = load_template(template)
    judgements = _looked(world, ground, wish, choice.forks)
    found = _Found(wish=wish, ground=ground, judgements=judgements, by_log=versions_in_logs(judgements))
    chosen, obstacles = _decided(found, like)
    if chosen is None or obstacles:
        return _refusal(found, obstacles)
    content = _content(found, chosen, world.clock.now_iso())
    proof = proved(content, ground.name, wish.out, source, chosen.meant)
    if not isinstance(proof, Proof):
        return _refusal(found, (_unspeakable(chosen, proof),), proof)
    if wish.out:
        write_new(wish.out, content)
    return _report(found, chosen, proof, content, choice)


def _liked(ground: Ground, wish: Wish) -> str | None:
    if wish.like is None:
        return None
    try:
        named = select(ground.nodes, wish.like, None)
    except InputError as error:
        raise InputError(str(error).replace("--limit", "--like")) from None
    if len(named) > 1:
        raise InputError(f"--like {wish.like}: {counted(len(named), 'node')}; name one of them")
    return named[0].name


def _looked(world: World, ground: Ground, wish: Wish, forks: int) -> tuple[Judgement, ...]:
    """Look once at each node; where nobody has told the version, its log is asked for on the same connection."""
    needs_version = ground.is_new and "jira-version" not in wish.settings

    def ask(port: ReadOnlyPort) -> Answer:
        answer = port.look(Examine())
        seen = observation_in(answer) if needs_version else None
        log = observation_in(port.look(ReadLog(since=None, signs=SIGNS))) if seen else None
        return Ok(observation=replace(seen, excerpt=log.excerpt)) if seen and log else answer

    answers = ask_each(world, ground.nodes, ask, forks=forks)
    nothing = absent_document()
    return judged_against({node.name: nothing for node in ground.nodes}, ground.nodes, answers)


def _decided(found: _Found, like: str | None) -> tuple[Chosen | None, tuple[Obstacle, ...]]:
    """Return what is meant, and every reason why nothing can be written, not the first."""
    seen = tuple(it for it in found.judgements if kind_of(it) in SEEN)
    obstacles = [*obstacles_of(found.judgements), *_version_obstacles(found)]
    names = {it.node.name for it in seen}
    if not names or (like is not None and like not in names):
        return None, tuple(obstacles)
    choice = choose(seen, like=like, said=found.wish.said)
    if isinstance(choice, Obstacle):
        return None, (*obstacles, choice)
    return choice, tuple(obstacles)


def _version_obstacles(found: _Found) -> tuple[Obstacle, ...]:
    """Which targets are legal hangs on the version, so that none is assumed."""
    if not found.ground.is_new or "jira-version" in found.wish.settings or len(found.by_log) == 1:
        return ()
    said = ", ".join(f"{version} on {fold(names)}" for version, names in found.by_log.items())
    differ = f"the nodes' logs tell of different versions of Jira: {said}"
    return (
        Obstacle(
            code="version",
            names=tuple(it.node.name for it in found.judgements),
            message=differ if said else "no node's log tells Jira's version",
            way="say it: --jira-version 10.3.4 (Jira shows it under Administration, System info)",
        ),
    )  # fmt: skip


def _unspeakable(chosen: Chosen, findings: tuple[Finding, ...]) -> Obstacle:
    errors = counted(len(findings), "error")
    return Obstacle(
        code="format",
        names=tuple(it.node.name for it in chosen.meant),
        message=f"what the nodes have cannot be written as an inventory ({errors}, listed below)",
        way="correct the file on the nodes, or the inventory that was given, and adopt again",
    )


def _content(found: _Found, chosen: Chosen, now: str) -> bytes:
    configs = {it.node.name: it.config for it in chosen.meant if it.config is not None}
    by_log = next((f"{version} on {fold(names)}" for version, names in found.by_log.items()), None)
    keys = shaped(_base(found, chosen), joined(configs))
    return written(keys, head(found.ground, chosen, now=now, by_log=by_log))


def _base(found: _Found, chosen: Chosen) -> Mapping[str, object]:
    """An inventory that was there is kept; to flags the nodes add what they know: version, group, mode."""
    keys = found.ground.keys
    jira = keys.get("jira")
    if not found.ground.is_new or not isinstance(jira, Mapping):
        return keys
    version = found.wish.settings.get("jira-version") or next(iter(found.by_log), "")
    judged = chosen.meant or found.judgements
    told = {"group": group_of(judged, str(jira["owner"])), "mode": mode_of(judged)}
    first = {"version": version, "localhome": jira["localhome"], "owner": jira["owner"], **told}
    return {**keys, "jira": {**first, **{key: value for key, value in jira.items() if key not in first}}}


def _refusal(found: _Found, obstacles: tuple[Obstacle, ...], findings: tuple[Finding, ...] = ()) -> Report:
    reasons = counted(len(obstacles), "reason")
    return Report(
        task="adopt",
        cluster=found.ground.name,
        outcome=weightiest(it.outcome for it in obstacles),
        sentence=f"{found.ground.name}: nothing was written, for {reasons}: {obstacles[0].message}.",
        findings=findings,
        nodes=bare_rows(found.judgements),
        facts={**_facts(found, None, None, ()), "obstacles": obstacle_facts(obstacles)},
        lines=(*state_lines(found.ground.name, found.judgements), *obstacle_lines(obstacles)),
    )


def _report(found: _Found, chosen: Chosen, proof: Proof, content: bytes, choice: Choice) -> Report:
    """The verdicts are those of the next drift: by the inventory's own words for owner, group and mode."""
    placed = tuple(replace(it, node=proof.nodes[it.node.name]) for it in found.judgements)
    final = rejudged(placed, proof.documents)
    remarks = remarks_on(final)
    text = content.decode("utf-8")
    shown = () if found.wish.out else tuple(Line(text=line, exact=True) for line in text.rstrip("\n").split("\n"))
    return Report(
        task="adopt",
        cluster=found.ground.name,
        outcome=Outcome.OK,
        sentence=_sentence(found, chosen, proof),
        findings=proof.findings,
        nodes=verdicts.rows(final),
        facts=_facts(found, chosen, text, remarks),
        lines=(
            *state_lines(found.ground.name, found.judgements),
            *outlook_lines(final, (it.node.name for it in chosen.meant)),
            *(Line(text=f"  {remark}", tone=Tone.CARE) for remark in remarks),
            *([Line(text="The inventory:", tone=Tone.TITLE)] if shown else []),
            *shown,
        ),
        next_command=_next(found, choice),
    )


def _facts(found: _Found, chosen: Chosen | None, text: str | None, remarks: tuple[str, ...]) -> dict[str, object]:
    return {
        "states": state_facts(found.judgements),
        "obstacles": [],
        "odd": [it.node.name for it in chosen.odd] if chosen else [],
        "left_out": list(found.ground.left_out),
        "remarks": list(remarks),
        "path": str(found.wish.out) if text is not None and found.wish.out else None,
        "inventory": text,
    }


def _sentence(found: _Found, chosen: Chosen, proof: Proof) -> str:
    errors = errors_among(proof.findings)
    who = fold(it.node.name for it in chosen.meant)
    what = f"it says what is on {who}" if who else "it says that nothing is in S3"
    parts = (
        f"{found.wish.out}: written; {what}"
        if found.wish.out
        else f"{found.ground.name}: {what}; --out FILE writes it",
        f"{fold(it.node.name for it in chosen.odd)} differs" if chosen.odd else "",
        f"{fold(found.ground.left_out)} was not looked at" if found.ground.left_out else "",
        f"validate will refuse it for {counted(len(errors), 'error')} that the nodes' file has today" if errors else "",
    )
    return "; ".join(part for part in parts if part) + "."


def _next(found: _Found, choice: Choice) -> str | None:
    out = found.wish.out
    if out is None:
        return None
    folder = str(out.parent)
    there = replace(choice, inventory_flag=folder, clusters=(found.ground.name,), limit=None, exclude=None)
    return command("validate", there)
