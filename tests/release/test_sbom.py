"""The bills of materials and the provenance: the rules of SPDX 2.3 and CycloneDX 1.5 that ours can break, NTIA's seven
elements, and that all of it is so.

The schemas themselves are not the project's. tests/rebuild holds the bills against CycloneDX's, which npm gets; SPDX's is in no
package of it or of Debian 12, so what it requires is written here: the fields that must be there, their patterns, and no others.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from .bundles import COMMIT, EPOCH, PROGRAM, ROOT, SOURCE, VERSION

CREATED = "2023-11-14T22:13:20Z"
LOCK = re.findall(r"^\w+ +\S+/(\S+) +\S+ +(\S+) +([0-9a-f]{64})$", (ROOT / "vendor/lock").read_text(), re.MULTILINE)
# What is in the program besides our own code: who supplies it, on what terms.
PARTS = {
    "BearSSL": ("Person: Thomas Pornin", "MIT"),
    "musl": ("Organization: musl libc", "MIT"),
    "Debian's patches to musl": ("Organization: Debian", "MIT"),
    "ca-certificates": ("Organization: Debian", "MPL-2.0"),
    "libgcc": ("Organization: Free Software Foundation", "GPL-3.0-or-later WITH GCC-exception-3.1"),
}
LICENCES = {licence for _, licence in PARTS.values()}
PURL = f"pkg:generic/mirrorvip@{VERSION}"
_PURL = re.compile(r"pkg:(deb/debian|generic)/[a-z0-9.+-]+@[A-Za-z0-9.~%-]+(\?arch=(source|all|x86_64|aarch64))?")
_CPE = re.compile(r"cpe:2\.3:a:[a-z0-9_.-]+:[a-z0-9_.-]+:[0-9.]+(:\*){7}")


@pytest.fixture(scope="session")
def out(packed: tuple[Path, Path]) -> Path:
    return packed[1]


def read(out: Path, kind: str) -> Any:
    return json.loads((out / f"mirrorvip-{VERSION}.{kind}.json").read_text())


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def gcc() -> str:
    return subprocess.run(["gcc", "-dumpfullversion"], capture_output=True, text=True, check=True).stdout.strip()


def digest(out: Path) -> str:
    """What no other release has."""
    return hashlib.sha256("".join(f"{sha256(out / name)}  {name}\n" for name in (PROGRAM, SOURCE)).encode()).hexdigest()


def hold(record: dict[str, Any], required: str, allowed: str = "") -> None:
    assert set(required.split()) <= record.keys() <= set((required + " " + allowed).split()), record.keys()


# SPDX 2.3: https://spdx.github.io/spdx-spec/v2.3/

def test_spdx_is_well_formed(out: Path) -> None:
    bill = read(out, "spdx")
    hold(bill, "spdxVersion dataLicense SPDXID name documentNamespace creationInfo packages relationships")
    assert (bill["spdxVersion"], bill["dataLicense"], bill["SPDXID"]) == ("SPDX-2.3", "CC0-1.0", "SPDXRef-DOCUMENT")
    assert re.fullmatch(r"https://[^\s#]+", bill["documentNamespace"])
    hold(bill["creationInfo"], "created creators")
    assert all(re.fullmatch(r"(Person|Organization|Tool): \S.*", each) for each in bill["creationInfo"]["creators"])
    names = [package["SPDXID"] for package in bill["packages"]]
    assert len(set(names)) == len(names)
    for package in bill["packages"]:
        hold(package, "SPDXID name downloadLocation filesAnalyzed versionInfo supplier licenseConcluded licenseDeclared copyrightText externalRefs",
             "checksums packageFileName primaryPackagePurpose sourceInfo")
        assert re.fullmatch(r"SPDXRef-[a-zA-Z0-9.-]+", package["SPDXID"])
        assert package["downloadLocation"] == package["copyrightText"] == "NOASSERTION"
        # Files that were looked into would have to be listed, with a code made of them all.
        assert package["filesAnalyzed"] is False
        assert re.fullmatch(r"(Person|Organization): \S.*", package["supplier"])
        assert package["licenseConcluded"] == package["licenseDeclared"] and package["licenseDeclared"] in LICENCES
        assert package.get("primaryPackagePurpose", "SOURCE") in ("SOURCE", "APPLICATION")
        for checksum in package.get("checksums", []):
            hold(checksum, "algorithm checksumValue")
            assert checksum["algorithm"] == "SHA256" and re.fullmatch(r"[0-9a-f]{64}", checksum["checksumValue"])
        for reference in package["externalRefs"]:
            hold(reference, "referenceCategory referenceType referenceLocator")
            form = {("PACKAGE-MANAGER", "purl"): _PURL, ("SECURITY", "cpe23Type"): _CPE}[reference["referenceCategory"], reference["referenceType"]]
            assert form.fullmatch(reference["referenceLocator"]), reference
    for relation in bill["relationships"]:
        hold(relation, "spdxElementId relationshipType relatedSpdxElement")
        assert {relation["spdxElementId"], relation["relatedSpdxElement"]} <= {"SPDXRef-DOCUMENT", *names}
        assert relation["relationshipType"] in ("DESCRIBES", "GENERATED_FROM", "STATIC_LINK", "CONTAINS", "PATCH_FOR")
    described = {each["relatedSpdxElement"] for each in bill["relationships"] if each["relationshipType"] == "DESCRIBES"}
    assert described == {name for name in names if name.startswith("SPDXRef-mirrorvip-")}


def test_spdx_is_true(out: Path) -> None:
    bill = read(out, "spdx")
    held = {package["packageFileName"]: package["checksums"][0]["checksumValue"] for package in bill["packages"] if "packageFileName" in package}
    assert held == {PROGRAM: sha256(out / PROGRAM), SOURCE: sha256(out / SOURCE), **{name: value for _, name, value in LOCK}}
    [run_time] = [package for package in bill["packages"] if package["name"] == "libgcc"]
    assert run_time["versionInfo"] == gcc() and run_time["SPDXID"] == "SPDXRef-libgcc-x86-64"
    assert bill["documentNamespace"].endswith(f"/mirrorvip-{VERSION}-{digest(out)[:32]}")
    ours = {package["packageFileName"]: package for package in bill["packages"] if package["name"] == "mirrorvip"}
    assert {name: package["primaryPackagePurpose"] for name, package in ours.items()} == {PROGRAM: "APPLICATION", SOURCE: "SOURCE"}
    for package in ours.values():
        assert (package["versionInfo"], package["sourceInfo"]) == (VERSION, f"commit {COMMIT}")
        assert [each["referenceLocator"] for each in package["externalRefs"]] == [PURL]
    assert {package["name"]: (package["supplier"], package["licenseDeclared"]) for package in bill["packages"] if package not in ours.values()} == PARTS


def test_spdx_relates_all_of_it(out: Path) -> None:
    relations = [tuple(each[part].removeprefix("SPDXRef-") for part in ("spdxElementId", "relationshipType", "relatedSpdxElement"))
                 for each in read(out, "spdx")["relationships"]]
    program, source = "mirrorvip-linux-x86-64", "mirrorvip-source"
    assert sorted(relations) == sorted([
        *(("DOCUMENT", "DESCRIBES", each) for each in (program, source)),
        (program, "GENERATED_FROM", source), (program, "CONTAINS", "ca-certificates"), ("musl-patches", "PATCH_FOR", "musl"),
        *((program, "STATIC_LINK", each) for each in ("bearssl", "musl", "libgcc-x86-64")),
        *((source, "CONTAINS", each) for each in ("bearssl", "musl", "musl-patches", "ca-certificates"))])


# CycloneDX 1.5: https://cyclonedx.org/docs/1.5/json/

def test_cyclonedx_is_well_formed(out: Path) -> None:
    bill = read(out, "cdx")
    hold(bill, "bomFormat specVersion serialNumber version metadata components dependencies")
    assert (bill["bomFormat"], bill["specVersion"], bill["version"]) == ("CycloneDX", "1.5", 1)
    assert re.fullmatch(r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}", bill["serialNumber"])
    hold(bill["metadata"], "timestamp authors supplier component")
    components = [bill["metadata"]["component"], *bill["components"]]
    for component in components:
        hold(component, "type bom-ref supplier name version licenses", "hashes cpe purl properties")
        assert component["type"] in ("application", "file", "library")
        [terms] = component["licenses"]
        assert (terms["license"]["id"] if "license" in terms else terms["expression"]) in LICENCES and len(terms) == 1
        assert "cpe" not in component or _CPE.fullmatch(component["cpe"])
        assert "purl" not in component or _PURL.fullmatch(component["purl"])
        for each in component.get("hashes", []):
            hold(each, "alg content")
            assert each["alg"] == "SHA-256" and re.fullmatch(r"[0-9a-f]{64}", each["content"])
    references = [component["bom-ref"] for component in components]
    assert len(set(references)) == len(references)
    assert sorted(each["ref"] for each in bill["dependencies"]) == sorted(references)
    for each in bill["dependencies"]:
        assert set(each["dependsOn"]) <= set(references) - {each["ref"]} and len(set(each["dependsOn"])) == len(each["dependsOn"])


def test_cyclonedx_is_true(out: Path) -> None:
    bill = read(out, "cdx")
    held = {each["content"] for component in bill["components"] for each in component.get("hashes", [])}
    assert held == {sha256(out / PROGRAM), sha256(out / SOURCE), *(value for _, _, value in LOCK)}
    depends = {each["ref"]: set(each["dependsOn"]) for each in bill["dependencies"] if each["dependsOn"]}
    assert depends == {"mirrorvip": {PROGRAM, SOURCE}, PROGRAM: {"bearssl", "musl", "libgcc-x86-64", "ca-certificates"},
                       SOURCE: {"bearssl", "musl", "musl-patches", "ca-certificates"}, "musl": {"musl-patches"}}
    of = digest(out)
    assert bill["serialNumber"] == f"urn:uuid:{of[:8]}-{of[8:12]}-5{of[13:16]}-8{of[17:20]}-{of[20:32]}"
    about = bill["metadata"]["component"]
    assert {"name": "mirrorvip:commit", "value": COMMIT} in about["properties"] and (about["version"], about["purl"]) == (VERSION, PURL)


# https://www.ntia.gov/files/ntia/publications/sbom_minimum_elements_report.pdf

def test_the_seven_elements_of_ntia(out: Path) -> None:
    """Supplier, name, version, another identifier, relationships; who made the bill, and when."""
    spdx, cyclonedx = read(out, "spdx"), read(out, "cdx")
    for package in spdx["packages"]:
        assert package["supplier"] and package["name"] and package["versionInfo"] and package["externalRefs"]
    assert spdx["relationships"] and spdx["creationInfo"] == {"created": CREATED, "creators": ["Organization: mirrorvip", f"Tool: mirrorvip-release-{VERSION}"]}
    for component in cyclonedx["components"]:
        assert component["supplier"]["name"] and component["name"] and component["version"] and ("purl" in component or "hashes" in component)
    assert cyclonedx["dependencies"] and cyclonedx["metadata"]["authors"] and cyclonedx["metadata"]["timestamp"] == CREATED
    assert PARTS.keys() <= {package["name"] for package in spdx["packages"]} and PARTS.keys() <= {component["name"] for component in cyclonedx["components"]}


def test_both_bills_say_the_same(out: Path) -> None:
    def of(name: str, version: str, supplier: str, licence: str, *sums: str) -> tuple[str, ...]:
        return name, version, supplier, licence, *sums
    spdx = {of(each["name"], each["versionInfo"], each["supplier"].partition(": ")[2], each["licenseDeclared"], *(one["checksumValue"] for one in each.get("checksums", [])))
            for each in read(out, "spdx")["packages"] if each["name"] in PARTS}
    cyclonedx = {of(each["name"], each["version"], each["supplier"]["name"], each["licenses"][0].get("expression") or each["licenses"][0]["license"]["id"],
                    *(one["content"] for one in each.get("hashes", [])))
                 for each in read(out, "cdx")["components"] if each["name"] in PARTS}
    assert spdx == cyclonedx and len(spdx) == len(PARTS)


# https://slsa.dev/spec/v1.0/provenance

def test_the_provenance_claims_no_more_than_it_can(out: Path) -> None:
    statement = read(out, "provenance")
    hold(statement, "_type subject predicateType predicate")
    assert statement["_type"] == "https://in-toto.io/Statement/v1" and statement["predicateType"] == "https://slsa.dev/provenance/v1"
    assert {each["name"]: each["digest"]["sha256"] for each in statement["subject"]} == {name: sha256(out / name) for name in (PROGRAM, SOURCE)}
    definition, details = statement["predicate"]["buildDefinition"], statement["predicate"]["runDetails"]
    hold(definition, "buildType externalParameters internalParameters resolvedDependencies")
    assert definition["externalParameters"] == {"version": VERSION, "commit": COMMIT, "epoch": EPOCH}
    sources = {each["name"]: next(iter(each["digest"].values())) for each in definition["resolvedDependencies"]}
    assert sources == {"mirrorvip": COMMIT, **{name: value for _, name, value in LOCK}}
    # No service has built it, none vouches for the builder, and no time of a build is told, as it would make two builds differ.
    assert details == {"builder": {"id": "urn:mirrorvip:whoever-signed"}}
    linker = subprocess.run(["gcc", "-print-prog-name=ld"], capture_output=True, text=True, check=True).stdout.strip()
    tools = [subprocess.run([tool, "--version"], capture_output=True, text=True, check=True).stdout.splitlines()[0] for tool in ("gcc", linker, "make")]
    assert definition["internalParameters"] == {"command": "make release", "tools": tools}


def test_a_part_that_nothing_is_known_of(packed: tuple[Path, Path], tmp_path: Path) -> None:
    """Whoever has more built in must say whose it is."""
    at = Path(shutil.copytree(packed[0], tmp_path / "tree", ignore=shutil.ignore_patterns("cache")))
    with open(at / "vendor/lock", "a") as lock:
        lock.write(f"bookworm source/other 1.0-1 other_1.0.orig.tar.xz {'0' * 64}\n")
    done = subprocess.run([at / "release/tools/components"], capture_output=True, text=True, env=os.environ | {"COMPILERS": "gcc"})
    assert done.returncode != 0 and "nothing is known of other_1.0.orig.tar.xz" in done.stderr
