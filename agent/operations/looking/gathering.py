"""Look at every node at once, and put what came back beside what should be there."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Lock
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from agent.core.judging.standing import Judgement, Look, Silence, SilenceKind, Standing, judge
from agent.edges.memory import read
from agent.node.answers import Answer, Lost, Ok, Refused, Unreachable
from agent.node.looks import Observe
from agent.operations.looking.read_only import reading

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from agent.core.document import Document
    from agent.core.judging.witness import Witness
    from agent.core.node import Node
    from agent.core.observation import Observation
    from agent.operations.inputs.clusters import ClusterInput
    from agent.operations.looking.read_only import ReadOnlyPort
    from agent.operations.world import World

LEFT_OUT = Unreachable(reason="left out by --exclude")
"""What stands for a node that was not even asked."""
NOTHING_PROVEN: Final[Mapping[str, None]] = MappingProxyType({})
MOST_COPIES: Final = 8
"""Copies of plans that differ; all nodes of one rollout have the same one, and each may have 4 MiB."""


def look_at_each(
    world: World, clusters: tuple[ClusterInput, ...], *, forks: int
) -> tuple[tuple[ClusterInput, tuple[Judgement, ...]], ...]:
    """Judge the selected nodes of several clusters, and them alone; no cluster waits for another."""
    everyone = [node for cluster in clusters for node in cluster.selected]
    answers = iter(ask_in_order(world, everyone, look_once, forks=forks))
    return tuple(
        (cluster, judged(cluster, cluster.selected, _named(cluster, answers), proven_here(world, cluster)))
        for cluster in clusters
    )


def _named(cluster: ClusterInput, answers: Iterator[Answer]) -> Mapping[str, Answer]:
    return {node.name: next(answers) for node in cluster.selected}


def look_again(
    world: World, judgements: tuple[Judgement, ...], names: frozenset[str], *, forks: int
) -> tuple[Judgement, ...]:
    """Look once more at the nodes of these names, and judge all that were seen together."""
    answers = ask_each(world, [it.node for it in judgements if it.node.name in names], look_once, forks=forks)
    return judge(
        tuple(
            _look_at(it.desired, it.node, answers[it.node.name], it.witness)
            if it.node.name in answers
            else _as_seen(it, it.desired)
            for it in judgements
        )
    )


def look_at_cluster(world: World, cluster: ClusterInput, *, forks: int) -> tuple[Judgement, ...]:
    """Judge all nodes of a cluster; those left out by --exclude are not asked, and count as unreachable."""
    return judged(cluster, cluster.nodes, _answers(world, cluster.watched, forks), proven_here(world, cluster))


def _answers(world: World, nodes: tuple[Node, ...], forks: int) -> Mapping[str, Answer]:
    return ask_each(world, nodes, look_once, forks=forks)


def ask_each(
    world: World, nodes: Sequence[Node], ask: Callable[[ReadOnlyPort], Answer], *, forks: int
) -> Mapping[str, Answer]:
    """As ask_in_order, each answer by the name of its node."""
    return {it.name: answer for it, answer in zip(nodes, ask_in_order(world, nodes, ask, forks=forks), strict=True)}


def ask_in_order(
    world: World, nodes: Sequence[Node], ask: Callable[[ReadOnlyPort], Answer], *, forks: int
) -> tuple[Answer, ...]:
    """Ask each node through a port of its own; every connection is closed as soon as its answer is in."""
    with reading(world) as port_of:

        def look(node: Node) -> Answer:
            port = port_of(node)
            try:
                return ask(port)
            finally:
                port.close()

        return gather_in_order(look, nodes, forks=forks)


def look_once(port: ReadOnlyPort) -> Answer:
    """Look at a node; once more where its file was being replaced just then. What is still torn is told as it is."""
    answer = port.look(Observe())
    return port.look(Observe()) if isinstance(answer, Lost) and answer.torn else answer


def gather(ask: Callable[[Node], Answer], nodes: Iterable[Node], *, forks: int) -> Mapping[str, Answer]:
    """As gather_in_order, each answer by the name of its node."""
    waiting = tuple(nodes)
    answers = gather_in_order(ask, waiting, forks=forks)
    return {node.name: answer for node, answer in zip(waiting, answers, strict=True)}


def gather_in_order(ask: Callable[[Node], Answer], waiting: Sequence[Node], *, forks: int) -> tuple[Answer, ...]:
    """Ask every node, at most forks at a time; what is equal is kept once, so that memory does not grow with nodes.

    Of copies of the plan that differ no more are kept than show that they do; then none of them is believed.
    """
    kept = _Kept()
    with ThreadPoolExecutor(max_workers=max(1, min(forks, len(waiting)))) as pool:
        return tuple(pool.map(lambda node: kept.sharing(ask(node)), waiting))


class _Kept:
    """The bytes that nodes have brought, each kept once; answers come from several threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._files: dict[bytes, bytes] = {}
        self._copies: dict[bytes, bytes] = {}

    def sharing(self, answer: Answer) -> Answer:
        """Return the answer with the bytes that another one has brought already, if they are the same."""
        seen = observation_in(answer)
        if not isinstance(answer, Ok | Refused) or seen is None or (seen.file.content, seen.plan_copy) == (None, None):
            return answer
        with self._lock:
            content, copy = self._file(seen.file.content), self._copy(seen)
        return replace(answer, observation=replace(seen, file=replace(seen.file, content=content), plan_copy=copy))

    def _file(self, content: bytes | None) -> bytes | None:
        return None if content is None else self._files.setdefault(content, content)

    def _copy(self, seen: Observation) -> bytes | None:
        """A copy is the lock's holder's; one without a lock is nobody's."""
        if seen.plan_copy is None or seen.lock is None:
            return None
        if len(self._copies) >= MOST_COPIES:
            return self._copies.get(seen.plan_copy)
        return self._copies.setdefault(seen.plan_copy, seen.plan_copy)


