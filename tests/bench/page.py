"""The page of results, the part of it that stands in README.md, and the bars that the project has set itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from . import limit
from .cases import HEAVY, LATENCIES_MS, LIMIT_S, PLAIN, THROTTLED, why_not
from .outage import LATENCY_MS, TABLES
from .programs import CURL, MIRRORVIP, MOVE_IP, PROGRAMS, SCRIPT, Program
from .record import Case, Figures, Record

ONE, ONE_LATE, TWENTY, HUNDRED = Case(1, 0), Case(1, 30), Case(20, 30), Case(100, 30)
SIXTY_THROTTLED, HUNDRED_THROTTLED = Case(60, 30, True), Case(100, 30, True)
MEMORY_BAR_KB, BINARY_BAR = 3 * 1024, 400_000
# What README.md shows.
SHOWN = (ONE, TWENTY, HUNDRED, HUNDRED_THROTTLED)

INTRODUCTION = f"""# mirrorvip, what people use today, and the limit

Written by `make bench` from figures.jsonl, which has every run. Host B takes the VIP over from host A, in every route table of
the VPC. All programs run on one host, in turn, against one region in another process there, over TLS, and find everything out by
themselves: who the host is, credentials, tables. "Latency" is added to every answer of EC2, and to nothing else.

- **script** is `tests/peers/script.py`: our rendition of the published boto3 script, on Debian's boto3.
- **aws-vpc-move-ip** is Pacemaker's agent, `start`, on Debian's AWS command line. It works in many processes: its memory is that of
  the largest.
- **curl** is a yardstick: told tables, target and credentials, it sends the signed writes on 8 connections and does nothing else.
- **limit**: the name, a connection, a TLS handshake, one reading and one write, as curl takes for them at that latency, one after the
  other; with the bucket, what it makes everybody wait as well. Nobody who asks before it writes can set the last route earlier. It has
  all writes carried out at once: our region, in Python, does not, and with no latency and many tables it is the region that is waited for.

