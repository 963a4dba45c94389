import math
import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from pathlib import Path

from benchmarks.case import Target
from benchmarks.outcome import Outcome
from benchmarks.plot import Row, draw, rows_of
from benchmarks.running import run
from tests.benchmarks.contests import TIME, case_of, scripted


def outcome_of(targets: Sequence[Target], **milliseconds: float) -> Outcome:
    """A contestant for each word; ``reference`` is the reference."""
    contestants = [scripted(name, [{TIME.name: value / 1e3}]) for name, value in milliseconds.items()]
    return run(case := case_of(*contestants, targets=targets, rounds=1), case.full)


def beside_the_reference(limit: float, *, form: str = "times better", contestant: str = "ours, fast") -> Target:
    return Target("time", contestant, limit, form=form, beside="reference")


def outcome(*targets: Target) -> Outcome:
    return outcome_of(targets, **{"ours, fast": 2, "ours, slow": 20, "reference": 10, "raw": 1})


def texts_in(path: Path) -> list[str]:
    return ["".join(text.itertext()) for text in ElementTree.parse(path).iter("{http://www.w3.org/2000/svg}text")]


def test_a_figure_is_shown_as_a_multiple_of_the_reference_s():
    assert rows_of([outcome(beside_the_reference(4))]) == [Row("A made-up case: time (fast)", 5, aim=4, met=True)]


def test_a_target_for_the_value_itself_is_no_multiple_to_aim_at():
    targets = [beside_the_reference(1, form="at most")]
    assert rows_of([outcome(*targets)]) == [Row("A made-up case: time (fast)", 5, aim=None, met=False)]


def test_a_figure_with_two_targets_is_shown_once_and_misses_what_either_misses():
    targets = [beside_the_reference(1, form="at most"), beside_the_reference(4)]
    assert rows_of([outcome(*targets)]) == [Row("A made-up case: time (fast)", 5, aim=4, met=False)]


def test_what_is_beside_another_contestant_is_not_shown():
    assert rows_of([outcome(Target("time", "ours, fast", 3, form="at most times", beside="raw"))]) == []


def test_the_picture_has_every_figure_with_its_number_and_text_that_is_text(tmp_path):
    slow = beside_the_reference(1, contestant="ours, slow")
    draw([outcome(beside_the_reference(4), slow)], tmp_path / "figures.svg")
    texts = texts_in(tmp_path / "figures.svg")
    assert {"A made-up case: time (fast)", "5.00×", "A made-up case: time (slow)", "0.500×"} <= set(texts)


def test_what_the_reference_could_not_do_at_all_has_its_place_in_the_picture(tmp_path):
    instant = outcome_of([beside_the_reference(4)], **{"ours, fast": 0, "reference": 10})
    assert [row.times_better for row in rows_of([instant])] == [math.inf]
    draw([instant], tmp_path / "figures.svg")
    assert "∞" in texts_in(tmp_path / "figures.svg")


def test_the_same_figures_make_the_same_picture(tmp_path):
    for name in ("first.svg", "second.svg"):
        draw([outcome(beside_the_reference(4))], tmp_path / name)
    assert (tmp_path / "first.svg").read_bytes() == (tmp_path / "second.svg").read_bytes()


def test_no_figures_make_an_empty_picture(tmp_path):
    draw([], tmp_path / "figures.svg")
    assert "times better than the reference" in " ".join(texts_in(tmp_path / "figures.svg"))
