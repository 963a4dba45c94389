"""The least for screens in messages: msgpack with the screen as bytes, and the models, no framework."""

from typing import Any

import msgspec
import numpy as np

from benchmarks.programs.screen_bytes import SHAPE
from benchmarks.programs.screens import ScreenAction, ScreenEnvironment, ScreenObservation

_encode, _decode = msgspec.msgpack.Encoder().encode, msgspec.msgpack.Decoder().decode

REQUEST = _encode(ScreenAction(action_id=1).model_dump())


class ScreenServer:
    """An environment, and its answers."""

    def __init__(self) -> None:
        self._environment = ScreenEnvironment()

    def answer(self, message: bytes) -> bytes:
        """One step."""
        fields = self._environment.step(ScreenAction.model_validate(_decode(message))).model_dump()
        return _encode(fields | {"screen": fields["screen"].data.cast("B")})


def observation_in(answer: bytes | memoryview) -> ScreenObservation:
    """The model that it carries."""
    fields: dict[str, Any] = _decode(answer)
    screen = np.frombuffer(fields["screen"], np.uint8).reshape(SHAPE)
    return ScreenObservation.model_validate(fields | {"screen": screen})
