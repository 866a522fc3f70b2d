"""The engine as a real process: what it prints, obeys, and leaves behind."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests import ROOT
from tests.ports import free_port

PATIENCE = 20.0
IVR = [sys.executable, "-m", "ivr"]


#: `ivr` where uvloop is not installed: it runs on Twisted's own reactor.
WITHOUT_UVLOOP = "import sys; sys.modules['uvloop'] = None; from ivr.cli import main; main()"


class Running:
    """`ivr serve` on ports of its own, with a copy of the sample policy; `ivr` is the program."""

    def __init__(
        self,
        folder: Path,
        command: str = "serve",
        ivr: Sequence[str] = IVR,
        **environment: str,
    ) -> None:
        self.folder = folder
        self.routes = folder / "routes"
        if not self.routes.exists():
            shutil.copytree(ROOT / "routes", self.routes)
            _open_day_and_night(self.routes / "calendars.yaml")
        self.store = folder / "data" / "ivr.sqlite3"
        self.process = subprocess.Popen(
            [*ivr, command, "--agi-port=0", "--http-port=0", f"--routes={self.routes}",
             f"--store={self.store}"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=folder,
            env={**os.environ, **environment},
        )  # fmt: skip
        listening = self.line("listening")
        self.agi, self.http = listening["agi"], listening["http"]

    def line(self, event: str) -> dict[str, Any]:
        """The next log line of this kind."""
        assert self.process.stderr is not None
        for text in self.process.stderr:
            line: dict[str, Any] = json.loads(text)
            if line["event"] == event:
                return line
        raise AssertionError(f"no {event!r} before the end")

    def call(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return ivr("call", f"--engine={self.agi}", "--to=1800123456", *arguments)

    def get(self, path: str, method: str = "GET") -> tuple[int, str]:
        request = urllib.request.Request(f"http://{self.http}{path}", method=method)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def stop(self, how: int = signal.SIGTERM) -> tuple[int, str, str]:
        if self.process.poll() is None:
            self.process.send_signal(how)
        out, err = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, out, err


def _open_day_and_night(calendars: Path) -> None:
    """These tests run at any hour: the operator's own dates win over all."""
    today = date.today()  # noqa: DTZ011 # any zone will do, with a day to either side
    days = (today + timedelta(days=away) for away in (-1, 0, 1, 2))
    open_ = ", ".join(f'"{day}": "00:00-24:00"' for day in days)
    text = calendars.read_text()
    assert "dates: {}" in text
    calendars.write_text(text.replace("dates: {}", f"dates: {{{open_}}}"))


def ivr(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*IVR, *arguments], capture_output=True, text=True, timeout=PATIENCE, cwd=ROOT,
        env={**os.environ, **environment}, check=False,
    )  # fmt: skip


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    running: list[Running] = []

    def run(command: str = "serve", ivr: Sequence[str] = IVR, **environment: str) -> Running:
        running.append(Running(tmp_path, command, ivr, **environment))
        return running[-1]

    yield run
    for each in running:
        each.stop(signal.SIGKILL)


def test_an_engine_without_uvloop_is_none_the_worse(start: Callable[..., Running]) -> None:
    """It decides, loads its policy anew, refuses whom it must, and stops."""
    engine = start(
        ivr=[sys.executable, "-c", WITHOUT_UVLOOP],
        IVR_MAX_CONNECTIONS="1",
        IVR_MAX_CONNECTIONS_PER_ADDRESS="1",
    )
    host, port = engine.agi.rsplit(":", 1)
    answer = engine.call("--from=0521234567", "--keys=1")
    assert answer.returncode == 0, answer.stderr
    engine.process.send_signal(signal.SIGHUP)
    assert engine.line("policy in force")
    with socket.create_connection((host, int(port))) as inside:
        inside.sendall(b"agi_network: yes\n")
        with socket.create_connection((host, int(port))) as outside:
            outside.settimeout(PATIENCE)
            assert outside.recv(1) == b""
        assert engine.line("connection refused")["reason"] == "connections"
    code, _, _ = engine.stop()
    assert code == 0


def test_a_call_is_decided_logged_and_counted(start: Callable[..., Running]) -> None:
    engine = start()
    answer = engine.call("--from=0521234567", "--keys=1")
    assert answer.returncode == 0, answer.stderr
    line = engine.line("decision")
    assert (line["queue"], line["tier"], line["ani"]) == ("faults", "regular", "+972******67")
    code, page = engine.get("/metrics")
    assert code == 200
    assert 'ivr_calls_total{action="queue",route="faults",tier="regular"} 1.0' in page
    assert "521234567" not in page
    code, out, _ = engine.stop()
    assert (code, out) == (0, ""), "stopped cleanly"