"Memory" is the most that was resident at once, from a run of its own. "First" and "last write" are when the region had carried them
out, from the program's start; "x limit" is the last write against the limit's. "Without a route" is the longest that a table had no
route to the VIP. Requests and connections are EC2's. All are medians of so many runs; a program is run at most eleven times in each
case, and no more once it has had its share of the time. One of whose runs one would take more than {LIMIT_S} s is not run: what it would
take is then said by its time with fewer tables. (Only with 20 tables and no latency Pacemaker's agent is run all the same.)
"""

# What each was worth when it was tried, on the machine of these figures; the tables above are of all of it together.
TRIED = """## What was tried

In turn with the program without it, mostly each by itself. What paid is in the program:

| tried | with | before | after |
| --- | --- | --- | --- |
| a long reply is waited for in pieces of 128 kB, for 1 ms at most, not as it comes | 200 tables of 500 routes | 232 ms of CPU | 137 ms |
| 32 kB are received at once, not a record's head and body | 20 tables of 500 routes | 10,000 calls | 700 |
| of a listing is passed over what nobody asks for | 13.7 MB of listing | 27 ms | 18 ms |
| names are compared eight bytes at a time; in a run of bytes what is rare is not looked for | 1.4 MB of listing | 19.3 million instructions | 17.1 |
| a write's reply is decoded in 1.7 kB, not in 4.1 | 200 tables of 500 routes | 510 page faults | 383 |
| memory that a run does not use is not touched | 1 table | 183 page faults | 106 |

What did not is not:

- Compiled for speed (-O2): all that reads a listing takes 2 % fewer instructions and 5 % less time; the scanner alone makes the program
  4 kB larger, and a whole run of it no faster that could be measured.
- The end of an element told with its beginning, an interface's id checked when its route counts, a prefix told by its last digit:
  13 % fewer instructions for a listing, and no CPU time that could be measured.
- 64 or 128 kB received at once: 3 % of the CPU time, for as much more memory. Long replies in pieces of 64, 256 or 512 kB: as of 128 kB.
- Route tables that are named written before the first answer is there: who runs again where all is right would write all of it again.
- The metadata service's questions asked at once, on several connections, have not been tried: one follows the other, and the way to the
  API is made meanwhile.
"""


class Bar(NamedTuple):
    case: str
    bar: str
    measured: str
    met: bool


# Cells.

def seconds(value_s: float) -> str:
    if value_s < 1:
        return f"{value_s * 1000:.{1 if value_s < 0.1 else 0}f} ms" if value_s else "0"
    return f"{value_s:.{2 if value_s < 10 else 1}f} s"


def times(value: float) -> str:
    return f"{value:.{2 if value < 10 else 0}f}"


def memory(kb: float) -> str:
    return f"{kb / 1024:.1f} MB" if kb else ""


def name_of(case: Case) -> str:
    parts = [f"{case.tables} table{'s' if case.tables > 1 else ''}", f"{case.latency_ms} ms"]
    return ", ".join(parts + ["bucket"] * case.bucket + [f"{case.routes} routes each"] * bool(case.routes))


def _limit_s(record: Record, case: Case) -> float:
    return limit.last_write_s(record.limit(case), case)


class Row(NamedTuple):
    case: str
    program: str
    wall: str = ""
    cpu: str = ""
    memory: str = ""
    requests: str = ""
    connections: str = ""
    first_write: str = ""
    last_write: str = ""
    x_limit: str = ""
    gap: str = ""
    runs: str = ""


HEAD = Row("case", "", "wall", "CPU", "memory", "requests", "connections", "first write", "last write", "x limit", "without a route", "runs")
LEFT = ("case", "program")
SHORT = ("case", "program", "wall", "cpu", "memory", "last_write", "x_limit", "gap")


def _row(record: Record, program: Program, case: Case) -> Row:
    each = record.figures(program.name, case)
    if not each:
        return Row("", f"{program.name}, {why_not(record, program, case)}")
    kb = each.largest_kb if program.processes else record.peak_kb(program.name, case)
    return Row("", program.name, seconds(each.wall_s), seconds(each.cpu_s), memory(kb), f"{each.requests:.0f}", f"{each.connections:.0f}",
               seconds(each.first_write_s), seconds(each.last_write_s), times(each.last_write_s / _limit_s(record, case)),
               seconds(each.longest_gap_s), f"{each.runs}{f', {each.failures} failed' * bool(each.failures)}")


def _rows(record: Record, cases: Sequence[Case]) -> Iterator[Row]:
    for case in cases:
        yield from (_row(record, program, case)._replace(case="" if at else name_of(case)) for at, program in enumerate(PROGRAMS))
        yield Row("", "limit", last_write=seconds(_limit_s(record, case)), x_limit="1.00")


def table(record: Record, cases: Sequence[Case], columns: Sequence[str] = Row._fields) -> list[str]:
    """In Markdown, and in columns for who reads it as it is."""
    rows = [[getattr(row, name) for name in columns] for row in (HEAD, *_rows(record, cases))]
    widths = [max(map(len, column)) for column in zip(*rows)]
    ruled = ["-" * width if name in LEFT else "-" * (width - 1) + ":" for name, width in zip(columns, widths)]

    def line(cells: Sequence[str]) -> str:
        padded = (cell.ljust(width) if name in LEFT else cell.rjust(width) for name, cell, width in zip(columns, cells, widths))
        return "| " + " | ".join(padded) + " |"
    return [line(rows[0]), line(ruled), *map(line, rows[1:])]


def failures(record: Record, cases: Sequence[Case]) -> Iterator[str]:
    for case in cases:
        for program in PROGRAMS:
            if (each := record.figures(program.name, case)) and each.failures:
                yield f"- {program.name}, {name_of(case)}: {each.failures} of {each.runs} failed: {each.failed}"


# Bars.

def _part(record: Record, case: Case, other: Program, what: Callable[[Figures], float], word: str, bar: float) -> Bar:
    ours, theirs = record.figures(MIRRORVIP.name, case), record.figures(other.name, case)
    assert ours and theirs
    reached = what(theirs) / what(ours)
    return Bar(name_of(case), f"{word} at most 1/{bar:g} of {other.name}'s", f"1/{int(reached)}", reached >= bar and not ours.failures)


def _at_most(case: str, what: str, reached: float, bar: float, shown: str) -> Bar:
    return Bar(case, what, shown, reached <= bar)


def bars(record: Record) -> list[Bar]:
    return [*_bars_of_speed(record), *_bars_of_the_bucket(record), *_bars_of_size(record), _bar_of_the_outage(record)]


def _ours(record: Record, case: Case) -> Figures:
    found = record.figures(MIRRORVIP.name, case)
    assert found
    return found


def _bars_of_speed(record: Record) -> Iterator[Bar]:
    yield _part(record, ONE, SCRIPT, lambda each: each.wall_s, "wall time", 40)
    yield _part(record, ONE, SCRIPT, lambda each: each.cpu_s, "CPU time", 60)
    reached = _ours(record, ONE_LATE).last_write_s / _limit_s(record, ONE_LATE)
    yield _at_most(name_of(ONE_LATE), "last write at most 1.15 of the limit", reached, 1.15, f"{reached:.2f}")
    yield _part(record, TWENTY, SCRIPT, lambda each: each.wall_s, "wall time", 12)
    curl, last_s = record.figures(CURL.name, TWENTY), _ours(record, TWENTY).last_write_s
    assert curl
    allowed_s = curl.last_write_s + TWENTY.latency_ms / 1000
    yield _at_most(name_of(TWENTY), f"last write no later than curl's and one latency, {seconds(allowed_s)}", last_s, allowed_s, seconds(last_s))
    yield _part(record, HUNDRED, SCRIPT, lambda each: each.wall_s, "wall time", 20)
    for tables, bar in ((1, 100), (20, 500)):
        yield _part(record, Case(tables, 0), MOVE_IP, lambda each: each.wall_s, "wall time", bar)


def _bars_of_the_bucket(record: Record) -> Iterator[Bar]:
    for case in (SIXTY_THROTTLED, HUNDRED_THROTTLED):
        own_s, last_s = limit.bucket_s(case), _ours(record, case).last_write_s
        yield _at_most(name_of(case), f"last write at most 1.05 of the bucket's own {own_s:.0f} s", last_s, own_s * 1.05, f"{last_s / own_s:.2f}")


def _bars_of_size(record: Record) -> Iterator[Bar]:
    kb = record.peak_kb(MIRRORVIP.name, HEAVY)
    yield _at_most(name_of(HEAVY), f"memory at most {MEMORY_BAR_KB:,} kB", kb, MEMORY_BAR_KB, f"{kb:,} kB")
    yield _part(record, HEAVY, SCRIPT, lambda each: each.cpu_s, "CPU time", 20)
    longest_s = max(_ours(record, case).longest_gap_s for case in record.cases())
    yield _at_most("all", "time without a route: 0", longest_s, 0, seconds(longest_s))
    failed = sum(_ours(record, case).failures for case in record.cases())
    yield _at_most("all", "every route moved by every run", failed, 0, f"{failed} failed" if failed else "yes")
    size = record.head["binary_bytes"]
    yield _at_most("all", f"binary at most {BINARY_BAR // 1000} kB", size, BINARY_BAR, f"{size / 1000:.0f} kB")


def _bar_of_the_outage(record: Record) -> Bar:
    outages_ms = record.outages_ms()
    told = ", ".join(f"{name} {seconds(outages_ms[name] / 1000) if name in outages_ms else 'failed'}" for name in (MIRRORVIP.name, SCRIPT.name, MOVE_IP.name))
    return Bar(f"{TABLES} tables, {LATENCY_MS} ms", "a client without an answer, ours the least", told,
               min(outages_ms, key=outages_ms.__getitem__, default="") == MIRRORVIP.name)


# Pages.

def marks(record: Record) -> list[str]:
    rows = [("case", "bar", "measured", ""), *((bar.case, bar.bar, bar.measured, "met" if bar.met else "NOT MET") for bar in bars(record))]
    widths = [max(map(len, column)) for column in zip(*rows)]
    return ["| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |" for row in (rows[0], ["-" * width for width in widths], *rows[1:])]


def _section(record: Record, head: str, cases: Sequence[Case]) -> str:
    failed = "".join(f"{line}\n" for line in failures(record, cases))
    return f"## {head}\n\n" + "".join(f"{line}\n" for line in table(record, cases)) + (f"\n{failed}" if failed else "")


def whole(record: Record) -> str:
    latencies = {0: "EC2 answers at once"} | {late_ms: f"EC2 answers {late_ms} ms later" for late_ms in LATENCIES_MS if late_ms}
    sections = [_section(record, head, [case for case in PLAIN if case.latency_ms == late_ms]) for late_ms, head in latencies.items()]
    return "\n".join((
        INTRODUCTION, f"{record.head['conditions']}.\n",
        "![Seconds to the last route, against the number of tables](time.svg)\n",
        "![Memory, against the number of tables](memory.svg)\n",
        "![Seconds that a client is without an answer](outage.svg)\n",
        "## What it must show\n", "\n".join(marks(record)) + "\n", *sections,
        _section(record, "EC2 throttles as AWS does: 50 writes at once, then 5 a second", THROTTLED),
        _section(record, f"Each table has {HEAVY.routes} routes", [HEAVY]), TRIED))


def with_table(readme: str, record: Record) -> str:
    """The page with these results in place of those in its table."""
    return re.sub(r"(?m)^\| case +\|.*\n(\|.*\n)+", lambda _: "".join(f"{line}\n" for line in table(record, SHOWN, SHORT)), readme)
