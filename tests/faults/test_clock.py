"""A host whose clock is wrong, or is put right while the program runs: it says so, and no deadline moves."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import datetime

import pytest

from . import certificates, clock
from .rig import Rig, Run
from .servers import server

YEAR_S = 365 * 86400

TIMES = {"1970": 0, "2038": 2**31, "2100": 4102444800, "10-years-on": time.time() + 10 * YEAR_S}


@pytest.fixture
def ages(rig: Rig) -> Iterator[list[str]]:
    """The options that lead to an API whose certificate is good at any of these times."""
    chain = certificates.leaf("ages", issuer="root", start="19500101000000Z", end="21500101000000Z")
    with server(rig, certificates.context(*chain)) as options:
        yield options


def run_at(rig: Rig, ages: list[str], told: clock.Clock, verb: str = "acquire", deadline: int = 20) -> tuple[Run, int]:
    return clock.run(rig, told, verb, *ages, endpoint=False, deadline=deadline)


def difference(text: str, whose: str) -> int:
    """By how many seconds the line says that this host's clock is ahead."""
    words = text.partition("this host's clock is ")[2].split(" ")
    assert whose in text and words[1] == "s", text
    return int(words[0]) if words[2] == "ahead" else -int(words[0])


@pytest.mark.parametrize("unix", TIMES.values(), ids=TIMES)
def test_37_a_certificate_and_a_wrong_clock(rig: Rig, unix: float) -> None:
    run, _ = clock.run(rig, clock.at(unix))
    assert run.kind == "TLS", run.err
    told = re.search(r"the certificate is not valid at this host's time, ([0-9TZ:-]+); ", run.text)
    assert told and datetime.fromisoformat(told[1]).timestamp() == pytest.approx(unix, abs=10), run.err
    assert difference(run.text, "the metadata service's") == pytest.approx(unix - time.time(), abs=10)
    assert not rig.asked("ec2")
    rig.nothing_was_written()
    rig.recovers()


@pytest.mark.parametrize("unix", TIMES.values(), ids=TIMES)
def test_37_a_certificate_that_is_good_at_any_time(rig: Rig, ages: list[str], unix: float) -> None:
    """AWS's own Date is believed, once, for what is signed: nothing overflows."""
    run, _ = run_at(rig, ages, clock.at(unix))
    assert run.kind == "OK", run.err
    assert difference(run.text, "AWS's") == pytest.approx(unix - time.time(), abs=10)
    rig.is_here(ReplaceRoute=1)


# EC2 forgives five minutes: a clock that is four minutes off is as good as any, and what is known of others is said.
OFF_S = [-16 * 60, -6 * 60, -4 * 60 + 10, 4 * 60 - 10, 6 * 60, 16 * 60]


@pytest.mark.parametrize("off_s", OFF_S)
def test_38_a_clock_that_is_minutes_off(rig: Rig, ages: list[str], off_s: int) -> None:
    run, _ = run_at(rig, ages, clock.off_by(off_s))
    assert run.kind == "OK", run.err
    rig.is_here(ReplaceRoute=1)
    wrong = abs(off_s) > 300
    assert ("this host's clock" in run.text) == wrong
    if wrong:
        assert difference(run.text, "AWS's") == pytest.approx(off_s, abs=2)
    # Only the reading was signed again.
    assert rig.region.log.count("DescribeRouteTables") == (3 if wrong else 2)


@pytest.mark.parametrize("code", ["RequestExpired", "SignatureDoesNotMatch"])
@pytest.mark.parametrize("off_s", [-16 * 60, 16 * 60])
def test_38_it_is_corrected_once(rig: Rig, ages: list[str], code: str, off_s: int) -> None:
    """With the time right and new keys AWS goes on to refuse: then that is the answer, with the clock's part in it."""
    fault = rig.fault(match="DescribeRouteTables", code=code, status=403)
    run, _ = run_at(rig, ages, clock.off_by(off_s), deadline=3)
    assert run.kind == "REFUSED" and code in run.text, run.err
    assert difference(run.text, "AWS's") == pytest.approx(off_s, abs=2)
    assert fault.hits == 3
    rig.nothing_was_written()
    rig.recovers()


@pytest.mark.parametrize("by_s", [3600, -3600])
def test_38_a_write_is_not_signed_again_before_a_look(rig: Rig, ages: list[str], by_s: int) -> None:
    """The clock goes wrong after the reading: of a write that is refused for it the tables are asked first."""
    run, _ = run_at(rig, ages, lambda _: time.time() + (by_s if rig.region.log.count("DescribeRouteTables") else 0))
    assert run.kind == "OK" and difference(run.text, "AWS's") == pytest.approx(by_s, abs=2), run.err
    rig.is_here(ReplaceRoute=2)
    order = [request.action for request in rig.region.log.requests if request.service == "ec2"]
    assert order[order.index("ReplaceRoute") + 1] == "DescribeRouteTables"


def test_39_another_day_at_each_reading(rig: Rig, ages: list[str]) -> None:
    """23:59:59 and 00:00:00 in turn: a signature whose parts came from two readings would be of two days."""
    midnight = (int(time.time()) // 86400 + 1) * 86400
    rig.region.clock_offset_s = midnight - time.time()
    run, reads = run_at(rig, ages, lambda n: midnight - (n + 1) % 2)
    assert run.kind == "OK" and reads > 4, run.err
    rig.is_here(ReplaceRoute=1)
    run, _ = run_at(rig, ages, lambda n: midnight - n % 2, "status")
    assert run.kind == "OK", run.err


def jump(n: int, by_s: int) -> clock.Clock:
    return lambda reading: time.time() + (by_s if reading >= n else 0)


@pytest.mark.parametrize("by_s", [3600, -3600])
def test_40_the_clock_jumps_in_mid_run(rig: Rig, ages: list[str], by_s: int) -> None:
    """Before any one of its readings."""
    _, reads = run_at(rig, ages, clock.off_by(0))
    assert reads > 6
    for n in range(reads):
        rig.reset()
        run, _ = run_at(rig, ages, jump(n, by_s))
        assert run.kind == "OK", (n, run.err)
        assert rig.owners() == ["B"] and rig.writes()["ReplaceRoute"] <= 2


@pytest.mark.parametrize("by_s", [3600, -3600])
def test_40_no_deadline_moves(rig: Rig, ages: list[str], by_s: int) -> None:
    rig.fault(match="DescribeRouteTables", end="hang", cut=0)
    run, _ = run_at(rig, ages, jump(5, by_s), deadline=2)
    assert run.kind in ("NETWORK", "DEADLINE") and run.seconds > 1, run.err
    rig.nothing_was_written()
    rig.recovers()
