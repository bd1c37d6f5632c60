"""The tasks that connect to nothing: they read the user's files, and what this machine remembers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.errors import InputError
from agent.face import own_command
from agent.flags import BUCKETS, DESCRIBED, EVERY, FORMAT, JUNIT, LISTED, OFFLINE, OUTPUT, ROLLOUT, SCHEDULER, SOURCES
from agent.program import Flag
from agent.said import described_in, jira_version_in, refuse_form, scheduler_in, template_in
from agent.tasks.registry import task

if TYPE_CHECKING:
    from agent.core.report import Report
    from agent.operations.world import Choice, World

# Every operation is imported inside its task: --help and the offline tasks must not wait for an SSH library.
# ruff: noqa: PLC0415


@task(
    "validate",
    *OFFLINE,
    FORMAT,
    JUNIT,
    Flag(name="strict", kind=bool, help="Warnings count as errors."),
    Flag(
        name="file",
        value="FILE",
        kind=list,
        help="Check this filestore-config.xml instead (- is what is piped in); repeat.",
    ),
    Flag(name="jira-version", value="VERSION", help="With --file: the Jira that is to read it, such as 10.3.4."),
    Flag(name="explain", value="CODE", kind=list, help="Print what a code means, such as FS205; repeatable."),
    example="--file filestore-config.xml --strict",
    page="docs/rules/README.md",
)
def validate(_: World, choice: Choice, flags: Any) -> Report:
    """Check inventory, template and documents: all findings at once, offline."""
    from agent.operations import validate as operation

    refuse_form(flags)
    if flags.jira_version and not flags.file:
        raise InputError("--jira-version: it belongs to --file; an inventory says its version itself")
    if flags.file and (choice.inventory_flag or choice.clusters):
        raise InputError("--file: files are checked without an inventory; leave out --inventory and --cluster")
    if flags.explain:
        from agent.operations.explain import explain_codes

        return explain_codes(flags.explain)
    if flags.file:
        return operation.validate_files(tuple(flags.file), strict=flags.strict, jira_version=jira_version_in(flags))
    return operation.validate(choice, template=template_in(flags), strict=flags.strict)


@task(
    "render",
    *OFFLINE,
    JUNIT,
    Flag(name="out", value="FOLDER", help="Folder that gets CLUSTER/NODE/filestore-config.xml."),
)
def render(_: World, choice: Choice, flags: Any) -> Report:
    """Write each cluster's documents to a folder, or print one: offline."""
    from agent.operations.render import render as operation

    return operation(choice, template=template_in(flags), out=Path(flags.out) if flags.out else None)


@task(
    "import-config",
    *OUTPUT,
    *SOURCES,
    Flag(
        name="nodes",
        value="NODES",
        help="The machines, where no inventory of Ansible names them: names, ranges jira-[1-3]; comma separated.",
    ),
    Flag(name="name", value="NAME", help="What the cluster is called, where --out does not say it."),
    Flag(
        name="out",
        value="FILE",
        help="File that gets the inventory, such as clusters/prod.yml; never one that is there.",
    ),
    *DESCRIBED,
    example='--nodes "jira-[1-3].example.com" --helm values.yaml --out clusters/prod.yml',
    page="docs/import.md",
)
def import_config(world: World, _: Choice, flags: Any) -> Report:
    """Write the inventory that says what other tools were told: Ansible, Helm, docker, an existing file. Offline."""
    from agent.operations.import_config import Wish
    from agent.operations.import_config import import_config as operation

    wish = Wish(
        ansible=flags.ansible,
        ansible_json=flags.ansible_json,
        group=flags.group,
        nodes=flags.nodes,
        helm=tuple(flags.helm),
        env=flags.env,
        xml=flags.xml,
        said=frozenset(f"--{word}" for word in ("from-environment", "empty") if vars(flags)[word.replace("-", "_")]),
        name=flags.name,
        out=Path(flags.out) if flags.out else None,
        settings=described_in(flags),
    )
    return operation(world, wish, template=template_in(flags))


@task(
    "history",
    *OFFLINE,
    ROLLOUT,
    Flag(name="last", value="COUNT", help=f"How many rollouts are listed, the latest first (default {LISTED})."),
)
def history(world: World, choice: Choice, flags: Any) -> Report:
    """Past rollouts, or one in detail: who changed which node from what to what, why, with which result."""
    from agent.operations.proposal.policy import read_count

    last = read_count("--last", flags.last) or LISTED
    from agent.operations.history import history as operation

    return operation(world, choice, rollout=flags.rollout, last=last)


@task(
    "schedule",
    *OFFLINE,
    *SCHEDULER,
    Flag(name="every", value="TIME", help=f"How often: 10m, 1h, 6h (default {EVERY})."),
    Flag(name="metrics", value="FILE", help="The file that each check writes its metrics to."),
    Flag(name="user", value="NAME", help="For the whole system, run as this user: a system's unit, a file of cron.d."),
    Flag(name="out", value="FOLDER", help="Folder that gets the files; without it they are printed."),
    example="--systemd --every 10m --out units",
    page="docs/schedule.md",
)
def schedule(world: World, choice: Choice, flags: Any) -> Report:
    """What runs drift again and again: a systemd timer, a cron line, a pipeline. Offline; installs nothing."""
    from agent.operations.proposal.policy import read_duration

    every = read_duration("--every", flags.every or EVERY)
    from agent.operations.schedule import Wish
    from agent.operations.schedule import schedule as operation

    wish = Wish(
        scheduler=scheduler_in(flags),
        every=every,
        program=own_command(),
        metrics=flags.metrics,
        user=flags.user,
        out=Path(flags.out) if flags.out else None,
    )
    return operation(world, choice, wish, template=template_in(flags))


@task(
    "bucket-policy",
    *BUCKETS,
    Flag(name="only", value="KIND", help="That document alone, to be piped: policy, versioning or lifecycle."),
    Flag(
        name="format",
        value="FORM",
        help="The form of versioning and lifecycle: json or xml (default json, with --out both).",
    ),
    Flag(name="bucket", value="NAME", help="Only this bucket."),
    Flag(name="role", value="NAME", help="The role of the nodes, for the commands."),
    Flag(
        name="principal",
        value="ARN",
        kind=list,
        help="The bucket's own policy instead, for this user or role; repeatable.",
    ),
    Flag(name="out", value="FOLDER", help="Folder that gets CLUSTER/BUCKET/policy.json and the others."),
    example="--cluster prod --role jira-nodes --out policies",
    page="docs/bucket-policy.md",
)
def bucket_policy(_: World, choice: Choice, flags: Any) -> Report:
    """IAM policies, versioning and lifecycle rules for a cluster's buckets: offline; applies nothing."""
    from agent.operations.bucket_policy import Wish
    from agent.operations.bucket_policy import bucket_policy as operation

    wish = Wish(
        only=flags.only,
        form=flags.format,
        bucket=flags.bucket,
        principals=tuple(flags.principal),
        role=flags.role,
        out=Path(flags.out) if flags.out else None,
    )
    return operation(choice, wish, template=template_in(flags))
