"""Contestants of the cases with screens: an observation of 210×160×3 bytes in every step, all of it on one core."""

from __future__ import annotations

from benchmarks.case import Contestant
from benchmarks.interpreters import OURS
from benchmarks.programs.screen_bytes import SIZE
from benchmarks.servers import our_server, serving
from benchmarks.steppers import PRESS, RATE, reference_stepper, stepper

SCREENS = "benchmarks.programs.screens:ScreenEnvironment"
ABOUT = (
    "Steps a second of an environment whose every observation is another screen of 210×160×3 bytes, and which does "
    "nothing else; the observation is a model with a numpy array (the reference's a list of numbers, as in its own "
    "Atari environment, which its client leaves as it is). Client, server or worker, and both ends of the raw "
    "exchange, are on the same core. The raw exchange sends 60 bytes and gets as many as a screen has."
)


def our_screens(name: str, *, host_sessions: str) -> Contestant:
    """Our synchronous client over WebSocket."""
    return stepper(
        name,
        "benchmarks.programs.our_screens",
        "websocket",
        "URL",
        server=lambda: our_server(environment=SCREENS, host_sessions=host_sessions, on_one_core=True),
        metric=RATE,
    )


def our_embedded_screens(name: str) -> Contestant:
    """Our synchronous client with a worker."""
    return stepper(name, "benchmarks.programs.our_screens", "embedded", metric=RATE)


def reference_screens(name: str) -> Contestant:
    """The reference's synchronous client over WebSocket."""
    return reference_stepper(name, server="benchmarks.reference.screens", action=PRESS, metric=RATE)


def raw_screens(name: str, transport: str) -> Contestant:
    """As many bytes and no more."""
    return stepper(name, "benchmarks.programs.raw_echo", transport, str(SIZE), metric=RATE)


def least_screens(name: str, *words: str, served: bool = False) -> Contestant:
    """A floor."""
    command = [OURS, "-m", "benchmarks.floors.event_loop_server", "screens"]
    server = (lambda: serving(command, on_one_core=True)) if served else None
    return stepper(name, *words, server=server, metric=RATE)
