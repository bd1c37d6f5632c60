from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from agent.core.document import ABSENT, Document, digest_of
from agent.core.judging import standing as module
from agent.core.judging.in_force import Known, Unknown
from agent.core.judging.on_disk import CAP_BYTES, Broken
from agent.core.judging.sight import Look, SilenceKind
from agent.core.judging.standing import Judgement, Standing, judge, most_severe
from agent.core.judging.state import State
from agent.core.observation import FileFacts, FileKind, HomeFacts, Observation
from agent.core.xml.parse import Parsed, parse
from tests.core.sightings import (
    DOES_NOT_RUN,
    REFUSED,
    RUNS,
    START_TICKS,
    STARTED,
    document,
    down,
    file_of,
    loaded,
    look,
    mark,
    observed,
    receipt,
    silent,
)

DESIRED, OTHER, TUNED = document("backup-bucket"), document("other-bucket"), document(concurrency=7)
EMPTY = document(None)
LONG_AFTER = STARTED + 300


def restarted_on(what: Document | None, *, before: Document = DESIRED) -> Observation:
    """Jira was started on a file that a human had laid there after the last commit."""
    if what is None:
        receipts = (receipt(before, ticks=START_TICKS - 200), receipt(None, after=before))
        return observed(file_of(None), receipts=receipts)
    return observed(file_of(what), receipts=(receipt(before),))


def altered_to(what: Document | bytes | None, *, before: Document = DESIRED) -> Observation:
    """The file was altered by hand while Jira ran on."""
    return observed(file_of(what, changed=LONG_AFTER), receipts=(receipt(before),))


def committed_over(before: Document, what: Document = DESIRED) -> Observation:
    """Jira runs on one document and another was committed since."""
    receipts = (receipt(before), receipt(what, after=before, ticks=START_TICKS + 100))
    return observed(file_of(what, changed=LONG_AFTER), receipts=receipts, loaded=(mark(before),))


def standings(*looks: Look) -> list[Standing]:
    return [judgement.standing for judgement in judge(looks)]


def only(look_: Look) -> Judgement:
    (judgement,) = judge((look_,))
    return judgement


def among_healthy(seen: Observation, desired: Document = DESIRED) -> Judgement:
    """The verdict on one node beside two that are as they should be."""
    healthy = (look("jira-1", loaded(desired), desired), look("jira-3", loaded(desired), desired))
    return judge((healthy[0], look("jira-2", seen, desired), healthy[1]))[1]


HIDDEN = FileFacts(kind=FileKind.HIDDEN)
UNREAD = replace(file_of(DESIRED), content=None, digest=None)
HUGE = replace(UNREAD, size=CAP_BYTES + 1)
NO_REGION = DESIRED.content.replace(b"<region>us-east-1</region>", b"")
DANGLING = DESIRED.content.replace(b'file-store="backupBucket"', b'file-store="nowhere"')
NO_CONFIG = b'<filestore-config><filestores><s3-filestore id="a"/></filestores><associations/></filestore-config>'


