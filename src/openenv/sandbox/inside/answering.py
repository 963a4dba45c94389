"""Answering: calls of a grade's tests, in the session of what is graded. Nothing here is out of that code's reach, and
what it forges is one more result, which the tests judge elsewhere."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path

ANSWER_FILE = ".answer"


def answer(text: str) -> None:
    """Carry out one call, and leave its result in a file."""
    call = json.loads(text)
    module, _, name = call["name"].rpartition(".")
    function = getattr(importlib.import_module(module) if module else sys.modules["__main__"], name)
    result = json.dumps(function(*call["args"], **call["kwargs"]))
    Path(ANSWER_FILE).write_text(result, encoding="utf-8")
