"""Asterisks are told apart by their system names, or it is told that they cannot be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.engine.interfaces import ClashError
from ivr.engine.systems import Systems

ONE, OTHER, THIRD = "10.0.0.1", "10.0.0.2", "10.0.0.3"


def heard(*reports: tuple[str, str, float]) -> tuple[Systems, list[str]]:
    """What was refused of these reports: system, peer, when."""
    systems, clashes = Systems(), []
    for report in reports:
        try:
            systems.reported(*report)
        except ClashError as clash:
            clashes.append(str(clash))
    return systems, clashes


@pytest.mark.parametrize(
    "reports",
    [
        [("", ONE, 1.0), ("", ONE, 2.0)],  # one alone needs no name
        [("pbx1", ONE, 1.0), ("pbx2", OTHER, 2.0)],
        [("pbx1", ONE, 1.0), ("pbx2", ONE, 2.0)],  # two behind one address
        [("pbx1", ONE, 1.0), ("pbx1", "", 2.0)],  # whose address nobody knows
        [("pbx1", ONE, 1.0), ("pbx1", OTHER, 3601.0)],  # it has moved
        [("", ONE, 1.0), ("pbx2", OTHER, 3601.0)],  # it has got its name
        [("PBX1", ONE, 1.0), ("pbx1", OTHER, 2.0)],
    ],
)
def test_asterisks_that_can_be_told_apart(reports: list[tuple[str, str, float]]) -> None:
    systems, clashes = heard(*reports)
    assert clashes == []
    assert systems.clashes(reports[-1][2]) == ()


def test_one_name_from_two_addresses_clashes_and_names_both() -> None:
    systems, (clash,) = heard(("pbx1", ONE, 1.0), ("pbx1", OTHER, 2.0), ("pbx3", THIRD, 3.0))
    for word in (ONE, OTHER, "'pbx1'", "systemname", "asterisk.conf"):
        assert word in clash
    assert THIRD not in clash
    assert systems.clashes(3.0) == (clash,)


@pytest.mark.parametrize(
    "reports",
    [
        [("", ONE, 1.0), ("", OTHER, 2.0)],
        [("pbx2", OTHER, 1.0), ("", ONE, 2.0)],
    ],
)
def test_no_name_clashes_as_soon_as_two_report(reports: list[tuple[str, str, float]]) -> None:
    systems, (clash,) = heard(*reports)
    assert "no system name" in clash
    assert ONE in clash
    assert OTHER in clash
    assert systems.clashes(2.0) == (clash,)


def test_a_nameless_one_that_came_first_is_told_by_what_clashes_now() -> None:
    systems, clashes = heard(("", ONE, 1.0), ("pbx2", OTHER, 2.0))
    assert clashes == []  # this report has a name of its own
    (clash,) = systems.clashes(2.0)
    assert clash.startswith(f"{ONE} reports under no system name, beside {OTHER}")


def test_a_clash_is_over_an_hour_after_the_last_report() -> None:
    systems, _ = heard(("pbx1", ONE, 1.0), ("pbx1", OTHER, 2.0), ("pbx1", OTHER, 3000.0))
    assert systems.clashes(3600.9)
    assert systems.clashes(3601.0) == ()


def test_each_clash_is_told() -> None:
    systems, _ = heard(
        ("b", ONE, 1.0), ("b", OTHER, 2.0), ("a", ONE, 3.0), ("a", OTHER, 4.0), ("", THIRD, 5.0)
    )
    assert len(systems.clashes(5.0)) == 3


@given(
    st.lists(st.tuples(st.text(max_size=99), st.text(min_size=1, max_size=3), st.floats(0, 9e9)))
)
def test_whatever_is_reported_what_is_said_stays_short(
    reports: list[tuple[str, str, float]],
) -> None:
    systems, clashes = heard(*reports)
    now = reports[-1][2] if reports else 0.0
    assert all(len(clash) < 1000 for clash in [*clashes, *systems.clashes(now)])


def test_what_is_remembered_is_bounded() -> None:
    systems, clashes = heard(*((f"pbx{n}", ONE, 1.0) for n in range(1000)))
    assert clashes == []
    systems.reported("pbx0", OTHER, 1.0)  # the first are forgotten
    with pytest.raises(ClashError):
        systems.reported("pbx999", OTHER, 1.0)
