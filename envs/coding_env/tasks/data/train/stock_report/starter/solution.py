"""What is in stock, from the movements that were noted."""

import csv
import io


def read_movements(text: str, found: list[tuple[str, float]] = []) -> list[tuple[str, float]]:
    """The movements of a CSV file with the columns item, kind (``in`` or ``out``) and amount, in their order; what went
    out is negative. An amount may have commas between its thousands. ValueError for any other kind."""
    for row in csv.DictReader(io.StringIO(text)):
        amount = float(row["amount"])
        if row["kind"] == "out":
            amount = abs(amount)
        found.append((row["item"], amount))
    return found


def stock(text: str) -> dict[str, float]:
    """How much there is of each item, rounded to two digits; only items of which something is there."""
    amounts: dict[str, float] = {}
    for item, amount in read_movements(text):
        amounts[item] = amounts.get(item, 0) + amount
    return {item: round(amount, 2) for item, amount in amounts.items()}
