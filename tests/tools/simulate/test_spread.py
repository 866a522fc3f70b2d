from __future__ import annotations

from ivr.tools.simulate.spread import spread


def test_one_run_is_itself() -> None:
    run = {"all": {"calls": 3, "mean": None}, "ends": {}}
    assert spread([run]) == run


def test_figures_are_means_with_the_edges_beside_them() -> None:
    found = spread([{"all": {"mean": 10.0, "calls": 4}}, {"all": {"mean": 20.0, "calls": 5}}])
    assert found["all"] == {"mean": 15, "calls": 4.5}
    assert found["least"]["all"] == {"mean": 10.0, "calls": 4}
    assert found["most"]["all"] == {"mean": 20.0, "calls": 5}


def test_what_a_run_does_not_have_counts_as_none_of_it_but_is_no_wait_of_0() -> None:
    found = spread(
        [{"by": {"q": {"calls": 2, "mean": 30}}, "ends": {"x": 4}}, {"by": {}, "ends": {}}]
    )
    assert found["by"] == {"q": {"calls": 1, "mean": 30}}
    assert found["ends"] == {"x": 2}
    assert found["least"]["ends"] == {"x": 0}
