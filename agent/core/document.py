"""The bytes of one filestore-config.xml together with their meaning, and the two digests that name them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field

from agent.core.filestore import FilestoreConfig

ABSENT = "absent"
"""What stands for the digest of a file that is not there."""


def digest_of(content: bytes) -> str:
    """Return the name of exactly these bytes: "sha256:" and 64 hex digits."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def canonical_digest_of(config: FilestoreConfig) -> str:
    """Return the name of a meaning: equal for documents that differ in layout, order, comments or quotes only."""
    meaning = json.dumps(asdict(config), sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return digest_of(meaning.encode("ascii"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A well-formed document: its bytes, its meaning, the digest of each."""

    content: bytes = field(repr=False)
    config: FilestoreConfig
    digest: str
    canonical: str


def document_of(content: bytes, config: FilestoreConfig) -> Document:
    """Join bytes and the meaning that was read from them."""
    return Document(content=content, config=config, digest=digest_of(content), canonical=canonical_digest_of(config))


def absent_document() -> Document:
    """Return what stands for no file at all: no bytes, all data in the shared home, ABSENT for both digests."""
    return Document(content=b"", config=FilestoreConfig(), digest=ABSENT, canonical=ABSENT)
