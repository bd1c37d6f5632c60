"""What was learnt of the buckets, for people and for scripts: equal answers of nodes once, what is wrong first."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict
from typing import TYPE_CHECKING, Final

from agent.core.preflight.check import Check, Health
from agent.core.preflight.targets import NARROWER, WIDER
from agent.core.report import Case, Line, NodeRow, Result, Tone
from agent.core.text.names import counted, fold
from agent.core.text.secret_shapes import masked
from agent.errors import Outcome
from agent.operations.buckets.probing import WORKSTATION

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from agent.core.preflight.judge import Left
    from agent.operations.buckets.probing import Asked, Findings

ORDER: Final = {
    (Health.BAD, True): 0,
    (Health.BAD, False): 0,
    (Health.UNKNOWN, True): 1,
    (Health.CARE, True): 2,
    (Health.CARE, False): 2,
    (Health.UNKNOWN, False): 3,
    (Health.GOOD, True): 4,
    (Health.GOOD, False): 4,
}
"""By health, and whether Jira cannot do without it: what is not known and not needed comes late."""
TONES: Final = {Health.BAD: Tone.BAD, Health.UNKNOWN: Tone.CARE, Health.CARE: Tone.CARE, Health.GOOD: Tone.GOOD}
APART: Final = "the nodes come with different identities, so the same request may be allowed on one and not on another"
SHOWN_LEFT: Final = 8
"""Objects named on one line."""
_HEX: Final = "0123456789abcdef"
_NOT_PROVEN: Final = "This proves what the workstation may do, and nothing of the nodes."
_RESULTS: Final = {
    Health.GOOD: Result.PASSED,
    Health.CARE: Result.PASSED,
    Health.BAD: Result.FAILED,
    Health.UNKNOWN: Result.SKIPPED,
}


def sentence(found: tuple[Findings, ...]) -> str:
    """Return the verdict in one sentence."""
    asked = [it for one in found for it in one.asked]
    buckets = {bucket for one in found for bucket in one.buckets}
    if not asked:
        return "No target goes to a bucket, so there is nothing to ask: all data stays in the shared home."
    checks = [check for it in asked if it.preflight for check in it.preflight.checks]
    who = _WHO.get(asked[0].name) if len(asked) == 1 else None
    return (
        f"{counted(len(buckets), 'bucket')} asked from {who or counted(len(asked), 'node')}: {_verdict(asked, checks)}."
    )


_WHO: Final = {WORKSTATION: "this workstation"}


def _verdict(asked: list[Asked], checks: list[Check]) -> str:
    silent = [it.name for it in asked if it.preflight is None]
    bad = _causes(check for check in checks if check.health is Health.BAD)
    care = _causes(check for check in checks if check.health is Health.CARE)
    open_ = _causes(check for check in checks if check.health is Health.UNKNOWN and check.needed)
    parts = [f"{counted(bad, 'fault')} to be mended"] if bad else []
    parts += [f"{counted(open_, 'point')} not known"] if open_ and not bad else []
    parts += [f"no answer from {fold(silent)}"] if silent else []
    parts = parts or ["Jira can do what it needs"]
    return ", ".join([*parts, *([f"{counted(care, 'point')} to look at"] if care else [])])


def _causes(checks: Iterable[Check]) -> int:
    """Count what has to be mended, not what it keeps from working."""
    return len({(check.bucket, _own(check), check.seen, check.cure) for check in checks})


def lines(found: Findings) -> Iterator[Line]:
    """Return what a person reads of one cluster: equal results over nodes and over what was tried on one line."""
    for text, names in _silent(found.asked):
        yield Line(text=f"{'none':<7}  {fold(names)}: {text}", tone=Tone.BAD)
    for alike, whose in sorted(_alike(found.asked), key=lambda it: ORDER[it[0][0].health, it[0][0].needed]):
        first = alike[0]
        yield Line(
            text=f"{first.health:<7}  {_about(*alike)}: {_told(*alike)}  [{fold(whose)}]", tone=TONES[first.health]
        )
        if first.cure and first.health is not Health.GOOD:
            yield Line(text=f"         {first.cure}", tone=Tone.QUIET)
    if found.apart:
        yield Line(text=f"{Health.CARE:<7}  same identity: {APART}", tone=Tone.CARE)
        yield from (Line(text=f"         {who}", tone=Tone.CARE) for who in found.apart)
    yield from _left_lines(found.asked)
    if any(it.name == WORKSTATION for it in found.asked):
        yield Line(text=_NOT_PROVEN, tone=Tone.CARE)


def _silent(asked: Iterable[Asked]) -> Iterator[tuple[str, list[str]]]:
    groups: dict[str, list[str]] = defaultdict(list)
    for it in asked:
        if it.preflight is None:
            groups[it.reason].append(it.name)
    yield from groups.items()


def _alike(asked: Iterable[Asked]) -> list[tuple[tuple[Check, ...], tuple[str, ...]]]:
    """Return the checks of one bucket, target and result together, with the nodes that all of them are of."""
    nodes: dict[Check, list[str]] = defaultdict(list)
    for it in asked:
        for check in it.preflight.checks if it.preflight else ():
            nodes[check].append(it.name)
    groups: dict[tuple[object, ...], list[Check]] = defaultdict(list)
    for check, names in nodes.items():
        groups[check.bucket, _own(check), check.health, check.seen, check.cure, tuple(names)].append(check)
    return [(tuple(alike), tuple(nodes[alike[0]])) for alike in groups.values()]


def _own(check: Check) -> str:
    """Return the target that a line is about alone: rights are mended for each; what else is wrong is so for all."""
    return check.target if check.cure in {WIDER, NARROWER} else ""


def _about(*alike: Check) -> str:
    """Name the bucket, and what was tried of which targets: attachments, avatars write, read; backups write."""
    tried: dict[str, list[str]] = defaultdict(list)
    for check in alike:
        tried[check.target].append(check.what)
    targets: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for target, verbs in tried.items():
        targets[tuple(verbs)].append(target)
    parts = (f"{', '.join(whose)} {', '.join(verbs)}".strip() for verbs, whose in targets.items())
    return f"{alike[0].bucket} {'; '.join(parts)}".strip()


def _told(*alike: Check) -> str:
    first = alike[0]
    says = ", ".join(f'"{check.says}"' for check in alike if check.says is not None)
    if not says or len({check.target for check in alike}) > 1:
        return first.seen
    return f"{first.seen}; {'Jira will say' if first.verified else 'as Jira might say'} {says}"


def _left_lines(asked: Iterable[Asked]) -> Iterator[Line]:
    groups: dict[tuple[str, str, str], list[tuple[str, str]]] = defaultdict(list)
    for it in asked:
        for left in it.preflight.left if it.preflight else ():
            stem = left.key.rstrip(_HEX)
            groups[left.bucket, stem, _why_left(left)].append((left.key.removeprefix(stem), it.name))
    for (bucket, stem, why), found in groups.items():
        marks = [mark for mark, _ in found]
        named = marks[0] if len(marks) == 1 else "{" + ",".join(marks[:SHOWN_LEFT]) + "}"
        more = f" and {len(marks) - SHOWN_LEFT} more (--json)" if len(marks) > SHOWN_LEFT else ""
        text = f"{'left':<7}  {bucket}/{stem}{named}{more}: {why}  [{fold(name for _, name in found)}]"
        yield Line(text=text, tone=Tone.QUIET)


def _why_left(left: Left) -> str:
    if left.versions:
        return "deleted; the bucket keeps versions, so one of it stays under a delete marker"
    rule = "; the lifecycle rule for the health check's objects removes it" if left.key.startswith("backups/") else ""
    if not left.certain:
        return f"may lie there: whether it was written or deleted is not known{rule}"
    return f"lies there, since it could not be deleted{rule}"


def rows(found: Findings) -> tuple[NodeRow, ...]:
    """Return each machine for scripts, with its cases for CI."""
    return tuple(
        NodeRow(name=it.name, cluster=it.cluster, reason=it.reason or None, facts=_facts(it), cases=tuple(_cases(it)))
        for it in found.asked
    )


def _facts(it: Asked) -> dict[str, object]:
    rights = it.view.rights if it.view else None
    return {
        "outcome": str(it.outcome),
        "identity": None
        if rights is None
        else {
            "caller": rights.caller,
            "key_digest": rights.key,
            "chain": rights.chain,
            "surroundings": str(rights.surroundings),
            "tool": rights.tool,
        },
        "checks": [_check(check) for check in (it.preflight.checks if it.preflight else ())],
        "left": [asdict(left) for left in (it.preflight.left if it.preflight else ())],
    }


def _check(check: Check) -> dict[str, object]:
    return {
        "bucket": check.bucket or None,
        "target": check.target or None,
        "what": check.what,
        "health": str(check.health),
        "seen": check.seen,
        "says": check.says,
        "says_verified": check.verified,
        "needed": check.needed,
        "cure": check.cure,
        "detail": masked(check.detail) or None,
    }


def _cases(it: Asked) -> Iterator[Case]:
    if it.preflight is None:
        result = Result.FAILED if it.outcome is Outcome.REFUSED else Result.ERROR
        yield Case(name="answer", result=result, message=it.reason)
        return
    for check in it.preflight.checks:
        needed = check.health is Health.UNKNOWN and check.needed
        result = Result.ERROR if needed else _RESULTS[check.health]
        message = _told(check) if check.health is not Health.GOOD else ""
        yield Case(name=_about(check), result=result, message=message, detail=check.cure or "")


def cluster_facts(found: Findings) -> dict[str, object]:
    """Return what is so of the whole cluster, for scripts."""
    return {
        "cluster": found.cluster,
        "buckets": list(found.buckets),
        "outcome": str(found.outcome),
        "different_identities": list(found.apart),
    }
