"""Letters out and letters in: the command, its sudoers line, and every way in which an answer can be wrong."""

from __future__ import annotations

import base64
import re
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.core.document import digest_of
from agent.core.node import CommandService, Node
from agent.core.observation import FileKind, Presence, StatusPage
from agent.node.port import (
    HIGHEST_EPOCH,
    Answer,
    Claim,
    Discard,
    LockToken,
    Lost,
    Observe,
    Ok,
    Refused,
    Request,
    Start,
    Stop,
)
from agent.node.wire.letter import decode, end_mark, letter_for
from agent.node.wire.refusals import SENTENCES
from agent.node.wire.status_page import STATES
from tests.node.contract import OURS, claim, commit, release, stage
from tests.support.letters import script_in
from tests.support.sudoers import documented_lines

NODE = Node(name="jira-1", cluster="prod", address="192.0.2.1", localhome="/data/jira")
NONCE = "0123456789abcdef0123456789abcdef"
CONTENT = b"<filestore-config/>\n\0\r\n\xff"
BOOT = "00000000-0000-4000-8000-000000000001"
PAGE = 'text HTTP/1.1 200 OK\\r\\nServer: x\\r\\n\\r\\n{"state":"RUNNING"}'
HEADERS = (
    ("verdict", "ok"),
    ("detail", ""),
    ("inside", "yes"),
    ("stat", "41e8 4096 jira:1000 jira:1000 3 64768 11 1700000000 1700000001 /data/jira"),
    ("stat", f"81a0 {len(CONTENT)} jira:1000 jira:1000 1 64768 12 1700000002 1700000003 filestore-config.xml"),
    ("stat", "416d 0 jira:1000 jira:1000 9 22 13 1700000100 1700000100 /proc/4711"),
    ("btime", "1690000000"),
    ("sees-all", "yes"),
    ("page", PAGE),
    ("boot", BOOT),
    ("machine", "3d1219c7c4c5404aaa1f6d2a48adfda4"),
    ("host", "jira-1"),
    ("container", ""),
    ("missing", ""),
    ("writable", "yes"),
    ("space", "1000 4096 500 600 ext2/ext3"),
    ("sum", f"{digest_of(CONTENT)[7:]}  filestore-config.xml"),
    ("length", str(len(CONTENT))),
)


def letter(*changes: tuple[str, str | None], content: bytes = CONTENT, nonce: str = NONCE, more: str = "") -> bytes:
    """Write a good letter, with some headers' values replaced, or the header left out (None)."""
    wanted = dict(changes)
    kept = [(name, wanted.get(name, value)) for name, value in HEADERS]
    lines = "".join(f"{name}: {value}\n" for name, value in kept if value is not None) + more
    mark = f"filestore-agent {nonce}"
    head = f"\n{mark} begin\n{lines}\n".encode("utf-8", "surrogateescape")
    return head + content + f"\n{mark} end\n".encode()


def with_stat(line: str) -> bytes:
    """Write a good letter whose line about the file is another."""
    old = next(value for name, value in HEADERS if value.endswith("filestore-config.xml") and name == "stat")
    return letter().replace(old.encode(), line.encode("utf-8", "surrogateescape"))


def read(stdout: bytes, request: Request = Observe()) -> Answer:  # noqa: B008 - a frozen value
    return decode(NODE, request, NONCE, stdout)


def lost(stdout: bytes, request: Request = Observe()) -> str:  # noqa: B008 - a frozen value
    answer = read(stdout, request)
    assert isinstance(answer, Lost), answer
    assert all(" " <= sign <= "~" for sign in answer.reason), answer.reason
    assert len(answer.reason) < 400
    return answer.reason


GOOD = read(letter())


def test_a_good_letter_is_the_observation_that_it_describes() -> None:
    assert isinstance(GOOD, Ok)
    seen = GOOD.observation
    assert (seen.file.content, seen.file.digest, seen.file.mode) == (CONTENT, digest_of(CONTENT), "0640")
    assert (seen.file.mtime, seen.file.ctime, seen.file.device, seen.file.inode) == (
        1700000002,
        1700000003,
        "64768",
        "12",
    )
    assert (seen.home.kind, seen.home.mode, seen.home.free_bytes) == (FileKind.DIRECTORY, "0750", 4096000)
    assert (seen.home.free_inodes, seen.home.filesystem) == (500, "ext2/ext3")
    assert (seen.boot_id, seen.btime, seen.now, seen.ticks_per_second) == (BOOT, 1690000000, 1700000100, 100)
    assert seen.process.presence is Presence.NONE
    assert seen.status == StatusPage(code=200, state="RUNNING")
    assert (seen.ran_as, seen.container, seen.lock, seen.missing_tools) == ("jira", None, None, ())


