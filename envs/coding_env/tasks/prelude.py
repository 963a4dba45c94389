"""What hidden tests ask with. Its text takes the place of the line that imports it, since tests run where this package
is not to be had."""

from typing import Any

_ASKING = """
import solution as asked

def each(name, calls):
    told = []
    for arguments in calls:
        try:
            told.append([getattr(asked, name)(*arguments), None])
        except Exception as error:
            told.append([None, type(error).__name__])
    return told
"""


def returned(solution: Any, name: str, *arguments: object) -> Any:
    """What a function of ``solution.py`` returns, as JSON has it: tuples come back as lists."""
    return solution.call(f"solution.{name}", *arguments)


def each(solution: Any, name: str, calls: list[tuple[object, ...]]) -> list[list[Any]]:
    """Of each call what it returned, and the name of the class of what it raised, or None."""
    solution.exec(_ASKING)
    told: list[list[Any]] = solution.call("each", name, calls)
    return told


def printed(solution: Any, command: str, given: str = "") -> list[str]:
    """The lines that a command prints, which is given this on its standard input. AssertionError when it fails."""
    solution.exec(f"with open('.given', 'w', encoding='utf-8') as file: file.write({given!r})")
    done = solution.shell(f"{command} < .given")
    assert done.exit_code == 0, f"{command} ended with {done.exit_code}"
    lines: list[str] = done.stdout.splitlines()
    return lines
