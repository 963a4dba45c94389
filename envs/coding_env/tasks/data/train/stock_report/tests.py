"""What the stock report says."""

from typing import Any

from coding_env.tasks.prelude import each, returned

HEAD = "item,kind,amount\n"


def test_the_example(solution: Any) -> None:
    text = HEAD + 'bolt,in,"1,250.50"\nnut,in,20\nbolt,out,50.5\nnut,out,20\n'
    assert returned(solution, "stock", text) == {"bolt": 1200.0}


def test_movements(solution: Any) -> None:
    text = HEAD + 'a,in,"2,000,000"\nb,out,3.5\na,out,1\n'
    assert returned(solution, "read_movements", text) == [["a", 2_000_000.0], ["b", -3.5], ["a", -1.0]]


def test_each_report_stands_alone(solution: Any) -> None:
    for _ in range(3):
        assert returned(solution, "stock", HEAD + "a,in,1\n") == {"a": 1.0}
    assert returned(solution, "stock", HEAD) == {}


def test_rounding(solution: Any) -> None:
    assert returned(solution, "stock", HEAD + "a,in,0.1\na,in,0.2\n") == {"a": 0.3}
    assert returned(solution, "stock", HEAD + "a,in,0.3\na,out,0.1\na,out,0.2\n") == {}


def test_what_is_not_there(solution: Any) -> None:
    assert returned(solution, "stock", HEAD + "a,out,5\nb,in,1\n") == {"b": 1.0}


def test_another_kind(solution: Any) -> None:
    assert each(solution, "read_movements", [(HEAD + "a,lost,1\n",)]) == [[None, "ValueError"]]
    assert each(solution, "stock", [(HEAD + "a,IN,1\n",)]) == [[None, "ValueError"]]
