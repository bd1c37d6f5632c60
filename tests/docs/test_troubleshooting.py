"""The troubleshooting pages: titles as Atlassian has them, and every output on them is what the program really says."""

from __future__ import annotations

import re
import shlex
from io import StringIO
from pathlib import Path

import pytest

from agent.core.diagnosis.check_causes import CHECKS
from agent.core.diagnosis.file_causes import CAUSES
from agent.core.diagnosis.table import CHECK_CAUSES, LOG_CAUSES
from agent.core.observation import HealthCheck
from agent.core.planning.plan import Shape
from agent.core.rules import ALL_RULES
from agent.core.rules.inventory_codes import Rule as InventoryRule
from agent.core.rules.xml import CANNOT_PARSE
from agent.core.s3.probe import Verb
from agent.edges.console import Console
from agent.edges.loader import load_estate
from agent.lab.jira import checks, startup
from agent.node.memory.machine import Temper
from agent.node.port import Stop
from agent.operations.drift import drift
from agent.operations.plan import plan
from agent.operations.preflight_s3 import preflight_from_nodes
from agent.tasks import namespace
from tests.command_line import INVENTORY, said_by, write_inventory
from tests.conductor.stories import ALL, let_all_say, view
from tests.conductor.test_consulting import conduct
from tests.operations.world import yard
from tests.simulator.cluster import NEW, Cluster, plan_for

FOLDER = Path(__file__).parents[2] / "docs" / "troubleshooting"
FILE_FAULTS = {
    "could-not-parse": startup.COULD_NOT_PARSE,
    "invalid-s3-filestore": startup.INVALID_STORE,
    "missing-s3-filestore": startup.MISSING_STORE,
}
CHECK_FAULTS = {
    "unable-to-write": checks.UNABLE_TO_WRITE,
    "able-to-read": checks.ABLE_TO_READ,
    "able-to-delete": checks.ABLE_TO_DELETE,
}
SLOW = {"slow-networks": "Mitigating S3 connection issues for slow or unreliable networks"}
TITLES = FILE_FAULTS | CHECK_FAULTS | SLOW
FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
PAGES = sorted(FOLDER.glob("*.md"))
ABOUT_BUCKETS = {"preflight-s3", "bucket-policy"}


def _page(name: str) -> str:
    return (FOLDER / f"{name}.md").read_text(encoding="utf-8")


def _fences(name: str, kind: str = "") -> list[str]:
    """Return the fences of a kind, without the margin of a list."""
    found = FENCE.findall(_page(name))
    return [
        "".join(line.removeprefix(margin) for line in body.splitlines(keepends=True))
        for margin, of_kind, body in found
        if of_kind == kind
    ]


def _shown(report: object) -> str:
    out = StringIO()
    Console(out=out, err=out, colour_out=False, colour_err=False).show(report)  # type: ignore[arg-type]  # any report
    return out.getvalue()


def _fence_after(name: str, command: str) -> str:
    """Return what a page shows as the output of a command."""
    (body,) = (it for it in _fences(name) if it.startswith(f"$ {command}\n"))
    return body.partition("\n")[2]


def test_the_titles_are_those_of_atlassians_page_and_of_the_product() -> None:
    assert [it.replace("’", "'") for it in FILE_FAULTS.values()] == [  # noqa: RUF001 - the title's own apostrophe
        "Couldn't parse filestore-config.xml",
        "Invalid <s3-filestore> value",
        "Missing <s3-filestore> value",
    ]
    assert CANNOT_PARSE == "Couldn't parse filestore-config.xml"
    assert [title.lower() for title in CHECK_FAULTS.values()] == list(CHECKS)


@pytest.mark.parametrize("name", TITLES)
def test_each_page_is_headed_by_its_title_and_listed_under_it(name: str) -> None:
    head = _page(name).partition("\n")[0].removeprefix("# ")

    assert head.replace("`", "") == TITLES[name]
    assert f"- [{head}]({name}.md)" in _page("README")


def test_there_is_a_page_for_every_failure_and_none_besides() -> None:
    assert {it.stem for it in PAGES} == {*TITLES, "README"}


