"""What will Jira be able to do for one target in one bucket, and what will its health check say of it?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from agent.core.preflight.can import Ability, Can, ability_of
from agent.core.preflight.check import Check, Health
from agent.core.s3.probe import Verb

if TYPE_CHECKING:
    from agent.core.s3.probe import Trial, Tried

NARROWER: Final = "write-only is what Atlassian recommends for backups; `bucket-policy` prints the narrower policy"
AS_IT_SHOULD_BE: Final = "not allowed, as is recommended"
WIDER: Final = "give Jira's identity the rights that `bucket-policy` prints"
_UNABLE: Final = {
    Verb.WRITE: "Unable to write to {} storage",
    Verb.READ: "Unable to read data from {} storage",
    Verb.DELETE: "Unable to delete data from {} storage",
    Verb.LIST: "Unable to list data in {} storage",
}
_ABLE: Final = {
    Verb.READ: "Able to read data from {} storage",
    Verb.DELETE: "Able to delete data from {} storage",
}
# Of these words three are Jira's own, all of them of backups (Atlassian, "Storing backups in Amazon S3",
# troubleshooting); of avatars and attachments no page tells them, so they are made like those.


def checks_of(tried: Tried, trial: Trial) -> tuple[Check, ...]:
    """Return a check for each thing that was tried for a target."""
    abilities = abilities_of(tried, trial)
    judge = _of_backups if trial.target == "backups" else _of_data
    return tuple(judge(tried, trial, verb, ability) for verb, ability in abilities.items())


def abilities_of(tried: Tried, trial: Trial) -> dict[Verb, Ability]:
    """Return what the identity can do for a target; whether the object lay there decides what later answers mean."""
    written = ability_of(Verb.WRITE, tried.reply(trial.target, Verb.WRITE), written=Can.NO)
    rest = [verb for verb in trial.verbs if verb is not Verb.WRITE]
    return {Verb.WRITE: written} | {
        verb: ability_of(verb, tried.reply(trial.target, verb), written=written.can) for verb in rest
    }


def _of_backups(tried: Tried, trial: Trial, verb: Verb, ability: Ability) -> Check:
    """Backups are to be written and nothing else: to be able to more fails Jira's check, and loses nothing."""
    if verb is Verb.WRITE:
        return _of_data(tried, trial, verb, ability)
    if ability.can is Can.YES:
        says = _ABLE[verb].format("backup")
        return _check(tried, trial, verb, ability, Health.CARE, says=says, cure=NARROWER)
    if ability.denied:
        return _check(tried, trial, verb, replace(ability, why=AS_IT_SHOULD_BE), Health.GOOD)
    return _check(tried, trial, verb, ability, Health.UNKNOWN)


def _of_data(tried: Tried, trial: Trial, verb: Verb, ability: Ability) -> Check:
    """All that is tried here is what Jira needs."""
    if ability.can is Can.NO:
        says = _UNABLE[verb].format(trial.target.removesuffix("s"))
        return _check(tried, trial, verb, ability, Health.BAD, says=says, cure=ability.cure or WIDER, needed=True)
    health = Health.GOOD if ability.can is Can.YES else Health.UNKNOWN
    return _check(tried, trial, verb, ability, health, cure=ability.cure, needed=True)


def _check(
    tried: Tried,
    trial: Trial,
    verb: Verb,
    ability: Ability,
    health: Health,
    *,
    says: str | None = None,
    cure: str | None = None,
    needed: bool = False,
) -> Check:
    return Check(
        what=str(verb),
        health=health,
        seen=ability.why,
        bucket=tried.probe.address.bucket,
        target=trial.target,
        cure=cure,
        says=says,
        verified=says is not None and trial.target == "backups",
        needed=needed,
        detail=tried.reply(trial.target, verb).message,
    )
