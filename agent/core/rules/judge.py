"""Hold configurations against the rules: one cluster's, or all clusters' together; every finding, placed and waived."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Final

from agent.core.finding import Finding, Severity
from agent.core.rules import estate, jira, machines, storage, structure, template, waiver, xml
from agent.core.rules.inventory_codes import Rule as InventoryRule
from agent.core.rules.registry import Examined
from agent.core.text.shown import plainly
from agent.core.text.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from agent.core.filestore import FilestoreConfig
    from agent.core.finding import Place
    from agent.core.node import Node
    from agent.core.rules.registry import Fault, Path, Rule

_CHECKS: Final = (*structure.CHECKS, *storage.CHECKS, *jira.CHECKS)
_FORM: Final = (*xml.RULES, *structure.RULES, *template.RULES, *waiver.RULES)
_STOPPING: Final = frozenset(it.code for it in (*_FORM, *(check.rule for check in _CHECKS)) if it.stops_jira)
_OF_THE_FORM: Final = frozenset(it.code for it in _FORM) - _STOPPING
WAIVABLE: Final = frozenset(
    check.rule.code for check in (*storage.CHECKS, *jira.CHECKS, *estate.CHECKS, *machines.CHECKS)
)
"""What is right in most places and may be wrong in one; of a document's own structure there are no two opinions."""

_MOST_OF_ONE_RULE: Final = 101
"""One more than anybody reads, so that a hostile file costs no more than it deserves."""


def check_config(
    config: FilestoreConfig,
    *,
    jira_version: str | None,
    place_of: Callable[[Path], Place],
    waivers: Mapping[str, str] | None = None,
) -> tuple[Finding, ...]:
    """Return every finding on one configuration.

    Args:
        config: what the document says, or would say.
        jira_version: such as "10.3.4"; None leaves out the rules that depend on it.
        place_of: leads from ("filestores", ID, "region"), ("associations", TARGET), ("waivers", CODE) to a place.
        waivers: rule codes and the reasons why they do not count here; each waived finding becomes a note.

    """
    reasons = waivers or {}
    subject = examined(config, jira_version)
    found = (
        _placed(check.rule, fault, place_of(fault.path), reasons)
        for check in _CHECKS
        if subject.asked(check.rule)
        for fault in _some(check.find(subject))
    )
    return (*found, *_faults_of_waivers(reasons, place_of))


def examined(config: FilestoreConfig, jira_version: str | None) -> Examined:
    """Return what the rules look at."""
    return Examined(config=config, jira=_numbers(jira_version))


def check_estate(
    configs: Mapping[str, FilestoreConfig],
    place_of: Callable[[str, Path], Place],
    waivers: Mapping[str, Mapping[str, str]] | None = None,
    nodes: Mapping[str, tuple[Node, ...]] | None = None,
) -> tuple[Finding, ...]:
    """Return every finding on clusters seen together, each with its cluster.

    Args:
        configs: each cluster's configuration by the cluster's name.
        nodes: each cluster's nodes by the cluster's name, where they are to be compared as well.
        place_of: leads from a cluster's name and a path as for check_config, or ("nodes", NODE), to a place.
        waivers: each cluster's waivers by the cluster's name.

    """
    of_configs = ((check.rule, fault) for check in estate.CHECKS for fault in _some_of_each(check.find(configs)))
    of_nodes = ((check.rule, fault) for check in machines.CHECKS for fault in _some_of_each(check.find(nodes or {})))
    found = (*of_configs, *of_nodes)
    return tuple(_of_cluster(rule, fault, place_of, waivers or {}) for rule, fault in found)


def check_alone(config: FilestoreConfig, place_of: Callable[[Path], Place]) -> tuple[Finding, ...]:
    """Return what the rules of the estate find in one document: how its own targets share buckets."""
    found = check_estate({"": config}, lambda _, path: place_of(path))
    return tuple(replace(finding, cluster=None) for finding in found)


def _some(faults: Iterable[Fault]) -> Iterator[Fault]:
    return islice(faults, _MOST_OF_ONE_RULE)


def _some_of_each(faults: Iterable[Fault]) -> Iterator[Fault]:
    """No cluster's faults are crowded out by another's: whoever pushes one of them hears of its own."""
    heard = Counter[str]()
    for fault in faults:
        heard[fault.path[0]] += 1
        if heard[fault.path[0]] <= _MOST_OF_ONE_RULE:
            yield fault


def _of_cluster(
    rule: Rule,
    fault: Fault,
    place_of: Callable[[str, Path], Place],
    waivers: Mapping[str, Mapping[str, str]],
) -> Finding:
    """The path of a fault of the estate begins with the cluster's name."""
    cluster, *path = fault.path
    finding = _placed(rule, fault, place_of(cluster, tuple(path)), waivers.get(cluster, {}))
    return replace(finding, cluster=cluster)


def _placed(rule: Rule, fault: Fault, place: Place, reasons: Mapping[str, str]) -> Finding:
    """Turn a fault into a finding; where it is waived, into a note that repeats the reason."""
    finding = Finding(rule=rule.code, severity=rule.severity, message=fault.message, place=place, hint=fault.hint)
    reason = reasons.get(rule.code, "").strip()
    if not reason or rule.code not in WAIVABLE:
        return finding
    message = f"{fault.message} (waived: {plainly(reason)})"
    return replace(finding, severity=Severity.NOTE, message=message, hint=None, waived=reason)


def _faults_of_waivers(reasons: Mapping[str, str], place_of: Callable[[Path], Place]) -> Iterator[Finding]:
    """Waivers that cannot be meant: of no rule, of one that Jira insists on, or without a reason."""
    known = {*WAIVABLE, *InventoryRule}
    for code, reason in reasons.items():
        place, name = place_of(("waivers", code)), plainly(code)
        if code in _OF_THE_FORM:
            message = f"{name} cannot be waived: it is about the form of a file, of which there are no two opinions"
            yield _on_waiver(waiver.UNKNOWN, place, message, "remove the waiver and correct the file")
        elif code not in known | _STOPPING:
            hint = did_you_mean(code, sorted(known)) or "the rules are listed in docs/rules"
            yield _on_waiver(waiver.UNKNOWN, place, f"there is no rule {name}", hint)
        elif code in _STOPPING:
            message = f"{name} cannot be waived: Jira does not start on such a file"
            yield _on_waiver(waiver.IMPOSSIBLE, place, message, "remove the waiver and correct the file")
        elif not reason.strip():
            yield _on_waiver(
                waiver.NO_REASON, place, f"the waiver of {name} has no reason", "write the reason behind it"
            )


def _on_waiver(rule: Rule, place: Place, message: str, hint: str) -> Finding:
    return Finding(rule=rule.code, severity=rule.severity, message=message, place=place, hint=hint)


def _numbers(version: str | None) -> tuple[int, ...] | None:
    """Read "10.3.4" as numbers; anything else is for the inventory's own grammar to refuse."""
    found = re.match(r"([0-9]{1,4})\.([0-9]{1,4})", version or "")
    return (int(found[1]), int(found[2])) if found else None
