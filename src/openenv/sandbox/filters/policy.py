"""The policy: which system calls the code in a sandbox is refused, and why.

What is not named is allowed: the calls of ordinary programs are many, and namespaces, Landlock and limits hold them.
Numbers of calls that were added to Linux after this was written are not implemented (ENOSYS) in a sandbox.
"""

from __future__ import annotations

import errno
from enum import Enum
from pathlib import Path

from openenv.sandbox.filters.assembler import Check, Condition, Rule, assemble
from openenv.sandbox.filters.numbers import NUMBERS

FOLDER = Path(__file__).parent

_END = 451
"""Behind the last number of Linux 6.1, the same on both architectures."""

_AUDIT = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
ARCHITECTURES = tuple(_AUDIT)

_NEW_NAMESPACES = 0x7E020000 | 0x00000080  # CLONE_NEW*; the last is CLONE_NEWTIME, which clone does not take
_AF_UNIX = 1
_PAIRS = tuple(kind | flags for kind in (1, 5) for flags in (0, 0x800, 0x80000, 0x80800))
"""SOCK_STREAM and SOCK_SEQPACKET, with SOCK_NONBLOCK and SOCK_CLOEXEC: a pair of datagram sockets can be connected
anew, by any path."""

_TIOCSTI, _TIOCLINUX = 0x5412, 0x541C
_BUFFER_SIZES = (7, 8, 32, 33)  # SO_SNDBUF, SO_RCVBUF, and both with FORCE: no limit counts what is in them
_PRIO_USER = 2
_F_SETOWN, _F_SETOWN_EX = 8, 15
_FIOSETOWN, _SIOCSPGRP = 0x8901, 0x8902
_THIS_PERSONALITY = (0, 0xFFFFFFFF)  # the usual one, and asking which it is


class Filter(Enum):
    """The filters; more than one may be in force."""

    BASE = "base"
    """For every session."""

    SHARED_FILES = "shared-files"
    """Where the session has no mounts of its own: Landlock does not stop watching the files of others."""

    SHARED_USER = "shared-user"
    """Where the session runs as the user of others: Landlock does not stop changes of mode, owner and times."""

    NO_SIGNALS = "no-signals"
    """Where, in addition, Landlock cannot keep signals within the session, or not keep files from being cut."""

    def path(self, architecture: str) -> Path:
        """Where it lies, assembled."""
        return FOLDER / f"{self.value}-{architecture}.bpf"


def _names(*lines: str) -> list[str]:
    return " ".join(lines).split()


_NOT_PERMITTED = _names(
    # Namespaces and mounts.
    "mount umount2 pivot_root chroot move_mount fsopen fsconfig fsmount fspick open_tree mount_setattr unshare setns",
    # Other processes.
    "ptrace process_vm_readv process_vm_writev kcmp process_madvise process_mrelease pidfd_getfd migrate_pages",
    "move_pages ioprio_set",
    # The kernel itself, and what has had many holes.
    "kexec_load kexec_file_load init_module finit_module delete_module create_module query_module bpf perf_event_open",
    "userfaultfd keyctl add_key request_key seccomp modify_ldt iopl ioperm",
    # The network, in every family: vsock and netlink ignore network namespaces.
    "socket",
    # The machine.
    "reboot swapon swapoff sethostname setdomainname settimeofday clock_settime clock_adjtime adjtimex acct quotactl",
    "quotactl_fd nfsservctl syslog vhangup lookup_dcookie uselib ustat sysfs _sysctl",
    # Files without a path.
    "open_by_handle_at name_to_handle_at fanotify_init fanotify_mark",
    # Memory and queues that no limit counts.
    "shmget shmat shmctl msgget msgctl msgsnd msgrcv semget semop semctl semtimedop mq_open mq_unlink",
)

_NOT_IMPLEMENTED = _names(
    # Its flags are hidden from filters; libc then uses clone.
    "clone3",
    # It does what filters refuse.
    "io_uring_setup io_uring_enter io_uring_register",
    # Files on no file system with a size.
    "memfd_create memfd_secret",
)

_CONDITIONS = {
    "clone": Condition(0, Check.ANY_BIT_OF, (_NEW_NAMESPACES,)),
    "socketpair": Condition(0, Check.NONE_OF, (_AF_UNIX,)),
    "setsockopt": Condition(2, Check.ONE_OF, _BUFFER_SIZES),
    "ioctl": Condition(1, Check.ONE_OF, (_TIOCSTI, _TIOCLINUX)),
    "personality": Condition(0, Check.NONE_OF, _THIS_PERSONALITY),
    **dict.fromkeys(
        ("prlimit64", "sched_setaffinity", "sched_setattr", "sched_setparam", "sched_setscheduler"),
        Condition(0, Check.NONE_OF, (0,)),  # of the caller only
    ),
}

_OF_OTHERS_FILES = _names(
    "chmod fchmod fchmodat chown fchown lchown fchownat utime utimes futimesat utimensat",
    "setxattr lsetxattr fsetxattr removexattr lremovexattr fremovexattr",
)

_TO_OTHERS = _names("tkill tgkill pidfd_send_signal rt_sigqueueinfo rt_tgsigqueueinfo truncate")


def program(which: Filter, architecture: str) -> bytes:
    """The filter, assembled."""
    rules = []
    for name, error, condition in _RULES[which]:
        number = NUMBERS[name][ARCHITECTURES.index(architecture)]
        if number is not None:
            rules.append(Rule(number, error, condition))
    end = _END if which is Filter.BASE else 0xFFFFFFFF
    return assemble(rules, architecture=_AUDIT[architecture], end=end, unknown=errno.ENOSYS)


_RULES: dict[Filter, list[tuple[str, int, Condition | None]]] = {
    Filter.BASE: [
        *((name, errno.EPERM, None) for name in _NOT_PERMITTED),
        *((name, errno.ENOSYS, None) for name in _NOT_IMPLEMENTED),
        *((name, errno.EPERM, condition) for name, condition in _CONDITIONS.items()),
        ("socketpair", errno.EPERM, Condition(1, Check.NONE_OF, _PAIRS)),
        ("setpriority", errno.EPERM, Condition(1, Check.NONE_OF, (0,))),
        ("setpriority", errno.EPERM, Condition(0, Check.ONE_OF, (_PRIO_USER,))),
    ],
    Filter.SHARED_FILES: [(name, errno.EPERM, None) for name in _names("inotify_init inotify_init1 inotify_add_watch")],
    Filter.SHARED_USER: [(name, errno.EPERM, None) for name in _OF_OTHERS_FILES],
    Filter.NO_SIGNALS: [
        *((name, errno.EPERM, None) for name in _TO_OTHERS),
        ("kill", errno.EPERM, Condition(0, Check.NONE_OF, (0,))),  # the caller's own process group
        ("fcntl", errno.EPERM, Condition(1, Check.ONE_OF, (_F_SETOWN, _F_SETOWN_EX))),  # whom input signals
        ("ioctl", errno.EPERM, Condition(1, Check.ONE_OF, (_FIOSETOWN, _SIOCSPGRP))),
    ],
}


def main() -> None:
    """``python -m openenv.sandbox.filters.policy``: assemble all filters anew."""
    for which in Filter:
        for architecture in ARCHITECTURES:
            which.path(architecture).write_bytes(program(which, architecture))


if __name__ == "__main__":
    main()
