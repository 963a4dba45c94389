"""Balanced brackets."""

PAIRS = {")": "(", "]": "[", "}": "{"}


def first_fault(text: str) -> int:
    """Where the brackets are not balanced, or -1."""
    opened: list[int] = []
    index = 0
    while index < len(text):
        sign = text[index]
        if opened and text[opened[-1]] == '"':
            if sign == "\\":
                index += 1
            elif sign == '"':
                opened.pop()
        elif sign in PAIRS.values() or sign == '"':
            opened.append(index)
        elif sign in PAIRS:
            if not opened or text[opened[-1]] != PAIRS[sign]:
                return index
            opened.pop()
        index += 1
    return opened[-1] if opened else -1
