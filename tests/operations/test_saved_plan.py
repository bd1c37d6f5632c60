"""Saved plans: carried out as they were read, once, or refused with all that has moved."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from agent.core.planning import saved_json
from agent.core.planning.plan import Shape
from agent.core.report import Line
from agent.errors import InputError, Outcome
from agent.node.port import Stop
from agent.operations.deploy import deploy
from agent.operations.plan import plan, plan_restart_of_every_node, plan_restart_of_pending_nodes
from agent.operations.proposal.policy import Policy, read_policy
from agent.operations.restart import restart_every_node, restart_pending_nodes
from agent.operations.saved_plan.applying import as_saved
from agent.operations.saved_plan.saving import keeping
from tests.operations.contract import as_json
from tests.operations.rollouts import NAMED, YES, Death, acts, dying, elsewhere, files, go_on, rerouted, tuned
from tests.operations.test_resume import NODES
from tests.operations.world import HURRIED, OTHER_BUCKET, TUNED, Yard, yard

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from agent.core.planning.binding import SavedPlan
    from agent.core.report import Report
    from agent.operations.consent import Consent
    from agent.operations.world import World


def save(
    there: Yard,
    shape: Shape = Shape.ROLLING,
    *said: str,
    policy: Policy | None = None,
    limit: str | None = None,
    valid_for: float = 3600.0,
) -> Path:
    """Plan, and keep the plan in a file."""
    path = there.folder / "plan.json"
    choice = there.choice(limit=limit)
    report = plan(
        there.world(),
        choice,
        template=None,
        shape=shape,
        said=frozenset(said),
        policy=policy,
        keep=keeping(choice, path, valid_for=valid_for),
    )
    as_json(report)
    return path


def save_restart(there: Yard, make: Callable[..., Report] = plan_restart_of_every_node) -> Path:
    """Plan a restart, and keep the plan in a file."""
    path, choice = there.folder / "plan.json", there.choice()
    make(there.world(), choice, template=None, said=frozenset(), keep=keeping(choice, path, valid_for=3600.0))
    return path


def apply(
    there: Yard,
    path: Path,
    *said: str,
    world: World | None = None,
    consent: Consent = NAMED,
    policy: Policy | None = None,
    clusters: tuple[str, ...] = (),
    limit: str | None = None,
    exclude: str | None = None,
) -> Report:
    """Carry a saved plan out by deploy-config."""
    report = deploy(
        world or there.world(),
        replace(there.choice(*clusters, limit=limit, exclude=exclude), forks=1),
        template=None,
        shape=Shape.COMMIT,
        said=frozenset(said),
        consent=consent,
        policy=policy,
        saved=path,
    )
    as_json(report)
    return report


def apply_restart(
    there: Yard, path: Path, task: Callable[..., Report] = restart_pending_nodes, world: World | None = None
) -> Report:
    """Carry a saved plan out by rolling-restart."""
    report = task(
        world or there.world(),
        there.choice(),
        template=None,
        said=frozenset(),
        consent=NAMED,
        saved=path,
    )
    as_json(report)
    return report


def rewritten(path: Path, change: Callable[[SavedPlan], SavedPlan]) -> None:
    """Let the file be another plan, sealed as it should be."""
    path.write_bytes(saved_json.encode(change(saved_json.decode(path.read_bytes()))))


@pytest.mark.parametrize(
    ("shape", "said"),
    [(Shape.COMMIT, ()), (Shape.ROLLING, ("--restart",)), (Shape.TOGETHER, ("--together",))],
)
def test_a_saved_plan_is_carried_out_under_its_own_name_and_in_its_own_way(
    tmp_path: Path, shape: Shape, said: tuple[str, ...]
) -> None:
    there = tuned(tmp_path)
    path = save(there, shape, *said)
    name = saved_json.decode(path.read_bytes()).plan.id

    report = apply(there, path)

    assert report.outcome is Outcome.OK
    assert (as_json(report)["plan"], as_json(report)["shape"]) == (name, str(shape))
    assert files(there) == {node: there.desired[node].content for node in NODES}


def test_a_saved_restart_is_carried_out(tmp_path: Path) -> None:
    there = yard(tmp_path)
    path = save_restart(there)

    assert apply_restart(there, path).outcome is Outcome.OK

    assert [node for node, act in acts(there) if act == "Stop"] == list(NODES)


def refused(there: Yard, path: Path, *reasons: str, world: World | None = None) -> None:
    """Insist on a no that names these reasons, and on nothing but looks."""
    report = apply(there, path, world=world)

    assert report.outcome is Outcome.REFUSED
    for reason in reasons:
        assert reason in report.sentence
    assert "nothing was changed; plan again" in report.sentence
    assert str(report.next_command).startswith("filestore-agent plan")
    assert there.changed_nothing()


def test_another_version_is_refused(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    path = save(there, Shape.ROLLING, "--restart")
    rewritten(path, lambda saved: replace(saved, version="0.0.1"))

    refused(there, path, "the plan was made by version 0.0.1")


def test_a_plan_that_has_expired_is_refused(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    path = save(there, Shape.ROLLING, "--restart")
    rewritten(path, lambda saved: replace(saved, made_at="2020-01-01T00:00:00Z", expires_at="2020-01-01T01:00:00Z"))

    refused(there, path, "it expired at 2020-01-01T01:00:00Z")


def test_another_inventory_is_refused(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    path = save(there, Shape.ROLLING, "--restart")
    there.rewrite(OTHER_BUCKET + HURRIED)

    refused(there, path, "inventory: changed since the plan was made", "documents: changed since")


def test_another_template_is_refused(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    path = save(there, Shape.ROLLING, "--restart")
    rewritten(path, lambda saved: replace(saved, inputs=(saved.inputs[0], ("documents", "sha256:" + "0" * 64))))

    refused(there, path, "documents: changed since the plan was made")


def test_another_host_key_is_refused(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    path = save(there, Shape.ROLLING, "--restart")
    other = replace(saved_json.decode(path.read_bytes()).nodes[1], host_key="SHA256:other")
    rewritten(path, lambda saved: replace(saved, nodes=(saved.nodes[0], other, saved.nodes[2])))

    refused(there, path, "jira-2: another host key than when the plan was made")


def test_another_file_on_a_node_is_refused(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    path = save(there, Shape.ROLLING, "--restart")
    there.lay("jira-3", None)

    refused(there, path, "jira-3: filestore-config.xml changed since the plan was made")


def test_a_node_that_was_added_is_refused(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    path = save(there, Shape.ROLLING, "--restart")
    (tmp_path / "wider").mkdir()
    wider = (TUNED + HURRIED).replace("jira-[1-3]", "jira-[1-4]")
    there.rewrite(wider)
    there.nodes["jira-4"] = yard(tmp_path / "wider", prod=wider).nodes["jira-4"]

    refused(there, path, "jira-4: added to the cluster", "inventory: changed")


def test_another_order_is_refused(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    path = save(there, Shape.ROLLING, "--restart")
    there.machine("jira-3").stop_jira()

    refused(there, path, "the order: it was")


def test_a_node_that_has_left_a_limit_is_told_with_the_plan(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    path = save(there, Shape.ROLLING, "--restart", "--allow-partial", limit="jira-3")
    there.rewrite((TUNED + HURRIED).replace("jira-[1-3]", "jira-[1-2]"))

    with pytest.raises(InputError, match=r"the saved plan .* cannot be followed: .*jira-3"):
        apply(there, path)

    assert there.changed_nothing()


def test_a_limit_is_kept_and_followed(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    path = save(there, Shape.ROLLING, "--restart", "--allow-partial", limit="jira-2")

    assert apply(there, path).outcome is Outcome.OK

    assert {node for node, _ in acts(there)} == {"jira-2"}


def test_a_plan_that_was_edited_by_hand_is_refused_before_anything_is_connected(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    path = save(there, Shape.ROLLING, "--restart")
    path.write_text(path.read_text().replace('"shape": "rolling"', '"shape": "together"'))
    dialled = there.dialled

    with pytest.raises(InputError, match="not a saved plan that can be used"):
        apply(there, path)

    assert there.dialled == dialled


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"\x00" * 9, b'{"kind": "filestore-agent saved plan"}'])
def test_what_is_no_plan_is_refused(tmp_path: Path, content: bytes) -> None:
    there = tuned(tmp_path)
    path = tmp_path / "plan.json"
    path.write_bytes(content)

    with pytest.raises(InputError, match="not a saved plan that can be used"):
        apply(there, path)

    assert not there.dialled


def test_words_that_no_plan_of_ours_has_are_refused_and_not_run_into(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    path = save(there, Shape.ROLLING, "--restart")
    rewritten(path, lambda saved: replace(saved, said=(*saved.said, "--foo=1")))

    with pytest.raises(InputError, match="words that this filestore-agent does not know"):
        apply(there, path)


def test_applied_twice_it_is_refused_the_second_time(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    path = save(there, Shape.ROLLING, "--restart")
    assert apply(there, path).outcome is Outcome.OK
    there.requests.clear()

    report = apply(there, path)

    assert report.outcome is Outcome.REFUSED
    assert "was begun already (see `history`)" in report.sentence
    assert there.changed_nothing()


def test_from_another_workstation_a_second_time_it_has_moved(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    path = save(there, Shape.ROLLING, "--restart")
    assert apply(there, path).outcome is Outcome.OK
    there.requests.clear()

    refused(there, path, r"jira-[1-3]: filestore-config.xml changed", world=elsewhere(there))


def test_a_restart_is_not_done_twice_from_another_workstation_either(tmp_path: Path) -> None:
    there = yard(tmp_path)
    path = save_restart(there)
    assert apply_restart(there, path).outcome is Outcome.OK
    there.requests.clear()

    report = apply_restart(there, path, world=elsewhere(there))

    assert report.outcome is Outcome.REFUSED
    assert "jira-[1-3]: another process runs there than when the plan was made" in report.sentence
    assert there.changed_nothing()


def test_one_that_broke_off_is_resumed_and_not_applied_again(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    path = save(there, Shape.ROLLING, "--restart")
    dying(there, lambda: apply(there, path), before=Death(Stop, "jira-2"))

    report = apply(there, path)

    assert report.outcome is Outcome.REFUSED
    assert "`resume`" in report.sentence
    assert there.changed_nothing()
    assert go_on(there).outcome is Outcome.OK


@pytest.mark.parametrize(
    ("said", "policy", "words", "told"),
    [
        (("--restart",), None, {}, "--restart"),
        (("--together",), None, {}, "--together"),
        (("--allow-partial",), None, {}, "--allow-partial"),
        ((), Policy(canary=2), {}, "--canary"),
        ((), Policy(max_unavailable="50%"), {}, "--max-unavailable"),
        ((), Policy(pause_after=1), {}, "--pause-after"),
        ((), Policy(reason="--odd"), {}, "--reason"),
        ((), None, {"limit": "jira-1"}, "--limit"),
        ((), None, {"exclude": "jira-1"}, "--exclude"),
        ((), None, {"limit": ""}, "--limit"),
    ],
)
def test_words_that_the_plan_has_itself_are_refused(
    tmp_path: Path, said: tuple[str, ...], policy: Policy | None, words: dict[str, str], told: str
) -> None:
    there = tuned(tmp_path)
    path = save(there, Shape.ROLLING, "--restart")
    dialled = there.dialled

    with pytest.raises(InputError, match=f"the plan has its own {told}; leave that out"):
        apply(there, path, *said, policy=policy, limit=words.get("limit"), exclude=words.get("exclude"))

    assert there.dialled == dialled


def test_another_cluster_than_the_plans_is_refused(tmp_path: Path) -> None:
    test = (OTHER_BUCKET + HURRIED).replace("jira-[1-3]", "test-[1-3]")
    there = yard(tmp_path, prod=TUNED + HURRIED, test=test)
    path = tmp_path / "plan.json"
    choice = there.choice("prod")
    keep = keeping(choice, path, valid_for=60)
    plan(there.world(), choice, template=None, shape=Shape.COMMIT, said=frozenset(), keep=keep)

    with pytest.raises(InputError, match="made for the cluster prod, not for test"):
        apply(there, path, clusters=("test",))
    assert as_saved(choice, said=frozenset(), policy=Policy(), shape=Shape.COMMIT, file=path).choice.clusters == (
        "prod",
    )


def test_a_plan_goes_with_its_own_task_alone(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    path = save(there, Shape.ROLLING, "--restart")
    with pytest.raises(InputError, match="this is a plan for deploy-config"):
        apply_restart(there, path)

    path = save_restart(there)
    with pytest.raises(InputError, match="this is a plan for rolling-restart"):
        apply(there, path)


def test_all_is_only_said_where_the_plan_says_so(tmp_path: Path) -> None:
    there = yard(tmp_path)
    path = save_restart(there, plan_restart_of_pending_nodes)
    with pytest.raises(InputError, match="leave --all out"):
        apply_restart(there, path, restart_every_node)

    path = save_restart(there)
    assert apply_restart(there, path, restart_every_node).outcome is Outcome.OK


def test_the_words_of_care_are_saved_and_used(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    policy = read_policy(canary="jira-2", max_unavailable="2", pause_after="2", reason="a=b, c")
    path = save(there, Shape.ROLLING, "--restart", policy=policy)

    report = apply(there, path)

    document = as_json(report)
    assert report.outcome is Outcome.HALTED, "paused after two, as saved"
    assert (document["canary"], document["budget"]["count"]) == (["jira-2"], 2)
    assert document["rollout"]["halted"]["cause"] == "paused"
    assert acts(there)[0] == ("jira-2", "Stop")
    assert "a=b, c" in (there.folder / "state" / "rollouts" / "prod").glob("*.jsonl").__next__().read_text()


def test_a_change_of_routing_names_the_flag_in_the_command_that_does_it(tmp_path: Path) -> None:
    there = rerouted(tmp_path)
    path, choice = tmp_path / "p.json", there.choice()
    report = plan(
        there.world(),
        choice,
        template=None,
        shape=Shape.ROLLING,
        said=frozenset({"--restart"}),
        keep=keeping(choice, path, valid_for=60),
    )

    saved = as_json(report)["saved"]
    assert saved["path"] == str(path)
    assert report.lines[-1] == Line(text=f"Saved in {path}; it holds until {saved['expires_at']}", exact=True)
    assert report.next_command == f"filestore-agent deploy-config --plan {path}"
    assert apply(there, path, consent=YES, world=there.world(terminal=False)).outcome is Outcome.REFUSED
    assert apply(there, path).outcome is Outcome.OK


def test_what_speaks_against_it_by_now_holds_it_up_as_ever(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    path = save(there, Shape.ROLLING, "--restart")
    jira = there.machine("jira-3").jira
    assert jira is not None
    jira.states = ["MAINTENANCE"]

    report = apply(there, path)

    assert report.outcome is Outcome.REFUSED
    assert there.changed_nothing()


def test_a_plan_with_nothing_to_do_is_carried_out_by_doing_nothing(tmp_path: Path) -> None:
    there = yard(tmp_path)
    path = save(there, Shape.COMMIT)

    report = apply(there, path)

    assert report.outcome is Outcome.OK
    assert there.changed_nothing()
