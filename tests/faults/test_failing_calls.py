"""Every system call of a good run fails in turn, in each way that its manual page gives.

Which calls there are a good run tells: it is the one that is swept. The cases are shared out among processes, each with
a host and a region of its own.
"""

from __future__ import annotations

import atexit
import errno
import multiprocessing
import os
import signal
import traceback
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from . import calls
from .rig import API, API_NAME, CA_FILE, STATUS, Rig, Run, opened

# What each call may fail with, by its manual page; one that always succeeds has nothing.
ERRNOS = {
    "access": "EACCES EIO", "arch_prctl": "", "brk": "ENOMEM", "capget": "EPERM ENOSYS", "capset": "EPERM ENOSYS", "chmod": "EPERM EROFS",
    "close": "EINTR EIO", "close_range": "ENOSYS EMFILE", "connect": "EINTR ECONNREFUSED EADDRNOTAVAIL ENETUNREACH EPERM ETIMEDOUT",
    "dup3": "EBUSY EMFILE", "exit_group": "", "fcntl": "EINTR ENOLCK EAGAIN", "fork": "EAGAIN ENOMEM", "fstat": "EIO EOVERFLOW", "getpid": "",
    "getppid": "", "getrandom": "EINTR EAGAIN ENOSYS", "getsockopt": "ENOBUFS", "ioctl": "EPERM ENODEV EADDRNOTAVAIL ENOBUFS", "kill": "ESRCH",
    "landlock_add_rule": "EOPNOTSUPP EINVAL", "landlock_create_ruleset": "ENOSYS EOPNOTSUPP", "landlock_restrict_self": "EPERM E2BIG",
    "mkdir": "EEXIST EACCES EROFS ENOSPC", "mmap": "ENOMEM", "mprotect": "ENOMEM EACCES", "munmap": "ENOMEM",
    "open": "EINTR EACCES EMFILE ENOENT EIO", "poll": "EINTR ENOMEM", "ppoll": "EINTR ENOMEM", "prctl": "EINVAL EPERM",
    "prlimit64": "EPERM ENOSYS", "utimensat": "EACCES EIO EROFS", "read": "EINTR EIO EISDIR",
    "recvfrom": "EINTR EAGAIN ECONNRESET ENOMEM", "rt_sigaction": "EINVAL", "rt_sigprocmask": "EINVAL", "rt_sigreturn": "",
    "sendto": "EINTR EAGAIN ECONNRESET EPIPE ENOBUFS EPERM", "set_tid_address": "", "setpgid": "EACCES EPERM",
    "setsockopt": "ENOPROTOOPT", "socket": "EMFILE ENOBUFS EACCES EAFNOSUPPORT", "socketpair": "EMFILE ENOMEM", "umask": "",
    "wait4": "EINTR ECHILD", "write": "EINTR EIO EPIPE ENOSPC EFBIG",
}
VERBS = {"acquire": ["acquire"], "status": ["status"], "release": ["release", "--route"], "follow": ["follow"],
         "service": ["follow", "--every", "1"]}
# These wait, a run for its second reading and a service for its next round: of a call that others make too one error must do.
SLOW = ("follow", "service")
OWN_CALLS = ("fcntl", "fork", "fstat", "ioctl")


@dataclass(frozen=True)
class Case:
    """The `nth` such call of the process fails, or all from it on."""

    verb: str
    process: int
    call: str
    nth: int
    error: str
    on: bool

    def answer(self, call: calls.Call) -> int | None:
        if self.verb == "service":
            # By a signal that it could ask for.
            end_service(call, signal.SIGINT if self.call == "rt_sigaction" and self.nth == 1 else signal.SIGTERM)
        if call.name != self.call:
            hit = False
        elif self.on:
            # So it does in the children that come after it.
            hit = call.process == self.process and call.nth >= self.nth or call.process > self.process > 0
        else:
            hit = call.process == self.process and call.nth == self.nth
        return -getattr(errno, self.error) if hit else None

    @property
    def deadline_s(self) -> int:
        return 2 if self.verb in SLOW else 1 if self.on else 5

    @property
    def is_passing(self) -> bool:
        """Whether it asks no more than to be called again."""
        return not self.on and (self.error == "EINTR" or self.call in ("recvfrom", "sendto") and self.error == "EAGAIN")

    @property
    def is_heard(self) -> bool:
        """Whether its last line is sure to be written, and is the only one."""
        return self.call not in ("write", "poll") and self.verb != "service"


def end_service(call: calls.Call, which: signal.Signals = signal.SIGTERM) -> None:
    """As it begins its second round."""
    if (call.name, call.process, call.nth) == ("fork", 0, 2):
        os.kill(call.pid, which)