def test_ready_tells_the_truth_and_the_index_leads_there(start: Callable[..., Running]) -> None:
    engine = start()
    code, page = engine.get("/readyz")
    assert code == 200
    assert json.loads(page)["phase"] == "serving"
    assert engine.get("/healthz") == (200, "ok\n")
    assert "/readyz" in engine.get("/")[1]


def test_a_store_that_cannot_be_had_is_told_and_calls_are_regular(
    start: Callable[..., Running], tmp_path: Path
) -> None:
    (tmp_path / "data").write_text("not a folder")
    engine = start()
    assert "the store fails" in engine.line("trouble")["troubles"][0]
    code, page = engine.get("/readyz")
    assert code == 200, "all engines leaving at once is worse"
    assert "every caller is regular" in json.loads(page)["troubles"][0]
    assert engine.call("--from=0521234567", "--keys=0").returncode == 0
    assert "cannot be used" in engine.line("store")["detail"]
    assert engine.line("decision")["degraded"] == "store-failed"
    engine.stop()


def test_a_reload_swaps_or_changes_nothing(start: Callable[..., Running]) -> None:
    engine = start()
    before = json.loads(engine.get("/readyz")[1])["policy"]
    routes = engine.routes / "routes.yaml"
    good = routes.read_text()
    routes.write_text(good + "\nnonsense: 1\n")
    code, page = engine.get("/-/reload", "POST")
    assert code == 422
    assert "routes.yaml:" in page
    assert "nonsense" in page
    assert "ivr_policy_last_reload_successful 0.0" in engine.get("/metrics")[1]
    assert json.loads(engine.get("/readyz")[1])["policy"] == before
    routes.write_text(good + "\n# mended\n")
    engine.process.send_signal(signal.SIGHUP)
    assert engine.line("policy in force")["policy"] != before
    assert "ivr_policy_last_reload_successful 1.0" in engine.get("/metrics")[1]
    assert engine.get("/-/reload")[0] == 405


def closing(outputs: str) -> Sequence[str]:
    """`ivr` as a shell starts it with these outputs closed."""
    return ["sh", "-c", f'exec "$@" {outputs}', "sh", *IVR]


def test_an_engine_without_a_standard_output_stops_without_a_complaint(
    start: Callable[..., Running],
) -> None:
    code, _, err = start(ivr=closing(">&-")).stop()
    assert code == 0
    assert [line["level"] for line in map(json.loads, err.splitlines())] == ["info"] * err.count(
        "\n"
    )


def test_an_engine_whose_outputs_are_closed_serves(tmp_path: Path) -> None:
    port = free_port()
    words = ("serve", f"--agi-port={port}", "--http-port=0", f"--store={tmp_path}/s.sqlite3")
    with subprocess.Popen([*closing(">&- 2>&-"), *words], cwd=ROOT) as engine:
        try:
            wait_until_somebody_listens(port, engine)
            called = ivr("call", f"--engine=127.0.0.1:{port}", "--from=1", "--to=1800123456")
            assert called.returncode == 0, called.stderr
        finally:
            engine.terminate()
    assert engine.returncode == 0


def wait_until_somebody_listens(port: int, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < end:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.05)
    raise AssertionError(f"nobody listens: {process.poll()}")


def test_a_policy_with_problems_does_not_start(tmp_path: Path) -> None:
    (tmp_path / "routes.yaml").write_text("version: 1\nroutes: []\n")
    answer = ivr("serve", f"--routes={tmp_path}", "--agi-port=0", "--http-port=0")
    assert answer.returncode == 1
    assert "routes.yaml:" in answer.stderr
    assert "ivr check" in answer.stderr


def test_with_a_key_no_number_is_in_logs_or_decisions_and_explain_finds_them(
    start: Callable[..., Running],
) -> None:
    key = {"IVR_MASK_KEY": "env:MASK", "MASK": "0123456789abcdef" * 2}
    engine = start(**key)
    for number in ("0521234567", "+972 52-123-4567"):
        assert engine.call(f"--from={number}", "--keys=1").returncode == 0
    lines = [engine.line("decision"), engine.line("decision")]
    _, _, rest = engine.stop()
    kept = b"".join(f.read_bytes() for f in (engine.store.parent / "decisions").rglob("*.jsonl"))
    assert {line["ani"] for line in lines} == {"+972#mlmtqrmmrqrcgpgl"}
    assert b"mlmtqrmmrqrcgpgl" in kept
    for text in (str(lines), rest, kept.decode()):
        assert "1234567" not in text
    found = ivr(
        "explain", "--last=9", "--from=0521234567", f"--store={engine.store}", "--json", **key
    )
    assert found.stdout.count("mlmtqrmmrqrcgpgl") == 2, found.stderr
    assert "1234567" not in found.stdout


