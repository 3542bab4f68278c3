"""The CycloneDX bill is valid by the standard's own schema, which is in a package that npm gets.

SPDX's is in none of npm's or Debian 12's; tests/release/test_sbom.py has what it requires, written out.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import jsonschema
import pytest

PACKAGE = "@cyclonedx/cyclonedx-library@10.3.0"


@pytest.fixture(scope="session")
def schemas(tmp_path_factory: pytest.TempPathFactory) -> Path:
    at = tmp_path_factory.mktemp("npm")
    packed = subprocess.run(["npm", "pack", "--silent", PACKAGE], cwd=at, capture_output=True, text=True, check=True).stdout.strip()
    subprocess.run(["tar", "-xzf", packed], cwd=at, check=True)
    return at / "package" / "res" / "schema"


def test_cyclonedx_is_valid(released: Path, schemas: Path) -> None:
    read = {name: json.loads((schemas / f"{name}.SNAPSHOT.schema.json").read_text()) for name in ("bom-1.5", "spdx", "jsf-0.82")}
    # By the names that they call each other by; nothing is fetched from there.
    base = read["bom-1.5"]["$id"].rpartition("/")[0]
    store = {f"{base}/{name}.SNAPSHOT.schema.json": schema for name, schema in read.items()}
    resolver = jsonschema.RefResolver(read["bom-1.5"]["$id"], read["bom-1.5"], store)
    validator = jsonschema.Draft7Validator(read["bom-1.5"], resolver=resolver, format_checker=jsonschema.FormatChecker())
    [bill] = released.glob("*.cdx.json")
    whole = json.loads(bill.read_text())
    assert not list(validator.iter_errors(whole))
    del whole["components"][0]["type"]
    assert list(validator.iter_errors(whole))


def test_the_run_time_of_each_compiler_is_named(released: Path) -> None:
    [bill] = released.glob("*.spdx.json")
    whole = json.loads(bill.read_text())
    versions = {package["SPDXID"]: package["versionInfo"] for package in whole["packages"]}
    linked = {(each["spdxElementId"], each["relatedSpdxElement"]) for each in whole["relationships"] if each["relationshipType"] == "STATIC_LINK"}
    for machine, compiler in (("x86-64", "gcc"), ("aarch64", "aarch64-linux-gnu-gcc")):
        version = subprocess.run([compiler, "-dumpfullversion"], capture_output=True, text=True, check=True).stdout.strip()
        assert [one for each, one in linked if each == f"SPDXRef-mirrorvip-linux-{machine}" and "libgcc" in one] == [f"SPDXRef-libgcc-{machine}"]
        assert versions[f"SPDXRef-libgcc-{machine}"] == version
