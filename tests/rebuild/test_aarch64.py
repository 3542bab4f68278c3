"""Row 148: the program for aarch64, under qemu, does what the other one does. `make test-release` runs its unit tests as well."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from faults.rig import INSTALLED, Rig
from release.bundles import ROOT, unpacked


@pytest.fixture
def aarch64(released: Path, rig: Rig, tmp_path: Path) -> Rig:
    """The rig with this program installed."""
    [bundle] = released.glob("mirrorvip-*-linux-aarch64.tar.gz")
    rig.place.write(INSTALLED, (unpacked(bundle, tmp_path) / "mirrorvip").read_bytes(), 0o755)
    return rig


VERBS = {"status": "DIFFERS", "acquire": "OK", "check": "OK", "release": "OK"}


def test_148_it_moves_the_vip(aarch64: Rig) -> None:
    rig = aarch64
    for verb, kind in VERBS.items():
        run = rig.raw(["qemu-aarch64", *rig.argv(verb, "-v")], env=rig.environment())
        assert run.kind == kind, run.err
        if verb == "acquire":
            rig.is_here(ReplaceRoute=1)
    assert not rig.alias and rig.owners() == ["B"]


# Each must fail where it is cmocka.h's; and a group that is to be set up must not be run without that.
FAILING = ("assert_true(0)", "assert_false(1)", 'assert_null("")', "assert_non_null(NULL)", 'assert_ptr_equal("", NULL)', "assert_int_equal(-1, 1)",
           "assert_int_not_equal(1, 1)", "assert_in_range(0, 1, 2)", "assert_in_range(3, 1, 2)", 'assert_string_equal("a", "b")',
           'assert_string_not_equal("a", "a")', 'assert_memory_equal("a", "b", 1)', 'assert_memory_not_equal("a", "a", 1)', "fail()", 'fail_msg("%d", 1)')


@pytest.mark.parametrize(("setup", "status"), [("NULL", len(FAILING)), ("set_up", 255)])
def test_what_stands_for_cmocka_can_fail(tmp_path: Path, setup: str, status: int) -> None:
    bodies = [*FAILING, "assert_true(1)"]
    tests = "\n".join(f"static void test_{i}(void **state)\n{{\n    (void)state;\n    {body};\n}}" for i, body in enumerate(bodies))
    listed = ", ".join(f"cmocka_unit_test(test_{i})" for i in range(len(bodies)))
    (tmp_path / "tried.c").write_text(f"#include <cmocka.h>\nextern char set_up[];\nchar set_up[1];\n{tests}\nint main(void)\n{{\n"
                                      f"    const struct CMUnitTest tests[] = {{{listed}}};\n    return cmocka_run_group_tests(tests, {setup}, NULL);\n}}\n")
    subprocess.run(["gcc", "-isystem", ROOT / "tests" / "rebuild", "-o", tmp_path / "tried", tmp_path / "tried.c"], check=True)
    done = subprocess.run([tmp_path / "tried"], capture_output=True, text=True)
    assert done.returncode == status and done.stdout.count("FAILED") == (status if setup == "NULL" else 1), done.stdout