# Noise and cuts (the letter is found in whatever else a login prints)


@pytest.mark.parametrize("noise", [b"Welcome\n", b"\x1b[2J\r\n", b"[sudo] password: ", b"\xff\xfe\0", b"x" * 100_000])
def test_noise_before_and_after_is_passed_over(noise: bytes) -> None:
    assert read(noise + letter() + noise) == GOOD


def test_header_lines_may_end_as_a_terminal_ends_them() -> None:
    head, blank, tail = letter().partition(b"\n\n")
    assert read(head.replace(b"\n", b"\r\n") + blank.replace(b"\n", b"\r\n") + tail) == GOOD


def test_a_letter_of_another_request_beside_ours_is_noise() -> None:
    assert read(letter(nonce="f" * 32) + letter()) == GOOD


@pytest.mark.parametrize(
    ("stdout", "why"),
    [
        (b"", "said nothing"),
        (b"This account is currently not available.\n", "currently not available"),
        (b"sudo: a password is required\n", "a password is required"),
        (b"bash: /usr/bin/timeout: command not found\n", "command not found"),
        ("timeout: Nur-Lese-Dateisystem \u00e4\n".encode("latin-1"), "Nur-Lese"),
        (b"\x1b]52;c;aGk=\x07\x9b31m", "x1b]52"),
        (letter(nonce="f" * 32), "no letter came back"),
        (letter() + letter(), "two letters"),
        (letter().split(b"filestore-agent", 2)[1], "no letter"),
        (f"\nfilestore-agent {NONCE} begin\n".encode(), "cut"),
        (end_mark(NONCE), "no letter"),
        (letter().decode("latin-1").encode("utf-16"), "no letter"),
        (letter().replace(b" end\n", b" ended\n"), "cut"),
        (b"x" * 10_000_000, "no letter"),
    ],
)
def test_what_is_not_one_whole_letter_of_ours_is_lost(stdout: bytes, why: str) -> None:
    assert why in lost(stdout)


@given(st.integers(0, len(letter()) - 2))
def test_a_letter_cut_anywhere_is_lost(length: int) -> None:
    lost(letter()[:length])


@settings(max_examples=400)
@given(st.binary(max_size=400), st.integers(0, len(letter())), st.integers(0, 40))
def test_a_letter_with_bytes_put_in_or_taken_out_is_read_or_lost_and_never_raises(
    junk: bytes, place: int, removed: int
) -> None:
    whole = letter()
    answer = read(whole[:place] + junk + whole[place + removed :])
    assert isinstance(answer, Ok | Lost | Refused)
    if isinstance(answer, Ok) and answer.observation.file.content is not None:
        assert digest_of(answer.observation.file.content) == answer.observation.file.digest


@given(st.lists(st.tuples(st.sampled_from([name for name, _ in HEADERS]), st.text(max_size=60)), max_size=3))
def test_headers_with_any_text_are_read_or_lost_and_stay_printable(changes: list[tuple[str, str]]) -> None:
    answer = read(letter(*((name, value.replace("\n", " ")) for name, value in changes)))
    assert isinstance(answer, Ok | Lost)
    assert not set(re.sub(r"content=(b'.*?'|b\".*?\"|None)", "", repr(answer))) - {chr(code) for code in range(32, 127)}


@given(st.binary(max_size=2000))
def test_any_bytes_are_an_answer(stdout: bytes) -> None:
    lost(stdout)


# Headers


@pytest.mark.parametrize("name", [name for name, _ in HEADERS if name not in ("writable", "space")])
def test_a_missing_header_is_a_lost_letter(name: str) -> None:
    lost(letter((name, None)))


