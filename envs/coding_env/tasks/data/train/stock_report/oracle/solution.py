"""What is in stock, from the movements that were noted."""

import csv
import io


def read_movements(text: str) -> list[tuple[str, float]]:
    """The movements of a CSV file with the columns item, kind (``in`` or ``out``) and amount, in their order; what went
    out is negative. An amount may have commas between its thousands. ValueError for any other kind."""
    signs = {"in": 1, "out": -1}
    found = []
    for row in csv.DictReader(io.StringIO(text)):
        if row["kind"] not in signs:
            raise ValueError(f"a movement is in or out, not {row['kind']!r}")
        found.append((row["item"], signs[row["kind"]] * float(row["amount"].replace(",", ""))))
    return found


def stock(text: str) -> dict[str, float]:
    """How much there is of each item, rounded to two digits; only items of which something is there."""
    amounts: dict[str, float] = {}
    for item, amount in read_movements(text):
        amounts[item] = amounts.get(item, 0) + amount
    return {item: round(amount, 2) for item, amount in amounts.items() if round(amount, 2) > 0}
