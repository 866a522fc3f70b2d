from __future__ import annotations

import resource

import pytest

from ivr.asterisk.descriptors import allow_descriptors


class Kernel:
    """What a process may have open, and what was asked for."""

    def __init__(self, soft: int, hard: int, monkeypatch: pytest.MonkeyPatch) -> None:
        self.bounds = (soft, hard)
        monkeypatch.setattr(resource, "getrlimit", lambda what: self.bounds)
        monkeypatch.setattr(resource, "setrlimit", self.set)

    def set(self, what: int, bounds: tuple[int, int]) -> None:
        assert what == resource.RLIMIT_NOFILE
        self.bounds = bounds


@pytest.mark.parametrize(
    ("soft", "hard", "reached"),
    [
        (1024, 524_288, 2200),
        (1024, resource.RLIM_INFINITY, 2200),
        (4096, 524_288, 4096),
        (resource.RLIM_INFINITY, resource.RLIM_INFINITY, resource.RLIM_INFINITY),
    ],
)
def test_as_many_as_the_connections_need_and_none_fewer(
    soft: int, hard: int, reached: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    kernel = Kernel(soft, hard, monkeypatch)
    assert allow_descriptors(2000) == ()
    assert kernel.bounds == (reached, hard)


def test_where_fewer_are_allowed_all_of_them_are_taken_and_it_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kernel = Kernel(1024, 1500, monkeypatch)
    (told,) = allow_descriptors(2000)
    assert kernel.bounds == (1500, 1500)
    assert "only 1500 descriptors are allowed and 2200 are needed" in told
    assert "LimitNOFILE=2200" in told
