"""Write agent/core/aws/partitions.py from the botocore that is installed: python docs/write_partitions.py.

botocore does not say when it was released, so a newer one wants its date: --released 2026-11-17 (the date of the files
in its wheel).
"""

# ruff: noqa: INP001 - a script beside the pages, part of no package

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import botocore

from agent.core.aws import partitions
from agent.core.aws.partition import Partition

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

MODULE: Final = Path(partitions.__file__)
DATA: Final = Path(botocore.__file__).parent / "data"
DUAL_STACK: Final = frozenset({"dualstack"})
FIPS: Final = frozenset({"fips"})
_WIDEST: Final = 116


def made() -> tuple[Partition, ...]:
    """Return what the installed botocore says of the partitions, in its own order."""
    told = {it["id"]: it for it in _read("partitions.json")["partitions"]}
    return tuple(_partition(told[it["partition"]], it) for it in _read("endpoints.json")["partitions"])


def text_of(made_now: Iterable[Partition], *, version: str, released: str) -> str:
    """Return the module's text, laid out as the formatter would."""
    head = (
        '"""Which partitions, regions and S3 hosts had AWS? Written by docs/write_partitions.py, not by hand."""'
        "\n\nfrom __future__ import annotations\n\nfrom typing import Final\n\n"
        "from agent.core.aws.partition import Partition\n\n"
        f'BOTOCORE: Final = "{version}"\nRELEASED: Final = "{released}"\n'
        '"""The release of botocore that says so (endpoints.json, partitions.json; Apache-2.0), and its date."""\n\n'
    )
    return f"{head}PARTITIONS: Final = (\n{''.join(map(_entry, made_now))})\n"


def main(words: list[str]) -> None:
    """Write the module."""
    known = {partitions.BOTOCORE: partitions.RELEASED}
    released = words[1] if words[:1] == ["--released"] and words[1:] else known.get(botocore.__version__)
    if released is None:
        raise SystemExit(f"botocore {botocore.__version__}: say when it was released: --released YYYY-MM-DD")
    MODULE.write_text(text_of(made(), version=botocore.__version__, released=released), encoding="utf-8")


def _partition(told: Mapping[str, Any], endpoints: Mapping[str, Any]) -> Partition:
    regions = tuple(sorted(name for name in told["regions"] if not name.endswith("-global")))
    service = endpoints["services"].get("s3", {})
    own = {region: set(_kinds(service.get("endpoints", {}).get(region, {}))) for region in regions}
    common = set(_kinds(service.get("defaults") or endpoints.get("defaults", {})))
    return Partition(
        name=told["id"],
        suffix=told["outputs"]["dnsSuffix"],
        pattern=told["regionRegex"].removeprefix("^").removesuffix("$").replace("\\-", "-"),
        regions=regions,
        dual_stack=tuple(it for it in regions if DUAL_STACK in common | own[it]),
        fips=tuple(it for it in regions if FIPS in own[it]),
        fips_dual_stack=tuple(it for it in regions if FIPS in own[it] and DUAL_STACK | FIPS in common | own[it]),
    )


def _kinds(entry: Mapping[str, Any]) -> Iterator[frozenset[str]]:
    """A default of FIPS is a pattern for any region, so it proves no host: only a region's own entry does."""
    return (frozenset(variant["tags"]) for variant in entry.get("variants", ()))


def _read(name: str) -> Any:
    return json.loads((DATA / name).read_text(encoding="utf-8"))


def _entry(partition: Partition) -> str:
    values = (("name", partition.name), ("suffix", partition.suffix))
    lines = [f"        {key}={json.dumps(value)},\n" for key, value in values]
    lines.append(f'        pattern=r"{partition.pattern}",\n')
    several = ("regions", "dual_stack", "fips", "fips_dual_stack")
    lines += [_line(key, getattr(partition, key)) for key in several if getattr(partition, key)]
    return f"    Partition(\n{''.join(lines)}    ),\n"


def _line(key: str, names: tuple[str, ...]) -> str:
    """One line where it fits, else one name to the line, as the formatter lays tuples out."""
    quoted = [f'"{name}"' for name in names]
    short = f"        {key}=({', '.join(quoted)}{',' if len(quoted) == 1 else ''}),\n"
    if len(short) <= _WIDEST + 5:
        return short
    return f"        {key}=(\n" + "".join(f"            {name},\n" for name in quoted) + "        ),\n"


if __name__ == "__main__":
    main(sys.argv[1:])
