"""Running a case: all contestants are up at once and take turns, so that a busy machine is equally busy for each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack

from benchmarks.case import Case, Effort
from benchmarks.neighbours import Moment
from benchmarks.outcome import Outcome


def run(case: Case, effort: Effort, *, on_round: Callable[[int], None] = lambda done: None) -> Outcome:
    """Every round measures each contestant once; every other round goes through them backwards, so that none always
    follows the same one. All are started together, and as often as the effort says. ContestantFailed when one of them
    cannot be measured."""
    before = Moment.now()
    rounds: dict[str, list[Mapping[str, float]]] = {contestant.name: [] for contestant in case.contestants}
    for start in range(effort.starts):
        with ExitStack() as stack:
            samples = [(contestant.name, stack.enter_context(contestant.open())) for contestant in case.contestants]
            for number in range(start * effort.rounds, (start + 1) * effort.rounds):
                for name, sample in samples if number % 2 == 0 else reversed(samples):
                    rounds[name].append(sample(effort.seconds))
                on_round(number + 1)
    return Outcome(case, effort, rounds, used_by_others=Moment.now().others_since(before))