@pytest.mark.parametrize(
    "more",
    [
        "space: 1 2 3 4 x\n",
        "verdict: ok\n",
        "moon: full\n",
        "no header\n",
        "Verdict: ok\n",
        "stat: 81a0 1 a:1 a:1 1 1 1 1 1 /etc/shadow\n",
        "epoch: 0x7\n",
        "epoch: -1\n",
        "epoch: 9223372036854775808\n",
        "epoch: 07\n",
        f"epoch: {HIGHEST_EPOCH + 1}\n",
        "epoch: damaged\n",
        "epoch: 7\nepoch: 8\n",
        f"lock: 0123456789abcdef cA== {HIGHEST_EPOCH + 1} cA== cA== cA==\n",
        "epoch: \u0667\n",
        "lock: 0123456789abcdef cA== 7 cA== cA==\n",
        "lock: x cA== 7 cA== cA== cA==\n",
        "lock: nobody\n",
        "lock: 0123456789abcdef c 7 cA== cA== cA==\n",
        "process: lock 12\n",
        "process: guess 12 13\n",
        "process: lock -1 13\nhome: \n",
        "process: lock 0 13\nhome: \n",
        "leftover: ../x\n",
        "leftover: x\n",
        f"trace: receipt sha256:{'A' * 64} cA== cA== absent {BOOT} 7\n",
        "trace: receipt\n",
        "trace: other\n",
        f"trace: loaded cA== cA== {BOOT} x\n",
        f"trace: loaded cA== cA== {BOOT.upper()}x 7\n",
        "sum: abc  filestore-config.xml\n" * 2,
    ],
)
def test_a_header_that_breaks_its_grammar_is_a_lost_letter(more: str) -> None:
    lost(letter(more=more))


@pytest.mark.parametrize(
    "change",
    [
        ("verdict", "maybe"),
        ("verdict", "locked"),
        ("btime", "0abc"),
        ("btime", "-1"),
        ("boot", "abc"),
        ("sees-all", "perhaps"),
        ("inside", ""),
        ("writable", "YES"),
        ("space", "1 2 3 x ext4"),
        ("space", "1 2 3 ext4"),
        ("length", "10"),
        ("length", "999999"),
        ("length", "-1"),
        ("length", "024"),
        ("length", "none"),
        ("sum", f"{'0' * 64}  filestore-config.xml"),
        ("sum", f"{digest_of(CONTENT)[7:].upper()}  filestore-config.xml"),
        ("sum", f"{digest_of(CONTENT)[7:-1]}  filestore-config.xml"),
        ("sum", f"{digest_of(CONTENT)[7:]}  other"),
        ("page", "base64 @@@"),
        ("page", "what"),
    ],
)
def test_a_value_that_cannot_be_is_a_lost_letter(change: tuple[str, str]) -> None:
    lost(letter(change))


@pytest.mark.parametrize(
    "line",
    [
        "81a0 24 jira:1000 jira:1000 1 64768 12 1700000002 1700000003 /data/other/filestore-config.xml",
        "81a0 999 jira:1000 jira:1000 1 64768 12 1700000002 1700000003 filestore-config.xml",
        "rwx 24 jira:1000 jira:1000 1 64768 12 1700000002 1700000003 filestore-config.xml",
        "81a0 24 jira:-1 jira:1000 1 64768 12 1700000002 1700000003 filestore-config.xml",
        "81a0 24 jira:1000 jira:1000 -2 64768 12 1700000002 1700000003 filestore-config.xml",
        "a1ff 24 jira:1000 jira:1000 1 64768 12 1700000002 1700000003 filestore-config.xml",
        "81a0 24 jira:1000",
    ],
)
def test_a_file_described_as_it_cannot_be_is_a_lost_letter(line: str) -> None:
    lost(with_stat(line.replace(" 24 ", f" {len(CONTENT)} ")))


@pytest.mark.parametrize("time", ["0", "-1", "4294967296"])
def test_a_file_of_any_century_is_described(time: str) -> None:
    answer = read(with_stat(f"81a0 {len(CONTENT)} jira:1000 jira:1000 1 64768 12 {time} {time} filestore-config.xml"))
    assert isinstance(answer, Ok)
    assert answer.observation.file.mtime == int(time)


def test_an_account_without_a_name_is_its_number() -> None:
    answer = read(with_stat(f"81a0 {len(CONTENT)} UNKNOWN:4711 x\x1b:12 2 1 1 1 1 filestore-config.xml"))
    assert isinstance(answer, Ok)
    file = answer.observation.file
    assert (file.owner, file.group, file.links) == ("4711", "x\\x1b", 2)


def test_text_of_the_node_is_cut_and_cannot_move_a_terminal() -> None:
    answer = read(letter(("host", "\x1b[2J\u202e\x9b" + "h" * 5000), ("machine", "\x07")))
    assert isinstance(answer, Ok)
    assert answer.observation.host_name.startswith("\\x1b[2J\\xe2\\x80\\xae")
    assert len(answer.observation.host_name) == 300


