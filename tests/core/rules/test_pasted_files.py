"""What people paste: files of other tools, of pages and of tired nights, with the code that each must get."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.core.finding import Severity, errors_among
from agent.core.xml.parse import examine

SEED = Path(__file__).parents[2] / "examples"
DECLARED = '<?xml version="1.0" encoding="UTF-8"?>'


def file(
    config: str = "",
    *,
    bucket: str = "example-co-jira",
    region: str = "us-east-1",
    endpoint: str | None = None,
    links: str = '<association target="backups" file-store="store"/>',
    head: str = '<?xml version="1.1" ?>\n',
    store_id: str = "store",
) -> bytes:
    given = f"<endpoint-override>{endpoint}</endpoint-override>" if endpoint is not None else ""
    return (
        f'{head}<filestore-config><filestores><s3-filestore id="{store_id}"><config>'
        f"<bucket-name>{bucket}</bucket-name><region>{region}</region>{given}{config}"
        f"</config></s3-filestore></filestores><associations>{links}</associations></filestore-config>"
    ).encode()


def codes(content: bytes, jira_version: str | None = "10.3.4") -> set[str]:
    found = examine(content, file="f.xml", jira_version=jira_version).findings
    return {finding.rule for finding in found if finding.severity is not Severity.NOTE}


DOCKER_2023 = f"""{DECLARED}

<filestore-config>
    <filestores>
        <s3-filestore id="avatarBucket">
            <config>
                <bucket-name>example-co-avatars</bucket-name>
                <region>eu-west-1</region>
                <endpoint-override>https://s3.dualstack.eu-west-1.amazonaws.com</endpoint-override>
            </config>
        </s3-filestore>
    </filestores>

    <associations>
        <association target="avatars" file-store="avatarBucket"/>
    </associations>
</filestore-config>
""".encode()
AWS_INFRASTRUCTURE = b"""<?xml version="1.1" ?>
<filestore-config>
  <filestores>
    <s3-filestore id="s3Bucket">
      <config>
        <bucket-name>jpt-1a2b3c-storage</bucket-name>
        <region>us-east-1</region>
      </config>
    </s3-filestore>
  </filestores>
  <associations>
    <association target="avatars" file-store="s3Bucket" />
    <association target="attachments" file-store="s3Bucket" />
  </associations>
