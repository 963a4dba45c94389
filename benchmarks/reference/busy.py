"""The reference's server of an environment that keeps a processor busy, with room for so many sessions: ``ROOM``."""

from benchmarks.programs.work import work
from benchmarks.reference.app import EchoEnvironment, serve


class BusyEnvironment(EchoEnvironment):
    def step(self, action, timeout_s=None, **options):
        work()
        return super().step(action, timeout_s, **options)


if __name__ == "__main__":
    serve(BusyEnvironment)
