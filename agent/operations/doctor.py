"""Can it work: what is checked on every node before anything is ever changed there, each fault with its cure."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict
from typing import TYPE_CHECKING

from agent.core.judging.cases import case_of_check
from agent.core.judging.checkup import Check, Health, examine
from agent.core.judging.state import state_of
from agent.core.node import SystemdService
from agent.core.report import Line, NodeRow, Report, Tone
from agent.core.text.names import counted, fold
from agent.errors import Outcome, weightiest
from agent.node.port import Examine, Lost, Unreachable
from agent.node.wire.sudoers import sudoers_lines
from agent.operations.commands import command
from agent.operations.inputs.clusters import reachable_inputs
from agent.operations.looking.gathering import gather, observation_in

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from agent.core.node import Node
    from agent.core.observation import Observation
    from agent.node.port import Answer
    from agent.operations.inputs.clusters import ClusterInput
    from agent.operations.world import Choice, World


def doctor(world: World, choice: Choice, *, template: Path | None) -> Report:
    """Check every selected node of one or more clusters; reads only.

    Raises:
        InputError: the user's files are wrong; nothing was connected.

    """
    inputs = reachable_inputs(choice, template=template)
    seen: list[tuple[ClusterInput, Mapping[str, Answer]]] = []
    with world.dial() as port_of:
        for cluster in inputs.clusters:
            answers = gather(lambda node: port_of(node).perform(Examine()), cluster.selected, forks=choice.forks)
            seen.append((cluster, answers))
    checks = {
        (cluster.name, name): found
        for cluster, answers in seen
        for name, found in examine(cluster.selected, {name: _said(answer) for name, answer in answers.items()}).items()
    }
    return Report(
        task="doctor",
        cluster=seen[0][0].name if len(seen) == 1 else None,
        outcome=_outcome(seen, checks),
        sentence=_sentence(checks),
        findings=inputs.findings,
        quiet_findings=True,
        nodes=_rows(seen, checks),
        lines=(*_lines(checks), *_sudoers(_lacking(seen))),
        next_command=command("plan", choice) if _healthy(checks) else None,
    )


def _rows(
    seen: list[tuple[ClusterInput, Mapping[str, Answer]]], checks: Mapping[tuple[str, str], tuple[Check, ...]]
) -> tuple[NodeRow, ...]:
    lacking = _lacking(seen)
    return tuple(
        NodeRow(
            name=name,
            cluster=cluster.name,
            state=str(state_of(observation_in(answer))),
            facts={
                "checks": [asdict(check) for check in checks[cluster.name, name]],
                "sudoers": list(lacking.get((cluster.name, name), ())),
            },
            cases=tuple(map(case_of_check, checks[cluster.name, name])),
        )
        for cluster, answers in seen
        for name, answer in answers.items()
    )


def _said(answer: Answer) -> Observation | str:
    return answer.reason if isinstance(answer, Unreachable | Lost) else answer.observation


def _outcome(
    seen: list[tuple[ClusterInput, Mapping[str, Answer]]], checks: Mapping[tuple[str, str], tuple[Check, ...]]
) -> Outcome:
    """What keeps a node from being served is a no, whether or not another node is silent."""
    kinds = {Unreachable: Outcome.UNREACHABLE, Lost: Outcome.PARTIAL}
    outcomes = [
        kinds.get(type(answer), Outcome.OK if _is_fit(checks[cluster.name, name]) else Outcome.REFUSED)
        for cluster, answers in seen
        for name, answer in answers.items()
    ]
    return weightiest(outcomes)


def _is_fit(found: tuple[Check, ...]) -> bool:
    return all(check.health is not Health.BAD for check in found)


def _healthy(checks: Mapping[tuple[str, str], tuple[Check, ...]]) -> bool:
    return all(map(_is_fit, checks.values()))


def _sentence(checks: Mapping[tuple[str, str], tuple[Check, ...]]) -> str:
    faults = sum(check.health is Health.BAD for found in checks.values() for check in found)
    care = sum(check.health is Health.CARE for found in checks.values() for check in found)
    unfit = sum(not _is_fit(found) for found in checks.values())
    verdict = f"{unfit} to be mended before a push ({counted(faults, 'fault')})" if unfit else "ready"
    besides = f", {counted(care, 'point')} to look at" if care else ""
    return f"{counted(len(checks), 'node')} examined: {verdict}{besides}."


def _lines(checks: Mapping[tuple[str, str], tuple[Check, ...]]) -> tuple[Line, ...]:
    """Fold equal results of a check over the nodes; what is good is said shortly and last."""
    groups: dict[Check, list[str]] = defaultdict(list)
    for (_, name), found in checks.items():
        for check in found:
            groups[check].append(name)
    order = {Health.BAD: 0, Health.CARE: 1, Health.GOOD: 2}
    tones = {Health.BAD: Tone.BAD, Health.CARE: Tone.CARE, Health.GOOD: Tone.GOOD}
    lines = []
    for check, names in sorted(groups.items(), key=lambda item: order[item[0].health]):
        lines.append(
            Line(text=f"{check.health.ljust(4)}  {check.what}: {check.seen}  [{fold(names)}]", tone=tones[check.health])
        )
        if check.cure:
            lines.append(Line(text=f"      {check.cure}", tone=Tone.QUIET))
    return tuple(lines)


def _lacking(seen: list[tuple[ClusterInput, Mapping[str, Answer]]]) -> dict[tuple[str, str], tuple[str, ...]]:
    """The sudoers lines of each node where the login user could not act as the file's owner."""
    nodes = ((node, observation_in(answers[node.name])) for cluster, answers in seen for node in cluster.selected)
    return {
        (node.cluster, node.name): _lines_for(node, observation.ran_as)
        for node, observation in nodes
        if observation is not None and observation.ran_as != node.owner
    }


def _lines_for(node: Node, login_user: str) -> tuple[str, ...]:
    return sudoers_lines(
        login_user, node.owner, node.service.unit if isinstance(node.service, SystemdService) else None
    )


def _sudoers(lacking: Mapping[tuple[str, str], tuple[str, ...]]) -> tuple[Line, ...]:
    """Each set of lines once, with the nodes that lack it, ready to be pasted."""
    groups: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for (_, name), wanted in lacking.items():
        groups[wanted].append(name)
    lines: list[Line] = []
    for wanted, names in groups.items():
        if wanted:
            lines.append(Line(text=f"For {fold(names)}, by visudo -f /etc/sudoers.d/filestore-agent:", tone=Tone.TITLE))
            lines += [Line(text=text, exact=True) for text in wanted]
    return tuple(lines)
