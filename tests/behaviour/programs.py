"""Programs whose end the tests watch: ``python -m tests.behaviour.programs NAME ...``."""

import os
import select
import sys

from openenv.runtimes.embedded import EmbeddedRuntime
from tests.behaviour.living import Look, LookEnv, Stay
from tests.behaviour.staged import StagedEnv, live
from tests.behaviour.unruly import Unruly


def tell(*words: object) -> None:
    """One line for the test."""
    print(*words, flush=True)


def wait_for_the_end() -> None:
    """Until the test closes our standard input, or kills us. A signal that comes just before is seen soon."""
    while not select.select([sys.stdin], [], [], 0.1)[0]:
        pass
    sys.stdin.read()


def embedded() -> LookEnv:
    return LookEnv(provider=EmbeddedRuntime(Stay))


def hold_a_session(farewell: str) -> None:
    """An embedded session; its worker's process id is told. Ends without closing it."""
    env = embedded().sync()
    env.reset(farewell=farewell)
    tell(env.state().step_count)
    wait_for_the_end()


def hold_a_session_and_fork(farewell: str) -> None:
    """The same, while a forked child holds all that this process holds."""
    env = embedded().sync()
    env.reset(farewell=farewell)
    child = os.fork()
    if child == 0:
        wait_for_the_end()
        os._exit(0)
    tell(env.state().step_count, child)
    wait_for_the_end()


def close_after_a_fork(farewell: str) -> None:
    """Close the session in the usual way while a forked child holds the connection; tells how the worker ended."""
    env = embedded().sync()
    env.reset(farewell=farewell)
    worker = env.state().step_count
    if os.fork() == 0:
        wait_for_the_end()
        os._exit(0)
    env.close()
    tell(worker)
    wait_for_the_end()


def hold_a_served_session(url: str, farewell: str) -> None:
    """A session on a server."""
    env = LookEnv(url).sync()
    env.reset(farewell=farewell)
    tell(env.state().step_count)
    wait_for_the_end()


def live_until(url: str, stage: str) -> None:
    """A session on a server, up to a stage of its life."""
    env = StagedEnv(url).sync()
    live(env, until=stage)
    tell("lives")
    wait_for_the_end()


def go_on_after_ctrl_c(path: str) -> None:
    """An embedded session that is interrupted within a step and then while nothing is asked of it; tells its worker's
    process id before, and after each what the next step says, and who took it."""
    env = LookEnv(provider=EmbeddedRuntime(Unruly)).sync()
    env.reset()
    tell(env.state().step_count)
    for wait in (lambda: env.step(Look(what="hold", path=path)), wait_for_the_end):
        try:
            tell("waits")
            wait()
        except KeyboardInterrupt:
            tell(env.step(Look(what="behave")).observation.text, env.state().step_count)
    env.close()


def use_an_inherited_client() -> None:
    """What each call of a client raises in a forked child, and that the parent's session is unharmed by it."""
    env = embedded().sync()
    env.reset()
    read, write = os.pipe()
    if os.fork() == 0:
        for name in ("reset", "state", "new_session"):
            try:
                getattr(env, name)()
            except Exception as error:
                os.write(write, f"{name}: {type(error).__name__}\n".encode())
        env.close()
        with embedded() as own:
            os.write(write, f"own: {own.reset().observation.text}\n".encode())
        os._exit(0)
    os.wait()
    tell(os.read(read, 4096).decode() + f"parent: {env.reset().observation.text}")
    env.close()


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
