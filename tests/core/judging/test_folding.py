from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agent.core.judging.folding import fold_states
from agent.core.judging.standing import Standing, judge
from tests.core.sightings import REFUSED, document, down, file_of, loaded, look, observed, receipt, silent

if TYPE_CHECKING:
    from agent.core.judging.sight import Look


def folded(*looks: Look) -> list[tuple[str, Standing]]:
    return [(group.label, group.standing) for group in fold_states(judge(looks))]


def test_nodes_of_the_same_state_are_one_group_and_the_worst_comes_first() -> None:
    healthy = [look(f"jira-{number}", loaded(document())) for number in (10, 1, 2, 3)]

    assert folded(*healthy, silent("jira-4")) == [
        ("jira-4", Standing.UNREACHABLE),
        ("jira-[1-3,10]", Standing.CURRENT),
    ]


def test_a_reason_that_names_its_own_node_names_the_group() -> None:
    (group,) = fold_states(
        judge((silent("jira-1", reason="jira-1: timed out"), silent("jira-2", reason="jira-2: timed out")))
    )

    assert group.names == ("jira-1", "jira-2")
    assert group.reason == "jira-[1-2]: timed out"


def test_evidence_that_names_its_own_node_names_the_group_and_other_evidence_parts_it() -> None:
    names = ("jira-1", "jira-2")
    alike = [silent(name, reason=f"key refused; ask {name} for it") for name in names]
    apart = [silent(name, reason=f"key refused; ask {number}") for number, name in enumerate(names)]

    (group,) = fold_states(judge(tuple(alike)))

    assert (group.reason, group.detail) == ("key refused", "ask jira-[1-2] for it")
    assert [group.detail for group in fold_states(judge(tuple(apart)))] == ["ask 0", "ask 1"]


@pytest.mark.parametrize("other", ["{}.example.org", "{}0", "not-{}", "{}-old"])
def test_reasons_that_name_other_nodes_stay_apart(other: str) -> None:
    reasons = [other.format(name) for name in ("jira-1", "jira-2")]
    groups = fold_states(judge((silent("jira-1", reason=reasons[0]), silent("jira-2", reason=reasons[1]))))

    assert [group.reason for group in groups] == reasons


def test_nodes_that_serve_and_nodes_that_do_not_yet_are_told_apart() -> None:
    looks = (look("jira-1", loaded(document())), look("jira-2", loaded(document(), status=REFUSED)))

    assert [group.state for group in fold_states(judge(looks))] == ["running", "starting"]


def test_a_consequence_is_told_once_for_the_nodes_that_share_it() -> None:
    strays = [look(f"jira-{number}", observed(file_of(None))) for number in (1, 2)]
    split, current = fold_states(judge((*strays, look("jira-3", loaded(document())))))

    assert split.consequences == (
        "backups of jira-[1-2] go to the shared home, those of jira-3 to bucket backup-bucket (aws:us-east-1)",
        (
            "backups that jira-[1-2] stores meanwhile may lie in the shared home, by default in export;"
            " a repair does not move them back"
        ),
    )
    assert current.consequences == ()


def test_nodes_that_are_silent_for_one_reason_fold_whatever_their_addresses() -> None:
    looks = [silent(f"jira-{i}", reason=f"connect: jira-{i}.example.com: Connection refused") for i in (1, 2)]
    (group,) = fold_states(judge(tuple(looks)))

    assert group.reason == "connect: jira-[1-2].example.com: Connection refused"


def test_another_state_of_jira_is_another_group() -> None:
    looks = (
        look("jira-1", down(file_of(document()))),
        look("jira-2", observed(file_of(document(), changed=2_000_000))),
    )

    assert len(fold_states(judge(looks))) == 2


def test_another_content_on_disk_is_another_group() -> None:
    layouts = (document(comment="a"), document(comment="b"))
    looks = tuple(look(f"jira-{number}", loaded(layout)) for number, layout in enumerate(layouts))

    assert [group.digest for group in fold_states(judge(looks))] == [layout.digest for layout in layouts]


def test_a_group_tells_what_its_file_lacks() -> None:
    (group,) = fold_states(judge((look("jira-1", loaded(document("other-bucket"))),)))

    assert [str(change) for change in group.changes] == [
        "filestores.backupBucket.bucket-name: other-bucket -> backup-bucket"
    ]


def test_a_file_that_cannot_be_read_has_no_difference_to_tell() -> None:
    broken = observed(file_of(b"<"), receipts=(receipt(document()),))

    assert [group.changes for group in fold_states(judge((look("jira-1", broken), silent("jira-2"))))] == [(), ()]
