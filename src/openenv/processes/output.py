"""What children print: forwarded to this process's standard error, the last of it kept for error messages."""

from __future__ import annotations

import os
from contextlib import suppress

_KEPT = 8 * 1024


class Output:
    """The reading end of the pipe that a child's standard output and error go to."""

    def __init__(self, fd: int) -> None:
        os.set_blocking(fd, False)
        self.fd = fd
        self.closed = False
        self._tail = b""

    @property
    def last_words(self) -> str:
        """The last lines, at most 8 KiB."""
        return self._tail.decode(errors="backslashreplace").strip()

    def forward(self) -> bool:
        """Pass on what there is; False when nothing more can come."""
        try:
            data = os.read(self.fd, 65536)
        except BlockingIOError:
            return True
        if data:
            self._tail = (self._tail + data)[-_KEPT:]
            with suppress(OSError):  # standard error is closed, or a pipe whose reader is gone
                os.write(2, data)
        return bool(data)

    def close(self) -> None:
        """Stop listening."""
        self.closed = True
        os.close(self.fd)
