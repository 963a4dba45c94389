"""Contestants of the cases with many carts at once, on all cores: our vectors, and those of others."""

from __future__ import annotations

from benchmarks.case import Contestant
from benchmarks.interpreters import ENVPOOL, REFERENCE
from benchmarks.servers import our_server, reference_server
from benchmarks.steppers import RATE, stepper

SHARING = "benchmarks.programs.carts:SharingCartEnvironment"


def our_vector(name: str, *, sessions: str, count: int) -> Contestant:
    """Embedded; the sessions are ``sharing`` a process, or ``apart``."""
    words = ("benchmarks.programs.our_vector", sessions, str(count))
    return stepper(name, *words, metric=RATE, on_one_core=False)


def our_vector_over_websocket(name: str, *, count: int) -> Contestant:
    """One connection to a server whose sessions are on its event loop."""
    return stepper(
        name,
        "benchmarks.programs.our_vector",
        "websocket",
        str(count),
        "URL",
        server=lambda: our_server(environment=SHARING, host_sessions="inline"),
        metric=RATE,
        on_one_core=False,
    )


def reference_vector(name: str, *, count: int) -> Contestant:
    """It has none: as many asynchronous clients."""
    return stepper(
        name,
        "benchmarks.reference.vector",
        str(count),
        "URL",
        python=REFERENCE,
        server=lambda: reference_server(program="benchmarks.reference.carts"),
        metric=RATE,
        on_one_core=False,
    )


def reference_echoes(name: str, *, count: int) -> Contestant:
    """As many asynchronous clients of the echo environment."""
    return stepper(
        name,
        "benchmarks.reference.echoes",
        str(count),
        "URL",
        python=REFERENCE,
        server=reference_server,
        metric=RATE,
        on_one_core=False,
    )


def gymnasium_vector(name: str, *, mode: str, count: int) -> Contestant:
    """``async`` has a process for each environment, ``sync`` none."""
    words = ("benchmarks.programs.gymnasium_vector", mode, str(count))
    return stepper(name, *words, metric=RATE, on_one_core=False)


def envpool_vector(name: str, *, count: int) -> Contestant:
    """EnvPool's, which are written in C++ and share threads."""
    words = ("benchmarks.programs.envpool_vector", str(count))
    return stepper(name, *words, python=ENVPOOL, metric=RATE, on_one_core=False)
