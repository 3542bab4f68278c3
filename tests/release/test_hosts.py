"""Row 148: old and odd hosts. What a kernel or a processor does not have yet, or a host has taken away, stops no failover."""

from __future__ import annotations

import errno
import time
from collections.abc import Sequence

import pytest

from faults import calls
from faults.rig import API, API_NAME, Rig, Run

# The first system call of x86_64 that each kernel does not have: sched_setattr of 3.14, statx... of the next ones.
KERNELS = {"3.10": 314, "4.18": 335, "5.14": 448}
VERBS = {"acquire": "OK", "status": "DIFFERS", "follow": "OK", "check": "OK", "release": "OK", "policy": "OK"}
# Every one of these is lacking at once: what the newest kernel has beyond that of RHEL 7.
NEWER = ("getrandom", "close_range", "pidfd_open", "landlock_create_ruleset")


def argv(rig: Rig, verb: str) -> list[str]:
    return rig.argv(verb, *(["--route"] if verb == "release" else []))


def set_scene(rig: Rig, verb: str) -> None:
    if verb in ("release", "follow", "check"):
        rig.with_alias()
    if verb == "release":
        rig.may_delete = True
        rig.send("B")


def judge(rig: Rig, verb: str, run: Run) -> None:
    assert run.kind == VERBS[verb], run.err
    if verb == "acquire":
        rig.is_here(ReplaceRoute=1)
    elif verb == "release":
        assert rig.owners() == ["None"] and not rig.alias
    else:
        rig.nothing_was_written()
        assert rig.alias == (verb == "check")


@pytest.mark.parametrize(("verb", "kernel"), [*((verb, "3.10") for verb in VERBS), ("acquire", "4.18"), ("acquire", "5.14")])
def test_148_a_kernel_without_what_came_later(rig: Rig, verb: str, kernel: str) -> None:
    asked = set()

    def answer(call: calls.Call) -> int | None:
        asked.add(call.name)
        return None if call.name == "execve" else -errno.ENOSYS
    set_scene(rig, verb)
    later = [name for name, number in calls.numbers().items() if number >= KERNELS[kernel]]
    judge(rig, verb, calls.run(rig, argv(rig, verb), later, answer))
    assert kernel != "3.10" or "close_range" in asked and (verb != "acquire" or set(NEWER) - {"pidfd_open"} <= asked), asked


# Commands that run first, in a mount namespace of its own, and what must then be so.
HOSTS = {
    "no /proc": ("umount -l /proc; mount -t tmpfs -o ro tmpfs /proc", "! test -e /proc/self"),
    "no /etc/resolv.conf": ("rm /etc/resolv.conf", "! test -e /etc/resolv.conf"),
    "nothing can be written": ("for at in $(cut -d' ' -f2 /proc/mounts | tac); do mount -o remount,bind,ro $at; done",
                               "! touch /etc/x && ! touch /run/x && ! touch /tmp/x && ! touch /var/x"),
    "nothing runs in /tmp": ("mount -t tmpfs -o noexec tmpfs /tmp; cp /bin/true /tmp; cd /tmp", "test -e /tmp/true && ! /tmp/true"),
    "no /sys": ("umount -l /sys/class; umount -l /sys; mount -t tmpfs tmpfs /sys", "! test -e /sys/class"),
    "no /dev but null": ("mount -t tmpfs tmpfs /mnt; touch /mnt/null; mount --bind /dev/null /mnt/null; mount --rbind /mnt /dev",
                         "! test -e /dev/urandom && echo >/dev/null"),
}


def on(host: str, command: Sequence[str]) -> list[str]:
    set_up, proof = HOSTS[host]
    return ["unshare", "--mount", "sh", "-c", f'{{ {set_up}; }} >&- 2>&-; {{ {proof}; }} >&- 2>&- || exit 99; exec "$@"', "sh", *command]


@pytest.mark.parametrize("host", HOSTS)
def test_148_a_host_that_has_little(rig: Rig, host: str) -> None:
    rig.place.write("/etc/hosts", f"127.0.0.1 localhost\n{API} {API_NAME}\n")
    for verb in ("check", "acquire"):
        rig.without_alias()
        set_scene(rig, verb)
        began = time.monotonic()
        rig.record_tokens()
        child = rig.place.start(on(host, rig.argv(verb)), env=rig.environment(PATH="/usr/sbin:/usr/bin:/sbin:/bin"))
        run = rig.end(child, began)
        assert run.kind == "OK", run.err
    rig.is_here(ReplaceRoute=1)


# Processors that qemu knows: without AES-NI, CLMUL and RDRAND; with the first two alone.
PROCESSORS = ("Conroe", "Westmere")


@pytest.mark.parametrize("processor", PROCESSORS)
def test_148_a_processor_without_what_came_later(rig: Rig, processor: str) -> None:
    run = rig.raw(["qemu-x86_64", "-cpu", processor, *rig.argv("acquire", "-v")], env=rig.environment())
    assert run.kind == "OK", run.err
    rig.is_here(ReplaceRoute=1)
