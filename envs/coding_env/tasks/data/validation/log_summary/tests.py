"""What the summary of a log prints."""

from typing import Any

from coding_env.tasks.prelude import printed

LOG = """\
2026-03-01T09:15:02 WARN  disk is nearly full
2026-03-01T08:00:00 INFO\tstarted

2026-03-02T10:00:00 INFO stopped
no level here
2026-03-01T09:15:01 ERROR it broke INFO
2026-03-01T07:59:59 INFO booting
2026-03-01T11:00:00 Debug quiet
2026-03-01T11:00:00 WARN2 quiet
2026-02-28T23:59:59 ERROR
"""


def test_the_log(solution: Any) -> None:
    assert printed(solution, "bash solution.sh", LOG) == [
        "INFO 3 2026-03-01T07:59:59 2026-03-02T10:00:00",
        "ERROR 2 2026-02-28T23:59:59 2026-03-01T09:15:01",
        "WARN 1 2026-03-01T09:15:02 2026-03-01T09:15:02",
    ]


def test_little_input(solution: Any) -> None:
    assert printed(solution, "bash solution.sh", "") == []
    assert printed(solution, "bash solution.sh", "\n\nx y\n") == []


def test_levels_of_the_same_number(solution: Any) -> None:
    log = "".join(f"2026-01-0{day} {level} x\n" for day, level in enumerate("BCAACB", start=1))
    expected = ["A 2 2026-01-03 2026-01-04", "B 2 2026-01-01 2026-01-06", "C 2 2026-01-02 2026-01-05"]
    assert printed(solution, "bash solution.sh", log) == expected


def test_many_lines(solution: Any) -> None:
    log = "".join(f"2026-01-01T{number:06} {'ABCDEFGHIJKL'[number % 12]} x\n" for number in range(12_000))
    lines = printed(solution, "bash solution.sh", log)
    assert lines[0] == "A 1000 2026-01-01T000000 2026-01-01T011988"
    assert len(lines) == 12
