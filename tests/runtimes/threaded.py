"""A module that starts a thread when it is imported, so that its process cannot be forked."""

import threading

from tests.runtimes.forked import Forked

threading.Thread(target=threading.Event().wait, daemon=True).start()


class Threaded(Forked): ...
