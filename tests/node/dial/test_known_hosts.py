"""Our reader of known_hosts: every form a line can have, every marker, and files that are not what they should be."""

from __future__ import annotations

import base64
import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from agent.node.dial import known_hosts
from agent.node.dial.known_hosts import Marker, Trust, judge, kinds_for, known_as, read
from tests.support.need import needs

if TYPE_CHECKING:
    from pathlib import Path


def key_of(letter: str, kind: str = "ssh-ed25519") -> bytes:
    body = letter.encode("ascii") * 32
    return len(kind).to_bytes(4, "big") + kind.encode("ascii") + len(body).to_bytes(4, "big") + body


def line_for(names: str, letter: str, kind: str = "ssh-ed25519") -> str:
    return f"{names} {kind} {base64.b64encode(key_of(letter, kind)).decode('ascii')}\n"


def judged(file: Path, text: str, name: str, letter: str = "a") -> known_hosts.Verdict:
    file.write_text(text)
    return judge(read([file]), name, "ssh-ed25519", key_of(letter))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "known_hosts"


def test_port_22_is_written_without_and_any_other_with_the_port() -> None:
    assert known_as("Node.Example.com", 22) == "node.example.com"
    assert known_as("192.0.2.1", 2222) == "[192.0.2.1]:2222"


@pytest.mark.parametrize(
    ("names", "name"),
    [
        ("node.example.com", "node.example.com"),
        ("other,node.example.com,192.0.2.1", "192.0.2.1"),
        ("*.example.com", "node.example.com"),
        ("node-?.example.com", "node-7.example.com"),
        ("NODE.example.com", "node.example.com"),
        ("[node.example.com]:2222", "[node.example.com]:2222"),
        ("[*.example.com]:2222", "[node.example.com]:2222"),
        ("*", "anything"),
        ("2001:db8::1", "2001:db8::1"),
    ],
)
def test_a_line_is_found_by_each_form_of_a_name(file: Path, names: str, name: str) -> None:
    assert judged(file, line_for(names, "a"), name).trust is Trust.KNOWN


@pytest.mark.parametrize(
    ("names", "name"),
    [
        ("node.example.com", "node.example.org"),
        ("node.example.com", "[node.example.com]:2222"),
        ("[node.example.com]:2222", "node.example.com"),
        ("[node.example.com]:2222", "[node.example.com]:2223"),
        ("*.example.com,!node.example.com", "node.example.com"),
        ("!node.example.com,*.example.com", "node.example.com"),
        ("!node.example.com", "other.example.com"),
        ("[a-z].example.com", "b.example.com"),
        ("node-?.example.com", "node-10.example.com"),
    ],
)
def test_a_line_about_others_leaves_the_host_unknown(file: Path, names: str, name: str) -> None:
    verdict = judged(file, line_for(names, "a"), name)
    assert verdict.trust is Trust.UNKNOWN
    assert known_hosts.fingerprint(key_of("a")) in verdict.reason


@needs("ssh-keygen", "openssh-client")
def test_a_hashed_name_is_found_as_ssh_keygen_wrote_it(file: Path) -> None:
    file.write_text(line_for("[node.example.com]:2222", "a"))
    subprocess.run(["ssh-keygen", "-q", "-H", "-f", str(file)], check=True, capture_output=True)
    assert file.read_text().startswith("|1|")
    known = read([file])
    assert judge(known, "[node.example.com]:2222", "ssh-ed25519", key_of("a")).trust is Trust.KNOWN
    assert judge(known, "node.example.com", "ssh-ed25519", key_of("a")).trust is Trust.UNKNOWN


def test_a_changed_key_is_refused_with_both_fingerprints_and_the_line(file: Path) -> None:
    verdict = judged(file, "# a comment\n\n" + line_for("node", "b"), "node")
    assert verdict.trust is Trust.CHANGED
    assert known_hosts.fingerprint(key_of("a")) in verdict.reason
    assert known_hosts.fingerprint(key_of("b")) in verdict.reason
    assert f"{file}:3" in verdict.reason


def test_one_of_several_lines_is_enough(file: Path) -> None:
    assert judged(file, line_for("node", "b") + line_for("node", "a"), "node").trust is Trust.KNOWN


def test_a_revoked_key_is_refused_though_another_line_knows_it(file: Path) -> None:
    verdict = judged(file, line_for("node", "a") + line_for("@revoked *", "a"), "node")
    assert verdict.trust is Trust.REVOKED
    assert f"{file}:2" in verdict.reason


