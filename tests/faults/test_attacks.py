"""What strangers send, on a real engine: they get no further, and nothing of ours gets out."""

from __future__ import annotations

import secrets
import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ivr.asterisk.agi_peer import CommandReader, read_mset, split_words
from ivr.policy.loader import open_policy
from ivr.policy.model import Policy
from ivr.routing.call import carried
from ivr.routing.charge import dials
from ivr.routing.step import step
from ivr.routing.steps import Action, GaveUp, Go, LetGo
from ivr.routing.ticket import decode
from tests import ROOT
from tests.faults.conftest import Start
from tests.faults.engine import DIALLED, REGULAR, Faulty
from tests.live.ami import PATIENCE
from tests.store.servers import redis_server

if TYPE_CHECKING:
    from collections.abc import Mapping

#: What may be put into a number, a name or an argument by somebody who calls.
EVIL = {
    "a function": b"${SHELL(id)}",
    "an end of quotes": b'"),IVR_ACTION=paid,IVR_DIAL=(',
    "another variable": b"1,IVR_DIAL=Local/s@evil",
    "an expression": b"$[1+1]",
    "another channel": b"&Local/s@evil",
    "an escape": b"\\n200 result=1\\",
    "a terminal's": b"\x1b]0;x\x07\x9b2J",
    "zeros": b"\0\0IVR_DIAL=x",
    "no text": b"\xff\xfe\xed\xa0\x80",
    "other digits": "٠٥٢١٢٣٤٥٦٧".encode(),
    "right to left": "\u202e0541111111".encode(),
    "a query": b"'; DROP TABLE contacts;--",
    "a format": b"%n%s{0}{}",
    "ten thousand digits": b"0" * 10_000,
    "ten thousand brackets": b"(" * 10_000,
    "a ticket": b"1~d1~3f2a~1700000000~+972521234567~1~d~he~company~vip~~r~0~1~~d|60|Local/s@evil",
}
#: Where: a header's name, or an argument's.
WHERE = (
    "agi_callerid", "agi_calleridname", "agi_dnid", "agi_extension", "agi_rdnis", "agi_uniqueid",
    "agi_language", "agi_channel", "agi_arg_9: dialled=", "agi_arg_9: linkedid=",
    "agi_arg_9: rdnis=", "agi_arg_9: privacy=", "agi_arg_9: attest=", "agi_arg_9: pres=",
    "agi_arg_9: first=", "agi_arg_9: unknown=",
)  # fmt: skip
#: What the caller's own call is told by: its number, its time and what it carries.
OWN = {"IVR_DECISION", "IVR_STATE", "QUEUE_PRIO"}


def decided(engine: Faulty, where: str, what: bytes) -> Mapping[str, str]:
    """The variables of a call's decision."""
    lines = {
        "agi_request": b"agi://127.0.0.1/route",
        "agi_uniqueid": b"1700000000.1",
        "agi_callerid": REGULAR.encode(),
        "agi_extension": DIALLED.encode(),
    }
    name, _, prefix = where.partition(": ")
    lines[name] = prefix.encode() + what
    header = b"".join(b"%s: %s\n" % (key.encode(), value) for key, value in lines.items())
    with closing(socket.create_connection(("127.0.0.1", engine.port), PATIENCE)) as wire:
        wire.sendall(b"agi_network: yes\n" + header + b"\n")
        reader = CommandReader(65536)
        while (line := reader.next_line()) is None:
            heard = wire.recv(65536)
            assert heard, "it let go of the call"
            reader.receive(heard)
        wire.sendall(b"200 result=1\n")
    words = split_words(line)
    assert words[:2] == ["EXEC", "MSet"]
    return read_mset(words[2])


def test_whatever_a_caller_sends_the_dialplan_gets_what_the_policy_says(start: Start) -> None:
    engine = start()
    plain = decided(engine, "agi_channel", b"PJSIP/trunk-1")
    assert plain["IVR_QUEUE"] == "load-main"
    for where in WHERE:
        for name, what in EVIL.items():
            got = decided(engine, where, what)
            if where in ("agi_extension", "agi_arg_9: dialled="):
                check_nobodys(got)
            else:
                changed = {key for key in plain if got[key] != plain[key]} - OWN
                assert not changed, f"{name} in {where}"
            state = got["IVR_STATE"] + got["IVR_DECISION"] + got["QUEUE_PRIO"]
            assert not set(state) & set("${}()[]\"'\\, \0\n\r"), f"{name} in {where}"
    assert not [entry for entry in engine.log if entry.get("level") in ("error", "critical")]
    assert not [entry for entry in engine.log if entry["event"] == "?"], "each line is one of ours"


