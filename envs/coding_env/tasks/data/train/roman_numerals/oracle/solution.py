"""Roman numerals."""

NAMES = ("M", "CM", "D", "CD", "C", "XC", "L", "XL", "X", "IX", "V", "IV", "I")
SIGNS = dict(zip(NAMES, (1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1), strict=True))


def to_roman(number: int) -> str:
    """A number from 1 to 3999 in Roman numerals."""
    if not 1 <= number <= 3999:
        raise ValueError(number)
    text = ""
    for sign, value in SIGNS.items():
        count, number = divmod(number, value)
        text += sign * count
    return text


def from_roman(text: str) -> int:
    """The number that a Roman numeral stands for."""
    number, rest = 0, text
    for sign, value in SIGNS.items():
        while rest.startswith(sign):
            number, rest = number + value, rest[len(sign) :]
    if rest or not number or number > 3999 or to_roman(number) != text:
        raise ValueError(text)
    return number
