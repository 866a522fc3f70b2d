"""A policy that went through a parcel is the policy that was packed; a torn parcel is told."""

from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path

import pytest

from ivr.engine.parcel import PIECE, Opening, TornError, pack
from ivr.engine.policies import load_checked
from ivr.policy.index import Key, indexed
from ivr.policy.model import Policy
from ivr.policy.problems import Problems
from tests import ROOT

SHIPPED = [ROOT / "routes", *sorted((ROOT / "routes/examples").glob("*/"))]


def opened(parcel: bytes) -> tuple[Policy | Problems | None, int]:
    opening = Opening(parcel)
    turns = sum(1 for _ in opening)
    return opening.found, turns


def many(count: int) -> Policy:
    policy = load_checked(ROOT / "routes")
    assert isinstance(policy, Policy)
    first, last = policy.routes[0], policy.routes[-1]
    named = (replace(first, name=f"r{number}") for number in range(count - 1))
    return replace(policy, routes=(*named, last))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_what_was_packed_comes_out(path: Path) -> None:
    policy = load_checked(path)
    assert isinstance(policy, Policy)
    found, _ = opened(pack(policy))
    assert found == policy
    assert isinstance(found, Policy)
    assert found.granted_at == policy.granted_at, "not compared by =="


def test_an_index_comes_out_in_pieces_too() -> None:
    policy = indexed(many(30 * PIECE))
    assert policy.index is not None
    values: dict[Key, tuple[int, ...]] = {("prefix", f"+97252{n}"): (n,) for n in range(3 * PIECE)}
    policy = replace(policy, index=replace(policy.index, values=values))
    found, turns = opened(pack(policy))
    assert isinstance(found, Policy)
    assert (found.index, found.windows) == (policy.index, policy.windows), "not compared by =="
    assert turns == 30 + 1 + 3 + 1


def test_problems_come_out_too(tmp_path: Path) -> None:
    found, _ = opened(pack(load_checked(tmp_path / "nowhere")))
    assert isinstance(found, Problems)
    assert found == load_checked(tmp_path / "nowhere")


def test_no_piece_is_larger_than_a_piece() -> None:
    for count in (1, PIECE, PIECE + 1, 10 * PIECE):
        found, turns = opened(pack(many(count)))
        assert isinstance(found, Policy)
        assert len(found.routes) == count
        assert turns == -(-count // PIECE) + 2


def test_what_routes_share_is_one_thing_still() -> None:
    found, _ = opened(pack(many(3 * PIECE)))
    assert isinstance(found, Policy)
    assert len({id(route.stages) for route in found.routes}) <= 2


@pytest.mark.parametrize("share", [0, 0.5, 0.99])
def test_a_torn_parcel_is_no_policy(share: float) -> None:
    parcel = pack(many(3 * PIECE))
    with pytest.raises(TornError, match="did not arrive whole"):
        opened(parcel[: int(len(parcel) * share)])


def test_garbage_is_no_policy() -> None:
    with pytest.raises(TornError):
        opened(b"Warning: something was printed\n" + pickle.dumps(1))
