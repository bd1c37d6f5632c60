"""Configurations for the tests of policies: which target goes to which bucket, and where."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.core.filestore import Association, Filestore, FilestoreConfig

if TYPE_CHECKING:
    from collections.abc import Mapping


def config_of(buckets: Mapping[str, str], *, region: str = "us-east-1", endpoint: str | None = None) -> FilestoreConfig:
    """Return a configuration in which each target (key) goes to a bucket (value), one filestore each."""
    stores = [
        Filestore(id=f"{target}Store", bucket_name=name, region=region, endpoint_override=endpoint)
        for target, name in buckets.items()
    ]
    links = [Association(target=target, file_store=f"{target}Store") for target in buckets]
    return FilestoreConfig(filestores=tuple(stores), associations=tuple(links))
