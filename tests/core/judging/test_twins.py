"""Names that are one machine, one folder or one node of Jira; and copies, which are none of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from agent.core.judging.twins import same_folder, same_node_id, same_storage
from agent.core.observation import HomeFacts
from tests.core.sightings import document, loaded

if TYPE_CHECKING:
    from agent.core.observation import Observation

PAIR = (("jira-1", "jira-2"),)


def machine(
    *, machine_id: str = "m", boot: str = "boot-now", device: str = "1", inode: str = "2", kind: str = "ext2/ext3"
) -> Observation:
    seen = loaded(document(), machine_id=machine_id)
    home = replace(seen.home, device=device, inode=inode, filesystem=kind)
    return replace(seen, boot_id=boot, home=home)


def two(one: Observation, other: Observation) -> dict[str, Observation]:
    return {"jira-1": one, "jira-2": other, "jira-3": machine(machine_id="x", boot="boot-x", inode="99")}


def test_one_folder_of_one_running_machine_is_found_under_two_names() -> None:
    assert same_folder(two(machine(), machine())) == PAIR
    assert same_folder(two(machine(machine_id=""), machine(machine_id=""))) == PAIR


@pytest.mark.parametrize(
    "other",
    [machine(boot="boot-2"), machine(inode="3"), machine(device="2"), machine(machine_id="n")],
    ids=["a copy of the machine", "another folder", "another disk", "another machine"],
)
def test_what_differs_in_one_of_it_is_another_node(other: Observation) -> None:
    assert same_folder(two(machine(), other)) == ()


def test_a_folder_that_was_not_described_is_like_no_other() -> None:
    nothing = replace(machine(), home=HomeFacts(kind=machine().home.kind))
    assert same_folder(two(nothing, nothing)) == ()


def test_one_localhome_on_shared_storage_is_found_by_its_file_or_by_its_node_id() -> None:
    one, other = machine(kind="nfs"), machine(machine_id="n", boot="boot-2", device="7", kind="nfs")
    assert same_storage(two(one, other)) == PAIR
    assert same_storage(two(replace(one, file=replace(one.file, inode="8")), other)) == ()
    both = tuple(replace(it, node_id="node1", file=replace(it.file, inode=it.boot_id)) for it in (one, other))
    assert same_storage(two(*both)) == PAIR


def test_equal_inodes_on_disks_of_their_own_share_nothing() -> None:
    assert same_storage(two(machine(), machine(machine_id="n", boot="boot-2"))) == ()


def test_one_machine_that_mounts_a_share_is_not_two() -> None:
    assert same_storage(two(machine(kind="nfs"), machine(kind="nfs"))) == ()


def test_a_node_id_may_be_there_once() -> None:
    one, other = replace(machine(), node_id="node1"), replace(machine(boot="boot-2"), node_id="node1")
    assert same_node_id(two(one, other)) == PAIR
    assert same_node_id(two(replace(one, node_id=None), replace(other, node_id=None))) == ()
