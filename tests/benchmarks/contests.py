"""Cases whose contestants give values that are known before."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from benchmarks.case import Case, Contestant, Effort, Metric, Sample, Target

TIME = Metric("time", "ms", better="lower", scale=1e3)
RATE = Metric("rate", "messages/s", better="higher")


def scripted(name: str, values: Iterable[Mapping[str, float]], *, log: list[str] | None = None) -> Contestant:
    """Gives one of the values after the other; writes down what happens to it."""

    @contextmanager
    def opened() -> Iterator[Sample]:
        note = [] if log is None else log
        left = iter(values)

        def sample(seconds: float) -> Mapping[str, float]:
            note.append(name)
            return next(left)

        note.append(f"{name} opens")
        try:
            yield sample
        finally:
            note.append(f"{name} closes")

    return Contestant(name, opened)


def case_of(*contestants: Contestant, targets: Sequence[Target] = (), metric: Metric = TIME, rounds: int = 3) -> Case:
    return Case(
        name="made-up",
        title="A made-up case",
        about="Nothing is measured.",
        metrics=(metric,),
        contestants=contestants,
        targets=tuple(targets),
        full=Effort(rounds),
        quick=Effort(1, seconds=0.5),
    )
