"""Semaphores for `multiprocessing` where a session has no /dev/shm, in which POSIX keeps those that have names.

These have none (sem_init(3), shared between processes): they lie in memory that children inherit, and so serve
processes that are forked, which is how they start on Linux.
"""

from __future__ import annotations

import ctypes
import errno
import mmap
import multiprocessing.context
import os
import threading
import time
from typing import Any

_RECURSIVE = 0
_SIZE = 64
"""Bytes, at least those of a sem_t."""

_libc = ctypes.CDLL(None, use_errno=True)
_NAMES = ("sem_init", "sem_wait", "sem_trywait", "sem_timedwait", "sem_post", "sem_getvalue")
_init, _wait, _try, _wait_until, _post, _value = (getattr(_libc, name) for name in _NAMES)


class _Time(ctypes.Structure):
    _fields_ = (("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long))


class SemLock:
    """As ``_multiprocessing.SemLock``, of which it takes the place."""

    SEM_VALUE_MAX = 2**31 - 1

    def __init__(self, kind: int, value: int, maxvalue: int, name: str, unlink: bool) -> None:
        self.kind, self.maxvalue, self.name = kind, maxvalue, None if unlink else name
        self._memory = mmap.mmap(-1, _SIZE)
        self._semaphore = ctypes.c_void_p(ctypes.addressof(ctypes.c_char.from_buffer(self._memory)))
        self._held = 0
        self._holder = (0, 0)
        _checked(_init(self._semaphore, 1, value))

    @property
    def handle(self) -> int | None:
        """OSError where it would be sent to a process that is not forked, and could do nothing with it."""
        if multiprocessing.context.get_spawning_popen() is not None:
            raise OSError(errno.ENOSYS, "here locks can be shared only with processes that start by 'fork'")
        return self._semaphore.value

    def acquire(self, block: bool = True, timeout: float | None = None) -> bool:
        """False when it is not had at once, or in time."""
        if self.kind == _RECURSIVE and self._is_mine():
            self._held += 1
            return True
        if not self._wait(block, timeout):
            return False
        self._held += 1
        self._holder = _this_thread()
        return True

    def release(self) -> None:
        """AssertionError when another thread holds it, ValueError when it is released too often."""
        if self.kind == _RECURSIVE:
            if not self._is_mine():
                raise AssertionError("attempt to release recursive lock not owned by thread")
            if self._held > 1:
                self._held -= 1
                return
        elif self._get_value() >= self.maxvalue:
            raise ValueError("semaphore or lock released too many times")
        self._held -= 1
        _checked(_post(self._semaphore))

    def _wait(self, block: bool, timeout: float | None) -> bool:
        until = None if timeout is None else time.time() + max(0.0, timeout)
        while True:
            if not block:
                failed = _try(self._semaphore)
            elif until is None:
                failed = _wait(self._semaphore)
            else:
                failed = _wait_until(self._semaphore, ctypes.byref(_Time(int(until), int(until % 1 * 1e9))))
            if not failed:
                return True
            number = ctypes.get_errno()
            if number in (errno.EAGAIN, errno.ETIMEDOUT):
                return False
            if number != errno.EINTR:
                raise OSError(number, os.strerror(number))

    def _count(self) -> int:
        return self._held

    def _is_mine(self) -> bool:
        return self._held > 0 and self._holder == _this_thread()

    def _get_value(self) -> int:
        value = ctypes.c_int()
        _checked(_value(self._semaphore, ctypes.byref(value)))
        return value.value

    def _is_zero(self) -> bool:
        return self._get_value() == 0

    def _after_fork(self) -> None:
        self._held = 0

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *raised: object) -> None:
        self.release()


def install() -> None:
    """From here on `multiprocessing` uses these, and has its shared memory in files of the session."""
    import _multiprocessing  # type: ignore[import-not-found]
    import multiprocessing.heap

    _multiprocessing.SemLock = SemLock
    _multiprocessing.sem_unlink = lambda name: None
    arena: Any = multiprocessing.heap.Arena
    arena._dir_candidates = []


def _this_thread() -> tuple[int, int]:
    return os.getpid(), threading.get_ident()


def _checked(failed: int) -> None:
    if failed:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