def test_a_refusal_carries_its_code_its_sentence_and_the_node_as_it_is() -> None:
    answer = read(letter(("verdict", "changed"), ("detail", "found \x1bsha256:12")), stage())
    assert isinstance(answer, Refused)
    assert answer.code == "changed"
    assert answer.reason == f"{SENTENCES['changed']} (found \\x1bsha256:12)"
    assert isinstance(GOOD, Ok)
    assert answer.observation == GOOD.observation


def test_a_lock_that_is_damaged_is_a_lock_that_nobody_may_pass() -> None:
    answer = read(letter(more="lock: damaged\n"))
    assert isinstance(answer, Ok)
    assert answer.observation.lock is not None
    assert (answer.observation.lock.plan, answer.observation.lock.epoch) == ("", 0)


def test_the_highest_epoch_is_read_and_one_more_names_the_file_and_what_to_do() -> None:
    answer = read(letter(more=f"epoch: {HIGHEST_EPOCH}\n"))
    assert isinstance(answer, Ok)
    assert answer.observation.epoch == HIGHEST_EPOCH
    answer = read(letter(more=f"epoch: {HIGHEST_EPOCH + 1}\n"))
    assert isinstance(answer, Lost)
    assert answer.reason.startswith("/data/jira/.filestore-agent/epoch holds no epoch that can be (up to 9999")
    assert "remove it while no rollout runs" in answer.reason


def test_a_home_that_we_may_not_enter_hides_its_file() -> None:
    stranger = HEADERS[5][1].replace("jira:1000", "ops:1001", 1)
    hidden = letter(("inside", "no"), ("length", "none"), ("sum", None), ("writable", None), content=b"")
    hidden = hidden.replace(HEADERS[5][1].encode(), stranger.encode())
    hidden = hidden.replace(f"stat: {HEADERS[4][1]}\n".encode(), b"")
    answer = read(hidden)
    assert isinstance(answer, Ok)
    assert (answer.observation.file.kind, answer.observation.ran_as) == (FileKind.HIDDEN, "ops")
    assert answer.observation.home.writable is None


@pytest.mark.parametrize(
    ("more", "presence"),
    [
        ("process: lock 12 3456\nhome: /data/jira\n", Presence.FOUND),
        ("process: lock 12 none\nhome: \n", Presence.UNKNOWN),
        ("process: several locks\n", Presence.UNKNOWN),
        ("process: several homes\n", Presence.UNKNOWN),
        ("", Presence.NONE),
    ],
)
def test_the_process_is_found_absent_or_unknown(more: str, presence: Presence) -> None:
    answer = read(letter(more=more))
    assert isinstance(answer, Ok)
    assert answer.observation.process.presence is presence


def test_a_stranger_who_sees_no_foreign_process_cannot_say_that_there_is_none() -> None:
    stranger = HEADERS[5][1].replace("jira:1000", "ops:1001", 1)
    answer = read(letter(("sees-all", "no")).replace(HEADERS[5][1].encode(), stranger.encode()))
    assert isinstance(answer, Ok)
    assert answer.observation.process.presence is Presence.UNKNOWN


def brief() -> bytes:
    """Write the letter of an act that tells what it touched."""
    left_out = ("btime", "sees-all", "machine", "host", "container", "missing", "writable", "space")
    return letter(("page", "not-asked"), *((name, None) for name in left_out))


@pytest.mark.parametrize("request_", [claim(), stage(), commit()], ids=lambda request: type(request).__name__)
def test_an_act_may_leave_out_what_it_did_not_touch(request_: Request) -> None:
    answer = read(brief(), request_)
    assert isinstance(answer, Ok)
    seen = answer.observation
    assert seen.brief
    assert (seen.file.content, seen.file.mode, seen.boot_id) == (CONTENT, "0640", BOOT)
    assert (seen.process.presence, seen.process.evidence) == (Presence.UNKNOWN, "not asked")
    assert seen.status == StatusPage(reason="not asked")
    assert not read(letter(), request_).observation.brief  # type: ignore[union-attr]  # it is Ok, as above


@pytest.mark.parametrize(
    "request_",
    [Observe(), release(), Stop(token=OURS), Start(token=OURS), Discard(token=OURS)],
    ids=lambda request: type(request).__name__,
)
def test_who_was_asked_for_the_whole_node_may_leave_nothing_out(request_: Request) -> None:
    assert "leaves out" in lost(brief(), request_)


def test_a_refusal_leaves_nothing_out() -> None:
    assert "leaves out" in lost(brief().replace(b"verdict: ok", b"verdict: changed"), stage())


