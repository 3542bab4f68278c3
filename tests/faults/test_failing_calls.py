"""Every system call of a good run fails in turn, in each of the ways that `ERRNOS` takes from its manual page.

Which calls there are a good run tells: it is the one that is swept. The cases are shared out among processes, each with
a host and a region of its own. Of the scenes that differ little from another one, cases from end to end are tried, and
all of them with WHOLE in the environment.
"""

from __future__ import annotations

import atexit
import errno
import json
import multiprocessing
import os
import signal
import socket
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial

import pytest

from region.proxy import Proxy

from . import calls
from .rig import API, API_NAME, CA_FILE, STATUS, STS, STS_NAME, Rig, Run, opened
from .test_once import GUARD, guard, marks

# What each call may fail with, by its manual page; one that always succeeds has nothing.
ERRNOS = {
    "access": "EACCES EIO", "arch_prctl": "", "brk": "ENOMEM", "capget": "EPERM ENOSYS", "capset": "EPERM ENOSYS", "chmod": "EPERM EROFS",
    "close": "EINTR EIO", "close_range": "ENOSYS EMFILE", "connect": "EINTR ECONNREFUSED EADDRNOTAVAIL ENETUNREACH EPERM ETIMEDOUT",
    "dup2": "EBUSY EMFILE", "dup3": "EBUSY EMFILE", "execve": "EACCES ENOENT ENOMEM", "exit_group": "", "fallocate": "EINTR EOPNOTSUPP ENOSPC",
    "fcntl": "EINTR ENOLCK EAGAIN", "fork": "EAGAIN ENOMEM", "fstat": "EIO EOVERFLOW", "getpid": "", "getppid": "", "getrandom": "EINTR EAGAIN ENOSYS",
    "getsockopt": "ENOBUFS", "getxattr": "ENODATA EOPNOTSUPP EACCES", "ioctl": "EPERM ENODEV EADDRNOTAVAIL ENOBUFS", "kill": "ESRCH",
    "landlock_add_rule": "EOPNOTSUPP EINVAL", "landlock_create_ruleset": "ENOSYS EOPNOTSUPP", "landlock_restrict_self": "EPERM E2BIG",
    "mkdir": "EEXIST EACCES EROFS ENOSPC", "mmap": "ENOMEM", "mprotect": "ENOMEM EACCES", "munmap": "ENOMEM",
    "open": "EINTR EACCES EMFILE ENOENT EIO", "poll": "EINTR ENOMEM", "ppoll": "EINTR ENOMEM", "prctl": "EINVAL EPERM",
    "prlimit64": "EPERM ENOSYS", "utimensat": "EACCES EIO EROFS", "read": "EINTR EIO EISDIR", "readlink": "EACCES ENOENT EIO",
    "recvfrom": "EINTR EAGAIN ECONNRESET ENOMEM", "rt_sigaction": "EINVAL", "rt_sigprocmask": "EINVAL", "rt_sigreturn": "",
    "sendto": "EINTR EAGAIN ECONNRESET EPIPE ENOBUFS EPERM", "set_tid_address": "", "setpgid": "EACCES EPERM",
    "setsockopt": "ENOPROTOOPT", "socket": "EMFILE ENOBUFS EACCES EAFNOSUPPORT", "socketpair": "EMFILE ENOMEM",
    "stat": "EACCES ENOENT EIO", "statfs": "EINTR EACCES ENOSYS", "umask": "",
    "wait4": "EINTR ECHILD", "write": "EINTR EIO EPIPE ENOSPC EFBIG",
}
# These wait, a run for its second reading and a service for its next round: of a call that others make too one error must do.
SLOW = ("follow", "service")
ROLE = "arn:aws:iam::123456789012:role/mirror-routes"
PROXY_PORT = 3128
OWN_CALLS = ("fcntl", "fork", "fstat", "ioctl")
PART = 30  # cases of a scene that is gone through in part


@dataclass(frozen=True)
class Case:
    """The `nth` such call of the process fails, or all from it on."""

    scene: str
    process: int
    call: str
    nth: int
    error: str
    on: bool

    def answer(self, call: calls.Call) -> int | None:
        if self.scene == "service":
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
        return 2 if self.scene in SLOW else 1 if self.on else 5

    @property
    def is_passing(self) -> bool:
        """Whether it asks no more than to be called again; netlink, which says EAGAIN, has no answer."""
        again = self.call in ("recvfrom", "sendto") and self.error == "EAGAIN" and self.scene != "acquire over IPv6"
        return not self.on and (self.error == "EINTR" or again)

    @property
    def is_heard(self) -> bool:
        """Whether its last line is sure to be written, and is the only one."""
        return self.call not in ("write", "poll") and self.scene != "service"


