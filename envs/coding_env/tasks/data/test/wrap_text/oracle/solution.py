"""Justified text."""


def justify(text: str, width: int) -> list[str]:
    """The lines of the text, each of that width."""
    lines: list[list[str]] = []
    for word in text.split():
        if len(word) > width:
            raise ValueError(f"{word!r} is longer than {width}")
        if lines and len(" ".join([*lines[-1], word])) <= width:
            lines[-1].append(word)
        else:
            lines.append([word])
    filled = [_spread(words, width) for words in lines[:-1]]
    return filled + [" ".join(words).ljust(width) for words in lines[-1:]]


def _spread(words: list[str], width: int) -> str:
    gaps = len(words) - 1
    if not gaps:
        return words[0].ljust(width)
    each, more = divmod(width - sum(map(len, words)), gaps)
    spaces = [" " * (each + (gap < more)) for gap in range(gaps)]
    return "".join(part for pair in zip(words, [*spaces, ""], strict=True) for part in pair)
