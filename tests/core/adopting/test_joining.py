"""Any meaning that a document can have comes back from the inventory that was made of it, whoever differs in tuning."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.core.adopting.joining import frame_of, joined
from agent.core.adopting.shaping import shaped, written
from agent.core.document import canonical_digest_of
from agent.core.filestore import Association, Filestore, FilestoreConfig
from agent.core.inventory.resolve import resolve_filestores, resolve_nodes
from agent.core.xml.parse import parse
from agent.core.xml.render import render
from agent.edges.loader import estate_with
from agent.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).parents[3]
SHIPPED = (ROOT / "templates" / "filestore-config.xml.j2").read_text(encoding="utf-8")
NAMES = ("jira-1", "jira-2", "jira-3", "jira-10")
BASE = {"jira": {"version": "10.3.4", "localhome": "/var/jira"}, "nodes": {"jira-[1-3,10]": {}}}
WORD = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,14}", fullmatch=True) | st.sampled_from(
    ["yes", "no", "null", "~x", "10.3", "0640", "22:22", "2026-11-22", "0x1f", "1e5", "=", "<<", "a: b", "# a", "- a",
     "{a}", "[a]", "*a", "&a", "!a", "'a'", '"a"', "a\\b", "%a", "@a", "`a`", "|", ">", "?", "jira-[1]", "\N{SNOWMAN}"]
)  # fmt: skip
STORES = st.builds(
    Filestore,
    id=WORD,
    bucket_name=WORD,
    region=WORD,
    endpoint_override=st.none() | WORD,
    max_concurrency=st.none() | st.integers(-5, 10**17),
)
TARGETS = st.lists(st.sampled_from(["attachments", "avatars", "backups"]), unique=True)


@st.composite
def configs(draw: st.DrawFn) -> FilestoreConfig:
    stores = draw(st.lists(STORES, max_size=4, unique_by=lambda store: store.id))
    ids = st.sampled_from([store.id for store in stores] or [""])
    links = tuple(Association(target=target, file_store=draw(ids)) for target in (draw(TARGETS) if stores else ()))
    return FilestoreConfig(filestores=tuple(stores), associations=links)


@st.composite
def tuned(draw: st.DrawFn) -> Mapping[str, FilestoreConfig]:
    """One frame, and on each node other connections."""
    frame = draw(configs())
    tuning = st.none() | st.integers(1, 3)
    return {
        name: replace(frame, filestores=tuple(replace(it, max_concurrency=draw(tuning)) for it in frame.filestores))
        for name in NAMES
    }


def adopted(found: Mapping[str, FilestoreConfig], base: Mapping[str, object] = BASE) -> dict[str, FilestoreConfig]:
    """Return what the inventory says of each node once it was written and read again."""
    estate = estate_with(written(shaped(base, joined(found)), ("a head",)), Path("prod.yml"), folder=None)
    assert "prod" in estate.clusters, estate.findings
    inventory = estate.clusters["prod"]
    return {node.name: resolve_filestores(inventory, node.name) for node in resolve_nodes(inventory, "prod")}


def drawn_from_a_file(config: FilestoreConfig) -> bool:
    """Tell whether a document can say it at all, and format 1 can: what either refuses is not adopted but refused."""
    try:
        document = render(config, SHIPPED, template_name="t")
    except InputError:
        return False
    return parse(document.content, file="f").config == config


@settings(max_examples=150, deadline=None)
@given(configs())
def test_any_file_comes_back_from_the_inventory_with_the_same_canonical_digest(config: FilestoreConfig) -> None:
    if drawn_from_a_file(config):
        found = adopted(dict.fromkeys(NAMES, config))
        assert {canonical_digest_of(it) for it in found.values()} == {canonical_digest_of(config)}
        documents = {render(it, SHIPPED, template_name="t").canonical for it in found.values()}
        assert documents == {canonical_digest_of(config)}


@settings(max_examples=150, deadline=None)
@given(tuned())
def test_nodes_with_tunings_of_their_own_come_back_each_with_its_own(found: Mapping[str, FilestoreConfig]) -> None:
    if all(map(drawn_from_a_file, found.values())):
        assert adopted(found) == found


@pytest.mark.parametrize(
    "endpoints",
    [
        (None, "https://s3.dualstack.eu-west-1.amazonaws.com"),
        ("https://s3-fips.eu-west-1.amazonaws.com", "https://s3.eu-west-1.amazonaws.com"),
        ("http://minio.test:9000", "https://minio.test:9000/"),
    ],
)
def test_endpoints_of_one_family_stay_where_they_were_found(endpoints: tuple[str | None, str]) -> None:
    one, other = (
        FilestoreConfig(filestores=(Filestore(id="b", bucket_name="b", region="eu-west-1", endpoint_override=it),))
        for it in endpoints
    )
    assert frame_of(one) == frame_of(other)
    found = {"jira-1": one, "jira-2": other, "jira-3": one, "jira-10": other}
    assert adopted(found) == found


@pytest.mark.parametrize(
    "other",
    [
        Filestore(id="b", bucket_name="c", region="eu-west-1"),
        Filestore(id="b", bucket_name="b", region="eu-west-2"),
        Filestore(id="c", bucket_name="b", region="eu-west-1"),
        Filestore(id="b", bucket_name="b", region="eu-west-1", endpoint_override="https://minio.test"),
    ],
)
def test_what_no_node_may_have_of_its_own_is_another_frame(other: Filestore) -> None:
    one = Filestore(id="b", bucket_name="b", region="eu-west-1")
    assert frame_of(FilestoreConfig(filestores=(one,))) != frame_of(FilestoreConfig(filestores=(other,)))


def test_an_association_more_is_another_frame() -> None:
    store = Filestore(id="b", bucket_name="b", region="eu-west-1")
    one, other = (
        FilestoreConfig(
            filestores=(store,), associations=tuple(Association(target=it, file_store="b") for it in targets)
        )
        for targets in (("backups",), ("avatars", "backups"))
    )
    assert frame_of(one) != frame_of(other)


def test_nothing_at_all_is_an_inventory_that_keeps_nothing_in_s3() -> None:
    assert set(adopted({}).values()) == {FilestoreConfig()}