@given(st.integers(0, len(brief()) - 2))
def test_a_brief_letter_cut_anywhere_is_lost(length: int) -> None:
    lost(brief()[:length], commit())


@pytest.mark.parametrize("name", ["verdict", "detail", "inside", "stat", "page", "boot", "length"])
def test_a_brief_letter_without_one_of_its_headers_is_lost(name: str) -> None:
    line = re.escape(name.encode()) + rb": .*\n"
    lost(re.sub(line, b"", brief()), commit())


# The status page


def page(text: str) -> StatusPage:
    answers = [read(letter(("page", f"text {text}")))]
    raw = text.replace("\\r", "\r").replace("\\n", "\n").encode("utf-8", "surrogateescape")
    answers.append(read(letter(("page", f"base64 {base64.b64encode(raw).decode()}"))))
    assert answers[0] == answers[1]
    assert isinstance(answers[0], Ok)
    return answers[0].observation.status


@pytest.mark.parametrize("state", STATES)
def test_every_state_that_jira_has_is_read(state: str) -> None:
    assert page(f'HTTP/1.1 503 \\r\\nA: b\\r\\n\\r\\n{{"state": "{state}"}}\\n') == StatusPage(code=503, state=state)


@pytest.mark.parametrize(
    "body",
    [
        '{"state":"RUNNING"',
        "[]",
        '"RUNNING"',
        '{"state":"RUNNING","state":"RUNNING"}',
        '{"state":["RUNNING"]}',
        '{"state":"running"}',
        '{"State":"RUNNING"}',
        "<html>login</html>",
        '{"state":"RUNNING"} x',
        "",
        "\x1f\x8b\x08",
        "[" * 4000,
        "12",
        "null",
        '{"state":NaN}',
    ],
)
def test_a_page_that_jira_does_not_write_names_no_state(body: str) -> None:
    seen = page(f"HTTP/1.1 200 OK\\r\\n\\r\\n{body}")
    assert (seen.code, seen.state, seen.refused) == (200, None, False)
    assert seen.reason


@pytest.mark.parametrize("body", [rb'"\ud800"', rb'{"state":"\udfff"}'])
def test_half_a_surrogate_pair_in_a_page_is_printed_as_bytes(body: bytes) -> None:
    said = base64.b64encode(b"HTTP/1.1 200 OK\r\n\r\n" + body).decode()
    answer = read(letter(("page", f"base64 {said}")))
    assert isinstance(answer, Ok)
    assert answer.observation.status.reason
    assert answer.observation.status.reason.isascii()


@pytest.mark.parametrize(
    "text", ["", "SSH-2.0-x", "HTTP/1.1 999 x\\r\\n\\r\\n{}", "HTTP/1.1 20", "curl: (28) timed out"]
)
def test_what_is_no_http_answer_has_neither_code_nor_state(text: str) -> None:
    seen = page(text)
    assert (seen.code, seen.state, seen.refused) == (None, None, False)
    assert seen.reason


def test_a_page_whose_headers_do_not_end_has_a_code_and_no_state() -> None:
    seen = page("HTTP/1.1 302 Found\\r\\nLocation: http://192.0.2.9/\\r\\n" + "A: b\\r\\n" * 400)
    assert (seen.code, seen.state) == (302, None)


@pytest.mark.parametrize(
    "value", ["refused", "base64 " + base64.b64encode(b"curl: (7) Couldn't connect to server").decode()]
)
def test_a_port_on_which_nobody_listens_is_a_fact(value: str) -> None:
    answer = read(letter(("page", value)))
    assert isinstance(answer, Ok)
    assert answer.observation.status.refused


@pytest.mark.parametrize("value", ["none", "silent ", "silent status: connect: No route to host"])
def test_a_page_that_could_not_be_asked_leaves_everything_open(value: str) -> None:
    answer = read(letter(("page", value)))
    assert isinstance(answer, Ok)
    assert (answer.observation.status.refused, answer.observation.status.state) == (False, None)


# Letters out


def test_the_command_does_not_depend_on_what_is_asked() -> None:
    asked = {
        letter_for(NODE, request, NONCE, login_user="ops").command
        for request in (claim(), stage(), stage(b"other"), Start(token=LockToken(plan="p", epoch=1)))
        if not isinstance(request, Start)
    }
    assert len(asked) == 1
    assert letter_for(NODE, Observe(), NONCE, login_user="ops").command.startswith(asked.pop())


