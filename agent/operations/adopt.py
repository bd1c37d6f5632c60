"""Which inventory says what the nodes have? Reads them, writes it, and guesses nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from agent.core.adopting.choosing import Chosen, Obstacle, choose, obstacles_of
from agent.core.adopting.joining import joined
from agent.core.adopting.remarks import group_of, mode_of, versions_in_logs
from agent.core.adopting.shaping import shaped, written
from agent.core.adopting.states import SEEN, kind_of
from agent.core.document import absent_document
from agent.core.inventory.selection import select
from agent.core.judging.versions import SIGNS
from agent.core.text.names import counted, fold
from agent.edges.inventory_file import require_free, write_new
from agent.edges.templates import load_template
from agent.errors import InputError
from agent.node.answers import Ok
from agent.node.looks import Examine, ReadLog
from agent.operations.adopting.ground import Wish, ground_of
from agent.operations.adopting.proving import proved
from agent.operations.adopting.reporting import Found, refusal, success
from agent.operations.adopting.words import head
from agent.operations.inputs.reading_back import ReadBack
from agent.operations.looking.gathering import ask_each, judged_against, observation_in

if TYPE_CHECKING:
    from pathlib import Path

    from agent.core.finding import Finding
    from agent.core.judging.standing import Judgement
    from agent.core.report import Report
    from agent.edges.templates import Template
    from agent.node.answers import Answer
    from agent.operations.adopting.ground import Ground
    from agent.operations.looking.read_only import ReadOnlyPort
    from agent.operations.world import Choice, World

__all__ = ["Wish", "adopt"]


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
    found = Found(wish=wish, ground=ground, judgements=judgements, by_log=versions_in_logs(judgements))
    chosen, obstacles = _decided(found, like)
    if chosen is None or obstacles:
        return refusal(found, obstacles)
    return _adopted(found, chosen, _content(found, chosen, world.clock.now_iso()), source, choice)


def _adopted(found: Found, chosen: Chosen, content: bytes, source: Template, choice: Choice) -> Report:
    """Prove what is to be written, and only then write it."""
    wish, ground = found.wish, found.ground
    proof = proved(content, ground.name, wish.out, source, chosen.meant)
    if not isinstance(proof, ReadBack):
        return refusal(found, (_unspeakable(chosen, proof),), proof)
    if wish.out:
        write_new(wish.out, content)
    return success(found, chosen, proof, content, choice)


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


def _decided(found: Found, like: str | None) -> tuple[Chosen | None, tuple[Obstacle, ...]]:
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


def _version_obstacles(found: Found) -> tuple[Obstacle, ...]:
    """Which targets are legal hangs on the version, so that none is assumed."""
    seen = any(it.observation for it in found.judgements)
    if not seen or not found.ground.is_new or "jira-version" in found.wish.settings or len(found.by_log) == 1:
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
        message=f"what the nodes have cannot be written as an inventory ({errors}, told one by one)",
        way="correct the file on the nodes, or the inventory that was given, and adopt again",
    )


def _content(found: Found, chosen: Chosen, now: str) -> bytes:
    configs = {it.node.name: it.config for it in chosen.meant if it.config is not None}
    by_log = next((f"{version} on {fold(names)}" for version, names in found.by_log.items()), None)
    keys = shaped(_base(found, chosen), joined(configs))
    return written(keys, head(found.ground, chosen, now=now, by_log=by_log))


def _base(found: Found, chosen: Chosen) -> Mapping[str, object]:
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