@pytest.mark.parametrize(
    ("seen", "standing"),
    [
        pytest.param(observed(HIDDEN, ran_as="ops"), Standing.UNKNOWN, id="hidden"),
        pytest.param(observed(UNREAD, ran_as="ops"), Standing.UNKNOWN, id="not ours to read"),
        pytest.param(observed(UNREAD), Standing.UNREADABLE, id="not even the owner may read it"),
        pytest.param(observed(HUGE), Standing.UNREADABLE, id="huge"),
        pytest.param(observed(HUGE, ran_as="ops"), Standing.UNREADABLE, id="huge, seen by another"),
        pytest.param(observed(FileFacts(kind=FileKind.SYMLINK)), Standing.UNREADABLE, id="link"),
        pytest.param(observed(FileFacts(kind=FileKind.DIRECTORY)), Standing.UNREADABLE, id="folder"),
        pytest.param(observed(FileFacts(kind=FileKind.FIFO)), Standing.UNREADABLE, id="pipe"),
        pytest.param(observed(FileFacts(kind=FileKind.OTHER)), Standing.UNREADABLE, id="device"),
        pytest.param(altered_to(b""), Standing.UNREADABLE, id="empty"),
        pytest.param(altered_to(b"<filestore-config>"), Standing.UNREADABLE, id="not well-formed"),
        pytest.param(altered_to(b"<other/>"), Standing.UNREADABLE, id="another root"),
        pytest.param(altered_to(NO_CONFIG), Standing.UNREADABLE, id="no config"),
        pytest.param(altered_to(NO_REGION), Standing.UNREADABLE, id="no region"),
        pytest.param(altered_to(DANGLING), Standing.UNREADABLE, id="association to nothing"),
        pytest.param(restarted_on(OTHER), Standing.SPLIT, id="started on another bucket"),
        pytest.param(restarted_on(None), Standing.SPLIT, id="started without the file"),
        pytest.param(observed(file_of(None)), Standing.SPLIT, id="never had the file"),
        pytest.param(down(file_of(OTHER)), Standing.SPLIT, id="down, and will start on another bucket"),
        pytest.param(down(file_of(None)), Standing.SPLIT, id="down, and will start without the file"),
        pytest.param(committed_over(OTHER), Standing.SPLIT, id="right file, old routing in force"),
        pytest.param(committed_over(EMPTY), Standing.SPLIT, id="right file, shared home in force"),
        pytest.param(altered_to(OTHER), Standing.TIME_BOMB, id="altered"),
        pytest.param(altered_to(TUNED), Standing.TIME_BOMB, id="tuned by hand"),
        pytest.param(altered_to(None), Standing.TIME_BOMB, id="removed"),
        pytest.param(altered_to(OTHER, before=TUNED), Standing.TIME_BOMB, id="older tuning in force, routing altered"),
        pytest.param(restarted_on(TUNED), Standing.DRIFTED, id="started on other tuning"),
        pytest.param(down(file_of(TUNED)), Standing.DRIFTED, id="down with other tuning"),
        pytest.param(altered_to(TUNED, before=document(concurrency=9)), Standing.DRIFTED, id="two wrong tunings"),
        pytest.param(committed_over(TUNED), Standing.RESTART_PENDING, id="old tuning in force"),
        pytest.param(down(file_of(DESIRED)), Standing.RESTART_PENDING, id="down"),
        pytest.param(observed(file_of(DESIRED, changed=LONG_AFTER)), Standing.RESTART_PENDING, id="not proven"),
        pytest.param(altered_to(DESIRED), Standing.RESTART_PENDING, id="rewritten by hand"),
        pytest.param(loaded(document(comment="x")), Standing.COSMETIC, id="other layout"),
        pytest.param(
            observed(replace(file_of(DESIRED), mode="0644"), receipts=(receipt(DESIRED),)), Standing.COSMETIC, id="mode"
        ),
        pytest.param(
            observed(replace(file_of(DESIRED), owner="root"), receipts=(receipt(DESIRED),)),
            Standing.COSMETIC,
            id="owner",
        ),
        pytest.param(
            observed(replace(file_of(DESIRED), group="root"), receipts=(receipt(DESIRED),)),
            Standing.COSMETIC,
            id="group",
        ),
        pytest.param(down(file_of(document(comment="x"))), Standing.RESTART_PENDING, id="down, other layout"),
        pytest.param(loaded(DESIRED), Standing.CURRENT, id="as it should be"),
        pytest.param(observed(file_of(DESIRED)), Standing.CURRENT, id="never committed by us, older than the process"),
        pytest.param(committed_over(document(comment="x")), Standing.CURRENT, id="a commit of equal meaning"),
        pytest.param(loaded(DESIRED, status=REFUSED), Standing.CURRENT, id="starting"),
    ],
)
def test_a_node_beside_healthy_ones_stands_as_its_disk_and_its_process_say(
    seen: Observation, standing: Standing
) -> None:
    judgement = among_healthy(seen)

    assert judgement.standing is standing
    assert judgement.reason
    assert standing not in {Standing.SPLIT, Standing.TIME_BOMB} or judgement.consequence
    assert (judgement.stray_data is not None) <= (standing is Standing.SPLIT)


