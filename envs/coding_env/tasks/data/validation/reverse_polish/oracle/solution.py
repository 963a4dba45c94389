"""Reverse Polish notation."""

import re

NUMBER = re.compile(r"-?[0-9]+")


def evaluate(text: str) -> list[int]:
    """The stack at the end."""
    stack: list[int] = []
    for word in text.split():
        if NUMBER.fullmatch(word):
            stack.append(int(word))
        elif word == "dup":
            stack.append(stack[-1])
        elif word in ("swap", "+", "-", "*", "/"):
            if len(stack) < 2:
                raise IndexError(word)
            last, before = stack.pop(), stack.pop()
            stack += [last, before] if word == "swap" else [_result(word, before, last)]
        else:
            raise ValueError(word)
    return stack


def _result(operator: str, before: int, last: int) -> int:
    if operator == "/":
        quotient = abs(before) // abs(last)
        return quotient if (before < 0) == (last < 0) else -quotient
    return {"+": before + last, "-": before - last, "*": before * last}[operator]
