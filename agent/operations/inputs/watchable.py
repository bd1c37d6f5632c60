"""Which of the clusters that are watched can be looked at, and whose files are wrong?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from agent.core.finding import errors_among
from agent.operations.inputs.clusters import about_the_choice, example_nodes, read_inputs, valid_inputs

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from agent.core.finding import Finding
    from agent.operations.inputs.clusters import Inputs
    from agent.operations.world import Choice


@dataclass(frozen=True, slots=True, kw_only=True)
class Watchable:
    """The clusters that can be looked at, and those whose files are wrong, each with its errors."""

    inputs: Inputs
    broken: Mapping[str, tuple[Finding, ...]]


def watchable_inputs(choice: Choice, *, template: Path | None) -> Watchable:
    """Read what a task needs that watches over several clusters: one whose files are wrong does not hide the others.

    A node with an address that is reserved for documentation is such a fault, too.

    Raises:
        InputError: as valid_inputs, for a fault that is in no cluster's own file.

    """
    inputs = about_the_choice(read_inputs(choice, template=template))
    findings = (*inputs.findings, *example_nodes(inputs))
    faults = errors_among(findings)
    broken = {fault.cluster for fault in faults}
    if None in broken:
        inputs = valid_inputs(choice, template=template)
    looked_at = tuple(cluster for cluster in inputs.clusters if cluster.name not in broken)
    return Watchable(
        inputs=replace(inputs, clusters=looked_at, findings=findings),
        broken={name: tuple(it for it in faults if it.cluster == name) for name in inputs.names if name in broken},
    )