def proven_here(world: World, cluster: ClusterInput) -> Mapping[str, Witness | None]:
    """Return what earlier drift checks on this machine have proven of the nodes' processes, by the node's name."""
    remembered, _ = read(world.memory_folder, cluster.name)
    return {name: node.loaded for name, node in remembered.nodes.items()}


def judged(
    cluster: ClusterInput,
    nodes: Iterable[Node],
    answers: Mapping[str, Answer],
    proven: Mapping[str, Witness | None] = NOTHING_PROVEN,
) -> tuple[Judgement, ...]:
    """Return the verdict on nodes, all of them seen together; one without an answer was left out on purpose."""
    return judged_against(cluster.documents, nodes, answers, proven)


def judged_against(
    documents: Mapping[str, Document],
    nodes: Iterable[Node],
    answers: Mapping[str, Answer],
    proven: Mapping[str, Witness | None] = NOTHING_PROVEN,
) -> tuple[Judgement, ...]:
    """Return the same verdict with these documents in mind."""
    return judge(
        tuple(_look_at(documents[it.name], it, answers.get(it.name, LEFT_OUT), proven.get(it.name)) for it in nodes)
    )


def rejudged(judgements: tuple[Judgement, ...], documents: Mapping[str, Document]) -> tuple[Judgement, ...]:
    """Return the verdicts of the same looks with other documents in mind; a node without one here keeps its own."""
    return judge(tuple(_as_seen(it, documents.get(it.node.name, it.desired)) for it in judgements))


def _look_at(desired: Document, node: Node, answer: Answer, witness: Witness | None) -> Look:
    seen = observation_in(answer)
    return Look(node=node, desired=desired, observation=seen, silence=_silence_in(answer), witness=witness)


def _as_seen(judgement: Judgement, desired: Document) -> Look:
    seen = judgement.observation
    silence = None if seen else Silence(kind=_KINDS[judgement.standing], reason=judgement.reason)
    return Look(node=judgement.node, desired=desired, observation=seen, silence=silence, witness=judgement.witness)


_KINDS = {Standing.UNREACHABLE: SilenceKind.UNREACHABLE, Standing.UNKNOWN: SilenceKind.UNKNOWN}


def observation_in(answer: Answer) -> Observation | None:
    """Return what the node said of itself, if the answer holds it."""
    return answer.observation if isinstance(answer, Ok | Refused) else None


def _silence_in(answer: Answer) -> Silence | None:
    match answer:
        case Unreachable(reason=reason):
            return Silence(kind=SilenceKind.UNREACHABLE, reason=reason)
        case Lost(reason=reason):
            return Silence(kind=SilenceKind.UNKNOWN, reason=reason)
        case _:
            return None
