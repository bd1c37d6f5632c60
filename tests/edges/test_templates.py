"""Is the right template found, and is everything that is no template refused without waiting?"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from agent.edges import templates
from agent.edges.templates import MOST_BYTES, load_template
from agent.errors import InputError


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_the_template_asked_for_is_read(tmp_path: Path) -> None:
    path = tmp_path / "own.j2"
    path.write_text("own {{ x }}\r\n", newline="")

    template = load_template(path)

    assert template.name == str(path)
    assert template.text == "own {{ x }}\r\n"


def test_the_template_in_the_folder_comes_before_the_shipped_one(tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / templates.FILE_NAME).write_text("from the folder")

    assert load_template(None) == templates.Template(name=f"templates/{templates.FILE_NAME}", text="from the folder")


def test_without_a_template_in_the_folder_the_shipped_one_is_used() -> None:
    assert '<?xml version="1.1" ?>' in load_template(None).text


def test_a_broken_template_in_the_folder_is_not_passed_over(tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / templates.FILE_NAME).symlink_to(tmp_path / "nowhere")

    with pytest.raises(InputError, match="no such file"):
        load_template(None)


def test_a_missing_template_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nosuch\.j2: the template cannot be read \(no such file or directory\)"):
        load_template(tmp_path / "nosuch.j2")


def test_a_folder_is_no_template(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not a regular file"):
        load_template(tmp_path)


def test_a_named_pipe_is_refused_without_waiting_for_a_writer(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    with pytest.raises(InputError, match="not a regular file"):
        load_template(tmp_path / "pipe")


def test_a_device_without_end_is_refused() -> None:
    with pytest.raises(InputError, match="not a regular file"):
        load_template(Path("/dev/zero"))


def test_a_template_of_just_the_limit_is_read_and_one_byte_more_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "big.j2"
    path.write_bytes(b"x" * MOST_BYTES)
    assert len(load_template(path).text) == MOST_BYTES

    path.write_bytes(b"x" * (MOST_BYTES + 1))
    with pytest.raises(InputError, match="larger than 65536 bytes"):
        load_template(path)


def test_latin_1_is_refused_at_its_line(tmp_path: Path) -> None:
    path = tmp_path / "latin.j2"
    path.write_bytes(b"first\nsecond caf\xe9")

    with pytest.raises(InputError, match=r"latin\.j2:2: byte 16 \(0xe9\) is not UTF-8; re-save"):
        load_template(path)


def test_a_name_with_control_characters_is_shown_escaped(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"a\\x1b\[2Jb") as caught:
        load_template(tmp_path / "a\x1b[2Jb")

    assert "\x1b" not in str(caught.value)


def test_a_name_with_a_nul_is_no_path() -> None:
    with pytest.raises(InputError, match="this is no path"):
        load_template(Path("a\0b"))