def test_a_key_that_cannot_be_had_keeps_the_engine_from_starting(tmp_path: Path) -> None:
    said = ivr("serve", f"--store={tmp_path}/x", IVR_MASK_KEY=f"file:{tmp_path}/mask.key")
    assert said.returncode == 1
    assert f"mask_key: {tmp_path}/mask.key cannot be read" in said.stderr


def test_a_port_that_is_taken_is_named_with_what_to_do(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        answer = ivr(
            "serve", f"--agi-port={port}", "--http-port=0", f"--store={tmp_path / 's.sqlite3'}"
        )
    assert answer.returncode == 1
    assert f"cannot listen on 127.0.0.1:{port}" in answer.stderr
    assert "--agi-port" in answer.stderr


def test_settings_come_from_the_environment_and_bad_ones_are_told() -> None:
    answer = ivr("serve", IVR_AGI_PORT="many")
    assert answer.returncode == 2
    assert "IVR_AGI_PORT" in answer.stderr


def test_the_demo_has_its_callers_and_finds_its_data_again(start: Callable[..., Running]) -> None:
    tiers = {"0541111111": "vip", "0542222222": "senior-required", "0543333333": "nuisance",
             "0521234567": "regular"}  # fmt: skip
    for _ in range(2):
        engine = start("demo")
        for number, tier in tiers.items():
            assert engine.call(f"--from={number}", "--keys=0").returncode == 0
            assert engine.line("decision")["tier"] == tier
        code, out, _ = engine.stop(signal.SIGINT)
        assert code == 0
        assert str(engine.store) in out
        assert "ivr call --from" in out


def test_serve_knows_no_sample_callers(start: Callable[..., Running]) -> None:
    engine = start()
    engine.call("--from=0541111111", "--keys=0")
    assert engine.line("decision")["tier"] == "regular"


def test_a_call_with_no_engine_says_what_to_do() -> None:
    answer = ivr("call", "--from=1", "--to=2", "--engine=127.0.0.1:1")
    assert answer.returncode == 2
    assert "make run" in answer.stderr


def test_being_told_twice_to_stop_is_no_trouble(start: Callable[..., Running]) -> None:
    engine = start()
    engine.process.send_signal(signal.SIGTERM)
    code, _, log = engine.stop()
    assert code == 0
    assert "Traceback" not in log


def test_a_disk_that_hangs_does_not_keep_the_engine_from_stopping(
    start: Callable[..., Running], tmp_path: Path
) -> None:
    (tmp_path / "data").mkdir()
    os.mkfifo(tmp_path / "data" / "ivr.sqlite3")  # whoever opens it waits
    engine = start()
    assert "does not answer" in engine.line("trouble")["troubles"][0]
    code, _, log = engine.stop()
    assert code == 0
    assert [json.loads(line)["event"] for line in log.splitlines()] == ["stopping", "stopped"]


def test_stopping_lets_a_call_under_way_finish(start: Callable[..., Running]) -> None:
    engine = start()
    host, port = engine.agi.split(":")
    wire = socket.create_connection((host, int(port)), PATIENCE)
    with wire, wire.makefile("rb") as answers:
        wire.sendall(b"agi_network: yes\nagi_request: agi://x/route\nagi_uniqueid: 1.1\n"
                     b"agi_callerid: 0521234567\nagi_extension: 1800123456\n\n")  # fmt: skip
        assert b"TIMEOUT(absolute)" in answers.readline()
        engine.process.send_signal(signal.SIGTERM)
        assert engine.line("stopping")["sessions"] == 1
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((host, int(port)), PATIENCE)
        for reply in (b"200 result=1\n", b"200 result=0\n", b"200 result=48 endpos=1\n"):
            wire.sendall(reply)
            said = answers.readline()
        assert b"IVR_DONE=1" in said
        wire.sendall(b"200 result=1\n")
    assert engine.line("stopped")


def test_asterisks_that_share_a_name_are_told_apart_for_the_operator(
    start: Callable[..., Running],
) -> None:
    engine = start()
    host, port = engine.agi.split(":")
    for peer in ("127.0.0.1", "127.0.0.2"):
        wire = socket.create_connection((host, int(port)), PATIENCE, (peer, 0))
        with wire, wire.makefile("rb") as answers:
            wire.sendall(b"agi_network: yes\nagi_request: agi://x/ended\nagi_uniqueid: 1.1\n"
                         b"agi_arg_1: linkedid=1.1\nagi_arg_2: system=pbx1\n\n")  # fmt: skip
            assert b"IVR_DONE" in answers.readline(), "the report is taken all the same"
            wire.sendall(b"200 result=1\n")
    (trouble,) = engine.line("trouble")["troubles"]
    assert "127.0.0.1 and 127.0.0.2 report under the system name 'pbx1'" in trouble
    assert trouble in json.loads(engine.get("/readyz")[1])["troubles"]
    assert "ivr_system_clashes_total 1.0" in engine.get("/metrics")[1]


# --- decisions that are kept -----------------------------------------------------------------


def explain(engine: Running, *arguments: str) -> subprocess.CompletedProcess[str]:
    return ivr("explain", f"--store={engine.store}", f"--routes={engine.routes}", *arguments)


def eventually(ask: Callable[[], subprocess.CompletedProcess[str]], wanted: str) -> str:
    """What a command says once it says so: decisions are written after calls, not before."""
    for _ in range(50):
        answer = ask()
        if wanted in answer.stdout:
            return answer.stdout
    raise AssertionError(f"no {wanted!r}: {answer.stdout}{answer.stderr}")


def test_a_running_engine_explains_its_decisions(start: Callable[..., Running]) -> None:
    engine = start()
    engine.call("--from=0521234567", "--keys=1", "--next=JOINEMPTY")
    line = engine.line("decision")
    shown = eventually(lambda: explain(engine, line["decision"]), "gave up: JOINEMPTY")
    first, second = shown.split("\n\n")
    assert first.startswith("+972******67 to +9721800123456: regular, queue faults by route faults")
    assert "▶ route faults: yes" in first
    assert "again, regular, queue main" in second
    assert explain(engine, line["linkedid"]).stdout == shown
    (form,) = map(json.loads, explain(engine, "--last=1", "--json").stdout.splitlines())
    assert (form["decision"], form["script"]) == (line["decision"], "next")
    assert (form["policy"], form["ms"]) != (None, 0)
    engine.call("--from=0541111111", "--keys=0")
    found = eventually(lambda: explain(engine, "--last=5", "--from=0541111111"), "route everyone")
    assert "+972******67" not in found


def test_what_was_kept_survives_a_kill_and_is_nobodys_but_the_engines(
    start: Callable[..., Running],
) -> None:
    engine = start()
    engine.call("--from=0521234567", "--keys=1")
    decision = engine.line("decision")["decision"]
    eventually(lambda: explain(engine), decision)
    engine.stop(signal.SIGKILL)
    folder = engine.store.parent / "decisions"
    (segment,) = folder.glob("*.jsonl")
    assert segment.stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700
    assert "521234567" not in explain(engine, "--last=9", "--json").stdout
    with segment.open("ab") as file:
        file.write(segment.read_bytes()[:700])  # as if it had been killed while writing
    engine = start()
    engine.call("--from=0521234567", "--keys=0")
    eventually(lambda: explain(engine), "route everyone")
    assert decision in explain(engine, "--last=2").stdout
    assert len(list(folder.glob("*.jsonl"))) == 2


def test_a_stop_writes_what_waits(start: Callable[..., Running]) -> None:
    engine = start()
    for _ in range(3):
        assert engine.call("--from=0521234567", "--keys=0").returncode == 0
    assert engine.stop()[0] == 0
    assert len(explain(engine, "--last=9", "--json").stdout.splitlines()) == 3


def test_decisions_that_cannot_be_kept_are_told_once_and_calls_go_on(
    start: Callable[..., Running], tmp_path: Path
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "decisions").write_text("not a folder")
    engine = start()
    for _ in range(3):
        assert engine.call("--from=0521234567", "--keys=0").returncode == 0
    assert "Not a directory" in engine.line("decisions are not kept")["detail"]
    lost = 'ivr_decisions_lost_total{reason="write-failed"} 3.0'
    assert any(lost in engine.get("/metrics")[1] for _ in range(1000))
    _, _, log = engine.stop()
    assert "decisions are not kept" not in log
