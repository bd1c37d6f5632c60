"""What a job is called: plainly where that says all, else with a digest of what it does not say."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.core.scheduling.jobs import job

if TYPE_CHECKING:
    from agent.core.scheduling.job import Job

DIGEST = re.compile(r"-[0-9a-f]{8}\Z")


@pytest.mark.parametrize(
    ("clusters", "name"),
    [
        (("all",), "filestore-agent-drift"),
        (("prod",), "filestore-agent-drift-prod"),
        (("a-b",), "filestore-agent-drift-a-b"),
        (("a_b",), "filestore-agent-drift-a_b"),
    ],
)
def test_one_cluster_or_all_are_called_plainly(clusters: tuple[str, ...], name: str) -> None:
    assert job(clusters=clusters).name == name


def test_jobs_that_look_at_different_nodes_have_different_names() -> None:
    jobs = [
        *(job(clusters=it) for it in (("all",), ("a", "b"), ("a-b",), ("a.b",), ("a_b",), ("a b",))),
        *(job(clusters=("c" * 64, end)) for end in ("d" * 20 + "x", "d" * 20 + "y")),
        *(job(clusters=("prod",), **it) for it in ({"limit": "jira-1"}, {"exclude": "jira-1"}, {"limit": ""}, {})),
        job(clusters=("a", "b"), inventory="/srv/other"),
    ]
    names = [it.name for it in jobs]
    assert len(set(names)) == len(jobs)
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{1,80}", name) for name in names)


@pytest.mark.parametrize("changed", [{"clusters": ("a", "b")}, {"clusters": ("a.b",)}, {"limit": "jira-1"}])
def test_a_name_that_does_not_say_all_ends_in_a_digest(changed: dict[str, Any]) -> None:
    assert DIGEST.search(job(**changed).name)


def test_a_job_is_the_same_one_however_often_it_runs_and_wherever_it_writes() -> None:
    def marks(*jobs: Job) -> set[str]:
        return {it.mark for it in jobs}

    assert len(marks(job(), job(every=60), job(metrics="/m"), job(host="other"), job(program=("/x",)))) == 1
    others: list[dict[str, Any]] = [
        {"inventory": "/x"},
        {"clusters": ("a",)},
        {"limit": "a"},
        {"exclude": "a"},
        {"user": "ops"},
    ]
    assert len(marks(job(), *(job(**it) for it in others))) == 1 + len(others)
