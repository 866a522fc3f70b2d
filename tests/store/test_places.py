"""URLs of stores, as operators write them."""

from __future__ import annotations

import re
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.engine.interfaces import StoreError
from ivr.store.opening import open_store
from ivr.store.redis.places import CLUSTER, ONE, SENTINEL, PlaceError, RedisPlace, is_redis, parse

GOOD = {
    "redis://10.0.0.1": RedisPlace(ONE, (("10.0.0.1", 6379),), "redis://10.0.0.1"),
    "redis://ivr@db:6380/2?replicas=1": RedisPlace(
        ONE, (("db", 6380),), "redis://ivr@db:6380/2", db=2, user="ivr", replicas=1
    ),
    "rediss://[::1]:7000?ca_file=/etc/ca.pem&password_env=SECRET": RedisPlace(
        ONE, (("::1", 7000),), "rediss://[::1]:7000", tls=True, files={"ca_file": "/etc/ca.pem"},
        secrets={"password_env": "SECRET"},
    ),
    "redis+sentinel://a,b:27000/ivr/3": RedisPlace(
        SENTINEL, (("a", 26379), ("b", 27000)), "redis+sentinel://a,b:27000/ivr/3", "ivr", 3
    ),
    "rediss+cluster://a:1,b:2": RedisPlace(
        CLUSTER, (("a", 1), ("b", 2)), "rediss+cluster://a:1,b:2", tls=True
    ),
}  # fmt: skip
BAD = {
    "http://10.0.0.1": "http:// is no store",
    "redis+other://a": "redis+other:// is no store",
    "redis+://a": "redis+:// is no store",
    "redis://": "names no host",
    "redis://a:port": "write HOST or HOST:PORT",
    "redis://a:99999": "write HOST or HOST:PORT",
    "redis://[::1": "cannot be read",
    "redis://ivr:geheim@a": "write it into a file, and add ?password_file=PATH",
    "redis://:geheim@a": "write it into a file, and add ?password_file=PATH",
    "redis://a/db": "write the number of a database",
    "redis://a/1/2": "write the number of a database",
    "redis+sentinel://a": "names no primary",
    "redis+cluster://a/1": "database 0 only",
    "redis://a?replicas=one": "write a number",
    "redis://a?password=geheim": "password in the URL of the store is unknown",
    "redis://a#1": "write %23",
    "redis:/127.0.0.1:6379": "redis: without // is no store: write redis://HOST:PORT",
    "redis:127.0.0.1": "redis: without // is no store: write redis://HOST:PORT",
    "rediss:/:geheim@a": "rediss: without // is no store: write rediss://HOST:PORT",
    "redis+sentinel:/a/b": "redis+sentinel: without // is no store: write redis+sentinel://HOST:PORT",
    "Redis:/a": "Redis: without // is no store: write redis://HOST:PORT",
}


@pytest.mark.parametrize("url", GOOD)
def test_a_url_is_read(url: str) -> None:
    assert parse(url) == GOOD[url]
    assert is_redis(url)


@pytest.mark.parametrize("url", BAD)
def test_one_that_cannot_be_is_told_what_to_write(url: str) -> None:
    with pytest.raises(PlaceError, match=re.escape(BAD[url])) as told:
        parse(url)
    assert "geheim" not in str(told.value)
    with pytest.raises(StoreError):
        open_store(url, lambda *_: None)


@pytest.mark.parametrize("path", ["redis/a", "./redis:/a", "/redis:a", "redis.db", "myredis:/a"])
def test_a_path_may_speak_of_redis(path: str) -> None:
    assert not is_redis(path)


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(PlaceError):
        assert parse(f"redis://{text}").hosts
