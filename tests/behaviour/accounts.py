"""Accounts: what a test knows about the marks that a ``Ledger`` was asked to write down."""

import itertools

_MARKS = itertools.count(1)


class Book:
    """The marks of one session. What was acknowledged is done, once; what was given up is done once or never, and never
    behind something that was asked for later."""

    def __init__(self) -> None:
        self._life: str | None = None
        self._asked: list[int] = []
        self._done: set[int] = set()
        self._never: set[int] = set()

    def ask(self) -> int:
        """A new mark, which is asked for now."""
        self._asked.append(next(_MARKS))
        return self._asked[-1]

    def confirm(self, mark: int, receipt) -> None:
        """The reply to the request with this mark has come."""
        assert receipt.mark == mark, "the reply to another request"
        self._done.add(mark)
        self.compare(receipt)

    def compare(self, account) -> None:
        """What the session says about all that was asked before."""
        assert account.life == (self._life or account.life), "another session"
        self._life = account.life
        found = set(account.marks)
        assert account.marks == [mark for mark in self._asked if mark in found], "carried out twice, or out of order"
        assert self._done <= found, "acknowledged, and not carried out"
        assert not self._never & found, "carried out behind a later request"
        self._done, self._never = found, set(self._asked) - found
