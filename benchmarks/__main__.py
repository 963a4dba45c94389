"""``python -m benchmarks``: take the figures, print the report, and keep it in ``benchmarks/results``."""

from __future__ import annotations

import argparse
import json
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.case import Case
from benchmarks.cases import all_cases
from benchmarks.circumstances import Circumstances
from benchmarks.interpreters import REFERENCE, ROOT
from benchmarks.outcome import Outcome
from benchmarks.processes import ContestantFailed
from benchmarks.report import Failure, as_markdown, as_values
from benchmarks.running import run

RESULTS = ROOT / "benchmarks" / "results"
_PICTURE = "latest.svg"


def main() -> None:
    """The program. Exit status 1 when a case could not be measured; a missed target is reported, and no failure."""
    wishes = _wishes()
    if sys.platform != "linux":
        sys.exit("benchmarks: they pin programs to a core and read /proc, which needs Linux")
    if not Path(REFERENCE).exists():
        sys.exit("benchmarks: the reference is not installed; scripts/set-up --with-reference does that")
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))  # an exit that ends the contestants
    circumstances = Circumstances.now()
    results = [_measured(case, quick=wishes.quick) for case in all_cases() if case.name in (wishes.only or [case.name])]
    print(as_markdown(circumstances, results))
    partial = wishes.quick or wishes.only
    if folder := wishes.output or (None if partial else RESULTS):
        _keep(circumstances, results, folder=folder)
    if any(isinstance(result, Failure) for result in results):
        sys.exit(1)


def _wishes() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Figures beside the reference's.")
    parser.add_argument("--quick", action="store_true", help="few and short rounds: to see that all works")
    parser.add_argument("--only", action="append", metavar="NAME", choices=[case.name for case in all_cases()])
    parser.add_argument("--output", type=Path, help="where to keep the report; of a whole run: benchmarks/results")
    return parser.parse_args()


def _keep(circumstances: Circumstances, results: Sequence[Outcome | Failure], *, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "latest.md").write_text(as_markdown(circumstances, results, picture=_PICTURE))
    (folder / "latest.json").write_text(json.dumps(as_values(circumstances, results), indent=1) + "\n")
    from benchmarks.plot import draw  # and matplotlib, after all that can be kept without it is kept

    draw([result for result in results if isinstance(result, Outcome)], folder / _PICTURE)


def _measured(case: Case, *, quick: bool) -> Outcome | Failure:
    effort = case.quick if quick else case.full

    def tell(done: int) -> None:
        print(f"\r{case.name}: round {done} of {effort.starts * effort.rounds}", end="", file=sys.stderr, flush=True)

    tell(0)
    try:
        return run(case, effort, on_round=tell)
    except ContestantFailed as error:
        return Failure(case, str(error))
    finally:
        print(file=sys.stderr)


if __name__ == "__main__":
    main()