def test_a_revocation_in_a_second_file_counts_as_well(tmp_path: Path) -> None:
    first, second = tmp_path / "one", tmp_path / "two"
    first.write_text(line_for("node", "a"))
    second.write_text(line_for("@revoked node", "a"))
    assert judge(read([first, second]), "node", "ssh-ed25519", key_of("a")).trust is Trust.REVOKED


def test_a_revoked_other_key_does_no_harm(file: Path) -> None:
    assert judged(file, line_for("node", "a") + line_for("@revoked *", "b"), "node").trust is Trust.KNOWN


def test_a_host_known_by_an_authority_alone_is_refused_with_the_reason(file: Path) -> None:
    verdict = judged(file, line_for("@cert-authority *.example.com", "c"), "node.example.com")
    assert verdict.trust is Trust.AUTHORITY_ONLY
    assert "@cert-authority" in verdict.reason
    assert f"{file}:1" in verdict.reason


def test_an_authority_is_never_taken_for_a_host_key(file: Path) -> None:
    assert judged(file, line_for("@cert-authority node", "a"), "node").trust is Trust.AUTHORITY_ONLY


def test_a_host_with_a_key_of_its_own_beside_the_authority_is_known(file: Path) -> None:
    text = line_for("@cert-authority *", "c") + line_for("node", "a")
    assert judged(file, text, "node").trust is Trust.KNOWN


def test_a_key_known_for_another_port_is_pointed_out(file: Path) -> None:
    verdict = judged(file, line_for("node", "a"), "[node]:2222")
    assert verdict.trust is Trust.UNKNOWN
    assert f"{file}:1 knows this key, but as node and not as [node]:2222" in verdict.reason


def test_only_the_kinds_that_are_known_are_asked_for(file: Path) -> None:
    text = line_for("node", "a", "ssh-rsa") + line_for("node", "b") + line_for("@revoked node", "c", "ssh-dss")
    file.write_text(text + line_for("other", "d", "ecdsa-sha2-nistp256"))
    assert kinds_for(read([file]), "node") == ("ssh-rsa", "ssh-ed25519")


@pytest.mark.parametrize(
    "garbage",
    [
        "node ssh-ed25519",
        "node ssh-ed25519 AAAA!!!!",
        "node ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI",
        "node ssh-rsa " + base64.b64encode(key_of("a")).decode("ascii"),
        "@unknown node ssh-ed25519 AAAA",
        "@revoked",
        "|1|nosalt ssh-ed25519 " + base64.b64encode(key_of("a")).decode("ascii"),
        "|2|YQ==|YQ== ssh-ed25519 " + base64.b64encode(key_of("a")).decode("ascii"),
        "nöde ssh-ed25519 AAAA",
        "\x00\x00\x00",
        "node ssh-ed25519 ====",
    ],
)
def test_a_garbage_line_is_named_and_its_neighbours_still_count(file: Path, garbage: str) -> None:
    file.write_bytes(f"{garbage}\n{line_for('node', 'a')}".encode())
    known = read([file])
    assert [(finding.place.file, finding.place.line) for finding in known.findings] == [(str(file), 1)]
    assert judge(known, "node", "ssh-ed25519", key_of("a")).trust is Trust.KNOWN


def test_windows_line_ends_and_comments_behind_the_key_do_no_harm(file: Path) -> None:
    text = line_for("node", "a").rstrip("\n") + " ops@desk\r\n"
    assert judged(file, text, "node").trust is Trust.KNOWN


def test_a_missing_file_counts_as_empty_and_is_named_in_the_refusal(file: Path) -> None:
    known = read([file])
    assert known.findings == ()
    assert str(file) in judge(known, "node", "ssh-ed25519", key_of("a")).reason


def test_a_file_that_everybody_may_write_is_not_trusted(file: Path) -> None:
    file.write_text(line_for("node", "a"))
    file.chmod(0o666)
    known = read([file])
    assert judge(known, "node", "ssh-ed25519", key_of("a")).trust is Trust.UNKNOWN
    assert "everybody may write" in known.findings[0].message


def test_a_pipe_in_place_of_the_file_is_named_and_does_not_hang(file: Path) -> None:
    os.mkfifo(file)
    assert "not a regular file" in read([file]).findings[0].message


def test_a_folder_in_place_of_the_file_is_named(tmp_path: Path) -> None:
    assert read([tmp_path]).findings[0].place.file == str(tmp_path)


def test_a_huge_file_is_not_read(file: Path) -> None:
    with file.open("wb") as sparse:
        sparse.truncate(known_hosts.SIZE_LIMIT + 1)
    assert "larger than" in read([file]).findings[0].message


def test_markers_are_the_two_of_the_manual() -> None:
    assert {marker.value for marker in Marker} == {"", "@cert-authority", "@revoked"}