def end_service(call: calls.Call, which: signal.Signals = signal.SIGTERM) -> None:
    """As it begins its second round."""
    if (call.name, call.process, call.nth) == ("fork", 0, 2):
        os.kill(call.pid, which)


@dataclass(frozen=True)
class Scene:
    """How the program is called; what there is then; and what must be so afterwards, whatever has failed."""

    words: tuple[str, ...]
    begin: Callable[[Rig], None]
    judge: Callable[[Rig, Case, Run], None]
    good: int = 0  # the exit status where nothing fails
    whole: bool = False
    stage: Callable[[], AbstractContextManager[Rig]] = opened

    def set(self, rig: Rig) -> None:
        rig.reset()
        rig.place.write("/etc/hosts", f"127.0.0.1 localhost\n{API} {API_NAME}\n{STS} {STS_NAME}\n")
        self.begin(rig)

    def argv(self, rig: Rig, deadline_s: int = 20) -> list[str]:
        return rig.argv(self.words[0], "--ca-bundle", CA_FILE, "--deadline", str(deadline_s), *self.words[1:], endpoint=False)


# Where a run begins.

def is_to_come(rig: Rig) -> None:
    """The tables send it to the other host, and no alias is up."""


def is_to_go(rig: Rig) -> None:
    """The tables send it to the other host, but the alias is up."""
    rig.with_alias()


def is_here(rig: Rig) -> None:
    rig.with_alias()
    rig.send("B")


def is_to_be_torn_down(rig: Rig) -> None:
    is_here(rig)
    rig.may_delete = True


def has_a_guard(rig: Rig) -> None:
    guard(rig, "exit 0")


def has_a_role(rig: Rig) -> None:
    rig.region.add_role("mirror-routes", ["mirror"])


def has_a_proxy(rig: Rig) -> None:
    """It alone knows where the API is."""
    rig.place.write("/etc/hosts", "127.0.0.1 localhost\n")


@contextmanager
def behind_a_proxy() -> Iterator[Rig]:
    with opened() as rig, Proxy(rig.listener("127.0.0.1", PROXY_PORT), lambda _, port: rig.place.call(socket.create_connection, (API, port))):
        yield rig


# What must be so at its end: what it says is so, and what it does not say it has not done.

def acquires(rig: Rig, case: Case, run: Run) -> None:
    if run.status == 0:
        assert rig.owners() == ["B"] and rig.alias
        return
    if run.says not in ("PARTIAL", "UNVERIFIED", None):
        rig.nothing_was_written()
    rig.recovers()


def acquires_if_the_guard_says_yes(rig: Rig, case: Case, run: Run) -> None:
    assert not rig.writes() or marks(rig)
    acquires(rig, case, run)


def acquires_with_the_roles_keys(rig: Rig, case: Case, run: Run) -> None:
    """And does nothing with the host's own, where it does not get those."""
    host = rig.region.credentials(rig.scene.b).access_key
    assert host not in [request.access_key for request in rig.region.log.requests if request.service == "ec2"]
    acquires(rig, case, run)


def shows(rig: Rig, case: Case, run: Run) -> None:
    assert run.status != 0
    rig.nothing_was_written()


def tears_down(rig: Rig, case: Case, run: Run) -> None:
    assert run.status != 0 or rig.owners() == ["None"] and not rig.alias


def takes_down(rig: Rig, case: Case, run: Run) -> None:
    rig.nothing_was_written()
    assert rig.alias == (run.status != 0)


def serves(rig: Rig, case: Case, run: Run) -> None:
    rig.nothing_was_written()
    assert run.status != 0 or run.err.count("a signal ended the service") == 1 or case.call in ("write", "poll")


def checks(rig: Rig, case: Case, run: Run) -> None:
    rig.nothing_was_written()
    assert rig.alias
    if case.is_heard:
        assert (run.status == 0) == (run.out != "" and not any(line.startswith("failure") for line in run.out.splitlines()))


def tells_policy(rig: Rig, case: Case, run: Run) -> None:
    rig.nothing_was_written()
    assert not rig.alias
    if case.is_heard:
        assert json.loads(run.out)["Version"] if run.status == 0 else run.out == ""


def says_that_it_runs(rig: Rig, case: Case, run: Run) -> None:
    """Or that it does not know; but never that it has stopped: the other host would start it."""
    assert not rig.writes() and rig.owners() == ["B"] and rig.alias
    assert run.status in (0, 1)


def says_that_it_has_stopped(rig: Rig, case: Case, run: Run) -> None:
    rig.nothing_was_written()
    assert run.status in (7, 1) and not rig.alias


