"""What the keys of one inventory must agree on: names that refer to each other, nodes that must differ, homes.

It reads what was written, not the model, so that these faults are told together with all others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.core.filestore import Target
from agent.core.finding import Severity
from agent.core.inventory.fault import Fault
from agent.core.inventory.node_agreement import node_faults
from agent.core.routing import endpoint_family
from agent.core.rules.inventory_codes import Rule
from agent.core.text.shown import shown
from agent.core.text.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.core.inventory.written import KeyPath, Written


def disagreements(written: Written) -> tuple[Fault, ...]:
    """Return every fault between the keys of one cluster, warnings included."""
    return (
        *node_faults(written),
        *_association_faults(written),
        *_id_faults(written),
        *_override_faults(written),
        *_home_faults(written),
        *_owner_faults(written),
    )


def _association_faults(written: Written) -> Iterator[Fault]:
    targets = tuple(target.value for target in Target)
    for target in written.entries("associations"):
        path = ("associations", target)
        if target not in targets:
            hint = did_you_mean(target, targets) or f"targets are {', '.join(targets)}"
            message = f"{shown(target)} is nothing that Jira can keep in a filestore"
            yield Fault(rule=Rule.UNKNOWN_TARGET, path=path, message=message, hint=hint, on_key=True)
        store = written.words(*path)
        if store and store not in written.entries("filestores"):
            yield _undefined(path, store, written)


def _undefined(path: KeyPath, store: str, written: Written) -> Fault:
    known = tuple(written.entries("filestores"))
    hint = did_you_mean(store, known) or (
        f"defined are {', '.join(known[:10])}" if known else "define it under filestores"
    )
    return Fault(
        rule=Rule.UNDEFINED_FILESTORE, path=path, message=f"the filestore {shown(store)} is not defined", hint=hint
    )


def _id_faults(written: Written) -> Iterator[Fault]:
    first: dict[str, str] = {}
    for store in written.entries("filestores"):
        other = first.setdefault(store.casefold(), store)
        if other != store:
            yield Fault(
                rule=Rule.IDS_DIFFER_BY_CASE,
                path=("filestores", store),
                message=f"the id differs from {shown(other)} only by case",
                hint="choose ids that cannot be taken for each other",
                severity=Severity.WARNING,
                on_key=True,
            )


def _override_faults(written: Written) -> Iterator[Fault]:
    for node in written.entries("nodes"):
        for store in written.entries("nodes", node, "filestores"):
            path = ("nodes", node, "filestores", store)
            if store not in written.entries("filestores"):
                yield _undefined(path, store, written)
            elif _leaves_family(written, path, store):
                message = "data of this node would go elsewhere than the cluster's"
                hint = "a node may differ only among AWS's own endpoints of the same region; change it for the cluster"
                yield Fault(
                    rule=Rule.OTHER_ENDPOINT_FAMILY, path=(*path, "endpoint-override"), message=message, hint=hint
                )


def _leaves_family(written: Written, path: tuple[str, ...], store: str) -> bool:
    own = written.words(*path, "endpoint-override")
    region = written.words("filestores", store, "region")
    if own is None or region is None:
        return False
    clusters = written.words("filestores", store, "endpoint-override")
    return endpoint_family(own, region) != endpoint_family(clusters, region)


def _home_faults(written: Written) -> Iterator[Fault]:
    shared = written.words("jira", "sharedhome")
    paths: list[tuple[str, ...]] = [("jira", "localhome")]
    paths += [("nodes", node, "localhome") for node in written.entries("nodes")]
    for path in paths:
        home = written.words(*path)
        if home and shared and f"{home}/".startswith(f"{shared}/"):
            message = (
                f"the local home {shown(home)} lies in the shared home {shown(shared)}, which all nodes have in common"
            )
            yield Fault(
                rule=Rule.HOMES_OVERLAP, path=path, message=message, hint="the local home is each node's own disk"
            )
        if home and " " in home:
            message = f"{shown(home)} holds a space; Jira's setenv.sh ignores such a home and takes its default"
            yield Fault(rule=Rule.SPACE_IN_HOME, path=path, message=message, severity=Severity.WARNING)


def _owner_faults(written: Written) -> Iterator[Fault]:
    if written.words("jira", "owner") == "root":
        yield Fault(
            rule=Rule.OWNER_ROOT,
            path=("jira", "owner"),
            message="the file work would run as root in a folder where others may put links",
            hint="name the user that Jira runs as",
            severity=Severity.WARNING,
        )
