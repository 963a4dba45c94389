"""The page that shows an observation, as HTML."""

import base64
import html
from typing import Any

import numpy as np

from atari_env.images import png

_WIDTH_PX = 480
_BYTES_A_ROW = 16


def page(observation: dict[str, Any]) -> str:
    """Of an observation's fields; ``screen`` may be a flat list, as on protocol v1."""
    screen = np.asarray(observation["screen"], np.uint8).reshape(observation["screen_shape"])
    metadata = observation.get("metadata") or {}
    counted = f"lives {observation.get('lives', 0)}, frame {observation.get('episode_frame_number', 0)}"
    error = f"<p>{html.escape(str(metadata['error']))}</p>" if "error" in metadata else ""
    return f"<figure>{_drawn(screen)}<figcaption>{counted}</figcaption></figure>{error}"


def _drawn(screen: np.ndarray) -> str:
    if _is_memory(screen.shape):
        memory = screen.reshape(-1, 128)[-1].tobytes()
        rows = (memory[at : at + _BYTES_A_ROW].hex(" ") for at in range(0, len(memory), _BYTES_A_ROW))
        return "<pre>" + "\n".join(rows) + "</pre>"
    data = base64.b64encode(png(screen)).decode()
    style = "image-rendering: pixelated"
    return f'<img alt="the screen" width="{_WIDTH_PX}" style="{style}" src="data:image/png;base64,{data}">'


def _is_memory(shape: tuple[int, ...]) -> bool:
    """128 bytes, or a stack of these, which has fewer frames than a grey screen of that width has rows."""
    return shape == (128,) or (len(shape) == 2 and shape[1] == 128 and shape[0] < 128)
