"""The drift check, and the checks before it, as a pipeline of GitHub Actions or GitLab CI."""

from __future__ import annotations

import json
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from agent.core.scheduling.fill import fill
from agent.core.scheduling.job import Piece, require_sayable
from agent.core.scheduling.pace import LEAST_IN_CI, cron_times, pace_words
from agent.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.core.scheduling.job import Job

GITHUB: Final = "github-actions.yml.j2"
GITLAB: Final = "gitlab-ci.yml.j2"


def github_actions(job: Job, templates: Mapping[str, str]) -> tuple[Piece, ...]:
    """Return a workflow; raises as pipeline_values."""
    text = fill(templates[GITHUB], pipeline_values(job), name=GITHUB)
    return (Piece(name=f"{job.name}.yml", place=f".github/workflows/{job.name}.yml", text=text),)


def gitlab_ci(job: Job, templates: Mapping[str, str]) -> tuple[Piece, ...]:
    """Return a pipeline; raises as pipeline_values."""
    text = fill(templates[GITLAB], pipeline_values(job), name=GITLAB)
    return (Piece(name=".gitlab-ci.yml", place=".gitlab-ci.yml", text=text),)


def pipeline_values(job: Job) -> Mapping[str, object]:
    """Return what both pipelines hold, quoted for YAML.

    Raises:
        InputError: a word cannot be said there, a path leads out of the repository, or several clusters are named.

    """
    _require_fit(job)
    variables = {
        "INVENTORY": job.inventory,
        "CLUSTER": job.clusters[0],
        "TEMPLATE": job.template,
        "LIMIT": job.limit,
        "EXCLUDE": job.exclude,
    }
    return {
        "variables": {name: _quoted(value) for name, value in variables.items() if value is not None},
        "cluster": _quoted(job.clusters[0]),
        "mark": job.mark,
        # Not of the host: whoever makes the file gets the same one.
        "times": cron_times(job.every, job.name, least=LEAST_IN_CI),
        "pace": pace_words(job.every),
    }


def _require_fit(job: Job) -> None:
    if len(job.clusters) > 1:
        raise InputError("--cluster: a pipeline takes one cluster, or 'all'")
    if job.user or job.metrics:
        raise InputError("--user and --metrics: a pipeline has its own user and keeps JSON and JUnit; leave them out")
    for path in filter(None, (job.inventory, job.template)):
        _require_inside(path)


def _require_inside(path: str) -> None:
    if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
        raise InputError(f"{path}: a pipeline sees only the repository; say the path as it is from its top folder")


def _quoted(word: str) -> str:
    """Return a YAML scalar; both pipelines would fill in something for a $."""
    require_sayable((word,), where="a pipeline")
    if "$" in word:
        raise InputError(f"{word}: a pipeline cannot say a $; use another name")
    # Letters as they are: JSON says those beyond U+FFFF as two surrogates, which YAML does not put together.
    return json.dumps(word, ensure_ascii=False)
