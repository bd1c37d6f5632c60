"""What is meant, where the nodes leave no doubt or the user has said it; else every reason why nothing is written."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.core.adopting.states import SEEN, Kind, kind_of, same_frame, states_of
from agent.core.document import ABSENT
from agent.core.judging.in_force import Known
from agent.core.judging.sight import other_homes
from agent.core.judging.twins import same_folder
from agent.core.text.names import counted, fold
from agent.core.text.printable import printable
from agent.errors import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.core.adopting.states import State
    from agent.core.judging.standing import Judgement


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacle:
    """One reason to write nothing: a stable word, the nodes, what was seen, and what to do or which flag decides."""

    code: str
    names: tuple[str, ...]
    message: str
    way: str
    outcome: Outcome = Outcome.REFUSED


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """The nodes whose files are meant, which differ no further than nodes may, and those that stand out."""

    meant: tuple[Judgement, ...]
    odd: tuple[Judgement, ...] = ()


def obstacles_of(judgements: tuple[Judgement, ...]) -> tuple[Obstacle, ...]:
    """Return what keeps the nodes from being read for what they are, whatever lies on them."""
    return (*_unseen(judgements), *_held(judgements), *_other_homes(judgements), *_one_machine(judgements))


def choose(judgements: tuple[Judgement, ...], *, like: str | None, said: frozenset[str]) -> Chosen | Obstacle:
    """Return what is meant of nodes that were all seen; said may hold --empty: no file means nothing in S3."""
    states = states_of(judgements)
    if "--empty" in said:
        return _nothing(states)
    if like is not None:
        return _like(judgements, states, like)
    if {state.kind for state in states} == {Kind.ABSENT}:
        return _removed(judgements) or Obstacle(
            code="no-file",
            names=tuple(it.node.name for it in judgements),
            message="no node has a file: everything is in the shared home, and there is nothing to adopt",
            way="write filestores and associations by hand (inventory/example.yml); or, if nothing shall be in S3, say"
            " --empty: the nodes then get a document with empty elements, which says so",
        )
    if all(same_frame(states[0], other) for other in states):
        return Chosen(meant=judgements)
    return _differing(states)


def _removed(judgements: tuple[Judgement, ...]) -> Obstacle | None:
    """Return that files were removed under running Jiras, which still store where those said."""
    names = tuple(
        it.node.name for it in judgements if isinstance(it.in_force, Known) and it.in_force.canonical != ABSENT
    )
    if not names:
        return None
    message = f"no node has a file, but Jira on {fold(names)} has most likely loaded one that was removed since"
    return Obstacle(
        code="no-file", names=names, message=message, way="put the file back first; --empty would move the data"
    )


def _nothing(states: tuple[State, ...]) -> Chosen | Obstacle:
    having = tuple(name for state in states if state.kind is not Kind.ABSENT for name in state.names)
    if not having:
        return Chosen(meant=())
    message = f"--empty is for a cluster without the file, and there is one on {fold(having)}"
    return Obstacle(code="empty", names=having, message=message, way="leave --empty out")


def _like(judgements: tuple[Judgement, ...], states: tuple[State, ...], like: str) -> Chosen | Obstacle:
    model = next(state for state in states if like in state.names)
    if model.kind is not Kind.FILE:
        usable = [state.label for state in states if state.kind is Kind.FILE]
        way = f"name a node that has one: {', '.join(usable)}" if usable else "no node has one"
        message = f"--like {like}: it has no file with a plain meaning ({model.said})"
        return Obstacle(code="like", names=(like,), message=message, way=way)
    meant = {name for state in states if same_frame(model, state) for name in state.names}
    return Chosen(
        meant=tuple(it for it in judgements if it.node.name in meant),
        odd=tuple(it for it in judgements if it.node.name not in meant),
    )


def _differing(states: tuple[State, ...]) -> Obstacle:
    """Each state that could be meant is named by one of its nodes; that most nodes are in it decides nothing."""
    names = tuple(name for state in states for name in state.names)
    ways = [f"--like {state.names[0]} for that of {state.label}" for state in states if state.kind is Kind.FILE]
    if not ways:
        message = "no node has a file with a plain meaning"
        return Obstacle(code="no-plain-file", names=names, message=message, way="mend one by hand, and adopt again")
    message = f"the nodes are in {counted(len(states), 'state')}, and nobody but you knows which is meant"
    return Obstacle(code="differ", names=names, message=message, way=f"say it: {'; '.join(ways)}")


def _unseen(judgements: tuple[Judgement, ...]) -> Iterator[Obstacle]:
    outcomes = {Kind.UNREACHABLE: Outcome.UNREACHABLE, Kind.HIDDEN: Outcome.PARTIAL}
    unseen = tuple(it for it in judgements if kind_of(it) not in SEEN)
    for state in states_of(unseen):
        yield Obstacle(
            code=str(state.kind),
            names=state.names,
            message=f"{state.label}: {state.said}",
            way=f"mend that; or say --exclude {state.label}: written as a node all the same, but not looked at",
            outcome=outcomes[state.kind],
        )


def _held(judgements: tuple[Judgement, ...]) -> Iterator[Obstacle]:
    """In the middle of a rollout the files are its doing, and half done."""
    held = tuple(it.node.name for it in judgements if it.observation and it.observation.lock)
    if held:
        message = f"a rollout holds {fold(held)}, so what lies there may change at any moment"
        way = "wait for its end; its own inventory says what is meant"
        yield Obstacle(code="locked", names=held, message=message, way=way, outcome=Outcome.LOCKED)


def _other_homes(judgements: tuple[Judgement, ...]) -> Iterator[Obstacle]:
    homes: defaultdict[str, list[str]] = defaultdict(list)
    for it in judgements:
        found = other_homes(it.node, it.observation) if it.observation else ()
        if found:
            homes[" or ".join(found)].append(it.node.name)
    for home, names in homes.items():
        shown = printable(home)
        yield Obstacle(
            code="another-home",
            names=tuple(names),
            message=f"Jira on {fold(names)} was started with the home {shown}; it never read the file seen here",
            way=f"look there: --localhome {shown}, or localhome in the inventory",
        )


def _one_machine(judgements: tuple[Judgement, ...]) -> Iterator[Obstacle]:
    for names in same_folder({it.node.name: it.observation for it in judgements if it.observation}):
        message = f"{fold(names)} are one machine with one localhome"
        yield Obstacle(code="one-machine", names=names, message=message, way="name each machine once")