@pytest.mark.parametrize("name", FILE_FAULTS)
def test_what_is_shown_of_a_bad_file_is_what_validate_says_of_it(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    bad, good = _fences(name, "xml")
    Path("filestore-config.xml").write_text(bad, encoding="utf-8")

    code, said, _ = said_by(capsys, "validate", "--file", "filestore-config.xml")

    assert (code, said) == (5, _fence_after(name, "filestore-agent validate --file filestore-config.xml"))
    assert FILE_FAULTS[name].replace("’", "'") in said  # noqa: RUF001 - as above
    Path("filestore-config.xml").write_text(good, encoding="utf-8")
    assert said_by(capsys, "validate", "--strict", "--file", "filestore-config.xml")[0] == 0


@pytest.mark.parametrize("name", FILE_FAULTS)
def test_what_is_shown_of_a_node_with_that_file_is_what_drift_says_of_it(name: str, tmp_path: Path) -> None:
    there = yard(tmp_path)
    there.lay("jira-2", _fences(name, "xml")[0].encode())

    said = _shown(drift(there.world(), there.choice(), template=None))

    assert _fence_after(name, "filestore-agent drift") in said


@pytest.mark.parametrize("name", FILE_FAULTS)
def test_the_plan_puts_such_a_node_first_and_does_not_restart_what_runs_right(name: str, tmp_path: Path) -> None:
    there = yard(tmp_path)
    there.lay("jira-2", _fences(name, "xml")[0].encode())

    said = _shown(plan(there.world(), there.choice(), template=None, shape=Shape.ROLLING, said=frozenset()))

    assert "Class of the change: repair" in said
    assert "1. jira-2: before the healthy nodes, since it is UNREADABLE; commit the file, no restart" in said


@pytest.mark.parametrize("name", FILE_FAULTS)
def test_what_a_rollout_says_of_a_node_that_chokes_on_its_file_is_on_the_page(name: str) -> None:
    line = f"2026-01-01 00:00:00,000 localhost-startStop-1 ERROR {FILE_FAULTS[name]}"
    chokes = Temper(chokes_on=lambda it: it == NEW, says=lambda it: (line,) if it == NEW else ())
    cluster = Cluster(tempers={"jira-1": chokes})
    cluster.machines["jira-1"].log.write("2026-01-01 00:00:00,000 main INFO all is well")

    rollout = cluster.conduct(plan_for(ALL))

    assert rollout.halted is not None
    assert f"```\n{rollout.halted.reason}\n```" in _page(name)
    assert rollout.outcome == "halted"
    assert rollout.steps["jira-1"].state == "reverted"


@pytest.mark.parametrize("name", CHECK_FAULTS)
def test_what_a_rollout_says_of_a_failing_check_is_on_the_page(name: str) -> None:
    failing = HealthCheck(name=checks.BACKUP_FILESTORE, healthy=False, reason=CHECK_FAULTS[name])
    cluster = Cluster()
    let_all_say(cluster)
    bad = view("jira-1", checks=(failing,))
    cluster.machines["jira-1"].rest = lambda: bad if cluster.asked(Stop, "jira-1") else view("jira-1")

    rollout = conduct(cluster)

    assert rollout.halted is not None
    assert f"  {rollout.halted.reason}\n" in _page(name)
    assert f"**{checks.BACKUP_FILESTORE}**" in _page(name)


@pytest.mark.parametrize("name", [*FILE_FAULTS, *CHECK_FAULTS])
def test_the_cause_on_the_page_is_the_one_of_the_diagnosis(name: str) -> None:
    by_title = {title: cause.code for title, cause in CHECKS.items()}
    for title, cause in zip(FILE_FAULTS.values(), CAUSES, strict=True):
        by_title[title.lower()] = cause.code

    assert f"cause is `{by_title[TITLES[name].lower()]}`" in " ".join(_page(name).split())


def test_every_start_up_fault_of_the_rule_book_is_on_one_of_the_three_pages() -> None:
    told = "".join(map(_page, FILE_FAULTS))
    for rule in ALL_RULES:
        assert not rule.stops_jira or f"[{rule.code}](../rules/structure.md#{rule.code.lower()})" in told, rule.code


@pytest.mark.parametrize("page", PAGES, ids=lambda it: str(it.stem))
def test_every_code_that_is_spoken_of_is_one(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    known = {rule.code for rule in ALL_RULES} | {rule.value for rule in InventoryRule}
    causes = {cause.code for cause in (*LOG_CAUSES, *CHECK_CAUSES)}

    assert set(re.findall(r"FS\d{3}", text)) <= known
    told = " ".join(text.split())
    for cause in re.findall(r"cause is `([a-z-]+)`|`(endpoint-un[a-z]+)`", told):
        assert "".join(cause) in causes


OWN = INVENTORY.replace("co-jira-backup", "example-co-jira-backup")
RIGHTS = {
    "unable-to-write": (("jira-2",), ()),
    "able-to-read": (("jira-1", "jira-2", "jira-3"), (Verb.WRITE, Verb.READ)),
    "able-to-delete": (("jira-1", "jira-2", "jira-3"), (Verb.WRITE, Verb.DELETE)),
}


@pytest.mark.parametrize("name", CHECK_FAULTS)
def test_what_is_shown_of_the_preflight_is_what_it_says_of_such_nodes(name: str, tmp_path: Path) -> None:
    there = yard(tmp_path)
    there.rewrite(OWN)
    nodes, verbs = RIGHTS[name]
    for node in nodes:
        there.machine(node).store.allowed = {"backups": frozenset(verbs)} if verbs else {}

    said = _shown(preflight_from_nodes(there.world(), there.choice(), template=None))

    assert said.startswith(_fence_after(name, "filestore-agent preflight-s3 --cluster prod"))
    assert CHECK_FAULTS[name] in said
    (word,) = re.findall(r"(?:Able|Unable) to (\w+)", CHECK_FAULTS[name])
    cured = re.findall(r"`(backups [^`]+)` on every node", _page(name))
    for node in nodes:
        there.machine(node).store.allowed = {"backups": frozenset({Verb.WRITE})}
    good = _shown(preflight_from_nodes(there.world(), there.choice(), template=None))
    assert len(cured) == 1
    assert cured[0].startswith(f"backups {word}: ")
    assert all(part in good for part in cured[0].removeprefix("backups ").split(": "))


@pytest.mark.parametrize(
    ("name", "kind"),
    [*((name, "json") for name in CHECK_FAULTS), ("able-to-delete", "xml")],
)
def test_a_document_on_a_page_is_what_the_command_above_it_prints(
    name: str, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_inventory(tmp_path, prod=OWN)
    monkeypatch.chdir(tmp_path)
    above = FENCE.findall(_page(name))
    (index,) = [number for number, fence in enumerate(above) if fence[1] == kind]
    command = above[index - 1][2].strip()

    code, out, _ = said_by(capsys, *shlex.split(command)[1:])

    assert (code, out) == (0, _fences(name, kind)[0])


@pytest.mark.parametrize("name", TITLES)
def test_what_to_do_comes_first(name: str) -> None:
    titles = re.findall(r"^## (.*)$", _page(name), re.MULTILINE)

    assert titles[0] == "What to do now"
    assert _page(name).index("## ") < 600, "a tired person reads no further"


def test_fewer_connections_are_tuning_and_the_plan_is_the_one_on_the_page(tmp_path: Path) -> None:
    (part,) = _fences("slow-networks", "yaml")
    folder = write_inventory(tmp_path, defaults=INVENTORY, prod=part)
    tuned = load_estate(folder).clusters["prod"].filestores["backupBucket"]
    assert tuned.max_concurrency == 50
    there = yard(tmp_path)
    there.rewrite(INVENTORY.replace("region: ap-southeast-4", "region: ap-southeast-4, max-concurrency: 50"))

    said = _shown(plan(there.world(), there.choice(), template=None, shape=Shape.ROLLING, said=frozenset()))

    assert _fence_after("slow-networks", "filestore-agent plan --restart") in said


def test_the_tasks_that_the_pages_name_are_there() -> None:
    spoken = {it for page in PAGES for it in re.findall(r"`([a-z]+(?:-[a-z0-9]+)+)`", page.read_text(encoding="utf-8"))}

    assert spoken & set(namespace.tasks) >= ABOUT_BUCKETS