@pytest.mark.parametrize(
    ("kind", "standing"),
    [(SilenceKind.UNREACHABLE, Standing.UNREACHABLE), (SilenceKind.UNKNOWN, Standing.UNKNOWN)],
)
def test_a_silent_node_is_judged_by_its_silence(kind: SilenceKind, standing: Standing) -> None:
    judgement = only(silent("jira-1", kind, "the answer was cut off"))

    assert judgement.standing is standing
    assert judgement.reason == "the answer was cut off"
    assert judgement.state is State.UNKNOWN
    assert judgement.digest is None


def test_a_silence_outweighs_an_observation_from_before() -> None:
    both = replace(silent("jira-1"), observation=loaded(DESIRED))

    assert only(both).standing is Standing.UNREACHABLE
    assert only(both).digest is None
    assert only(both).effective_routing is None


def test_a_node_that_nobody_looked_at_is_unknown() -> None:
    assert only(Look(node=silent("jira-1").node, desired=DESIRED)).standing is Standing.UNKNOWN


def test_text_from_a_node_is_printable_in_every_sentence() -> None:
    seen = observed(HIDDEN, ran_as="ops\x1b[2J", process=replace(RUNS, home="/x\u202e"))
    judgement = only(look("jira-1", seen))

    assert judgement.sentence.isprintable()
    assert judgement.in_force_text.isprintable()
    assert only(silent("jira-1", reason="a\x1b]0;b\x07")).sentence.isprintable()


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (FileKind.ABSENT, "is not there"),
        (FileKind.REGULAR, "is not a folder"),
        (FileKind.FIFO, "is not a folder"),
        (FileKind.OTHER, "is not a folder"),
    ],
)
def test_a_localhome_that_is_no_folder_says_nothing_of_jira_and_splits_nobody(kind: FileKind, words: str) -> None:
    lost = observed(FileFacts(kind=FileKind.ABSENT), home=HomeFacts(kind=kind), process=DOES_NOT_RUN)

    judgement = among_healthy(lost)

    assert (judgement.standing, judgement.state) == (Standing.UNKNOWN, State.UNKNOWN)
    assert judgement.reason == f"the localhome /srv/jira {words}"
    assert judgement.detail.startswith("correct jira.localhome; ")
    assert (judgement.digest, judgement.effective_routing, judgement.needs_restart) == (None, None, False)
    assert isinstance(judgement.in_force, Unknown)


def test_a_page_that_answers_for_no_process_does_not_count_as_a_jira_that_is_down() -> None:
    judgement = among_healthy(observed(file_of(None), process=DOES_NOT_RUN))

    assert "Jira does not run" not in judgement.sentence
    assert "the status page answers, but no Jira uses this localhome" in judgement.detail
    assert isinstance(judgement.in_force, Unknown)


def test_a_localhome_that_is_a_link_to_a_folder_is_judged_by_what_lies_there() -> None:
    linked = HomeFacts(kind=FileKind.SYMLINK)

    assert among_healthy(loaded(DESIRED, home=linked)).standing is Standing.CURRENT
    assert among_healthy(observed(file_of(None), home=linked)).standing is Standing.SPLIT


def test_a_link_that_leads_nowhere_is_the_inventorys_fault_only_where_the_owner_has_tried_it() -> None:
    linked = HomeFacts(kind=FileKind.SYMLINK)
    tried, refused = (among_healthy(observed(HIDDEN, home=linked, ran_as=user)) for user in ("jira", "ops"))

    assert {tried.standing, refused.standing} == {Standing.UNKNOWN}
    assert tried.reason == "the localhome /srv/jira is a symbolic link that leads to no folder"
    assert refused.reason == "user ops may not look into the localhome"
    assert "sudo" in refused.detail


