"""By what can a fetched file be proven to be the object: which digests are to be taken, and do they prove it?

A node has sha256sum, sha1sum, md5sum and gzip, whose trailer is the CRC-32. A request may not take longer than a minute
there, so that a large file is digested piece by piece wherever the store's own checksum allows it: of each part of a
multipart upload, or, for a CRC-32 of the whole, of equal pieces whose checksums are joined by arithmetic.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import zlib
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PIECE: Final = 64 << 20
"""Bytes of one piece where we choose them; gzip takes one to two seconds for as many."""
MOST_PARTS: Final = 10_000
"""Amazon S3, "Multipart upload limits"."""
_USUAL_PARTS: Final = tuple(size << 20 for size in (8, 5, 16, 64, 32, 10, 15, 25, 50, 100, 128, 256, 512, 1024))
"""MiB in a part, by the defaults of upload tools, the most usual first."""
_MOST_GUESSES: Final = 3
_MD5_ETAG: Final = re.compile(r"([0-9a-f]{32})(?:-([1-9][0-9]{0,4}))?")
_CHECKSUM: Final = re.compile(r"([A-Za-z0-9+/]+={0,2})(?:-([1-9][0-9]{0,4}))?")
_PLAIN_ENCRYPTION: Final = frozenset({"", "AES256"})
_FAR: Final = frozenset({"GLACIER", "DEEP_ARCHIVE"})
_ARCHIVE_TIERS: Final = frozenset({"ARCHIVE_ACCESS", "DEEP_ARCHIVE_ACCESS"})


class Digest(StrEnum):
    """What a node can take of a piece of a file."""

    SHA256 = "sha256"
    SHA1 = "sha1"
    MD5 = "md5"
    CRC32 = "crc32"


LENGTHS: Final = {Digest.SHA256: 64, Digest.SHA1: 40, Digest.MD5: 32, Digest.CRC32: 8}
"""Hex digits of each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupFacts:
    """What the store says of one object; checksums by their lower-case algorithm, as the store writes them.

    parts and part_size are of a multipart upload: how many, and how large the first is. uneven: another part than the
    last has another size.
    """

    size: int
    etag: str
    modified: float
    checksums: Mapping[str, str] = field(default_factory=dict)
    checksum_type: str = ""
    encryption: str = ""
    storage: str = ""
    restored: str = ""
    archive_tier: str = ""
    parts: int | None = None
    part_size: int | None = None
    uneven: bool = False

    @property
    def is_far(self) -> bool:
        """Tell whether the object lies in an archive and would have to be asked back first."""
        asleep = self.storage in _FAR or self.archive_tier in _ARCHIVE_TIERS
        return asleep and 'ongoing-request="false"' not in self.restored


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """One way to prove it: the digest of each piece of `piece` bytes (the last may be shorter), and what they give.

    wanted is lower-case hex. is_binding: a difference means damage; else the store may mean something else by it.
    """

    digest: Digest
    piece: int
    count: int
    size: int
    wanted: str
    joined: bool = False
    is_binding: bool = True
    by: str = ""

    @property
    def words(self) -> str:
        """Return by what it was proven, for people."""
        how = f", {self.count} parts" if self.count > 1 and not self.joined else ""
        return f"{self.by}{how}"

    def proves(self, found: Sequence[str]) -> bool:
        """Tell whether the digests of all pieces, in order, are those of the object."""
        return len(found) == self.count and self._of_all(found) == self.wanted

    def _of_all(self, found: Sequence[str]) -> str:
        if self.joined:
            return _joined_crc32(found, self.piece, self.size)
        if self._is_whole:
            return found[0]
        raw = b"".join(bytes.fromhex(one) for one in found)
        if self.digest is Digest.CRC32:
            return f"{zlib.crc32(raw):08x}"
        # Not for security: what the store has taken of its parts is compared.
        return hashlib.new(self.digest, raw, usedforsecurity=False).hexdigest()

    @property
    def _is_whole(self) -> bool:
        return self.piece == 0


def proofs_for(facts: BackupFacts, *, at_aws: bool) -> tuple[Proof, ...]:
    """Return every way in which a node can prove it, the strongest first; empty where there is none.

    The ETag of an object is an MD5 where it is not encrypted by a key of KMS or of the customer (Amazon S3, "Object");
    of another store it may be anything, so that a difference there is no proof of damage.
    """
    found = [_of_checksum(facts, digest) for digest in (Digest.SHA256, Digest.SHA1)]
    found += [_of_etag(facts, at_aws=at_aws), _of_checksum(facts, Digest.CRC32), *_of_guesses(facts)]
    return tuple(proof for proof in found if proof is not None)


