"""The shortest way from one text to another."""


def edits(before: str, after: str) -> list[list[str | int]]:
    """A shortest list of edits, from the end of the text to its beginning, so that indices stay."""
    costs = _costs(before, after)
    found: list[list[str | int]] = []
    row, column = len(before), len(after)
    while row or column:
        cost = costs[row][column]
        if row and column and before[row - 1] == after[column - 1] and cost == costs[row - 1][column - 1]:
            row, column = row - 1, column - 1
        elif row and column and cost == costs[row - 1][column - 1] + 1:
            row, column = row - 1, column - 1
            found.append(["replace", row, after[column]])
        elif row and cost == costs[row - 1][column] + 1:
            row -= 1
            found.append(["delete", row])
        else:
            column -= 1
            found.append(["insert", row, after[column]])
    return found


def _costs(before: str, after: str) -> list[list[int]]:
    """Of turning each beginning of one text into each of the other."""
    rows = [list(range(len(after) + 1))]
    for row, sign in enumerate(before, start=1):
        above, costs = rows[-1], [row]
        for column, other in enumerate(after, start=1):
            costs.append(min(above[column] + 1, costs[-1] + 1, above[column - 1] + (sign != other)))
        rows.append(costs)
    return rows