SCENES = {
    "acquire": Scene(("acquire",), is_to_come, acquires, whole=True),
    "acquire over IPv6": Scene(("acquire",), is_to_come, acquires, stage=partial(opened, destination="overlay6")),
    "acquire with a guard": Scene(("acquire", "--guard", GUARD), has_a_guard, acquires_if_the_guard_says_yes),
    "acquire with a role": Scene(("acquire", "--assume-role", ROLE), has_a_role, acquires_with_the_roles_keys),
    "acquire through a proxy": Scene(("acquire", "--proxy", f"localhost:{PROXY_PORT}"), has_a_proxy, acquires, stage=behind_a_proxy),
    "status": Scene(("status",), is_to_come, shows, STATUS["DIFFERS"]),
    "release": Scene(("release", "--route"), is_to_be_torn_down, tears_down),
    "follow": Scene(("follow",), is_to_go, takes_down),
    "service": Scene(("follow", "--every", "1"), is_to_go, serves),
    "check": Scene(("check",), is_to_go, checks),
    "policy": Scene(("policy",), is_to_come, tells_policy),
    "start": Scene(("ocf", "start"), is_to_come, acquires),
    "stop": Scene(("ocf", "stop"), is_to_go, takes_down),
    "monitor": Scene(("ocf", "monitor"), is_here, says_that_it_runs),
    "monitor of nothing": Scene(("ocf", "monitor"), is_to_come, says_that_it_has_stopped, 7),
    "keepalived": Scene(("notify", "INSTANCE", "VI_1", "MASTER", "100"), is_to_come, acquires),
    "Patroni": Scene(("notify", "on_role_change", "replica", "main"), is_to_go, takes_down),
}


def check(rig: Rig, case: Case) -> None:
    scene = SCENES[case.scene]
    scene.set(rig)
    # What cannot be undone, because no such call succeeds any more, the next run mends.
    rig.may_be_wide = case.call == "ioctl" and case.on
    run = calls.run(rig, scene.argv(rig, case.deadline_s), {case.call, *(["fork"] if case.scene == "service" else [])}, case.answer,
                    deadline_s=6 if case.scene == "service" else case.deadline_s, heard=case.is_heard)
    assert run.says != "BUG" or case.call == "getrandom"
    assert run.status == scene.good or not case.is_passing
    scene.judge(rig, case, run)
    rig.may_be_wide = False


def nths(count: int, few: bool) -> list[int]:
    """Each; but of the many that go on failing from some call on, or that take long, those at powers of two, and the last."""
    every = range(1, count + 1)
    return [nth for nth in every if not few or count <= 8 or nth & (nth - 1) == 0 or nth == count]


def errors(scene: str, call: str) -> list[str]:
    all_ = ERRNOS[call].split()
    return all_ if scene not in SLOW or call in OWN_CALLS else all_[-1:]


def cases(scene: str, seen: Counter[tuple[int, str]]) -> list[Case]:
    """A signal for every call, for ever, is none of them: who is interrupted for ever never gets on."""
    all_ = [Case(scene, process, call, nth, error, on) for (process, call), count in sorted(seen.items()) for error in errors(scene, call)
            for on in (False, True) if not (on and (error == "EINTR" or scene == "service")) for nth in nths(count, on or scene in SLOW)]
    return all_ if SCENES[scene].whole or "WHOLE" in os.environ else all_[::len(all_) // PART + 1]


# The processes that work at them.

_rig: list[Rig] = []


def _open(name: str) -> None:
    stack = ExitStack()
    _rig.append(stack.enter_context(SCENES[name].stage()))
    atexit.register(stack.close)


def _broken(case: Case) -> str:
    """What is wrong with it; nothing, if all is as it must be."""
    try:
        check(_rig[0], case)
    except BaseException:
        return f"{case}\n{traceback.format_exc(limit=-3)}"
    return ""


def sweep(name: str, work: Sequence[Case]) -> list[str]:
    # More processes than cores: a case that waits for its deadline leaves its core to others, as other tests do.
    count = 2 * (os.cpu_count() or 1)
    with ProcessPoolExecutor(count, multiprocessing.get_context("spawn"), _open, (name,)) as pool:
        return [text for text in pool.map(_broken, work, chunksize=4) if text]


@pytest.mark.parametrize("name", SCENES)
def test_141_every_system_call_fails(name: str) -> None:
    scene = SCENES[name]
    seen: Counter[tuple[int, str]] = Counter()

    def note(call: calls.Call) -> None:
        # The rounds of a service are runs of follow.
        if name == "service":
            end_service(call)
        if name != "service" or call.process == 0:
            seen[call.process, call.name] += 1
    with scene.stage() as rig:
        scene.set(rig)
        run = calls.run(rig, scene.argv(rig), (), note, heard=name != "service")
        assert run.status == scene.good, run.err
    work = cases(name, seen)
    broken = sweep(name, work)
    assert not broken, f"{len(broken)} of {len(work)} cases:\n\n" + "\n".join(broken[:20])