</filestore-config>
"""


@pytest.mark.parametrize(
    "content",
    [
        DOCKER_2023,
        DOCKER_2023.replace(b"\n", b"\r\n"),
        b"\xef\xbb\xbf" + DOCKER_2023,
        AWS_INFRASTRUCTURE,
        file(head=""),
        file(head="<?xml version='1.0'?>"),
        file(head=f"{DECLARED}\n<!-- managed by puppet -->\n"),
        file(region="cn-north-1", endpoint="https://s3.dualstack.cn-north-1.amazonaws.com.cn"),
        file(region="us-gov-west-1", endpoint="https://s3-fips.us-gov-west-1.amazonaws.com"),
        file(region="ca-central-1", endpoint="https://s3-fips.dualstack.ca-central-1.amazonaws.com"),
        file(region="us-iso-east-1", endpoint="https://s3-fips.us-iso-east-1.c2s.ic.gov"),
        file(region="eusc-de-east-1", endpoint="https://s3.eusc-de-east-1.amazonaws.eu"),
        file(region="eu-west-1", endpoint="https://bucket.vpce-0a1b2c3d-4e5f6g7h.s3.eu-west-1.vpce.amazonaws.com"),
        file(region="us-west-2", bucket="example-co-jira-111122223333-us-west-2-an"),
        file(endpoint="https://s3.example.com"),
        file(endpoint="https://s3.example.com:9000/"),
        file(endpoint="https://minio-1a2b.elb.us-east-1.amazonaws.com"),
        file(region="garage", endpoint="https://garage.example.com").replace(b">garage<", b">us-east-1<"),
        file("<max-concurrency>50</max-concurrency>"),
        file(links="").replace(b'<s3-filestore id="store">', b"<s3-filestore id='store'>"),
    ],
)
def test_a_file_that_real_tools_write_has_no_error(content: bytes) -> None:
    assert errors_among(examine(content, file="f.xml", jira_version="10.3.4").findings) == ()


@pytest.mark.parametrize(
    "path",
    sorted({*SEED.glob("*.xml")} - {SEED / "fragment.xml", SEED / "lifecycle-rule.xml"}),
    ids=lambda path: path.name,
)
def test_a_file_of_atlassians_page_has_no_error(path: Path) -> None:
    assert errors_among(examine(path.read_bytes(), file=path.name).findings) == ()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        # --- what a generator did not fill ---
        (file(region="null"), "FS226"),
        (file(region="None"), "FS226"),
        (file(bucket="null"), "FS226"),
        (file(bucket="undefined"), "FS226"),
        (file(bucket="${ATL_S3AVATARS_BUCKET_NAME}"), "FS226"),
        (file(bucket="$BUCKET"), "FS226"),
        (file(bucket="{{ bucket_name }}"), "FS226"),
        (file(bucket="{{ .Values.jira.s3Storage.avatars.bucketName }}"), "FS226"),
        (file(bucket="{% if x %}a{% endif %}"), "FS226"),
        (file(bucket="&lt;no value&gt;"), "FS226"),
        (file(bucket="&lt;your-bucket&gt;"), "FS226"),
        (file(bucket="%BUCKET%"), "FS226"),
        (file(bucket="%(bucket)s"), "FS226"),
        (file(bucket="{bucket}"), "FS226"),
        (file(bucket="#{bucket}"), "FS226"),
        (file(bucket="@BUCKET_NAME@"), "FS226"),
        (file(bucket="__BUCKET__"), "FS226"),
        (file(bucket="!Ref JiraBucket"), "FS226"),
        (file(bucket="(known after apply)"), "FS226"),
        (file(bucket="CHANGEME"), "FS226"),
        (file(region="AWS::Region"), "FS226"),
        (file(endpoint="null"), "FS226"),
        (file(endpoint="https://s3.${AWS_REGION}.amazonaws.com"), "FS226"),
        (file(store_id="${id}"), "FS226"),
        (file(links='<association target="{{ target }}" file-store="store"/>'), "FS226"),
        # --- values ---
        (file(bucket="Example-Co-Jira"), "FS203"),
        (file(bucket="example_co_jira"), "FS203"),
        (file(bucket="example-co-jira."), "FS203"),
        (file(bucket="ex\u0430mple-co-jira"), "FS203"),
        (file(bucket="ab"), "FS202"),
        (file(bucket="a" * 64), "FS202"),
        (file(bucket="arn:aws:s3:::example-co-jira"), "FS201"),
        (file(bucket="s3://example-co-jira/jira"), "FS201"),
        (file(bucket="https://example-co-jira.s3.amazonaws.com"), "FS201"),
        (file(bucket="jira-ap-1a2b3c-s3alias"), "FS204"),
        (file(bucket="amzn-s3-demo-bucket"), "FS204"),
        (file(bucket="sthree-configurator-x"), "FS204"),
        (file(bucket="jira--usw2-az1--x-s3"), "FS204"),
        (file(bucket="jira--table-s3"), "FS204"),
        (file(bucket="jira-olap--ol-s3"), "FS204"),
        (file(bucket="xn--jira"), "FS204"),
        (file(bucket="jira-attachments-an"), "FS228"),
        (file(bucket="jira-111122223333-eu-west-1-an"), "FS229"),
        (file(bucket="jira.example.com"), "FS205"),
        (file(bucket=" example-co-jira"), "FS122"),
        (file(bucket="\n  example-co-jira\n"), "FS122"),
        (file(region="us-east-1 "), "FS122"),
        (file(endpoint="https://s3.example.com "), "FS122"),
        (file(region="US_EAST_1"), "FS206"),
        (file(region="us-east-1a"), "FS206"),
        (file(region="Virginia"), "FS206"),
        (file(region="eu-central"), "FS206"),
        (file(region="eastus"), "FS206"),
        (file(region="us-esat-1"), "FS216"),
        (file(bucket=""), "FS115"),
        (file(region=""), "FS115"),
        (file("<max-concurrency>100,0</max-concurrency>"), "FS123"),
        (file("<max-concurrency>0</max-concurrency>"), "FS213"),
        (file("<max-concurrency>null</max-concurrency>"), "FS123"),
        (file("<endpoint-override></endpoint-override>"), "FS125"),
        # --- endpoints ---
        (file(endpoint="s3.us-east-1.amazonaws.com"), "FS207"),
        (file(endpoint="//s3.us-east-1.amazonaws.com"), "FS207"),
        (file(endpoint="s3://example-co-jira"), "FS207"),
        (file(endpoint="https://AKIAIOSFODNN7EXAMPLE:secret@s3.amazonaws.com"), "FS208"),
        (file(endpoint="https://s3.us-east-1.amazonaws.com/example-co-jira"), "FS209"),
        (file(endpoint="https://s3.example.com?x-id=PutObject"), "FS209"),
        (file(endpoint="https://s3.example.com:99999"), "FS210"),
        (file(endpoint="https://s3 .example.com"), "FS210"),
        (file(endpoint="http://s3.example.com"), "FS211"),
        (file(endpoint="http://s3.us-east-1.amazonaws.com"), "FS221"),
        (file(endpoint="https://s3.dualstack.eu-west-1.amazonaws.com"), "FS212"),
        (file(endpoint="https://s3.us-east-1.amazonaws.com.cn"), "FS212"),
        (file(region="cn-north-1", endpoint="https://s3.cn-north-1.amazonaws.com"), "FS212"),
        (file(region="cn-north-1", endpoint="https://s3.amazonaws.com"), "FS212"),
        (file(region="us-gov-west-1", endpoint="https://s3.us-gov-east-1.amazonaws.com"), "FS212"),
        (file(region="us-iso-east-1", endpoint="https://s3.us-iso-east-1.amazonaws.com"), "FS212"),
        (file(region="eusc-de-east-1", endpoint="https://s3.eusc-de-east-1.amazonaws.com"), "FS212"),
        (file(region="eu-west-1", endpoint="https://s3-fips.eu-west-1.amazonaws.com"), "FS217"),
        (file(region="ap-southeast-2", endpoint="https://s3-fips.dualstack.ap-southeast-2.amazonaws.com"), "FS217"),
        (file(region="cn-north-1", endpoint="https://s3-fips.cn-north-1.amazonaws.com.cn"), "FS217"),
        (file(region="us-iso-east-1", endpoint="https://s3.dualstack.us-iso-east-1.c2s.ic.gov"), "FS217"),
        (file(endpoint="https://example-co-jira.s3-website-us-east-1.amazonaws.com"), "FS218"),
        (file(endpoint="https://s3-accesspoint.us-east-1.amazonaws.com"), "FS218"),
        (file(endpoint="https://accesspoint.vpce-1a2b.s3.us-east-1.vpce.amazonaws.com"), "FS218"),
        (file(endpoint="https://vpce-1a2b.s3.us-east-1.vpce.amazonaws.com"), "FS218"),
        (file(endpoint="https://s3.console.aws.amazon.com"), "FS218"),
        (file(endpoint="https://s3-control.us-east-1.amazonaws.com"), "FS218"),
        (file(endpoint="https://s3express-use1-az4.us-east-1.amazonaws.com"), "FS218"),
        (file(endpoint="https://sts.us-east-1.amazonaws.com"), "FS218"),
        (file(endpoint="https://example-co-jira.s3.us-east-1.amazonaws.com"), "FS219"),
        (file(endpoint="https://example-co-jira.s3.amazonaws.com"), "FS219"),
        (file(endpoint="https://x.bucket.vpce-1a2b.s3.us-east-1.vpce.amazonaws.com"), "FS219"),
        (file(endpoint="https://s3-accelerate.amazonaws.com"), "FS220"),
        (file(endpoint="https://example-co-jira.minio.example.com"), "FS222"),
        (file(endpoint="http://localhost:9000"), "FS223"),
        (file(endpoint="https://127.0.0.1:9000"), "FS223"),
        (file(endpoint="https://[::1]:9000"), "FS223"),
        (file(endpoint="https://[::ffff:127.0.0.1]:9000"), "FS223"),
        (file(endpoint="https://0.0.0.0:9000"), "FS223"),
        (file(endpoint="http://169.254.169.254"), "FS223"),
        (file(endpoint="https://host.docker.internal:9000"), "FS223"),
        (file(endpoint="http://minio:9000"), "FS224"),
        (file(endpoint="http://minio.storage.svc.cluster.local:9000"), "FS224"),
        (file(endpoint="https://minio.storage.svc"), "FS224"),
        (file(region="eu-west-1", endpoint="https://s3.amazonaws.com"), "FS230"),
        (file(endpoint="https://s3.us-east-1.amazonaws.com:9000"), "FS231"),
        (file(endpoint="https://s3.useast1.amazonaws.com"), "FS218"),
        (file(region="auto", endpoint="https://1a2b.r2.cloudflarestorage.com"), "FS233"),
        # --- targets and ids ---
        (file(links='<association target="backup" file-store="store"/>'), "FS301"),
        (file(links='<association target="Backups" file-store="store"/>'), "FS301"),
        (file(links='<association target="indexes" file-store="store"/>'), "FS301"),
        (file(links='<association target="backups" file-store="Store"/>'), "FS116"),
        (file(links='<association target="backups" file-store="stor\u0435"/>'), "FS116"),
        (file(links='<association target="backups" filestore="store"/>'), "FS113"),
        (file(links='<association file-store="store"/>'), "FS114"),
        (file(links='<association target="backups" file-store="store"/>' * 2), "FS119"),
        (file(links=""), "FS304"),
        # --- the file ---
        (b"", "FS102"),
        (b"\n" + file(), "FS101"),
        (file() + b"<more/>", "FS101"),
        (file().replace(b"</config>", b""), "FS101"),
        (file(bucket="a&b"), "FS101"),
        (file(head='<?xml version="1.2"?>'), "FS105"),
        (file(head="<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>"), "FS106"),
        (file().decode().encode("utf-16"), "FS104"),
        (file(bucket="b\u00fccket").decode().encode("latin-1"), "FS101"),
        (file("<access-key>AKIAIOSFODNN7EXAMPLE</access-key>"), "FS112"),
        (file("<path-style>true</path-style>"), "FS112"),
        (file("<prefix>jira/</prefix>"), "FS112"),
        (file().replace(b"bucket-name", b"bucketName"), "FS112"),
        (file().replace(b"<filestores>", b"<filestores>\xc2\xa0"), "FS120"),
        (b'{"filestores": []}', "FS101"),
        (b"filestores:\n  a: b\n", "FS101"),
        (b"<html><body>302 Found</body></html>", "FS111"),
    ],
)
def test_a_pasted_file_gets_the_code_of_what_is_wrong_with_it(content: bytes, code: str) -> None:
    assert code in codes(content)


@pytest.mark.parametrize(
    ("target", "version", "code"),
    [
        ("avatars", "8.20.30", "FS302"),
        ("avatars", "9.4.10", "FS302"),
        ("attachments", "9.4.10", "FS302"),
        ("backups", "9.12.15", "FS302"),
        ("attachments", "9.12.15", "FS303"),
    ],
)
def test_a_page_in_the_documentation_of_a_release_proves_no_target(target: str, version: str, code: str) -> None:
    link = f'<association target="{target}" file-store="store"/>'
    assert codes(file(links=link), version) == {code}


@pytest.mark.parametrize(
    ("bucket", "endpoint", "told"),
    [
        ("example-co-jira", "https://s3.example.com", "will be asked as example-co-jira.s3.example.com"),
        ("example-co-jira", "https://192.0.2.1:9000", "is an IP address: the bucket will be asked for in the path"),
        ("example-co-jira", "https://[2001:db8::1]", "is an IP address: the bucket will be asked for in the path"),
        ("jira.example", "https://s3.example.com", "the bucket will be asked for in the path"),
        ("jira.example", "http://s3.example.com", "will be asked as jira.example.s3.example.com"),
    ],
)
def test_it_is_said_how_another_store_will_be_asked(bucket: str, endpoint: str, told: str) -> None:
    found = examine(file(bucket=bucket, endpoint=endpoint), file="f.xml").findings
    (note,) = [finding for finding in found if finding.rule == "FS225"]
    assert note.severity is Severity.NOTE
    assert told in note.message


def test_a_secret_in_an_endpoint_is_shown_by_no_rule() -> None:
    for address in (
        "https://me:hunter2hunter2@s3.us-east-1.amazonaws.com",
        "http://me:hunter2hunter2@localhost",
        "me:hunter2@s3.example.com",
        "me:hunter2@${HOST}",
        "me:hunter2@s3.example.com:9000/x",
        "https:me:hunter2@s3.example.com",
        "https://me@corp:hunter2@s3.example.com",
        "https://me:slash/hunter2@s3.example.com",
        "https://me:mark?hunter2@s3.example.com",
        "https://me:hunter2://x@s3.example.com",
        "me:hunter2@https://s3.example.com",
    ):
        found = examine(file(endpoint=address), file="f.xml").findings
        assert found
        assert all("hunter2" not in f"{finding.message}{finding.hint}" for finding in found)