def check_nobodys(got: Mapping[str, str]) -> None:
    """Another number was dialled, and no entrypoint has it: somebody takes the call."""
    assert (got["IVR_ACTION"], got["IVR_DIAL"], got["IVR_PAID_LINE"]) == ("queue", "", "")


@pytest.mark.parametrize("status", ["TIMEOUT", "FULL", "NOANSWER", "PLAYED", "", "x" * 99])
@pytest.mark.parametrize(
    "hops",
    [
        "q|30|main!p|30|service-052",
        "p|30|service-052!p|30|service-052",
        "a||x!d|60|PJSIP/0521111111@trunk!q||main",
        "d|60|Local/s@x!d|60|PJSIP/+972521111111@trunk",
        "h||16!p||service-052",
    ],
)
def test_a_ticket_of_somebody_s_own_leads_to_no_paid_line(hops: str, status: str) -> None:
    """Only a consent does, and that is asked for and kept before there is such a ticket."""
    policy = open_policy(ROOT / "routes" / "examples" / "paid-line")
    assert isinstance(policy, Policy)
    [line] = policy.paid_lines.values()
    hops = hops.replace("service-052", line.name).replace("0521111111", line.told)
    text = f"1~d1~3f2a~1700000000~+972521234567~+972180~a~he~company~vip~~r~0~0~~{hops}"
    state = carried(decode(text))
    for _ in range(4):
        outcome = step(policy, state, GaveUp(status, 5), 1_700_000_100.0)
        state, what = outcome.state, outcome.step
        assert isinstance(what, Go | LetGo)
        if isinstance(what, Go):
            assert what.action is not Action.PAID
            assert not what.dial or not dials(line, what.dial)


def test_a_secret_is_in_nothing_that_the_engine_shows(start: Start, tmp_path: Path) -> None:
    """The password of the store, when it is right and when it is wrong, and the key of aliases."""
    password, wrong, key = (secrets.token_hex(20) for _ in range(3))
    files = {name: tmp_path / name for name in ("password", "wrong", "key")}
    for (_, file), secret in zip(files.items(), (password, wrong, key), strict=True):
        file.write_text(secret)
        file.chmod(0o600)
    shown: list[str] = []
    folder = tmp_path / "redis"
    folder.mkdir()
    with redis_server(folder) as server:
        with server.client() as client:
            client.acl_setuser("ivr", enabled=True, passwords=[f"+{password}"], keys=["ivr:*"],
                               categories=["+@all"])  # fmt: skip
            client.acl_setuser("default", enabled=False)
        for name in ("password", "wrong"):
            engine = start(
                folder=tmp_path / f"of-{name}",
                store=f"redis://ivr@127.0.0.1:{server.port}?password_file={files[name]}",
                mask_key=f"file:{files['key']}", log_level="debug",
                decisions=str(tmp_path / f"decisions-{name}"),
            )  # fmt: skip
            engine.call()
            engine.report()
            status, ready = engine.get("/readyz")
            assert status == 200
            assert (name == "wrong") is ("password" in ready), "it says what is wrong"
            shown += [ready, engine.get("/metrics")[1], engine.get("/-/reload", "POST")[1]]
            shown.append(Path(f"/proc/{engine.pid}/cmdline").read_text())
            engine.terminate()
            engine.wait_end()
            shown += [str(entry) for entry in engine.log]
            shown += [
                file.read_bytes().decode("utf-8", "replace")
                for file in (tmp_path / f"decisions-{name}").rglob("*")
                if file.is_file()
            ]
    assert any("decision" in text for text in shown)
    for secret in (password, wrong, key):
        assert not [text for text in shown if secret in text]
    number = REGULAR.removeprefix("0")
    assert not [text for text in shown if number in text], "nor is the caller's number"


@pytest.mark.parametrize("name", ["store", "mask_key"])
def test_a_secret_among_the_settings_is_refused_and_not_told_again(name: str) -> None:
    secret = secrets.token_hex(20)
    value = {"store": f"redis://ivr:{secret}@127.0.0.1", "mask_key": secret}[name]
    command = [sys.executable, "-m", "ivr", "serve", f"--{name.replace('_', '-')}={value}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode in (1, 2)
    assert "file" in done.stderr, "it says where to put it instead"
    assert secret not in done.stdout + done.stderr
