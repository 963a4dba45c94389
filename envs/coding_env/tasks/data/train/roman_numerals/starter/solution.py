"""Roman numerals."""


def to_roman(number: int) -> str:
    """A number from 1 to 3999 in Roman numerals."""
    raise NotImplementedError


def from_roman(text: str) -> int:
    """The number that a Roman numeral stands for."""
    raise NotImplementedError