def set_scene(rig: Rig, verb: str) -> None:
    """The VIP is to come here; or it is here, and to be given up; or its alias is, since the tables send it elsewhere."""
    rig.reset()
    rig.place.write("/etc/hosts", f"127.0.0.1 localhost\n{API} {API_NAME}\n")
    if verb == "release":
        rig.may_delete = True
        rig.with_alias()
        for table in rig.scene.tables:
            rig.region.set_route(table, rig.scene.destination, rig.scene.b.eni)
        rig.region.log.clear()
    elif verb in SLOW:
        rig.with_alias()


def argv(rig: Rig, verb: str, deadline_s: int = 20) -> list[str]:
    return rig.argv(*VERBS[verb], "--ca-bundle", CA_FILE, "--deadline", str(deadline_s), endpoint=False)


def judge(rig: Rig, case: Case, run: Run) -> None:
    """Whatever failed: what it says is so, and what it does not say it has not done."""
    assert run.status != STATUS["BUG"] or case.call == "getrandom"
    assert run.status == 0 or case.verb == "status" or not case.is_passing
    if case.verb == "status":
        assert run.status != 0
        rig.nothing_was_written()
    elif case.verb == "follow":
        rig.nothing_was_written()
        assert rig.alias == (run.status != 0)
    elif case.verb == "service":
        rig.nothing_was_written()
        assert run.status != 0 or run.err.count("a signal ended the service") == 1 or case.call in ("write", "poll")
    elif case.verb == "release":
        assert run.status != 0 or rig.owners() == ["None"] and not rig.alias
    elif run.status == 0:
        assert rig.owners() == ["B"] and rig.alias
    elif run.status not in (STATUS["PARTIAL"], STATUS["UNVERIFIED"]):
        rig.nothing_was_written()


def check(rig: Rig, case: Case) -> None:
    set_scene(rig, case.verb)
    # What cannot be undone, because no such call succeeds any more, the next run mends.
    rig.may_be_wide = case.call == "ioctl" and case.on
    run = calls.run(rig, argv(rig, case.verb, case.deadline_s), {case.call, *(["fork"] if case.verb == "service" else [])}, case.answer,
                    deadline_s=6 if case.verb == "service" else case.deadline_s, heard=case.is_heard)
    judge(rig, case, run)
    rig.may_be_wide = False
    if case.verb == "acquire" and run.status != 0:
        rig.recovers()


def nths(count: int, few: bool) -> list[int]:
    """Each; but of the many that go on failing from some call on, or that take long, those at powers of two, and the last."""
    every = range(1, count + 1)
    return [nth for nth in every if not few or count <= 8 or nth & (nth - 1) == 0 or nth == count]


def errors(verb: str, call: str) -> list[str]:
    all_ = ERRNOS[call].split()
    return all_ if verb not in SLOW or call in OWN_CALLS else all_[-1:]


def cases(verb: str, seen: Counter[tuple[int, str]]) -> list[Case]:
    """A signal for every call, for ever, is none of them: who is interrupted for ever never gets on."""
    return [Case(verb, process, call, nth, error, on) for (process, call), count in sorted(seen.items()) for error in errors(verb, call)
            for on in (False, True) if not (on and (error == "EINTR" or verb == "service")) for nth in nths(count, on or verb in SLOW)]


# The processes that work at them.

_rig: list[Rig] = []


def _open() -> None:
    stack = ExitStack()
    _rig.append(stack.enter_context(opened()))
    atexit.register(stack.close)


def _broken(case: Case) -> str:
    """What is wrong with it; nothing, if all is as it must be."""
    try:
        check(_rig[0], case)
    except BaseException:
        return f"{case}\n{traceback.format_exc(limit=-3)}"
    return ""


def sweep(work: Sequence[Case]) -> list[str]:
    # More processes than cores: a case that waits for its deadline leaves its core to others, as other tests do.
    count = 2 * (os.cpu_count() or 1)
    with ProcessPoolExecutor(count, multiprocessing.get_context("spawn"), _open) as pool:
        return [text for text in pool.map(_broken, work, chunksize=4) if text]


@pytest.mark.parametrize("verb", VERBS)
def test_141_every_system_call_fails(rig: Rig, verb: str) -> None:
    set_scene(rig, verb)
    seen: Counter[tuple[int, str]] = Counter()

    def note(call: calls.Call) -> None:
        # The rounds of a service are runs of follow.
        if verb == "service":
            end_service(call)
        if verb != "service" or call.process == 0:
            seen[call.process, call.name] += 1
    calls.run(rig, argv(rig, verb), (), note, heard=verb != "service")
    work = cases(verb, seen)
    broken = sweep(work)
    assert not broken, f"{len(broken)} of {len(work)} cases:\n\n" + "\n".join(broken[:20])
