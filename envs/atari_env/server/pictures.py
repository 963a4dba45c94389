"""Pictures: smaller screens, by the means of the pixels that each new one covers."""

from __future__ import annotations

import functools

import numpy as np


def resized(screen: np.ndarray, size: int) -> np.ndarray:
    """``size`` × ``size`` pixels, each the mean of its area, as OpenCV's ``INTER_AREA`` computes it in 32 bits."""
    height, width = screen.shape[:2]
    pixels = screen.astype(np.float32)
    across = _weighted(pixels.swapaxes(0, 1), width, size).swapaxes(0, 1)
    down = _weighted(across, height, size)
    small: np.ndarray = np.rint(down).clip(0, 255).astype(np.uint8)
    return small


def _weighted(pixels: np.ndarray, old: int, new: int) -> np.ndarray:
    """Along the first axis. The taps are added one after another, so that roundings are those of a loop."""
    indices, weights = _taps(old, new)
    shape = (new,) + (1,) * (pixels.ndim - 1)
    total = pixels[indices[0]] * weights[0].reshape(shape)
    for index, weight in zip(indices[1:], weights[1:], strict=True):
        total += pixels[index] * weight.reshape(shape)
    return np.asarray(total)


@functools.cache
def _taps(old: int, new: int) -> tuple[np.ndarray, np.ndarray]:
    """Which old pixels make each new one, and by how much: two arrays, taps × new."""
    scale = old / new
    lists = [_taps_of(i * scale, (i + 1) * scale, old) for i in range(new)]
    most = max(map(len, lists))
    padded = [taps + [(taps[-1][0], 0.0)] * (most - len(taps)) for taps in lists]
    array = np.array(padded, np.float64).transpose(1, 2, 0)
    return array[:, 0].astype(np.intp), array[:, 1].astype(np.float32)


def _taps_of(begin: float, end: float, old: int) -> list[tuple[int, float]]:
    first, width = int(begin), end - begin
    covered = ((i, min(i + 1, end) - max(i, begin)) for i in range(first, min(int(np.ceil(end)), old)))
    return [(i, part / width) for i, part in covered if part > 1e-3]
