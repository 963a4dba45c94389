"""What a plug-in says about its environment: names of its parts, so that knowing it imports none of them."""

from __future__ import annotations

from dataclasses import dataclass, fields

from openenv.errors import InvalidManifest


@dataclass(frozen=True)
class EnvironmentDescription:
    """An installed environment. ``name`` is lower case with dashes and ends in ``-env``; every other field but
    ``summary`` is ``module:attribute``.

    ``environment`` is the class that runs on the server, ``client`` the class that talks to it; ``app`` an application
    made by ``create_app``. ``example_policy`` is a function without arguments that gives the actions of a short
    episode.
    """

    name: str
    environment: str
    client: str
    action: str
    observation: str
    state: str | None = None
    app: str | None = None
    example_policy: str | None = None
    summary: str = ""

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name not in ("name", "summary") and value is not None and ":" not in value:
                raise InvalidManifest(f"{self.name}: {field.name} is {value!r}; write module:attribute")
