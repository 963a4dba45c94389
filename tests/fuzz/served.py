"""The application for plain uvicorn: ``uvicorn --factory tests.fuzz.served:app``."""

from fastapi import FastAPI

from tests.behaviour.served import SHORT_LEASES, around

TARGET = "tests.fuzz.workshop:Workshop"


def app() -> FastAPI:
    """The workshop inline, on threads and in processes."""
    return around([TARGET], SHORT_LEASES)
