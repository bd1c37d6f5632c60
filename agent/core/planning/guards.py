"""What speaks against doing a plan: each objection with what was seen, what to do, and the flag that overrides it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.core.judging.on_disk import Broken, NoFile, Written
from agent.core.judging.standing import Standing
from agent.core.judging.state import State
from agent.core.observation import FileKind
from agent.core.planning.make_plan import introduces_routing
from agent.core.planning.plan import Shape
from agent.core.routing import moves, routing_of
from agent.core.text.names import fold
from agent.core.text.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from agent.core.judging.standing import Judgement
    from agent.core.node import Node
    from agent.core.observation import LockHolder, Observation
    from agent.core.planning.plan import Plan, Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Objection:
    """One reason not to do a plan: a stable word, the sentence, and the flags of which any one overrides it.

    No flags: nothing overrides it, the cause has to go.
    """

    code: str
    sentence: str
    flags: tuple[str, ...] = ()


def objections(
    judgements: tuple[Judgement, ...],
    plan: Plan,
    *,
    max_unavailable: int,
    selected: frozenset[str] | None = None,
    said: frozenset[str] = frozenset(),
) -> tuple[Objection, ...]:
    """Return all that speaks against a plan made from these judgements, without what the flags in said override.

    max_unavailable is the resolved count; selected as for make_plan.
    """
    case = _Case(judgements=judgements, plan=plan, max_unavailable=max_unavailable, selected=selected)
    found = (objection for guard in _GUARDS for objection in guard(case))
    return tuple(objection for objection in found if not said.intersection(objection.flags))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """What the guards look at."""

    judgements: tuple[Judgement, ...]
    plan: Plan
    max_unavailable: int
    selected: frozenset[str] | None

    def is_chosen(self, judgement: Judgement) -> bool:
        return self.selected is None or judgement.node.name in self.selected

    @property
    def pairs(self) -> tuple[tuple[Step, Judgement], ...]:
        """Each step with the verdict that it was made from."""
        verdicts = {judgement.node.name: judgement for judgement in self.judgements}
        return tuple((step, verdicts[step.node]) for step in self.plan.steps)

    @property
    def observed(self) -> tuple[tuple[Step, Judgement, Observation], ...]:
        """The same with the observation, which every node of a step has."""
        return tuple((step, it, it.observation) for step, it in self.pairs if it.observation is not None)


def _nodes_of_another(case: _Case) -> Iterator[Objection]:
    """A rollout is under way, or has died: whatever else speaks against this plan may be its doing."""
    holders: dict[tuple[str, str, str], list[LockHolder]] = defaultdict(list)
    names: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for judgement in case.judgements:
        lock = judgement.observation.lock if judgement.observation else None
        if lock is not None:
            holders[lock.holder, lock.host, lock.plan].append(lock)
            names[lock.holder, lock.host, lock.plan].append(judgement.node.name)
    for key, locks in holders.items():
        held, first = fold(names[key]), locks[0]
        who = printable(f"{first.holder}@{first.host} since {first.since} for plan {first.plan}")
        yield Objection(code="locked", sentence=f"{held}: held by {who}; wait for it, or see who that is with `lock`")


def _silent_nodes(case: _Case) -> Iterator[Objection]:
    """A node left out on purpose counts as down; one that should take part and is not seen stops everything."""
    for judgement in case.judgements:
        if judgement.standing not in {Standing.UNREACHABLE, Standing.UNKNOWN}:
            continue
        name, code = judgement.node.name, judgement.standing.lower()
        if case.is_chosen(judgement):
            cure = f"see to it, or go without it: --exclude '{name}' --allow-partial"
            yield Objection(code=code, sentence=f"{name}: {judgement.reason}; {cure}")
        else:
            cure = "it counts as down; say --allow-partial to go on without it"
            yield Objection(code=code, sentence=f"{name}: {judgement.reason}; {cure}", flags=("--allow-partial",))


def _nodes_left_behind(case: _Case) -> Iterator[Objection]:
    behind = [
        judgement.node.name
        for judgement in case.judgements
        if isinstance(judgement.on_disk, Written | NoFile | Broken)
        and not case.is_chosen(judgement)
        and not judgement.disk_is_right
    ]
    if case.plan.shape is Shape.RESTART:
        yield from _routings_left_behind(case)
    elif behind:
        sentence = (
            f"{fold(behind)}: not selected, but the file there differs as well (the nodes would have different files);"
            " select all nodes, or say --allow-partial"
        )
        yield Objection(code="left-behind", sentence=sentence, flags=("--allow-partial",))


def _routings_left_behind(case: _Case) -> Iterator[Objection]:
    """A restart of some nodes alone brings the new routing into force on them, and leaves the others on the old."""
    behind = [
        judgement.node.name
        for judgement in case.judgements
        if not case.is_chosen(judgement) and judgement.effective_routing not in {None, judgement.desired_routing}
    ]
    if behind and case.plan.steps:
        sentence = (
            f"{fold(behind)}: not selected, and data goes elsewhere there than it will on the restarted nodes;"
            " select all nodes, or say --allow-partial"
        )
        yield Objection(code="left-behind", sentence=sentence, flags=("--allow-partial",))


def _places_that_cannot_be_replaced(case: _Case) -> Iterator[Objection]:
    for judgement in case.judgements:
        on_disk = judgement.on_disk
        if case.is_chosen(judgement) and isinstance(on_disk, Broken) and not on_disk.replaceable:
            sentence = f"{judgement.node.name}: {on_disk.reason}; move it away by hand, then plan again"
            yield Objection(code="unreadable", sentence=sentence)


def _nodes_that_cannot_be_served(case: _Case) -> Iterator[Objection]:
    for step, judgement, seen in case.observed:
        for code, sentence in _faults_of_a_machine(seen, judgement.node):
            yield Objection(code=code, sentence=f"{step.node}: {sentence}")
        if step.document is None:
            continue
        for code, sentence in _faults_of_a_folder(seen, len(step.document)):
            yield Objection(code=code, sentence=f"{step.node}: {sentence}")


def _faults_of_a_machine(seen: Observation, node: Node) -> Iterator[tuple[str, str]]:
    if seen.container is not None:
        told = printable(seen.container)
        yield "container", f"Jira runs in a container ({told}), whose start rewrites the file; use the image's settings"
    if seen.missing_tools:
        yield "missing-tools", f"tools are missing ({printable(', '.join(seen.missing_tools))}); install them first"
    if seen.ran_as != node.owner:
        told = f"work has to be done as {node.owner}, and {printable(seen.ran_as)} may not (sudo was refused)"
        yield "no-sudo", f"{told}; doctor shows the line"
    home = seen.process.home
    # Whoever locks a file in this localhome uses it, also where a link gives it a second name.
    if home is not None and seen.process.evidence != "lock" and home.rstrip("/") != node.localhome.rstrip("/"):
        told = f"Jira runs there with the home {printable(home)} and never reads {node.localhome}"
        yield "other-home", f"{told}; correct localhome, or the service's unit, in the inventory"


def _faults_of_a_folder(seen: Observation, size: int) -> Iterator[tuple[str, str]]:
    """What staging would refuse on this node, found before any other node is touched."""
    if seen.home.kind is not FileKind.DIRECTORY:
        yield "localhome", f"the localhome is no folder (found: {seen.home.kind}); correct localhome in the inventory"
    if seen.home.writable is False:
        yield "localhome", "the owner may not create files in the localhome (read-only, or another owner); correct that"
    if seen.home.free_inodes == 0 or (seen.home.free_bytes is not None and seen.home.free_bytes < size):
        yield "no-space", f"no space in the localhome (free: {seen.home.free_bytes} bytes); make room first"
    if seen.file.links > 1:
        yield "hard-link", f"the file has {seen.file.links} names (hard links); remove the others first"


def _routing_without_a_way(case: _Case) -> Iterator[Objection]:
    """Committed and left alone, each node would change over at its next restart, whenever that happens to be."""
    if case.plan.shape is not Shape.COMMIT or not case.plan.steps or not introduces_routing(case.judgements):
        return
    said = dict.fromkeys(
        move.sentence
        for judgement in case.judgements
        if judgement.effective_routing is not None
        for move in moves(judgement.effective_routing, routing_of(judgement.desired.config))
    )
    sentence = (
        f"{case.plan.cluster}: the routing changes ({'; '.join(said)}), and while nodes are mixed data is written"
        " to two places; say how: --restart (one node after the other), --together (Jira is down for all meanwhile)"
        " or --no-restart (each node changes over at its next restart)"
    )
    yield Objection(code="routing", sentence=sentence, flags=("--restart", "--together", "--no-restart"))


def _states_unknown(case: _Case) -> Iterator[Objection]:
    """Without a status page nobody could tell when the node is ready again."""
    for step, judgement, seen in case.observed:
        if step.restart and judgement.state is State.UNKNOWN:
            told = f"the status page does not say whether Jira runs ({_page(seen)})"
            sentence = f"{step.node}: {told}; correct jira.status in the inventory, or wait and plan again"
            yield Objection(code="status-unknown", sentence=sentence)


def _page(seen: Observation) -> str:
    page = seen.status
    said = page.reason or ("connection refused" if page.refused else f"HTTP {page.code} {page.state}")
    return printable(said)


def _too_few_running(case: _Case) -> Iterator[Objection]:
    """Before a running node is stopped, the budget must hold and another node must run (or be started by then)."""
    due = {step.node for step in case.plan.steps if step.restart}
    stopped = [step.node for step in case.plan.steps if step.restart and step.running]
    if not stopped or case.plan.shape not in {Shape.ROLLING, Shape.RESTART}:
        return
    idle = [it.node.name for it in case.judgements if it.state is not State.RUNNING and it.node.name not in due]
    if len(idle) + 1 > case.max_unavailable:
        sentence = (
            f"{fold(idle)}: not running, and stopping one more makes {len(idle) + 1} down at once"
            f" (rollout.max-unavailable allows {case.max_unavailable}); bring them up first, or allow more"
        )
        yield Objection(code="budget", sentence=sentence)
    if len(case.judgements) - len(idle) == 1:
        sentence = f"{stopped[0]}: no other node runs, so its restart is a downtime; say --accept-downtime to accept it"
        yield Objection(code="downtime", sentence=sentence, flags=("--accept-downtime",))


def _restarts_into_a_wrong_file(case: _Case) -> Iterator[Objection]:
    wrong = [step.node for step, it in case.pairs if case.plan.shape is Shape.RESTART and not it.disk_is_right]
    if wrong:
        sentence = (
            f"{fold(wrong)}: the file on disk is not the desired one, and a restart loads it; deploy-config first"
        )
        yield Objection(code="wrong-file", sentence=sentence)


def _names_of_one_machine(case: _Case) -> Iterator[Objection]:
    """Copied machines share machine ids and even inodes, but not the boot id; neighbours share that, but no folder."""
    seen = [(it.node.name, it.observation) for it in case.judgements if it.observation is not None]
    homes = ((name, (at.machine_id, at.boot_id, at.home.device, at.home.inode)) for name, at in seen)
    for names in _twins((name, home) for name, home in homes if all(home)):
        sentence = f"{fold(names)}: the same localhome on the same machine; each node belongs in the inventory once"
        yield Objection(code="same-machine", sentence=sentence)


def _names_of_one_jira_node(case: _Case) -> Iterator[Objection]:
    ids = ((it.node.name, it.observation.node_id) for it in case.judgements if it.observation is not None)
    for names in _twins((name, node_id) for name, node_id in ids if node_id):
        sentence = f"{fold(names)}: the same jira.node.id in cluster.properties; give each node its own"
        yield Objection(code="same-node-id", sentence=sentence)


def _twins(pairs: Iterable[tuple[str, object]]) -> list[list[str]]:
    names: defaultdict[object, list[str]] = defaultdict(list)
    for name, mark in pairs:
        names[mark].append(name)
    return [alike for alike in names.values() if len(alike) > 1]


_GUARDS = (
    _nodes_of_another,
    _silent_nodes,
    _names_of_one_machine,
    _names_of_one_jira_node,
    _places_that_cannot_be_replaced,
    _nodes_that_cannot_be_served,
    _nodes_left_behind,
    _restarts_into_a_wrong_file,
    _routing_without_a_way,
    _states_unknown,
    _too_few_running,
)
