import json
from dataclasses import replace

from benchmarks.case import Effort, Target
from benchmarks.circumstances import Circumstances
from benchmarks.report import Failure, as_markdown, as_values
from benchmarks.running import run
from tests.benchmarks.contests import RATE, case_of, scripted

TODAY = Circumstances(
    date="2026-01-02 03:04 UTC",
    processor="A processor",
    cpus=2,
    kernel="Linux 6",
    load_before=0.5,
    ours={"python": "3.11", "openenv": "1.0.0"},
    reference={"openenv": "0.10.0"},
)
FACTS = """\
- date: 2026-01-02 03:04 UTC
- machine: A processor, 2 CPUs, Linux 6, load average before the run 0.5
- ours: python 3.11, openenv 1.0.0
- the reference: openenv 0.10.0"""
TARGETS = (
    Target("time", "ours", 5, form="at most times", beside="raw", floor="floor"),
    Target("time", "ours", 7, form="at most", beside="raw"),
    Target("time", "ours", 2.5, form="times better", beside="theirs"),
    Target("time", "theirs", 1250, form="at least"),
)


def contest():
    values = {"ours": 0.006, "raw": 0.001, "floor": 0.002, "theirs": 1.2345}
    case = case_of(*(scripted(name, [{"time": value}]) for name, value in values.items()), targets=TARGETS)
    return replace(run(case, case.quick), used_by_others=0.25)


def section(report: str, heading: str) -> str:
    return report.split(f"\n## {heading}\n\n")[1].split("\n\n## ")[0].strip()


def test_the_report_says_when_and_where_and_with_what_the_figures_were_taken():
    assert FACTS in as_markdown(TODAY, [contest()])


def test_the_report_shows_the_picture_that_is_kept_beside_it():
    picture = "![How many times better than the reference each figure is](figures.svg)"
    assert picture in as_markdown(TODAY, [contest()], picture="figures.svg")
    assert "![" not in as_markdown(TODAY, [contest()])


def test_a_target_stands_with_what_was_reached_and_a_missed_one_with_its_floor():
    assert section(as_markdown(TODAY, [contest()]), "Targets").splitlines() == [
        "| figure | contestant | median | beside it | target | reached | verdict | others |",
        "| --- | --- | --: | --- | --: | --: | --- | --: |",
        "| A made-up case: time | ours | 6.00 ms | raw: 1.00 ms | ≤ 5× that | 6.00× "
        "| **missed** (floor: 2.00 ms, 2.00×) | 25% |",
        "| A made-up case: time | ours | 6.00 ms | raw: 1.00 ms | ≤ 7 ms | 6.00 ms | met | 25% |",
        "| A made-up case: time | ours | 6.00 ms | theirs: 1,234 ms | ≥ 2.5× better | 206× | met | 25% |",
        "| A made-up case: time | theirs | 1,234 ms |  | ≥ 1250 ms | 1,234 ms | **missed** | 25% |",
    ]


def test_a_case_is_shown_with_unit_direction_spread_and_ratio():
    assert section(as_markdown(TODAY, [contest()]), "A made-up case").splitlines() == [
        "Nothing is measured. 1 round of 0.5 s. (`--only made-up`)",
        "",
        "| contestant | time, ms (lower is better) | middle half | ratio to the first |",
        "| --- | --: | --: | --: |",
        "| ours | 6.00 | 6.00 – 6.00 | 1.00× |",
        "| raw | 1.00 | 1.00 – 1.00 | 0.167× |",
        "| floor | 2.00 | 2.00 – 2.00 | 0.333× |",
        "| theirs | 1,234 | 1,234 – 1,234 | 206× |",
    ]


def test_a_case_with_several_starts_says_so():
    case = case_of(scripted("ours", [{"time": 1}] * 3))
    outcome = run(case, Effort(rounds=3, seconds=0.5, starts=2))
    assert "Nothing is measured. 6 rounds of 0.5 s, over 2 starts. (`--only made-up`)" in as_markdown(TODAY, [outcome])


def test_a_case_that_cannot_be_measured_is_reported_with_its_reason():
    failure = Failure(case_of(), "the server ended:\nno port")
    assert section(as_markdown(TODAY, [failure]), "A made-up case") == (
        "Not measured:\n\n```text\nthe server ended:\nno port\n```"
    )


def test_the_values_for_programs_hold_every_sample():
    case = case_of(scripted("ours", [{"rate": 5}, {"rate": 7}, {"rate": 6}]), metric=RATE)
    (found,) = json.loads(json.dumps(as_values(TODAY, [replace(run(case, case.full), used_by_others=0.25)])))["cases"]
    assert found == {
        "name": "made-up",
        "effort": {"rounds": 3, "seconds": 0.0, "starts": 1},
        "used_by_others": 0.25,
        "metrics": {"rate": {"unit": "messages/s", "better": "higher"}},
        "contestants": {"ours": {"rate": {"median": 6, "middle_half": [5.5, 6.5], "values": [5, 7, 6]}}},
        "targets": [],
    }
