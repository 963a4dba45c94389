"""Transcripts: what the fenced blocks of ``docs/protocol.md`` say, and how they write messages."""

import json
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec

DOCUMENT = (Path(__file__).resolve().parents[2] / "docs" / "protocol.md").read_text()
ANY_TEXT = "…"
RECONNECT = "reconnect"
"""The connection breaks, and the client makes another one."""


@dataclass(frozen=True)
class Line:
    """One message, as it stands in the document; ``hex`` is empty where its bytes are not given."""

    arrow: str
    text: str
    hex: str


@dataclass(frozen=True)
class Transcript:
    """A fenced block: ``words`` stand behind the fence, the first names the wire and the second the environment."""

    words: list[str]
    lines: list[Line]
    where: int

    @classmethod
    def of(cls, found: re.Match[str]) -> "Transcript":
        """ValueError when a line of the block is neither a message nor the bytes of one."""
        lines: list[Line] = []
        for text in found[2].splitlines():
            if message := re.fullmatch(r"([→←]) (.+)", text):
                lines.append(Line(message[1], message[2], ""))
            elif re.fullmatch(r" +[0-9a-f]{2}( [0-9a-f]{2})*", text):
                last = lines.pop()
                lines.append(Line(last.arrow, last.text, f"{last.hex} {text.strip()}".strip()))
            else:
                raise ValueError(f"no line of a transcript: {text!r}")
        return cls(found[1].split(), lines, DOCUMENT.count("\n", 0, found.start()) + 1)

    @property
    def wire(self) -> str:
        return self.words[0]

    def __str__(self) -> str:
        return f"line {self.where}: {' '.join(self.words)}"


def to_bytes(line: Line) -> bytes:
    """A v2 message: the frame that the JSON says."""
    if line.text.startswith("bytes "):
        return bytes.fromhex(line.text.removeprefix("bytes "))
    return msgspec.msgpack.encode(extensions(json.loads(line.text)))


def extensions(value: Any) -> Any:
    """``{"ext 1": "00 ff"}`` as an extension of type 1, ``{"bytes": "00 ff"}`` as bytes, wherever they stand."""
    match value:
        case {"ext 1": str(body)}:
            return msgspec.msgpack.Ext(1, bytes.fromhex(body))
        case {"bytes": str(body)}:
            return bytes.fromhex(body)
        case dict():
            return {name: extensions(inner) for name, inner in value.items()}
        case list():
            return [extensions(inner) for inner in value]
    return value


def filled_in(line: Line, opened: list[str]) -> Line:
    """A request that opens a session, with the texts that ``Opened`` or ``Forked`` said last in the places of ``…``."""
    said = iter(opened)
    return replace(line, text=re.sub(f'"{ANY_TEXT}"', lambda _: json.dumps(next(said)), line.text))


def from_bytes(message: bytes) -> Any:
    """The frame as JSON says it."""
    return _readable(msgspec.msgpack.decode(message, ext_hook=lambda code, data: {f"ext {code}": bytes(data).hex(" ")}))


def _readable(value: Any) -> Any:
    match value:
        case bytes():
            return {"bytes": value.hex(" ")}
        case dict():
            return {name: _readable(inner) for name, inner in value.items()}
        case list():
            return [_readable(inner) for inner in value]
    return value


def hiding(value: Any, wanted: Any) -> Any:
    """The value, with ``…`` for the texts that the document leaves open."""
    if isinstance(value, str) and isinstance(wanted, str):
        pattern = ".+".join(map(re.escape, wanted.split(ANY_TEXT)))
        return wanted if re.fullmatch(pattern, value, re.DOTALL) else value
    if isinstance(value, dict) and isinstance(wanted, dict):
        return {name: hiding(inner, wanted.get(name)) for name, inner in value.items()}
    if isinstance(value, list) and isinstance(wanted, list):
        return [hiding(inner, wanted[at] if at < len(wanted) else None) for at, inner in enumerate(value)]
    return value


def same_version(text: str) -> str:
    """Without the version of pydantic, which is in the addresses of its errors."""
    return re.sub(r"errors\.pydantic\.dev/[^/]+/", "errors.pydantic.dev/…/", text)


BLOCKS = re.finditer(r"^```([^\n]*)\n(.*?)^```$", DOCUMENT, re.DOTALL | re.MULTILINE)
TRANSCRIPTS = [Transcript.of(found) for found in BLOCKS if re.search(r"^[→←]", found[2], re.MULTILINE)]
OVER_WEBSOCKET = [transcript for transcript in TRANSCRIPTS if transcript.wire in ("v1", "v2")]
OVER_SOCKET_PAIR = [transcript for transcript in TRANSCRIPTS if transcript.wire == "socket-pair"]