@pytest.mark.parametrize("login_user", [None, "jira"])
def test_the_owner_needs_no_sudo(login_user: str | None) -> None:
    for request in (Observe(), claim(), Stop(token=LockToken(plan="p", epoch=1))):
        assert "sudo" not in letter_for(NODE, request, NONCE, login_user=login_user).command


def test_only_a_look_goes_on_without_sudo() -> None:
    assert " || " in letter_for(NODE, Observe(), NONCE, login_user="ops").command
    assert " || " not in letter_for(NODE, claim(), NONCE, login_user="ops").command


def test_the_documented_sudoers_lines_allow_exactly_what_travels() -> None:
    ours, stop, start = (line.split("NOPASSWD: ")[1] for line in documented_lines().splitlines())
    command = letter_for(NODE, claim(), NONCE, login_user="ops").command
    # sudo joins the words with blanks, and wants "=" escaped in its file.
    assert command.replace("'", "") == f"cd / ; /usr/bin/sudo -n -u jira {ours}".replace("\\=", "=")
    source = (Path(__file__).parents[3] / "agent/node/wire/script/systemd.sh").read_text()
    asked = '/usr/bin/sudo -n /usr/bin/systemctl --no-block "$act" "$unit"'
    assert asked in source
    for line, act in ((stop, "stop"), (start, "start")):
        assert asked.replace('"$act"', act).replace('"$unit"', "jira").endswith(line)


def test_the_documented_command_is_the_one_that_travels() -> None:
    page = (Path(__file__).parents[3] / "docs/protocol.md").read_text()
    assert letter_for(NODE, claim(), NONCE, login_user="ops").command in page.splitlines()


def test_every_refusal_is_documented_with_its_sentence() -> None:
    page = (Path(__file__).parents[3] / "docs/protocol.md").read_text()
    assert {f"| `{code}` | {sentence} |" for code, sentence in SENTENCES.items()} <= set(page.splitlines())


def test_every_code_in_the_scripts_has_a_sentence_and_no_sentence_is_idle() -> None:
    folder = Path(__file__).parents[3] / "agent/node/wire/script"
    source = "".join(path.read_text() for path in folder.glob("*.sh"))
    said = r"(?:refuse|give_up|lose_previous|take_turn|code_of \"\$\w+\"|echo|refusal=)\s?([a-z]+(?:-[a-z]+)*)"
    used = set(re.findall(said, re.sub(r'"\$\(code_of', "code_of", source)))
    assert set(SENTENCES) <= used
    assert used - set(SENTENCES) <= {"ok", "d", "code"}


def test_the_line_is_one_short_line_of_printable_ascii_whatever_the_request_holds() -> None:
    node = replace(NODE, localhome="/data/\u00fc 'x' \\n\t", service=CommandService(start=("a b", "\x1b"), stop=("s",)))
    for request in (Observe(), claim(LockToken(plan="\n\u2028", epoch=1)), Start(token=LockToken(plan="p", epoch=1))):
        line, _, rest = letter_for(node, request, NONCE, login_user="ops").stdin.partition(b"\n")
        assert not set(line) - set(range(32, 127))
        assert len(line) < 200
        # What is read in one go is the whole of the script, and not a byte of a document behind it.
        assert rest.startswith(b"exit\n")
        assert rest.endswith(b"\n#end\n")
        assert f" bs={len(rest)} count=1 ".encode() in line


def test_the_document_follows_the_script_untouched() -> None:
    empty = letter_for(NODE, stage(b""), NONCE, login_user=None).stdin
    assert len(script_in(letter_for(NODE, stage(b""), NONCE, login_user=None))[0]) > 1000
    assert script_in(letter_for(NODE, stage(CONTENT), NONCE, login_user=None))[1] == CONTENT
    assert empty.endswith(b"\n#end\n")


@pytest.mark.parametrize(
    ("node", "nonce"),
    [
        (replace(NODE, owner="-l"), NONCE),
        (replace(NODE, owner="a;b"), NONCE),
        (replace(NODE, localhome="/a\nb"), NONCE),
        (NODE, "short"),
        (NODE, "a" * 31 + ";"),
    ],
)
def test_what_could_break_out_of_the_command_is_not_sent(node: Node, nonce: str) -> None:
    with pytest.raises(ValueError, match="cannot travel"):
        letter_for(node, Observe(), nonce, login_user="ops")


def test_every_request_can_be_written() -> None:
    assert {Observe, Claim, Stop, Start} < set(get_args(Request))
