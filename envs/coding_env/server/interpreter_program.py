"""The program of the interpreter's process: it runs the code that it is sent, piece after piece, in one namespace.

It runs as a script and needs the standard library only. The code can reach every module, so that what is needed from
one piece to the next is held here under names of its own. Arguments: 1 to show the value of a last expression, the seed
or nothing, the file descriptor of the channel, and the parent's process id.
"""

import _signal  # type: ignore[import-not-found]  # the functions of `signal` need built-ins that may be gone
import ast
import builtins
import ctypes
import linecache
import os
import random
import resource
import struct
import sys
from collections.abc import Iterator
from os import _exit, dup2, getpid, read, write
from traceback import format_exception
from types import CodeType, ModuleType, TracebackType
from typing import NoReturn

REQUEST = struct.Struct(">16sQ")
"""A token and the length of the code, which follows in UTF-8."""

ANSWER = struct.Struct(">16si")
"""The request's token and the exit status."""

READY = bytes(16)
"""The token of the answer to no request: the program has started."""

_PR_SET_PDEATHSIG = 1

_TREE: int = ast.PyCF_ONLY_AST

# Built-ins of this module's own, so that its functions work when the code deletes or replaces some.
globals()["__builtins__"] = dict(vars(builtins))


class Program:
    """Serves one parent over one channel."""

    def __init__(self, channel: int, *, show_value: bool) -> None:
        self._channel = channel
        self._show_value = show_value
        self._pid = getpid()
        self._libc = ctypes.CDLL(None)
        self._flush_c = self._libc.fflush
        self._standard = [os.dup(fd) for fd in range(3)]
        self._pieces = 0
        main = ModuleType("__main__")
        self._namespace = vars(main)
        self._namespace["__builtins__"] = builtins
        sys.modules["__main__"] = main
        os.set_inheritable(channel, False)

    def end_with_parent(self, parent: int) -> None:
        """SIGKILL when the parent dies (prctl(2)); elsewhere than on Linux there is the end of file on the channel."""
        if sys.platform == "linux":
            self._libc.prctl(_PR_SET_PDEATHSIG, _signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:
            _exit(0)

    def serve(self) -> NoReturn:
        """Until the parent hangs up."""
        write(self._channel, ANSWER.pack(READY, 0))
        while True:
            token, size = REQUEST.unpack(self._receive(REQUEST.size))
            status = self._run(self._receive(size))
            if getpid() != self._pid:  # the code has forked, and this is the copy
                _exit(status)
            write(self._channel, ANSWER.pack(token, status))

    def _receive(self, size: int) -> bytes:
        """The next bytes; at the end of the channel the program ends."""
        data = bytearray()
        while len(data) < size:
            part = read(self._channel, min(size - len(data), 1 << 20))
            if not part:
                _exit(0)
            data += part
        return bytes(data)

    def _run(self, source: bytes) -> int:
        """The exit status. An interruption is let in between the two changes of the handler only."""
        try:
            try:
                _signal.signal(_signal.SIGINT, _signal.default_int_handler)
                self._restore_streams()
                status = self._execute(source)
                self._flush()
            finally:
                _signal.signal(_signal.SIGINT, _ignore)
        except BaseException:  # interrupted on the way out, or an exception that cannot be shown
            _signal.signal(_signal.SIGINT, _ignore)
            return 1
        return status

    def _execute(self, source: bytes) -> int:
        self._pieces += 1
        try:
            text, name = source.decode(), f"<step {self._pieces}>"
            linecache.cache[name] = (len(text), None, f"{text}\n".splitlines(keepends=True), name)
            for piece in self._compiled(text, name):
                exec(piece, self._namespace)
        except SystemExit as leaving:
            return self._left_with(leaving.code)
        except BaseException as error:
            self._print_error(_shown(error))
            return 1
        return 0

    def _compiled(self, text: str, name: str) -> Iterator[CodeType]:
        tree = compile(text, name, "exec", flags=_TREE, dont_inherit=True)
        shows = self._show_value and bool(tree.body) and isinstance(tree.body[-1], ast.Expr)
        last = [tree.body.pop()] if shows else []
        yield compile(tree, name, "exec", dont_inherit=True)
        yield compile(ast.Interactive(last), name, "single", dont_inherit=True)

    def _left_with(self, code: object) -> int:
        """The exit status that the operating system would report."""
        if code is None:
            return 0
        if isinstance(code, int):
            return int.__and__(code, 0xFF)
        self._print_error(f"{code}\n")
        return 1

    def _print_error(self, text: str) -> None:
        """To the pipe itself: the code may have replaced sys.stderr, or closed it."""
        self._flush()
        data = text.encode("utf-8", "backslashreplace")
        while data:
            data = data[write(self._standard[2], data) :]

    def _restore_streams(self) -> None:
        """Each piece begins with open streams, whatever the one before has done to them."""
        for fd, kept in enumerate(self._standard):
            dup2(kept, fd)
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - the code's, as are the two below
        for name, fd in (("stdout", 1), ("stderr", 2)):
            stream = open(  # noqa: SIM115
                fd, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False
            )
            setattr(sys, name, stream)
            setattr(sys, f"__{name}__", stream)

    def _flush(self) -> None:
        for name in ("stdout", "stderr", "__stdout__", "__stderr__"):
            try:  # noqa: SIM105 - contextlib needs built-ins that the code may have deleted
                getattr(sys, name).flush()
            except Exception:  # the code has closed it, or put something else in its place
                pass
        self._flush_c(None)


def _shown(error: BaseException) -> str:
    """The traceback from the code's first line on; also of an exception that raises when it is asked for its text."""
    try:
        return "".join(format_exception(type(error), error, _from_the_code(error.__traceback__)))
    except BaseException:
        return f"{type(error).__name__} (its traceback cannot be shown)\n"


def _from_the_code(trace: TracebackType | None) -> TracebackType | None:
    while trace is not None and trace.tb_frame.f_code.co_filename == __file__:
        trace = trace.tb_next
    return trace


def _ignore(number: int, frame: object) -> None:
    """A handler and not SIG_IGN, which programs that the code starts would inherit."""


def main() -> None:
    """Started by ``ChildInterpreter``, not by hand."""
    show_value, seed, channel, parent = sys.argv[1:]
    program = Program(int(channel), show_value=show_value == "1")
    program.end_with_parent(int(parent))
    _signal.signal(_signal.SIGINT, _ignore)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if seed:
        random.seed(int(seed))
    sys.argv[:] = [""]
    sys.path.insert(0, "")
    program.serve()


if __name__ == "__main__":
    main()
