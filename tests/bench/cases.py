"""What is measured: which cases there are, and which programs take part in them."""

from __future__ import annotations

from .programs import CURL, MOVE_IP, Program
from .record import Case, Record

TABLES, LATENCIES_MS = (1, 5, 20, 60, 100, 200), (0, 30, 100)
PLAIN = [Case(tables, latency_ms) for latency_ms in LATENCIES_MS for tables in TABLES]
# The bucket changes nothing up to 50 tables; of more than 60 a run waits for it so long that one latency must do.
THROTTLED = [*(Case(60, latency_ms, True) for latency_ms in LATENCIES_MS), Case(100, 30, True), Case(200, 30, True)]
HEAVY = Case(200, 0, routes=500)
CASES = [*PLAIN, *THROTTLED, HEAVY]

# A program of whose runs one would take longer is not run, but for the sake of a bar.
LIMIT_S = 60
FOR_A_BAR = [(MOVE_IP, Case(20, 0))]


def why_not(record: Record, program: Program, case: Case) -> str:
    """Why a program takes no part in a case; empty if it does. It depends on how long it took with fewer tables."""
    if program is CURL and case.bucket:
        return "not run: it repeats no throttled write"
    expected_s = record.expected_s(program.name, case)
    if expected_s > LIMIT_S and (program, case) not in FOR_A_BAR and not record.count(program.name, case):
        return f"not run: about {round(expected_s, -1):.0f} s"
    return ""