def test_an_owner_who_is_not_let_into_the_localhome_is_not_sent_to_sudo() -> None:
    judgement = among_healthy(observed(HIDDEN, home=HomeFacts(kind=FileKind.HIDDEN), ran_as="jira"))

    assert "sudo" not in judgement.sentence
    assert "let jira into /srv/jira" in judgement.detail


@pytest.mark.parametrize("content", [b"", b"<", DANGLING, NO_CONFIG, NO_REGION, NO_CONFIG.replace(b"</a", b"<x/></a")])
def test_that_jira_would_not_start_is_said_once(content: bytes) -> None:
    judgement = among_healthy(altered_to(content))

    assert judgement.reason == "Jira would not start on the file"
    assert judgement.sentence.count("would not start") == 1
    assert judgement.detail.startswith("line ")


def test_a_time_bomb_says_once_how_it_is_known_what_is_in_force() -> None:
    judgement = among_healthy(altered_to(OTHER))

    assert "in force" not in judgement.reason
    assert judgement.detail.startswith("in force: committed before the process started")
    assert judgement.sentence == f"{judgement.reason}; {judgement.detail}"


@pytest.mark.parametrize(
    ("said", "reason", "detail"),
    [
        ("no answer", "no answer", ""),
        ("key refused; add it", "key refused", "add it"),
        ("key refused (a; b); add it; then go on", "key refused (a; b)", "add it; then go on"),
        ("said (a; b", "said (a; b", ""),
        ("a;b; c", "a;b", "c"),
        ("; ", "; ", ""),
    ],
)
def test_a_silence_is_parted_where_its_next_step_begins_and_never_within_brackets(
    said: str, reason: str, detail: str
) -> None:
    judgement = only(silent("jira-1", reason=said))

    assert (judgement.reason, judgement.detail) == (reason, detail)
    assert judgement.sentence == said


def test_all_nodes_equally_wrong_are_drifted_and_not_split() -> None:
    assert standings(*(look(f"jira-{i}", restarted_on(OTHER)) for i in (1, 2, 3))) == [Standing.DRIFTED] * 3


def test_the_file_absent_everywhere_is_drifted_and_not_split() -> None:
    assert standings(*(look(f"jira-{i}", observed(file_of(None))) for i in (1, 2, 3))) == [Standing.DRIFTED] * 3


def test_all_wrong_in_two_ways_are_all_split() -> None:
    looks = (look("jira-1", restarted_on(OTHER)), look("jira-2", restarted_on(document("third-bucket"))))

    assert standings(*looks) == [Standing.SPLIT, Standing.SPLIT]


def test_an_absent_file_where_an_empty_document_is_due_is_drifted_never_split_nor_a_bomb() -> None:
    healthy = look("jira-1", loaded(EMPTY), EMPTY)

    for seen in (observed(file_of(None)), altered_to(None, before=EMPTY), down(file_of(None))):
        assert standings(healthy, look("jira-2", seen, EMPTY)) == [Standing.CURRENT, Standing.DRIFTED]


def test_a_lone_node_is_never_split() -> None:
    assert only(look("jira-1", restarted_on(OTHER))).standing is Standing.DRIFTED


def test_a_node_whose_routing_nobody_knows_splits_nobody() -> None:
    assert standings(look("jira-1", restarted_on(OTHER)), silent("jira-2")) == [Standing.DRIFTED, Standing.UNREACHABLE]


def test_a_broken_file_still_counts_by_what_its_process_has_in_force() -> None:
    assert standings(look("jira-1", restarted_on(OTHER)), look("jira-2", altered_to(b"<"))) == [
        Standing.SPLIT,
        Standing.UNREADABLE,
    ]


