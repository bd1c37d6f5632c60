"""As whom the nodes come, and whether they are all the same."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent.core.preflight.check import Health
from agent.core.preflight.identity import CHAIN, check_of, differences, principal_of
from agent.core.s3.probe import Reply, Surroundings
from tests.core.preflight.given import ROLE, tried, view


def test_the_session_of_a_role_is_named_by_the_role_since_each_node_has_its_own() -> None:
    other = replace(ROLE, caller="arn:aws:sts::123456789012:assumed-role/jira/i-2", key="ba9876543210")
    assert principal_of(ROLE) == principal_of(other) == "arn:aws:sts::123456789012:assumed-role/jira"
    assert differences({"jira-1": view(), "jira-2": replace(view(), rights=other)}) == ()


def test_nodes_that_are_not_the_same_are_told_apart() -> None:
    other = replace(ROLE, caller="arn:aws:iam::123456789012:user/old")
    views = {"jira-1": view(), "jira-2": view(), "jira-3": replace(view(), rights=other)}
    assert differences(views) == (
        "jira-[1-2]: arn:aws:sts::123456789012:assumed-role/jira",
        "jira-3: arn:aws:iam::123456789012:user/old",
    )


@pytest.mark.parametrize(("chain", "differ"), [("environment", True), ("profile", True), ("instance", False)])
def test_without_sts_lasting_keys_are_compared_and_passing_ones_are_not(chain: str, differ: bool) -> None:  # noqa: FBT001 - a case of the table
    views = {
        "jira-1": view(caller=None, chain=chain, key="000000000000"),
        "jira-2": view(caller=None, chain=chain, key="111111111111"),
    }
    assert bool(differences(views)) is differ


def test_no_credentials_are_a_fault_with_the_chain_that_was_looked_through() -> None:
    check = check_of(view(caller=None, key=None, chain="none"))
    assert (check.health, CHAIN in check.seen, check.needed) == (Health.BAD, True, True)


@pytest.mark.parametrize("where", [Surroundings.UNIT, Surroundings.OWNER, Surroundings.HIDDEN])
def test_what_was_not_jiras_own_process_cannot_prove_that_there_are_none(where: Surroundings) -> None:
    none = check_of(view(caller=None, key=None, chain="none", surroundings=where))
    assert none.health is Health.UNKNOWN
    some = check_of(view(surroundings=where))
    assert (some.health, some.cure) == (Health.CARE, "ask again while Jira runs")


@pytest.mark.parametrize("chain", ["profile-role_arn", "profile-credential_process", "profile-sso_session"])
def test_a_profile_that_takes_more_than_a_file_is_not_taken_for_none(chain: str) -> None:
    check = check_of(view(caller=None, key=None, chain=chain))
    assert (check.health, chain.removeprefix("profile-") in check.seen) == (Health.UNKNOWN, True)
    by_aws = tried(write=Reply(by_aws=True, tagged=True))
    assert check_of(view(by_aws, caller=None, key=None, chain=chain, tool="aws")).health is Health.GOOD


def test_without_a_tool_nobody_was_asked() -> None:
    assert check_of(view(caller=None, key=None, tool="none", chain="none")).health is Health.UNKNOWN


def test_the_workstation_proves_nothing_of_the_nodes() -> None:
    check = check_of(view(surroundings=Surroundings.WORKSTATION, tool="boto3"))
    assert (check.health, "and not those of any node" in check.seen) == (Health.CARE, True)
