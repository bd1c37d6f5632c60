"""Who may be named: a user or a role of the bucket's own partition, never everybody, and nothing a shell would read."""

from __future__ import annotations

import pytest

from agent.core.bucket_policy.bucket import buckets_of
from agent.core.bucket_policy.principal import require_principals, require_role
from agent.errors import InputError
from tests.core.bucket_policy.configs import config_of

AWS = buckets_of(config_of({"backups": "co-jira"}))
CHINA = buckets_of(config_of({"backups": "co-jira"}, region="cn-north-1"))
CEPH = buckets_of(config_of({"backups": "co-jira"}, endpoint="https://ceph.example.com"))


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:iam::123456789012:user/JiraS3",
        "arn:aws:iam::123456789012:role/jira",
        "arn:aws:iam::123456789012:role/service/nodes/jira@prod,1",
    ],
)
def test_users_and_roles_are_taken_once_each(arn: str) -> None:
    assert require_principals((arn, arn), AWS) == (arn,)


@pytest.mark.parametrize(
    "word",
    [
        *("", "*", "123456789012", "jira", "arn:aws:iam::123456789012:root", "arn:aws:iam::*:role/jira"),
        *("arn:aws:iam::123456789012:role/*", "arn:aws:iam::123456789012:role/a?c", "arn:aws:iam::123456789012:role/"),
        *(
            "arn:aws:iam::123456789012:role/a\n",
            "arn:aws:iam::123456789012:role/a b",
            "ARN:aws:iam::123456789012:role/a",
        ),
        *(
            "arn:aws:sts::123456789012:assumed-role/jira/x",
            "arn:aws:s3:::co-jira",
            "arn:aws:iam::123456789012:group/ops",
        ),
        *("arn:aws:iam::12345678901:role/jira", "arn:aws:iam:::role/jira", "arn:aws:iam::123456789012:role/\u0458ira"),
        *("arn:aws:iam::123456789012:role/*/jira", f"arn:aws:iam::123456789012:role/{'a/' * 2000}b"),
        "arn:aws:iam::\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18\uff19\uff10\uff11\uff12:role/jira",
    ],
)
def test_everybody_a_whole_account_and_what_is_no_arn_is_refused(word: str) -> None:
    with pytest.raises(InputError, match="--principal: "):
        require_principals((word,), AWS)


def test_a_principal_of_another_partition_is_refused() -> None:
    require_principals(("arn:aws-cn:iam::123456789012:role/jira",), CHINA)
    with pytest.raises(InputError, match=r"of partition aws, bucket co-jira of aws-cn"):
        require_principals(("arn:aws:iam::123456789012:role/jira",), CHINA)


@pytest.mark.parametrize("arn", ["arn:aws:iam:::user/jira", "arn:aws:iam::tenant:user/jira"])
def test_another_store_s_users_have_no_account(arn: str) -> None:
    assert require_principals((arn,), CEPH) == (arn,)


@pytest.mark.parametrize(
    "word", ["", "a b", "$(id)", "a;b", "arn:aws:iam::123456789012:role/jira", "a" * 65, "a\n", "r\u00f6l\u0435"]
)
def test_what_is_no_role_s_name_is_refused(word: str) -> None:
    with pytest.raises(InputError, match="--role: "):
        require_role(word)


def test_a_role_s_name_is_taken_as_it_is() -> None:
    assert require_role("jira-nodes_1+=,.@") == "jira-nodes_1+=,.@"
    assert require_role(None) is None
