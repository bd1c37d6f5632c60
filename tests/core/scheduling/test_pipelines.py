"""The pipelines: sound by the services' own schemas, with the words that were given and few rights."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from cronsim import CronSim

from agent.core.scheduling.pipelines import github_actions, gitlab_ci
from agent.errors import InputError
from tests.core.scheduling.jobs import HOSTILE, TEMPLATES, UNSAYABLE, job

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from agent.core.scheduling.job import Job, Piece

MAKERS: dict[str, Callable[[Job, Mapping[str, str]], tuple[Piece, ...]]] = {
    "vendor.github-workflows": github_actions,
    "vendor.gitlab-ci": gitlab_ci,
}
SAYABLE = [word for word in HOSTILE if "$" not in word]
HERE = {"inventory": "clusters", "clusters": ("prod",)}


def text_of(schema: str, **changed: Any) -> str:
    (piece,) = MAKERS[schema](job(**{**HERE, **changed}), TEMPLATES)
    return piece.text


def checked(schema: str, text: str, folder: Path) -> subprocess.CompletedProcess[str]:
    file = folder / "pipeline.yml"
    file.write_text(text, encoding="utf-8")
    words = ("check_jsonschema", "--builtin-schema", schema, str(file))
    return subprocess.run([sys.executable, "-m", *words], check=False, capture_output=True, text=True)


@pytest.mark.parametrize("schema", MAKERS)
@pytest.mark.parametrize("clusters", [("all",), ("prod",)])
def test_the_pipeline_is_sound(schema: str, clusters: tuple[str, ...], tmp_path: Path) -> None:
    done = checked(schema, text_of(schema, clusters=clusters, template="t/x.j2", limit="jira-1"), tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(("schema", "word"), [("vendor.github-workflows", "runs-on:"), ("vendor.gitlab-ci", "script:")])
def test_a_damaged_pipeline_would_be_found_out(schema: str, word: str, tmp_path: Path) -> None:
    assert checked(schema, text_of(schema).replace(word, "steps-on:"), tmp_path).returncode == 1


@pytest.mark.parametrize("word", SAYABLE)
@pytest.mark.parametrize("schema", MAKERS)
def test_a_hostile_word_is_read_as_it_is(schema: str, word: str) -> None:
    read = yaml.safe_load(text_of(schema, inventory=f"a/{word}", clusters=(word,), limit=word, exclude=word))
    said = read["env" if "env" in read else "variables"]
    assert said == {"INVENTORY": f"a/{word}", "CLUSTER": word, "LIMIT": word, "EXCLUDE": word}


@pytest.mark.parametrize("schema", MAKERS)
@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        *(({"clusters": (word,)}, "a pipeline cannot say what is not printable") for word in UNSAYABLE),
        ({"inventory": "a/$HOME"}, r"a pipeline cannot say a \$"),
        ({"limit": "${{ secrets.X }}"}, r"a pipeline cannot say a \$"),
        ({"inventory": "/srv/clusters"}, "a pipeline sees only the repository"),
        ({"inventory": "a/../../b"}, "a pipeline sees only the repository"),
        ({"template": "/srv/x.j2"}, "a pipeline sees only the repository"),
        ({"clusters": ("prod", "test")}, "a pipeline takes one cluster, or 'all'"),
        ({"every": 420}, "a cron expression cannot say 7m"),
        ({"every": 60}, "a cron expression cannot say 60s"),
        ({"user": "ops"}, "a pipeline has its own user"),
        ({"metrics": "/m"}, "a pipeline has its own user"),
    ],
)
def test_what_a_pipeline_cannot_say_is_refused(schema: str, changed: dict[str, Any], complaint: str) -> None:
    with pytest.raises(InputError, match=complaint):
        text_of(schema, **changed)


def test_the_workflow_has_few_rights_and_no_secret_where_a_stranger_can_change_the_files() -> None:
    read = yaml.safe_load(text_of("vendor.github-workflows"))
    assert read["permissions"] == {"contents": "read"}
    offline, nodes = read["jobs"]["offline"], read["jobs"]["nodes"]
    assert offline["if"] == "github.event_name == 'pull_request'"
    assert nodes["if"] == "github.event_name != 'pull_request'"
    assert "secrets" not in str(offline)
    assert str(nodes).count("secrets.") == 1
    assert nodes["concurrency"] == {"group": "filestore-agent-nodes", "cancel-in-progress": False}
    assert "pull_request_target" not in str(read)


def test_nothing_that_somebody_typed_is_pasted_into_a_shell() -> None:
    read = yaml.safe_load(text_of("vendor.github-workflows"))
    for work in read["jobs"].values():
        assert all("${{" not in step.get("run", "") for step in work["steps"])
        assert all("@v" in step["uses"] for step in work["steps"] if "uses" in step)


def test_the_workflow_starts_as_often_as_was_said() -> None:
    read = yaml.safe_load(text_of("vendor.github-workflows", every=3600))
    # PyYAML reads YAML 1.1, to which `on` is a truth value.
    (entry,) = read[True]["schedule"]
    moments = CronSim(entry["cron"], datetime(2026, 3, 1, tzinfo=UTC))
    assert -(next(moments) - next(moments)).total_seconds() == 3600


@pytest.mark.parametrize("schema", MAKERS)
def test_whoever_makes_the_file_gets_the_same_one(schema: str) -> None:
    assert text_of(schema, host="desk") == text_of(schema, host="other", program=("/x",))


def test_gitlabs_jobs_that_look_at_nodes_never_overlap_and_keep_what_they_found() -> None:
    read = yaml.safe_load(text_of("vendor.gitlab-ci"))
    assert read[".nodes"]["resource_group"]
    for name in ("filestore-drift", "filestore-plan"):
        assert read[name]["extends"] == ".nodes"
    for name, target in (("filestore-drift", "drift"), ("filestore-plan", "plan")):
        assert read[name]["artifacts"]["when"] == "always"
        assert read[name]["artifacts"]["reports"] == {"junit": [f"build/{target}.xml"]}
        assert read[name]["script"] == [f"make {target}"]
    assert read["filestore-offline"]["artifacts"]["reports"]["junit"] == ["build/validate.xml", "build/render.xml"]