def test_a_cluster_that_waits_for_its_restart_is_not_split_until_the_first_node_has_had_it() -> None:
    waiting = [look(f"jira-{i}", committed_over(OTHER)) for i in (1, 2, 3)]

    assert standings(*waiting) == [Standing.RESTART_PENDING] * 3
    assert standings(look("jira-1", loaded(DESIRED)), *waiting[1:]) == [Standing.CURRENT] + [Standing.SPLIT] * 2


def test_a_split_says_where_the_data_of_each_side_goes() -> None:
    judgement = among_healthy(restarted_on(None))

    assert judgement.consequence == (
        "backups of jira-2 go to the shared home, those of jira-[1,3] to bucket backup-bucket (aws:us-east-1)"
    )


def test_a_split_with_the_right_file_asks_for_a_restart() -> None:
    assert "restart" in among_healthy(committed_over(OTHER)).reason


def test_a_difference_within_the_endpoint_family_is_no_split() -> None:
    dual = DESIRED.content.replace(
        b"</region>",
        b"</region><endpoint-override>https://s3.dualstack.us-east-1.amazonaws.com</endpoint-override>",
    )

    assert among_healthy(observed(file_of(dual), receipts=(receipt(DESIRED),))).standing is Standing.DRIFTED


def test_each_node_is_held_to_its_own_document() -> None:
    looks = (look("jira-1", loaded(DESIRED), DESIRED), look("jira-2", loaded(TUNED), TUNED))

    assert standings(*looks) == [Standing.CURRENT, Standing.CURRENT]


@pytest.mark.parametrize(
    ("found", "instead"),
    [
        (b"</associations>", b'<association target="backups" file-store="backupBucket"/></associations>'),
        (b"</filestore-config>", b"<another-part/></filestore-config>"),
    ],
)
def test_a_file_of_unknown_effect_equals_nothing_and_proves_nothing(found: bytes, instead: bytes) -> None:
    judgement = among_healthy(observed(file_of(DESIRED.content.replace(found, instead))))

    assert judgement.standing is Standing.DRIFTED
    assert not judgement.disk_is_right
    assert isinstance(judgement.in_force, Unknown)
    assert judgement.reason.startswith("the file on disk holds something of unknown effect")
    assert judgement.detail.startswith("line ")


def test_a_process_with_another_home_has_not_read_this_file() -> None:
    judgement = among_healthy(loaded(DESIRED, process=replace(RUNS, home="/srv/elsewhere", evidence="unit")))

    assert judgement.standing is Standing.RESTART_PENDING
    assert "/srv/elsewhere" in judgement.detail


def test_a_process_that_holds_the_lock_here_uses_this_home_whatever_it_calls_it() -> None:
    judgement = among_healthy(loaded(DESIRED, process=replace(RUNS, home="/in-the-container")))

    assert judgement.standing is Standing.CURRENT


def test_a_home_with_a_slash_at_its_end_is_the_same_home() -> None:
    assert among_healthy(loaded(DESIRED, process=replace(RUNS, home="/srv/jira/"))).standing is Standing.CURRENT


def test_a_removed_file_says_that_its_time_is_not_known() -> None:
    judgement = among_healthy(altered_to(None))

    assert "nothing shows whether the file was removed" in judgement.detail
    assert isinstance(judgement.in_force, Known)


def test_the_facts_of_a_judgement_come_from_the_node() -> None:
    judgement = among_healthy(altered_to(OTHER))

    assert judgement.node.name == "jira-2"
    assert judgement.digest == OTHER.digest
    assert judgement.desired_digest == DESIRED.digest
    assert judgement.config == OTHER.config
    assert judgement.disk_routing is not None
    assert judgement.disk_routing.backups.bucket == "other-bucket"
    assert judgement.effective_routing == judgement.desired_routing
    assert judgement.state is State.RUNNING


