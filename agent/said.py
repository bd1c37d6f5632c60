"""What did the user say with the flags of a task? Words into values; what is no such value is wrong usage."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.core.planning.plan import Shape
from agent.core.text.shown import shown
from agent.core.text.suggest import did_you_mean
from agent.errors import InputError
from agent.flags import DESCRIBING, FORMS, SCHEDULER, VALID_FOR
from agent.operations.consent import Consent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.operations.proposal.policy import Policy
    from agent.operations.world import Choice

# Operations are imported where they are needed: --help and the offline tasks must not wait for them.
# ruff: noqa: PLC0415


def template_in(flags: Any) -> Path | None:
    """Return the template that was named."""
    return Path(flags.template) if flags.template else None


def described_in(flags: Any) -> Mapping[str, str]:
    """Return what was said of machines of which no inventory tells yet, by flag."""
    return {flag.name: value for flag in DESCRIBING if (value := vars(flags)[flag.name.replace("-", "_")])}


def jira_version_in(flags: Any) -> str | None:
    """Return the version of Jira that was said; raises InputError for what is none."""
    from agent.core.inventory import word_grammar
    from agent.core.inventory.unfit import Unfit

    try:
        return word_grammar.version(flags.jira_version) if flags.jira_version else None
    except Unfit as reason:
        raise InputError(f"--jira-version: {reason.message}; {reason.hint}") from None


def refuse_form(flags: Any) -> None:
    """Refuse a form of the result that there is not, or that contradicts another flag."""
    form, forms = flags.format, ", ".join(FORMS)
    if form is None:
        return
    if form not in FORMS:
        raise InputError(
            f"--format {shown(form)}: there is no such form; {did_you_mean(form, FORMS) or f'say {forms}'}"
        )
    if flags.json and form != "json":
        raise InputError(f"--json and --format {form} contradict each other; say one")
    if flags.explain and form not in {"text", "json"}:
        raise InputError(f"--explain has no findings that --format {form} could hold; say text or json with it")


def scheduler_in(flags: Any) -> str:
    """Return the one scheduler that was named; raises InputError for none and for several."""
    words: Mapping[str, Any] = vars(flags)
    names = [flag.name for flag in SCHEDULER]
    chosen = [name for name in names if words[name.replace("-", "_")]]
    if len(chosen) != 1:
        said = " and ".join(f"--{name}" for name in chosen) or "none was said"
        raise InputError(f"schedule: say one of {', '.join(f'--{name}' for name in names)} ({said})")
    return chosen[0]


def shape_in(flags: Any) -> Shape:
    """Return the way of a push that was said; raises InputError for more than one."""
    ways = {"--restart": flags.restart, "--together": flags.together, "--no-restart": flags.no_restart}
    chosen = [name for name, said in ways.items() if said]
    if len(chosen) > 1:
        raise InputError(f"{' and '.join(chosen)} contradict each other; say one")
    return {"--restart": Shape.ROLLING, "--together": Shape.TOGETHER}.get("".join(chosen), Shape.COMMIT)


def overriding_words(flags: Any) -> frozenset[str]:
    """Return the overriding words that were said, as guards know them."""
    words: Mapping[str, Any] = vars(flags)
    ways, guards = ("restart", "together", "no_restart"), ("allow_partial", "accept_downtime", "skip_hooks")
    overriding = (*ways, *guards, "without_rest")
    return frozenset(f"--{word.replace('_', '-')}" for word in overriding if words.get(word))


def policy_in(flags: Any) -> Policy:
    """Return how careful this rollout is to be, as far as that was said."""
    from agent.operations.proposal.policy import read_policy

    return read_policy(
        canary=flags.canary,
        max_unavailable=flags.max_unavailable,
        pause_after=flags.pause_after,
        reason=flags.reason,
        without_rest=flags.without_rest,
    )


def care_in(flags: Any) -> dict[str, Any]:
    """Return what was said of this rollout alone: how careful it is to be, and the saved plan that it is to follow."""
    from agent.operations.proposal.policy import Policy

    policy = policy_in(flags)
    saved = {"saved": Path(flags.plan)} if flags.plan else {}
    return saved if policy == Policy() else {**saved, "policy": policy}


def keeper_in(choice: Choice, flags: Any) -> Any:
    """Return what saves the plan, where --out was said."""
    from agent.operations.proposal.policy import read_duration

    if not flags.out:
        if flags.valid_for:
            raise InputError("--valid-for: it belongs to --out; say both")
        return None
    valid_for = read_duration("--valid-for", flags.valid_for or VALID_FOR)
    from agent.operations.saved_plan.saving import keeping

    return keeping(choice, Path(flags.out), valid_for=valid_for)


def consent_in(flags: Any) -> Consent:
    """Return what was agreed to beforehand, and where the events go."""
    words = vars(flags)
    events = words.get("events")
    return Consent(yes=flags.yes, name=words.get("confirm"), events=Path(events) if events else None)
