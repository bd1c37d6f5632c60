"""Is the true cause named, and nobody blamed on hearsay?"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.diagnosis import Confidence, Evidence, FileChange, diagnose, one_line, signs
from agent.core.diagnosis.cause import Effect
from agent.core.diagnosis.table import LOG_CAUSES
from agent.core.judging.state import State
from agent.core.observation import HealthCheck, LogExcerpt, Presence
from tests.core.diagnosis.examples import DENIED, EXAMPLES, NO_BUCKET, NODE_EXAMPLES, STORE_EXAMPLES, TITLES
from tests.core.diagnosis.lines import (
    DATABASE,
    LOCKED,
    TITLE,
    WHEN,
    elsewhere,
    judged,
    judged_in_part,
    said,
)

WAITING = said(
    "[INDEX_START] Current node: [n1]. Waiting for lock com.atlassian.jira.start.index.lock to check index "
    "availability. The lock is currently held by node: n2.",
    level="INFO",
    logger="c.a.j.index.start",
)
FAILED_FILE = said(TITLE)


@pytest.mark.parametrize(("message", "code"), EXAMPLES, ids=[message[:60] for message, _ in EXAMPLES])
def test_the_start_names_its_cause(message: str, code: str) -> None:
    assert judged(said(message)).code == code


@pytest.mark.parametrize(("message", "code"), EXAMPLES, ids=[message[:60] for message, _ in EXAMPLES])
def test_a_line_without_its_head_names_the_same_cause_less_surely(message: str, code: str) -> None:
    found = judged(message)
    assert (found.code, found.confidence is Confidence.CERTAIN) == (code, False)


@pytest.mark.parametrize(("message", "code"), EXAMPLES, ids=[message[:60] for message, _ in EXAMPLES])
def test_every_example_is_carried_by_a_fixed_string(message: str, code: str) -> None:
    assert any(sign in message for sign in signs()), code


def test_every_cause_has_an_example() -> None:
    shown = {code for _, code in EXAMPLES} | {judged(WAITING, state=State.STARTING).code}
    assert shown == {cause.code for cause in LOG_CAUSES}


def test_codes_are_not_given_twice() -> None:
    codes = [cause.code for cause in LOG_CAUSES]
    assert len(codes) == len(set(codes))


# Blame


@pytest.mark.parametrize("title", [title for title, _ in TITLES])
def test_a_title_by_the_start_of_a_locked_node_blames_the_file_for_certain(title: str) -> None:
    found = judged(said(title))
    assert (found.blames_config, found.confidence, found.next) == (True, Confidence.CERTAIN, "validate")


@pytest.mark.parametrize("state", [State.DOWN, State.UNKNOWN])
def test_a_title_blames_the_file_where_the_process_is_gone(state: State) -> None:
    found = judged(FAILED_FILE, state=state, process=Presence.NONE)
    assert (found.blames_config, found.confidence) == (True, Confidence.CERTAIN)


def test_a_title_says_nothing_against_the_file_of_a_node_that_runs() -> None:
    found = judged(FAILED_FILE, LOCKED, state=State.RUNNING, file=FileChange.CHANGED)
    assert (found.code, found.blames_config) == ("unknown", False)


@pytest.mark.parametrize("state", [State.STARTING, State.MAINTENANCE, State.UNKNOWN])
def test_a_title_does_not_blame_the_file_while_the_node_may_still_come(state: State) -> None:
    found = judged(FAILED_FILE, state=state, file=FileChange.CHANGED)
    assert (found.code, found.blames_config, found.confidence) == ("file-not-parsed", False, Confidence.POSSIBLE)


@pytest.mark.parametrize("line", [elsewhere(TITLE), TITLE, f"Caused by: com.example.ConfigException: {TITLE}"])
def test_a_title_from_afar_blames_the_file_only_if_the_rollout_brought_it(line: str) -> None:
    changed, unchanged = judged(line, file=FileChange.CHANGED), judged(line)
    assert (changed.blames_config, unchanged.blames_config) == (True, False)
    assert (changed.confidence, unchanged.confidence) == (Confidence.LIKELY, Confidence.LIKELY)


def test_a_log_with_gaps_blames_only_a_file_that_the_rollout_brought() -> None:
    """Without the mark, the line may be from a start before this one."""
    changed, unchanged = judged_in_part(FAILED_FILE, file=FileChange.CHANGED), judged_in_part(FAILED_FILE)
    assert (changed.blames_config, unchanged.blames_config) == (True, False)
    assert changed.confidence is Confidence.LIKELY


def test_a_gap_makes_what_was_possible_no_less() -> None:
    assert judged_in_part(said(DENIED)).confidence is Confidence.POSSIBLE


@given(
    st.sampled_from([message for message, _ in (*STORE_EXAMPLES, *NODE_EXAMPLES)]), st.sampled_from(list(FileChange))
)
def test_nothing_but_the_three_faults_ever_blames_the_file(message: str, file: FileChange) -> None:
    assert not judged(said(message), LOCKED, file=file).blames_config


LINES = st.lists(st.sampled_from([said(message) for message, _ in EXAMPLES] + [elsewhere(TITLE), TITLE]), max_size=6)


@given(
    st.builds(LogExcerpt, lines=LINES.map(tuple), whole=st.booleans()),
    st.sampled_from(list(State)),
    st.sampled_from(list(FileChange)),
)
def test_blame_is_only_for_a_node_that_is_locked_or_gone(excerpt: LogExcerpt, state: State, file: FileChange) -> None:
    found = diagnose(Evidence(state=state, process=Presence.FOUND, excerpt=excerpt, file=file))
    assert not found.blames_config or state in (State.ERROR, State.DOWN)
    assert not found.blames_config or found.confidence is not Confidence.POSSIBLE


# Storage


@pytest.mark.parametrize("code", ["bucket-not-found", "region-wrong", "endpoint-unknown"])
def test_a_store_that_is_not_there_is_likely_right_after_a_change_of_the_file(code: str) -> None:
    message = next(text for text, name in STORE_EXAMPLES if name == code)
    changed, unchanged = judged(said(message), LOCKED, file=FileChange.CHANGED), judged(said(message), LOCKED)
    assert [(it.code, it.confidence) for it in (changed, unchanged)] == [
        (code, Confidence.LIKELY),
        (code, Confidence.POSSIBLE),
    ]


def test_access_is_no_likelier_after_a_change_of_the_file() -> None:
    assert judged(said(DENIED), file=FileChange.CHANGED).confidence is Confidence.POSSIBLE


def test_the_region_that_s3_expects_is_in_the_hint() -> None:
    line = said("The authorization header is malformed; the region 'us-west-2' is wrong; expecting 'eu-central-1'")
    assert judged(line).hint.endswith("(S3 expects eu-central-1)")


def test_a_region_that_is_none_is_not_repeated() -> None:
    line = said("The authorization header is malformed; expecting '${jndi:ldap://x}'")
    assert "S3 expects" not in judged(line).hint


# Which cause


def test_any_cause_comes_before_a_mere_lock() -> None:
    assert judged(LOCKED, said("Unable to start JIRA."), said(DENIED)).code == "access-denied"


def test_what_stops_a_start_comes_before_what_does_not() -> None:
    assert judged(said(NO_BUCKET), DATABASE, LOCKED, file=FileChange.CHANGED).code == "database-unreachable"


def test_of_equally_sure_causes_the_earliest_counts() -> None:
    memory, port = said("java.lang.OutOfMemoryError: Metaspace"), said("java.net.BindException: Address already in use")
    assert judged(memory, port).code == "out-of-memory-metaspace"
    assert judged(port, memory).code == "port-in-use"


def test_the_surer_cause_counts_although_it_is_later() -> None:
    assert judged(TITLE, said("java.lang.OutOfMemoryError: Metaspace")).code == "out-of-memory-metaspace"


def test_a_lock_without_a_cause_is_told_as_such() -> None:
    found = judged(LOCKED)
    assert (found.code, found.confidence, found.next) == ("locked-at-start", Confidence.CERTAIN, "status")


def test_what_is_only_inferred_is_never_certain() -> None:
    assert judged(DATABASE, LOCKED).confidence is Confidence.LIKELY


def test_a_node_that_runs_can_still_lack_memory_and_disk() -> None:
    found = judged(said("java.lang.OutOfMemoryError: Java heap space"), state=State.RUNNING)
    assert (found.code, found.confidence) == ("out-of-memory-heap", Confidence.POSSIBLE)


@pytest.mark.parametrize(
    "cause", [cause for cause in LOG_CAUSES if cause.effect is Effect.STOPS], ids=lambda it: it.code
)
def test_a_node_that_runs_refutes_what_would_have_stopped_it(cause: object) -> None:
    code = getattr(cause, "code", "")
    message = next(text for text, name in NODE_EXAMPLES if name == code)
    assert judged(said(message), state=State.RUNNING).code == "unknown"


# The index lock


def test_a_start_that_waits_for_another_is_certain() -> None:
    found = judged(WAITING, state=State.STARTING)
    assert (found.code, found.confidence, found.next) == ("index-lock-held", Confidence.CERTAIN, "status")


def test_the_plain_wording_of_the_vendors_page_is_understood() -> None:
    line = (
        f"{WHEN} main INFO [INDEX_START] Current node: [n1]. Waiting for lock com.atlassian.jira.start.index.lock to "
        "check index availability."
    )
    assert judged(line, state=State.STARTING).code == "index-lock-held"


@pytest.mark.parametrize("done", ["Acquired", "Released"])
def test_a_wait_that_is_over_explains_nothing(done: str) -> None:
    over = said(f"[INDEX_START] Current node: [n1]. {done} lock com.atlassian.jira.start.index.lock", level="INFO")
    assert judged(WAITING, over, state=State.STARTING).code == "unknown"
    assert judged(over, WAITING, state=State.STARTING).code == "index-lock-held"


def test_a_wait_does_not_explain_a_node_that_has_locked_itself() -> None:
    assert judged(WAITING).code == "unknown"


# Checks


def check(reason: str, *, name: str = "Backup Filestore") -> HealthCheck:
    return HealthCheck(name=name, healthy=False, reason=reason)


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        ("Unable to write to backup storage", "backups-not-writable"),
        ("Able to read data from backup storage", "backups-readable"),
        ("Able to delete data from backup storage.", "backups-deletable"),
        ("It is broken", "filestore-check-failed"),
    ],
)
def test_a_failing_check_is_certain_and_blames_nothing(reason: str, code: str) -> None:
    found = judged(state=State.RUNNING, checks=(check(reason),))
    assert (found.code, found.confidence, found.blames_config) == (code, Confidence.CERTAIN, False)
    assert found.line == f"Backup Filestore: {reason}"


def test_a_documented_check_comes_before_an_undocumented_one() -> None:
    checks = (check("?", name="Avatar filestore"), check("Unable to write to backup storage"))
    assert judged(state=State.RUNNING, checks=checks).code == "backups-not-writable"


@pytest.mark.parametrize(
    "checks",
    [
        (HealthCheck(name="Backup Filestore", healthy=True, reason="Unable to write to backup storage"),),
        (HealthCheck(name="Lucene index files location", healthy=False, reason="somewhere"),),
    ],
    ids=["healthy", "of something else"],
)
def test_other_checks_are_not_ours(checks: tuple[HealthCheck, ...]) -> None:
    assert judged(state=State.RUNNING, checks=checks).code == "unknown"


@pytest.mark.parametrize("reason", ["?", "Unable to write to backup storage"])
def test_the_log_says_why_a_check_fails(reason: str) -> None:
    found = judged(elsewhere(f"Failed: {NO_BUCKET}"), state=State.RUNNING, checks=(check(reason),))
    assert (found.code, found.confidence) == ("bucket-not-found", Confidence.LIKELY)


def test_the_log_does_not_say_why_something_succeeds() -> None:
    checks = (check("Able to read data from backup storage"),)
    assert judged(elsewhere(DENIED), state=State.RUNNING, checks=checks).code == "backups-readable"


def test_a_check_comes_before_what_has_nothing_to_do_with_storage() -> None:
    line = said("java.lang.OutOfMemoryError: Java heap space")
    assert judged(line, state=State.RUNNING, checks=(check("?"),)).code == "filestore-check-failed"


def test_a_check_of_a_node_that_failed_is_from_before() -> None:
    assert judged(DATABASE, checks=(check("Unable to write to backup storage"),)).code == "database-unreachable"


def test_an_escape_in_a_check_is_shown_and_not_obeyed() -> None:
    assert "\x1b" not in judged(state=State.RUNNING, checks=(check("\x1b]0;x\x07"),)).line


# Nothing found


def test_no_known_line_is_its_own_answer() -> None:
    found = judged(said("The plugin system is up"), "")
    assert (found.code, found.confidence, found.line) == ("unknown", Confidence.UNKNOWN, "")
    assert "atlassian-jira.log" in found.hint


def test_no_known_line_among_gaps_says_so() -> None:
    assert judged_in_part().sentence.endswith("as far as it could be read")


def test_the_answer_fits_on_one_line() -> None:
    assert one_line(judged(FAILED_FILE), cluster="prod") == (
        "Jira could not parse filestore-config.xml (certain); next: filestore-agent validate --cluster prod"
    )
    assert one_line(judged(), cluster="prod") == (
        "Jira's log says nothing that is known here; next: filestore-agent status --cluster prod"
    )


def test_what_is_looked_for_on_the_node_is_short_plain_and_no_more_than_forty() -> None:
    found = signs()
    assert len(found) == len(set(found)) <= 40
    assert all(sign.isascii() and sign.isprintable() and 8 <= len(sign) <= 60 for sign in found)
    assert not [(a, b) for a in found for b in found if a != b and a in b]