def test_an_absent_file_has_the_word_for_a_digest() -> None:
    assert among_healthy(observed(file_of(None))).digest == ABSENT


def test_a_broken_file_keeps_its_digest_and_its_findings() -> None:
    judgement = among_healthy(altered_to(DANGLING))

    assert judgement.digest == digest_of(DANGLING)
    assert judgement.findings
    assert isinstance(judgement.on_disk, Broken)
    assert judgement.on_disk.replaceable


def test_owner_and_mode_that_were_not_told_are_not_judged() -> None:
    seen = observed(replace(file_of(DESIRED), mode="", owner="", group=""), receipts=(receipt(DESIRED),))

    assert among_healthy(seen).standing is Standing.CURRENT


def test_equal_bytes_are_parsed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[bytes] = []

    def counting(content: bytes, *, file: str) -> Parsed:
        parsed.append(content)
        return parse(content, file=file)

    monkeypatch.setattr(module, "parse", counting)
    judge(tuple(look(f"jira-{i}", loaded(OTHER if i == 5 else DESIRED)) for i in range(10)))

    assert sorted(parsed) == sorted([DESIRED.content, OTHER.content])


def test_the_most_severe_standing_speaks_for_the_cluster() -> None:
    judgements = judge((look("jira-1", loaded(DESIRED)), look("jira-2", restarted_on(OTHER))))

    assert most_severe(judgements) is Standing.SPLIT
    assert most_severe(judgements[:1]) is Standing.CURRENT
    assert most_severe(()) is Standing.CURRENT


def test_standings_are_in_the_order_of_their_severity() -> None:
    words = "UNREACHABLE UNKNOWN UNREADABLE SPLIT TIME_BOMB DRIFTED RESTART_PENDING COSMETIC CURRENT"

    assert [*Standing] == words.split()


documents = some.sampled_from([DESIRED, OTHER, TUNED, EMPTY])
contents = documents | some.sampled_from([None, b"", b"<other/>", NO_REGION])
sights = some.one_of(
    some.builds(altered_to, contents, before=documents),
    some.builds(restarted_on, documents | some.none(), before=documents),
    some.builds(committed_over, documents),
    some.builds(lambda what: down(file_of(what)), contents),
    some.builds(lambda what: observed(file_of(what)), contents),
    some.sampled_from(
        [observed(HIDDEN, ran_as="ops"), observed(HUGE), observed(file_of(DESIRED), process=DOES_NOT_RUN)]
    ),
)
answers = some.lists(some.none() | sights, min_size=1, max_size=4)


@settings(max_examples=150, deadline=None)
@given(seen=answers, desired=documents)
def test_every_cluster_gets_a_verdict_that_does_not_depend_on_the_order(
    seen: list[Observation | None], desired: Document
) -> None:
    looks = tuple(silent(f"jira-{i}") if it is None else look(f"jira-{i}", it, desired) for i, it in enumerate(seen))
    by_name = {judgement.node.name: judgement for judgement in judge(looks)}

    for judgement in by_name.values():
        assert judgement.sentence.isprintable()
        assert judgement.reason.count("(") == judgement.reason.count(")")
        assert judgement.detail.count("(") == judgement.detail.count(")")
        assert judgement.standing not in {Standing.SPLIT, Standing.TIME_BOMB} or judgement.consequence
        assert judgement.consequence is None or judgement.consequence.isprintable()
        assert judgement.stray_data is None or judgement.standing is Standing.SPLIT
        assert judgement.standing is not Standing.CURRENT or isinstance(judgement.in_force, Known)
        assert judgement.needs_restart is (judgement.disk_is_right and not _is_loaded(judgement))
    for order in permutations(looks):
        assert {judgement.node.name: judgement for judgement in judge(order)} == by_name


def _is_loaded(judgement: Judgement) -> bool:
    return isinstance(judgement.in_force, Known) and judgement.in_force.canonical == judgement.desired.canonical
