"""Is what the product knows of AWS's regions still what botocore says, in the version that the lock file names?"""

from __future__ import annotations

import importlib
import importlib.util
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from agent.core.aws import partitions
from agent.core.aws.partitions import PARTITIONS
from agent.core.aws.regions import partition_of, suffix_of

if TYPE_CHECKING:
    from agent.core.aws.partition import Partition

botocore: Any = importlib.import_module("botocore")
TOP = Path(__file__).parents[3]
BY_NAME: dict[str, Partition] = {partition.name: partition for partition in PARTITIONS}


def writer() -> Any:
    spec = importlib.util.spec_from_file_location("write_partitions", TOP / "docs" / "write_partitions.py")
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def test_the_committed_module_is_what_the_script_makes_of_the_locked_botocore() -> None:
    locked = re.search(r"^botocore==(\S+)", (TOP / "requirements-dev.lock").read_text(encoding="utf-8"), re.MULTILINE)
    assert locked is not None
    assert botocore.__version__ == locked[1], "install what requirements-dev.lock names"
    script = writer()
    text = script.text_of(script.made(), version=botocore.__version__, released=partitions.RELEASED)
    kept = Path(partitions.__file__).read_text(encoding="utf-8")
    assert kept == text, "run python docs/write_partitions.py --released YYYY-MM-DD"


def test_a_botocore_of_unknown_date_is_not_written_down(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(botocore, "__version__", "99.0.0")
    with pytest.raises(SystemExit, match=r"botocore 99\.0\.0: say when it was released"):
        writer().main([])


def test_every_region_belongs_to_its_own_partition_alone() -> None:
    for partition in PARTITIONS:
        for region in partition.regions:
            assert partition_of(region) is partition
            assert suffix_of(region) == partition.suffix


def test_fips_is_where_aws_has_it_and_nowhere_else() -> None:
    fips = {region for partition in PARTITIONS for region in partition.fips}
    assert {it for it in fips if not it.startswith("us-iso")} == {
        *("us-east-1", "us-east-2", "us-west-1", "us-west-2", "ca-central-1", "ca-west-1"),
        *("us-gov-east-1", "us-gov-west-1"),
    }
    assert not BY_NAME["aws-cn"].fips


def test_the_isolated_partitions_have_no_dual_stack_and_the_public_ones_have_it_everywhere() -> None:
    for name, partition in BY_NAME.items():
        assert partition.dual_stack == (() if name.startswith("aws-iso") else partition.regions)


@pytest.mark.parametrize("word", ["", "us-east", "US-EAST-1", "us-ea_st-1", "us-east-\u0661", "us-east-1\n", "mars-1"])
def test_what_only_nearly_looks_like_a_region_has_no_partition(word: str) -> None:
    assert partition_of(word) is None