def _of_etag(facts: BackupFacts, *, at_aws: bool) -> Proof | None:
    seen = _MD5_ETAG.fullmatch(facts.etag)
    if seen is None or facts.encryption not in _PLAIN_ENCRYPTION:
        return None
    return _made(facts, Digest.MD5, seen[1], seen[2], by="MD5 (ETag)", is_binding=at_aws)


def _of_guesses(facts: BackupFacts) -> tuple[Proof, ...]:
    """Where the store does not tell how large its parts are: the sizes that upload tools use and that fit the count."""
    seen = _MD5_ETAG.fullmatch(facts.etag)
    if seen is None or seen[2] is None or facts.part_size is not None or facts.encryption not in _PLAIN_ENCRYPTION:
        return ()
    fitting = [size for size in _USUAL_PARTS if -(-facts.size // size) == int(seen[2])]
    guesses = (replace(facts, part_size=size) for size in fitting[:_MOST_GUESSES])
    made = (_made(it, Digest.MD5, seen[1], seen[2], by="MD5 (ETag)", is_binding=False) for it in guesses)
    return tuple(proof for proof in made if proof is not None)


def _of_checksum(facts: BackupFacts, digest: Digest) -> Proof | None:
    seen = _CHECKSUM.fullmatch(facts.checksums.get(digest, ""))
    if seen is None:
        return None
    try:
        wanted = base64.b64decode(seen[1], validate=True).hex()
    except (binascii.Error, ValueError):
        return None
    if len(wanted) != LENGTHS[digest]:
        return None
    name = {Digest.SHA256: "SHA-256", Digest.SHA1: "SHA-1", Digest.CRC32: "CRC-32"}[digest]
    count = seen[2] or (str(facts.parts) if facts.checksum_type == "COMPOSITE" and facts.parts else None)
    if digest is Digest.CRC32 and count is None:
        pieces = max(1, -(-facts.size // PIECE))
        return Proof(
            digest=digest, piece=PIECE, count=pieces, size=facts.size, wanted=wanted, joined=True, by=name,
            is_binding=facts.checksum_type == "FULL_OBJECT" or "-" not in facts.etag,
        )  # fmt: skip
    return _made(facts, digest, wanted, count, by=name, is_binding=True)


def _made(
    facts: BackupFacts, digest: Digest, wanted: str, count: str | None, *, by: str, is_binding: bool
) -> Proof | None:
    """Return a proof of the whole, or of parts that are all of one size but the last; uneven ones cannot be told."""
    if count is None:
        return Proof(digest=digest, piece=0, count=1, size=facts.size, wanted=wanted, is_binding=is_binding, by=by)
    number, piece = int(count), facts.part_size or (facts.size if count == "1" else 0)
    if facts.uneven and number > 1:
        return None
    if piece <= 0 or number > MOST_PARTS or facts.parts not in {None, number} or -(-facts.size // piece) != number:
        return None
    return Proof(digest=digest, piece=piece, count=number, size=facts.size, wanted=wanted, is_binding=is_binding, by=by)


def _joined_crc32(found: Sequence[str], piece: int, size: int) -> str:
    total = 0
    for index, one in enumerate(found):
        length = min(piece, size - index * piece)
        total = crc32_joined(total, int(one, 16), length)
    return f"{total:08x}"


def crc32_joined(first: int, second: int, length: int) -> int:
    """Return the CRC-32 of two texts, one behind the other, from theirs and the length of the second.

    Shifting the first by so many zero bytes is a product of polynomials over GF(2); squaring gives it in few steps.
    """
    return _product(_power_of_x(8 * length), first) ^ second


_POLYNOMIAL: Final = 0xEDB88320
_ONE: Final = 1 << 31
"""Bits are reversed in this CRC, so that the highest stands for the number 1."""


def _product(left: int, right: int) -> int:
    total = 0
    for place in range(32):
        if left & (_ONE >> place):
            total ^= right
        right = (right >> 1) ^ (_POLYNOMIAL if right & 1 else 0)
    return total


def _power_of_x(exponent: int) -> int:
    result, base = _ONE, _ONE >> 1
    while exponent:
        if exponent & 1:
            result = _product(base, result)
        base = _product(base, base)
        exponent >>= 1
    return result
