"""Documents as files: read within bounds, written whole or not at all."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from agent.edges.documents import CAP_BYTES, read_document, write_document
from agent.errors import AgentError, InputError

if TYPE_CHECKING:
    from pathlib import Path


def test_a_file_is_read_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "a.xml"
    file.write_bytes(b"\xff\x00<x/>\r\n")

    assert read_document(file) == b"\xff\x00<x/>\r\n"


def test_of_a_huge_file_one_byte_more_than_the_cap_is_read(tmp_path: Path) -> None:
    file = tmp_path / "huge.xml"
    with file.open("wb") as handle:
        handle.truncate(5 * 1024**3)

    assert len(read_document(file)) == CAP_BYTES + 1


def test_a_link_to_a_file_is_followed_on_the_workstation(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_bytes(b"<x/>")
    (tmp_path / "link.xml").symlink_to(tmp_path / "a.xml")

    assert read_document(tmp_path / "link.xml") == b"<x/>"


@pytest.mark.parametrize("kind", ["absent", "folder", "fifo", "device", "loop", "unreadable name"])
def test_what_is_no_regular_file_is_refused_by_name_and_never_waited_for(tmp_path: Path, kind: str) -> None:
    file = tmp_path / "thing"
    if kind == "folder":
        file.mkdir()
    elif kind == "fifo":
        os.mkfifo(file)
    elif kind == "device":
        file.symlink_to("/dev/zero")
    elif kind == "loop":
        file.symlink_to(file)
    elif kind == "unreadable name":
        file = tmp_path / ("x" * 300)
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - a count of descriptors, not of paths

    with pytest.raises(InputError, match=r"name a filestore-config\.xml") as refused:
        read_document(file)

    assert str(refused.value).startswith(f"{file}: ")
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208 - as above


def test_a_document_is_written_with_its_folders_readable_and_alone(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "filestore-config.xml"

    write_document(path, b"one")
    write_document(path, b"two")

    assert path.read_bytes() == b"two"
    assert path.stat().st_mode & 0o777 == 0o644
    assert [entry.name for entry in path.parent.iterdir()] == ["filestore-config.xml"]


def test_a_link_at_the_target_is_replaced_and_not_written_through(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_bytes(b"mine")
    path = tmp_path / "filestore-config.xml"
    path.symlink_to(victim)

    write_document(path, b"new")

    assert victim.read_bytes() == b"mine"
    assert (path.is_symlink(), path.read_bytes()) == (False, b"new")


@pytest.mark.parametrize("kind", ["folder at the target", "file in the folder's place"])
def test_what_cannot_be_written_is_named_and_leaves_nothing_behind(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "out" / "filestore-config.xml"
    if kind == "folder at the target":
        path.mkdir(parents=True)
    else:
        path.parent.write_bytes(b"in the way")
    before = sorted(tmp_path.rglob("*"))

    with pytest.raises(AgentError, match=r"filestore-config\.xml: cannot be written .*--out"):
        write_document(path, b"new")

    assert sorted(tmp_path.rglob("*")) == before


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path) -> None:
    """RLIMIT_FSIZE stands in for the full disk: the write fails after the temporary file is there."""
    import resource  # noqa: PLC0415 - for this test alone
    import signal  # noqa: PLC0415 - as above

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        with pytest.raises(AgentError, match="cannot be written"):
            write_document(tmp_path / "filestore-config.xml", b"new")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)

    assert list(tmp_path.iterdir()) == []
