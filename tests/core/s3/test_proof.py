"""By what a fetched file is proven: as S3 joins the digests of parts, computed here once more and otherwise."""

from __future__ import annotations

import base64
import hashlib
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.s3.proof import PIECE, BackupFacts, Digest, Proof, crc32_joined, proofs_for

CONTENT = bytes(range(251)) * 100
PART = 10_000


def b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def md5(content: bytes) -> bytes:
    return hashlib.md5(content, usedforsecurity=False).digest()


def parts() -> list[bytes]:
    return [CONTENT[at : at + PART] for at in range(0, len(CONTENT), PART)]


def facts(**words: object) -> BackupFacts:
    plain = {"size": len(CONTENT), "etag": "x", "modified": 0.0}
    return BackupFacts(**(plain | words))  # type: ignore[arg-type]


def digests_of(proof: Proof, content: bytes) -> list[str]:
    """Take them as a node does."""
    pieces = [content[at * proof.piece :][: proof.piece] if proof.piece else content for at in range(proof.count)]
    if proof.digest is Digest.CRC32:
        return [f"{zlib.crc32(piece):08x}" for piece in pieces]
    return [hashlib.new(proof.digest, piece, usedforsecurity=False).hexdigest() for piece in pieces]


MULTIPART_ETAG = f"{md5(b''.join(map(md5, parts()))).hex()}-3"
SHA_PARTS = b64(hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts())).digest())
CRC_PARTS = b64(zlib.crc32(b"".join(zlib.crc32(part).to_bytes(4, "big") for part in parts())).to_bytes(4, "big"))
IN_PARTS = {"parts": 3, "part_size": PART}
CASES = {
    "a SHA-256 of the whole": facts(checksums={"sha256": b64(hashlib.sha256(CONTENT).digest())}),
    "a SHA-1 of the whole": facts(checksums={"sha1": b64(hashlib.sha1(CONTENT, usedforsecurity=False).digest())}),
    "an MD5 of the whole": facts(etag=md5(CONTENT).hex()),
    "an MD5 under SSE-S3": facts(etag=md5(CONTENT).hex(), encryption="AES256"),
    "MD5 of parts": facts(etag=MULTIPART_ETAG, **IN_PARTS),
    "SHA-256 of parts": facts(etag="k-3", encryption="aws:kms", checksums={"sha256": f"{SHA_PARTS}-3"}, **IN_PARTS),
    "SHA-256 of parts, by its type": facts(
        etag="k-3", encryption="aws:kms", checksums={"sha256": SHA_PARTS}, checksum_type="COMPOSITE", **IN_PARTS
    ),
    "CRC-32 of parts": facts(checksums={"crc32": f"{CRC_PARTS}-3"}, **IN_PARTS),
    "CRC-32 of the whole": facts(
        checksums={"crc32": b64(zlib.crc32(CONTENT).to_bytes(4, "big"))}, checksum_type="FULL_OBJECT"
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_the_object_is_proven_and_no_other(case: str) -> None:
    (proof,) = proofs_for(CASES[case], at_aws=True)
    found = digests_of(proof, CONTENT)
    assert proof.is_binding
    assert proof.proves(found)
    assert not proof.proves(found[:-1])
    assert not proof.proves([*found, found[-1]])
    for place in (0, 12_345, len(CONTENT) - 1):
        spoiled = CONTENT[:place] + bytes([CONTENT[place] ^ 1]) + CONTENT[place + 1 :]
        assert not proof.proves(digests_of(proof, spoiled))
    if len(found) > 1:
        assert not proof.proves(found[::-1])


@pytest.mark.parametrize(
    "unprovable",
    [
        facts(etag=md5(CONTENT).hex(), encryption="aws:kms"),
        facts(etag=md5(CONTENT).hex(), encryption="aws:kms:dsse"),
        facts(etag=md5(CONTENT).hex(), encryption="customer"),
        facts(checksums={"crc64nvme": "AAAAAAAAAAA=", "crc32c": "AAAAAA=="}),
        facts(checksums={"sha256": "AAAA"}),
        facts(checksums={"sha256": "no base64!"}),
        facts(etag=MULTIPART_ETAG, parts=3, part_size=PART - 3000),
        facts(etag=MULTIPART_ETAG, parts=4, part_size=PART),
        facts(etag=MULTIPART_ETAG, parts=3, part_size=PART, uneven=True),
        facts(etag=f"{'0' * 32}-99999", parts=99_999, part_size=1),
    ],
)
def test_what_cannot_be_told_is_not_guessed(unprovable: BackupFacts) -> None:
    assert proofs_for(unprovable, at_aws=True) == ()


def test_the_strongest_comes_first_and_an_etag_elsewhere_is_no_proof_of_damage() -> None:
    both = facts(etag=md5(CONTENT).hex(), checksums={"sha256": b64(hashlib.sha256(CONTENT).digest())})
    assert [proof.digest for proof in proofs_for(both, at_aws=True)] == [Digest.SHA256, Digest.MD5]
    assert [proof.is_binding for proof in proofs_for(both, at_aws=False)] == [True, False]


def test_where_the_size_of_parts_is_not_told_the_usual_ones_are_tried_and_prove_no_damage() -> None:
    size = 20 << 20
    guesses = proofs_for(BackupFacts(size=size, etag=f"{'0' * 32}-3", modified=0.0), at_aws=True)
    assert [(proof.piece, proof.count, proof.is_binding) for proof in guesses] == [(8 << 20, 3, False)]


def test_an_empty_object_is_proven_too() -> None:
    empty = BackupFacts(size=0, etag=md5(b"").hex(), modified=0.0, checksums={"crc32": "AAAAAA=="})
    assert all(proof.proves(digests_of(proof, b"")) for proof in proofs_for(empty, at_aws=True))


@given(st.binary(), st.binary())
def test_the_crc_of_two_texts_is_joined_from_theirs(first: bytes, second: bytes) -> None:
    assert crc32_joined(zlib.crc32(first), zlib.crc32(second), len(second)) == zlib.crc32(first + second)


def test_the_crc_of_a_large_object_is_joined_from_its_pieces() -> None:
    content = b"\0" * (PIECE + 5)
    wanted = b64(zlib.crc32(content).to_bytes(4, "big"))
    large = BackupFacts(size=len(content), etag="x", modified=0.0, checksums={"crc32": wanted})
    (proof,) = proofs_for(large, at_aws=True)
    assert proof.count == 2
    assert proof.proves(digests_of(proof, content))


@pytest.mark.parametrize(
    ("storage", "restored", "tier", "far"),
    [
        ("GLACIER", "", "", True),
        ("DEEP_ARCHIVE", 'ongoing-request="true"', "", True),
        ("GLACIER", 'ongoing-request="false", expiry-date="Fri, 21 Dec 2030 00:00:00 GMT"', "", False),
        ("GLACIER_IR", "", "", False),
        ("INTELLIGENT_TIERING", "", "ARCHIVE_ACCESS", True),
        ("", "", "", False),
    ],
)
def test_what_lies_in_an_archive_is_far_until_it_was_asked_back(
    storage: str,
    restored: str,
    tier: str,
    far: bool,  # noqa: FBT001 - a case of the table
) -> None:
    assert facts(storage=storage, restored=restored, archive_tier=tier).is_far is far
