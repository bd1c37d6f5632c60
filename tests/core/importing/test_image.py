"""The image's variables: what it would write of them, what it ignores, and what nobody can tell."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.filestore import Association, Filestore
from agent.core.finding import Place, Severity
from agent.core.importing.image import VARIABLES, stores_of_variables
from agent.core.importing.told import Stores, Told
from agent.core.xml.render import render
from agent.edges.templates import load_template
from tests.support.vendor import image_xml, meaning_of

TEMPLATE = load_template(None)
AVATARS = {"ATL_S3AVATARS_BUCKET_NAME": "co-avatars", "ATL_S3AVATARS_REGION": "eu-central-1"}
ATTACHMENTS = {"ATL_S3ATTACHMENTS_BUCKET_NAME": "co-attachments", "ATL_S3ATTACHMENTS_REGION": "eu-west-1"}
BACKUPS = {"ATL_S3BACKUPS_BUCKET_NAME": "co-backups", "ATL_S3BACKUPS_REGION": "us-east-1"}


def _read(environment: dict[str, str]) -> Stores:
    lines = enumerate(environment.items(), start=1)
    return stores_of_variables(
        Told(name=name, text=text, place=Place(file="jira.env", line=number)) for number, (name, text) in lines
    )


def _codes(found: Stores) -> list[tuple[str, Severity]]:
    return [(it.rule, it.severity) for it in found.findings]


def test_the_id_of_avatars_is_that_of_the_images_template() -> None:
    found = _read(AVATARS)

    assert found.config is not None
    assert found.config.filestores == (
        Filestore(id="avatarBucket", bucket_name="co-avatars", region="eu-central-1", endpoint_override=None),
    )
    assert found.config.associations == (Association(target="avatars", file_store="avatarBucket"),)
    assert [(it.key, it.said, it.place.line) for it in found.taken] == [
        ("filestores.avatarBucket.bucket-name", "co-avatars", 1),
        ("filestores.avatarBucket.region", "eu-central-1", 2),
    ]


def test_three_buckets_are_three_filestores_with_the_ids_of_atlassians_pages() -> None:
    found = _read({**AVATARS, **ATTACHMENTS, **BACKUPS})

    assert found.config is not None
    assert [it.id for it in found.config.filestores] == ["attachmentBucket", "avatarBucket", "backupBucket"]


def test_avatars_and_attachments_of_one_bucket_are_one_filestore_made_of_the_avatars() -> None:
    said = {**AVATARS, **ATTACHMENTS, "ATL_S3ATTACHMENTS_BUCKET_NAME": "co-avatars"}
    found = _read({**said, "ATL_S3ATTACHMENTS_ENDPOINT_OVERRIDE": "https://s3.eu-west-1.amazonaws.com"})

    assert found.config is not None
    assert [(it.id, it.region, it.endpoint_override) for it in found.config.filestores] == [
        ("jiraBucket", "eu-central-1", None)
    ]
    assert _codes(found) == [("FS608", Severity.WARNING)] * 2
    assert '"eu-central-1" of avatars for both, and not "eu-west-1"' in found.findings[0].message


def test_one_bucket_said_alike_needs_no_word() -> None:
    same = {name.replace("AVATARS", "ATTACHMENTS"): text for name, text in AVATARS.items()}

    assert _codes(_read({**AVATARS, **same})) == []


@pytest.mark.parametrize("part", ["BUCKET_NAME", "REGION", "ENDPOINT_OVERRIDE"])
def test_a_block_of_which_a_half_is_missing_is_left_out_and_said_with_its_place(part: str) -> None:
    found = _read({**AVATARS, f"ATL_S3BACKUPS_{part}": "x"})

    assert found.config is not None
    assert [it.target for it in found.config.associations] == ["avatars"]
    assert _codes(found) == [("FS606", Severity.WARNING)]
    assert found.findings[0].place == Place(file="jira.env", line=3)
    assert "backups stay in the shared home" in found.findings[0].message


def test_an_empty_variable_is_not_set() -> None:
    found = _read({**AVATARS, "ATL_S3BACKUPS_BUCKET_NAME": "", "ATL_S3BACKUPS_REGION": ""})

    assert _codes(found) == []
    assert _read(dict.fromkeys(VARIABLES, "")).config is None


@pytest.mark.parametrize(
    ("complete", "half"),
    [
        (AVATARS, {"ATL_S3ATTACHMENTS_BUCKET_NAME": "co-avatars"}),
        (ATTACHMENTS, {"ATL_S3AVATARS_BUCKET_NAME": "co-attachments"}),
    ],
)
def test_half_a_block_beside_a_whole_one_of_the_same_bucket_is_not_guessed_at(
    complete: dict[str, str], half: dict[str, str]
) -> None:
    assert _codes(_read({**complete, **half})) == [("FS609", Severity.ERROR)]


def test_backups_never_share_by_name_so_half_of_them_is_just_ignored() -> None:
    assert _codes(_read({**AVATARS, "ATL_S3BACKUPS_BUCKET_NAME": "co-avatars"})) == [("FS606", Severity.WARNING)]


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("ATL_S3_AVATARS_BUCKET_NAME", "ATL_S3AVATARS_BUCKET_NAME"),
        ("ATL_S3AVATARS_BUCKETNAME", "ATL_S3AVATARS_BUCKET_NAME"),
        ("ATL_S3BACKUP_REGION", "ATL_S3BACKUPS_REGION"),
    ],
)
def test_a_name_that_is_nearly_one_is_told_with_the_one(name: str, meant: str) -> None:
    (finding,) = _read({**AVATARS, name: "x"}).findings

    assert (finding.rule, finding.hint) == ("FS607", f'did you mean "{meant}"?')


def test_the_image_knows_its_variables_in_any_case_and_two_that_differ_are_not_chosen_from() -> None:
    lower = {name.lower(): text for name, text in AVATARS.items()}

    assert _read(lower).config == _read(AVATARS).config
    assert _codes(_read({**AVATARS, **lower})) == []
    assert _codes(_read({**AVATARS, "atl_s3avatars_region": "us-east-1"})) == [("FS609", Severity.ERROR)]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("${REGION}", "FS605"),
        ("$REGION", "FS605"),
        ("{{ region }}", "FS605"),
        ("$(cat region)", "FS605"),
        ("AKIA" + "A1B2C3D4E5F6G7H8", "FS611"),
        ("https://me:secret@minio", "FS611"),
        ("eu\u200b-west-1", "FS615"),
        ("eu\x1b[2J", "FS615"),
        ("e" * 5000, "FS615"),
    ],
)
def test_what_may_not_be_taken_is_an_error_and_no_secret_is_in_it(text: str, code: str) -> None:
    found = _read({**AVATARS, "ATL_S3AVATARS_REGION": text})

    assert _codes(found) == [(code, Severity.ERROR)]
    said = "".join(f"{it.message}{it.hint}" for it in found.findings)
    assert "A1B2C3D4" not in said
    assert "secret@" not in said
    assert "\x1b" not in said


_BUCKETS = st.sampled_from(["", "co-one", "co-two"])
_REGIONS = st.sampled_from(["", "eu-west-1", "us-east-1"])
_ENDPOINTS = st.sampled_from(["", "https://s3.dualstack.eu-west-1.amazonaws.com"])
_ENVIRONMENTS = st.fixed_dictionaries(
    {name: {"E": _BUCKETS, "N": _REGIONS}.get("N" if name.endswith("REGION") else "E", _BUCKETS)
     if not name.endswith("OVERRIDE") else _ENDPOINTS for name in VARIABLES}
)  # fmt: skip


@given(environment=_ENVIRONMENTS)
def test_whatever_is_set_the_document_means_what_the_image_would_have_written(environment: dict[str, str]) -> None:
    found = _read(environment)
    if any(it.severity is Severity.ERROR for it in found.findings):
        assert {it.rule for it in found.findings if it.severity is Severity.ERROR} == {"FS609"}
        return

    ours = render(found.config, TEMPLATE.text, template_name=TEMPLATE.name).content if found.config else None

    assert meaning_of(ours) == meaning_of(image_xml(environment))
