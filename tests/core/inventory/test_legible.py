"""What is left of a broken inventory for the rules: all that has no finding of its own already, and nothing else."""

from __future__ import annotations

from agent.core.filestore import Association, Filestore
from agent.core.finding import Place
from agent.core.inventory.legible import is_whole, legible_filestores, legible_version, legible_waivers
from agent.core.inventory.written import Kind, Written

HERE = Place(file="prod.yml", line=1, column=1)


def written(value: object) -> Written:
    """Return a value as if it had been read from a file."""
    if isinstance(value, dict):
        return Written(kind=Kind.MAPPING, place=HERE, content={key: written(one) for key, one in value.items()})
    assert value is None or isinstance(value, str | int)
    return Written(kind=Kind.TEXT, place=HERE, content=value)


SOUND = {"bucket-name": "example-co-jira", "region": "us-east-1"}


def test_sound_filestores_and_associations_are_legible_whole() -> None:
    config = legible_filestores(written({"filestores": {"b": SOUND}, "associations": {"backups": "b"}}))

    assert config.filestores == (Filestore(id="b", bucket_name="example-co-jira", region="us-east-1"),)
    assert config.associations == (Association(target="backups", file_store="b"),)


def test_what_has_a_finding_of_its_own_is_left_out() -> None:
    config = legible_filestores(
        written(
            {
                "filestores": {"b": SOUND, "c": {"bucket-name": "example-co-jira"}, "d": {**SOUND, "region": 7}},
                "associations": {"backup": "b", "avatars": "nosuch", "attachments": None},
            }
        )
    )

    assert [store.id for store in config.filestores] == ["b"]
    assert config.associations == ()


def test_nothing_is_whole_where_an_association_or_a_filestore_cannot_be_read() -> None:
    sound = written({"filestores": {"b": SOUND}, "associations": {"backups": "b"}})
    links = written({"filestores": {"b": SOUND}, "associations": {"backup": "b"}})
    stores = written({"filestores": {"b": SOUND, "c": {}}, "associations": {"backups": "b"}})
    text = written({"filestores": {"b": SOUND}, "associations": "b"})

    assert [is_whole(it, legible_filestores(it)) for it in (sound, links, stores, text)] == [True, False, False, False]


def test_waivers_are_legible_that_name_a_code_and_give_text() -> None:
    given = written({"waivers": {"FS205": "agreed", "FS206": "", "FS207": None, "bucket": "because"}})

    assert legible_waivers(given) == {"FS205": "agreed", "FS206": ""}
    assert legible_waivers(written({"waivers": "FS205"})) == {}


def test_a_version_is_legible_that_is_one() -> None:
    versions = [written({"jira": {"version": it}}) for it in ("10.3.4", "10.3", "", None, 7)]

    assert [legible_version(it) for it in versions] == ["10.3.4", None, None, None, None]
