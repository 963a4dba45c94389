"""The runner: it runs what it is sent, piece after piece, in one namespace, and answers how each ended.

The code can reach every module, so that what is needed from one piece to the next is held here under names of its own.
Nothing that it answers is believed, except that it is an answer.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # the functions of `signal` need built-ins that may be gone
import ast
import builtins
import linecache
import os
import sys
from collections.abc import Iterator
from os import _exit, getpid, read, write
from traceback import format_exception
from types import CodeType, ModuleType, TracebackType
from typing import NoReturn

from openenv.sandbox.inside.branching import branch, enter, read_order
from openenv.sandbox.inside.messages import ANSWER, READY, REQUEST, Outcome, Task
from openenv.sandbox.inside.plan import Place, Plan
from openenv.sandbox.inside.shell import run_shell
from openenv.sandbox.inside.streams import Streams, ignore

_TREE: int = ast.PyCF_ONLY_AST
_HERE = frozenset({__file__})

# Built-ins of this module's own, so that its functions work when the code deletes or replaces some.
globals()["__builtins__"] = dict(vars(builtins))


class Runner:
    """Serves one supervisor over one channel, until that hangs up."""

    def __init__(self, channel: int, *, plan: Plan, place: Place) -> None:
        self._channel = channel
        self._plan = plan
        self._place = place
        self._pid = getpid()
        self._pieces = 0
        main = ModuleType("__main__")
        self._namespace = vars(main)
        self._namespace["__builtins__"] = builtins
        sys.modules["__main__"] = main
        sys.path.insert(0, "")
        _signal.signal(_signal.SIGINT, ignore)
        _signal.signal(_signal.SIGXFSZ, _signal.SIG_IGN)  # Python's own way: a file over its size is an OSError
        self._streams = Streams()
        os.set_inheritable(channel, False)
        enter(place)

    def serve(self) -> NoReturn:
        """Answer requests."""
        self._answer(READY, Outcome.OK, self._pid)
        while True:
            token, task, size = REQUEST.unpack(self._receive(REQUEST.size))
            if task == Task.FORK:
                outcome, number = self._branch(size, token)
            elif task == Task.NOTHING:
                outcome, number = Outcome.OK, 0
            else:
                outcome, number = self._carry_out(task, self._receive(size))
            if getpid() != self._pid:  # the code has forked, and this is the copy
                _exit(number)
            self._answer(token, outcome, number)

    def rehearse(self, source: bytes, *, times: int) -> None:
        """Run this as if it had been asked for, before anybody's code is there."""
        for _ in range(times):
            self._answer(READY, *self._carry_out(Task.PYTHON, source))

    def close(self) -> None:
        """After a rehearsal: nothing is held any more."""
        os.close(self._channel)
        self._streams.close()

    def _answer(self, token: bytes, outcome: int, number: int) -> None:
        write(self._channel, ANSWER.pack(token, outcome, number))

    def _receive(self, size: int) -> bytes:
        """The next bytes; at the end of the channel the process ends."""
        data = bytearray()
        while len(data) < size:
            part = read(self._channel, min(size - len(data), 1 << 20))
            if not part:
                _exit(0)
            data += part
        return bytes(data)

    def _carry_out(self, task: int, source: bytes) -> tuple[int, int]:
        """An interruption is let in between the two changes of the handler only."""
        try:
            try:
                _signal.signal(_signal.SIGINT, _signal.default_int_handler)
                self._restore()
                ended = run_shell(source) if task == Task.SHELL else self._execute(source, task == Task.PYTHON_SHOWN)
                self._streams.flush()
            finally:
                _signal.signal(_signal.SIGINT, ignore)
        except BaseException:  # interrupted on the way out, or an exception that cannot be shown
            _signal.signal(_signal.SIGINT, ignore)
            return Outcome.RAISED, 1
        return ended

    def _restore(self) -> None:
        """Where the code has made this impossible (an audit hook, an emptied module) nothing would run any more: the
        interpreter ends, which is said."""
        try:
            self._streams.restore()
        except KeyboardInterrupt:
            raise
        except BaseException:
            _exit(1)

    def _execute(self, source: bytes, is_shown: bool) -> tuple[int, int]:
        self._pieces += 1
        try:
            text, name = source.decode(), f"<cell {self._pieces}>"
            linecache.cache[name] = (len(text), None, f"{text}\n".splitlines(keepends=True), name)
            for piece in _compiled(text, name, is_shown):
                exec(piece, self._namespace)
        except SystemExit as leaving:
            return Outcome.EXITED, self._left_with(leaving.code)
        except BaseException as error:
            self._streams.print_error(_shown(error))
            return (Outcome.OUT_OF_MEMORY if isinstance(error, MemoryError) else Outcome.RAISED), 1
        return Outcome.OK, 0

    def _left_with(self, code: object) -> int:
        """The exit status that the operating system would report."""
        if code is None:
            return 0
        if isinstance(code, int):
            return int.__and__(code, 0xFF)
        self._streams.print_error(f"{code}\n")
        return 1

    def _branch(self, size: int, token: bytes) -> tuple[int, int]:
        """In a branch, of which this process is the original, this is another runner from here on."""
        order = read_order(self._channel, size)
        self._streams.flush()
        try:
            made = branch(order, self._plan, self._place)
        except OSError as error:
            return Outcome.RAISED, error.errno or 0
        if made is None:
            return Outcome.OK, 0
        self._pid = getpid()
        os.dup2(made.channel, self._channel, inheritable=False)
        self._streams.replace(made.output, made.errors)
        for fd in (made.channel, made.output, made.errors):
            os.close(fd)
        self._place = made.place
        self.serve()


def _compiled(text: str, name: str, is_shown: bool) -> Iterator[CodeType]:
    tree = compile(text, name, "exec", flags=_TREE, dont_inherit=True)
    is_shown = is_shown and bool(tree.body) and isinstance(tree.body[-1], ast.Expr)
    last = [tree.body.pop()] if is_shown else []
    yield compile(tree, name, "exec", dont_inherit=True)
    if last:
        yield compile(ast.Interactive(last), name, "single", dont_inherit=True)


def _shown(error: BaseException) -> str:
    """The traceback from the code's first line on; also of an exception that raises when it is asked for its text."""
    try:
        return "".join(format_exception(type(error), error, _from_the_code(error.__traceback__)))
    except BaseException:
        return f"{type(error).__name__} (its traceback cannot be shown)\n"


def _from_the_code(trace: TracebackType | None) -> TracebackType | None:
    while trace is not None and trace.tb_frame.f_code.co_filename in _HERE:
        trace = trace.tb_next
    return trace
