"""Protocol access: what of a client is used by those who speak the protocol in its place, as a vector does."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Generic, TypeVar

from msgspec import structs

from openenv.client.connecting import Connection
from openenv.client.env_client import EnvClient
from openenv.client.transport import Colour, Limits
from openenv.client.usage import BLOCKING
from openenv.contract.adapters import adapter_of
from openenv.contract.results import StepResult
from openenv.wire.frames import Result

A = TypeVar("A")
O = TypeVar("O")  # noqa: E741
S = TypeVar("S")


class ProtocolAccess(Generic[A, O, S]):
    """Where a client connects to, within which limits, and how its models are sent and received. No session is begun
    for the client itself."""

    def __init__(self, client: EnvClient[A, O, S]) -> None:
        self._client = client

    @property
    def limits(self) -> Limits:
        """The client's."""
        return self._client._limits

    async def connect(self, colour: Colour) -> Connection:
        """A connection of its own, to what the client's runtime has opened, or to its server. ServerUnreachable when
        nobody answers."""
        client = self._client
        endpoint = await client._endpoint(colour)
        return await Connection.make(endpoint, colour=colour, limits=client._limits, wire=client._wire)

    def payloads(self, actions: Iterable[A]) -> list[dict[str, Any]]:
        """The fields of actions. TypeError when one is none of this client's."""
        return self._client._step_payloads(actions)

    def result(self, reply: Result) -> StepResult[O]:
        """What the client's ``step`` would return. ValidationError when the observation does not fit its model."""
        return self._client._result_of(reply)

    def modelled(self, reply: Result) -> Result:
        """The reply with its fields as the model has them, since v1 has lists in place of arrays. ValidationError when
        they do not fit."""
        observation = self.result(reply).observation
        fields = adapter_of(type(observation)).dump(observation)
        known = {name: fields.get(name, value) for name, value in reply.observation.items()}
        return structs.replace(reply, observation=known)

    async def close(self, colour: Colour) -> None:
        """Close the client, in the colour of who uses it."""
        if colour is BLOCKING:
            self._client._usage.drive(self._client._close())  # also where an event loop runs
        else:
            await self._client._close()
