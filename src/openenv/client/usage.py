"""Usage: who uses a client. One process, one colour, and one thread at a time."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Coroutine, Iterator
from contextlib import AbstractAsyncContextManager, AbstractContextManager, contextmanager, nullcontext
from typing import Any, NoReturn, TypeVar, cast

from openenv.client.blocking import BlockingColour
from openenv.client.transport import Colour, refuse_to_suspend
from openenv.errors import ClientClosed

T = TypeVar("T")

BLOCKING: Colour = BlockingColour()


class Place:
    """This process, for asking cheaply whether something was made here: a forked child gets a new one."""

    here = object()

    @classmethod
    def move(cls) -> None:
        """This is another process now."""
        cls.here = object()


os.register_at_fork(after_in_child=Place.move)


class Turn(threading.local):
    """What the running thread is in the middle of: ``driving`` a coroutine of the client's, which awaits the others,
    or calling a plain method of the author's, in which they answer ``at_once``."""

    driving = 0
    at_once = 0


class OneOfAKind:
    """A client is not copied or pickled: its session is one, and belongs to this process."""

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            f"a {type(self).__name__} cannot be copied or pickled, since it holds a session; "
            "make one where it is used, or pass on a function that makes one"
        )


class Usage:
    """Of one client. It is bound to a process and a colour while the client has a session.

    A client and those that it makes share a ``turn``, since the coroutine that makes one connects it too.
    """

    def __init__(self, turn: Turn | None = None) -> None:
        self._turn = turn or Turn()
        self._begin()

    def _begin(self) -> None:
        self._bound: Colour | None = None
        self._place = Place.here
        self.lock = threading.RLock()  # one thread at a time; a method of the author's may call others
        self._opening: tuple[Colour, AbstractAsyncContextManager[Any]] | None = None

    def another(self) -> Usage:
        """For a client that this one makes."""
        return Usage(self._turn)

    def bind(self, colour: Colour) -> None:
        """There is a session from now on, in this process and colour."""
        self._bound, self._place = colour, Place.here

    def unbind(self) -> None:
        """There is no session any more."""
        self._bound = None

    @property
    def is_over(self) -> bool:
        """There is a session, and nobody can await anything of it any more."""
        return self._bound is not None and self._bound.is_over

    @property
    def is_blocking(self) -> bool:
        """There is a session, of this process and in the blocking colour."""
        return self._bound is BLOCKING and self._place is Place.here

    @property
    def is_inherited(self) -> bool:
        """There is a session, and it belongs to the process that this one was forked from."""
        return self._place is not Place.here and self._bound is not None

    def colour(self) -> Colour:
        """The colour of the running call. ClientClosed where it is not the session's."""
        colour = BLOCKING if self._turn.driving or not _loop_is_running() else _running_colour()
        if self._place is not Place.here and self._bound is not None:
            raise ClientClosed("this client belongs to the process that made it; after a fork, make another")
        if self._bound is colour or self._bound is None or self._bound == colour:
            return colour
        if self._bound.is_over:
            raise ClientClosed(
                "the event loop that this client was used on is closed, and its session ends with it; reset or connect "
                "begins another session, close ends what is left"
            )
        if self._bound.name == colour.name:
            raise ClientClosed("this client is in use on another event loop; make another for this one")
        raise ClientClosed(f"this client is in {self._bound.name} use; make another for the other colour")

    def opening(self, colour: Colour) -> AbstractAsyncContextManager[Any]:
        """Held by the one call that begins or ends the session."""
        if self._opening is None or self._opening[0] != colour:
            self._opening = (colour, colour.lock() or nullcontext())
        return self._opening[1]

    def in_colour(self, coroutine: Coroutine[Any, Any, T]) -> Coroutine[Any, Any, T]:
        """The coroutine where it will be awaited; else its result, as the reference's client answers."""
        if self._turn.driving or (_loop_is_running() and not self._turn.at_once):
            return coroutine
        return cast("Coroutine[Any, Any, T]", self.drive(coroutine))

    def drive(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine of the client's in the blocking colour."""
        turn = self._turn
        with self.lock if self._place is Place.here else self._one_thread():
            turn.driving += 1
            try:
                coroutine.send(None)
            except StopIteration as stop:
                result: T = stop.value
                return result
            finally:
                turn.driving -= 1
        refuse_to_suspend(coroutine)

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """Within it the client's methods answer at once, also where a loop runs."""
        with self._one_thread():
            self._turn.at_once += 1
            try:
                yield
            finally:
                self._turn.at_once -= 1

    def _one_thread(self) -> AbstractContextManager[Any]:
        """After a fork the lock may be held by a thread that is not here: a client with a session needs none, since it
        is refused, and one without belongs to who uses it first."""
        if self._place is not Place.here:
            if self._bound is not None:
                return nullcontext()
            self._begin()
        return self.lock


def _loop_is_running() -> bool:
    """Without asyncio there is no loop, and asking must not import it."""
    asyncio = sys.modules.get("asyncio")
    return asyncio is not None and asyncio._get_running_loop() is not None


def _running_colour() -> Colour:
    from openenv.client.asynchronous import running_colour  # imports asyncio

    return running_colour()
