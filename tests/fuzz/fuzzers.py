"""libFuzzer and AFL++, run on one grammar: how many inputs they tried, how many edges of the program those took, what crashed it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from world import BINARY

BUILD = BINARY.parent
MOST_BYTES = 4096  # of an input, as in grammar.h
_ENVIRONMENT = {
    "UBSAN_OPTIONS": "print_stacktrace=1", "ASAN_OPTIONS": "abort_on_error=1:symbolize=0:detect_leaks=0",
    "AFL_SKIP_CPUFREQ": "1", "AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES": "1", "AFL_NO_UI": "1", "AFL_NO_AFFINITY": "1", "AFL_QUIET": "1",
}


@dataclass(frozen=True)
class Figures:
    grammar: str
    fuzzer: str
    executions: int
    edges: int
    crashes: int
    cpu_s: float
    output: str = ""


def _run(command: list[str], output: Path) -> float:
    """The CPU time that it took, its children's included; what it printed goes into the file."""
    with output.open("wb") as file:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=file, stderr=file, env=os.environ | _ENVIRONMENT)
        _, process.returncode, usage = os.wait4(process.pid, 0)
    return usage.ru_utime + usage.ru_stime


def _last(pattern: str, text: str) -> int:
    found = re.findall(pattern, text)
    return int(found[-1]) if found else 0


def libfuzzer(grammar: str, corpus: Path, crashes: Path, *limits: str) -> Figures:
    """Until the limits, or the first crash. What is found goes into the corpus."""
    crashes.mkdir(parents=True, exist_ok=True)
    output = crashes / "libfuzzer.log"
    cpu_s = _run([str(BUILD / "fuzz" / grammar), f"-max_len={MOST_BYTES}", "-timeout=10", "-print_final_stats=1", f"-artifact_prefix={crashes}/",
                  *limits, str(corpus)], output)
    text = output.read_text("utf-8", "replace")
    return Figures(grammar, "libFuzzer", _last(r"stat::number_of_executed_units: (\d+)", text), _last(r"\bcov: (\d+)", text),
                   sum(bool(re.match("(crash|timeout|oom|leak)-", path.name)) for path in crashes.iterdir()), cpu_s, text)


def aflplusplus(grammar: str, corpus: Path, work: Path, seconds: float) -> Figures:
    """For so long. What is found goes into the corpus too, so that each of the two fuzzers starts from what the other has found."""
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    output = work / "afl.log"
    cpu_s = _run(["afl-fuzz", "-V", str(max(1, round(seconds))), "-G", str(MOST_BYTES), "-i", str(corpus), "-o", str(work), "--",
                  str(BUILD / "afl" / grammar)], output)
    stats = work / "default" / "fuzzer_stats"
    said = dict(re.findall(r"(\w+) *: (.*)", stats.read_text())) if stats.exists() else {}
    for path in (work / "default" / "queue").glob("id:*"):
        if ",orig:" not in path.name:
            shutil.copy(path, corpus / f"afl-{time.time_ns()}")
    # One that did not start has found nothing out: it counts as a crash.
    return Figures(grammar, "AFL++", int(said.get("execs_done", 0)), int(said.get("edges_found", 0)), int(said.get("saved_crashes", 1)), cpu_s,
                   output.read_text("utf-8", "replace"))


def minimal(grammar: str, corpus: Path, work: Path) -> list[bytes]:
    """Of the corpus's inputs those that take all of its edges."""
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    _run([str(BUILD / "fuzz" / grammar), "-merge=1", f"-max_len={MOST_BYTES}", str(work), str(corpus)], work.with_suffix(".log"))
    return [path.read_bytes() for path in sorted(work.iterdir())]
