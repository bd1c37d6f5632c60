"""Which buckets are asked for which targets, and under which names."""

from __future__ import annotations

from agent.core.filestore import Association, Filestore, FilestoreConfig
from agent.core.preflight.aims import probes_for

ONE = Filestore(id="one", bucket_name="bucket-one", region="us-east-1")
SAME = Filestore(id="same", bucket_name="bucket-one", region="us-east-1", max_concurrency=5)
TWO = Filestore(id="two", bucket_name="bucket-two", region="eu-west-1")


def config(*stores: Filestore, **targets: str) -> FilestoreConfig:
    links = tuple(Association(target=target, file_store=store) for target, store in targets.items())
    return FilestoreConfig(filestores=stores, associations=links)


def test_each_bucket_is_asked_once_for_all_its_targets_below_their_own_prefixes() -> None:
    found = probes_for(config(ONE, SAME, TWO, avatars="one", attachments="same", backups="two"), "m1")
    assert [(probe.address.bucket, [(it.target, it.key) for it in probe.trials]) for probe in found] == [
        (
            "bucket-one",
            [
                ("attachments", "attachments/filestore-agent-preflight/m1"),
                ("avatars", "avatars/filestore-agent-preflight/m1"),
            ],
        ),
        ("bucket-two", [("backups", "backups/Healthcheck/filestore-agent-m1")]),
    ]


def test_a_filestore_that_nothing_uses_is_not_asked() -> None:
    assert [probe.address.bucket for probe in probes_for(config(ONE, TWO, backups="two"), "m")] == ["bucket-two"]
    assert probes_for(config(ONE), "m") == ()
