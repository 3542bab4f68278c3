"""A place: a machine of its own, as far as network, processes, /etc, /run and the names in /dev go.

A place is made of anonymous namespaces that `unshare` opens and one process, their init, holds. That process
waits for the end of a pipe from the owner. When the owner closes the pipe, or dies of anything at all, init
ends; then the kernel kills every process of the place, and interfaces, mounts and files go with the last of
them. So there is nothing to clean up, and no name that two places could both want.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import subprocess
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Self, TypeVar

T = TypeVar("T")

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

# From linux/sched.h.
_CLONE_FS, _CLONE_NEWNS, _CLONE_NEWPID, _CLONE_NEWNET = 0x200, 0x20000, 0x20000000, 0x40000000
_NAMESPACES = (("mnt", _CLONE_NEWNS), ("net", _CLONE_NEWNET), ("pid_for_children", _CLONE_NEWPID))

# /etc and /dev are layers over the machine's own, so that a place can write there; /run, /usr/local/sbin and /sys/class
# are empty, but for the interfaces, so no place knows the machine's board, and none reaches the machine's log.
_SETUP = """
mount -t tmpfs -o mode=755 tmpfs /run
for folder in etc dev; do
	mkdir -p /run/$folder/upper /run/$folder/scratch
	mount -t overlay -o lowerdir=/$folder,upperdir=/run/$folder/upper,workdir=/run/$folder/scratch overlay /$folder
done
rm -f /dev/log
mount -t tmpfs -o mode=755 tmpfs /run
mount -t tmpfs -o mode=755 tmpfs /usr/local/sbin
mount -t sysfs sysfs /sys
mount -t tmpfs -o mode=755 tmpfs /sys/class
ln -s ../devices/virtual/net /sys/class/net
ip link set lo up
echo
exec cat
"""

_libc = ctypes.CDLL(None, use_errno=True)


class Unable(Exception):
    """This machine cannot make a world; the text says in one line what is needed."""


def _check(result: int, what: str) -> None:
    if result:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")


class Place:
    """A machine with no interface but `lo`. The names of programs in it are looked up in PATH."""

    def __init__(self, name: str):
        self.name = name
        self._children: list[subprocess.Popen[str]] = []
        # Its own session: Ctrl-C is for the owner, who ends the place in good order.
        self._init = subprocess.Popen(
            ["unshare", "--net", "--mount", "--pid", "--fork", "--mount-proc", "sh", "-ec", _SETUP],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
            env={"PATH": PATH}, text=True)
        assert self._init.stdout and self._init.stderr
        if not self._init.stdout.readline():
            raise Unable(f"cannot make namespaces here: {self._init.communicate()[1].strip()}")
        self._doors = [(os.open(f"/proc/{self._init.pid}/ns/{name}", os.O_RDONLY), kind) for name, kind in _NAMESPACES]
        self._inside = ThreadPoolExecutor(1, thread_name_prefix=name, initializer=self.enter)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def pid(self) -> int:
        """A process of it, as seen from outside: its /proc/PID/root is the place's own root."""
        return self._init.pid

    @property
    def network(self) -> int:
        """A descriptor of its network namespace."""
        return self._doors[1][0]

    def enter(self) -> None:
        """Move the calling thread in, for good. Sockets and processes that it makes from now on are in here."""
        # A thread that shares its root and working directory with others cannot change its mounts.
        _check(_libc.unshare(_CLONE_FS), "unshare")
        for door, kind in self._doors:
            _check(_libc.setns(door, kind), f"enter {self.name}")

    def call(self, work: Callable[..., T], *arguments: Any, **more: Any) -> T:
        """What `work` gives when it is called in here."""
        return self._inside.submit(work, *arguments, **more).result()

    def write(self, path: str, text: str | bytes, mode: int = 0o644) -> None:
        """Write a file as this place sees it; in /etc, /dev, /run and /usr/local/sbin no other place does."""
        def work() -> None:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as file:
                file.write(text if isinstance(text, bytes) else text.encode())
            os.chmod(path, mode)
        self.call(work)

    def start(self, argv: Sequence[str], *, env: Mapping[str, str] | None = None, user: str | None = None,
              close_fds_0_2: bool = False, **more: Any) -> subprocess.Popen[str]:
        """Start a program in here, with no input and no environment but PATH unless given.

        What it says is in the pipes `stdout` and `stderr` unless told otherwise. It ends with the place.
        """
        options: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE,
                                   "text": True, "cwd": "/", "start_new_session": True,
                                   "env": {"PATH": PATH} if env is None else dict(env)}
        if user:
            options |= {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []}
        if close_fds_0_2:
            options |= {"stdin": None, "stdout": None, "stderr": None, "preexec_fn": lambda: os.closerange(0, 3)}
        def work() -> subprocess.Popen[str]:
            # Noted in here, where no Ctrl-C can come between: `halt` would wait for ever for a child it forgot.
            self._children.append(subprocess.Popen(list(argv), **options | more))
            return self._children[-1]
        return self.call(work)

    def run(self, argv: Sequence[str], *, timeout: float = 30, input: str | None = None, check: bool = False,
            **more: Any) -> subprocess.CompletedProcess[str]:
        """Run a program in here to its end; options as for `start`."""
        if input is not None:
            more["stdin"] = subprocess.PIPE
        child = self.start(argv, **more)
        try:
            out, err = child.communicate(input, timeout)
        except BaseException:
            child.kill()
            child.communicate()
            raise
        finally:
            self._children.remove(child)
        done = subprocess.CompletedProcess(argv, child.returncode, out, err)
        if check and done.returncode:
            raise RuntimeError(f"{self.name}: {' '.join(argv)}: status {done.returncode}: {out}{err}")
        return done

    def ip(self, *lines: str, **more: Any) -> None:
        """Commands for `ip`, in one batch."""
        self.run(["ip", "-batch", "-"], input="\n".join(lines) + "\n", check=True, **more)

    def halt(self) -> None:
        """End every process, at once; nothing more can be done in here. The network stays until `close`."""
        assert self._init.stdin and self._init.stdout and self._init.stderr
        self._inside.shutdown()
        self._init.stdin.close()
        # Init waits in the kernel until those of its processes that are our children are reaped.
        for child in self._children:
            child.wait()
            for pipe in (child.stdin, child.stdout, child.stderr):
                if pipe and not pipe.closed:
                    pipe.close()
        self._children.clear()
        self._init.wait()
        self._init.stdout.close()
        self._init.stderr.close()

    def close(self) -> None:
        """End the place and all that is in it. A second time does nothing."""
        if self._doors:
            self.halt()
            for door, _ in self._doors:
                os.close(door)
            self._doors = []
