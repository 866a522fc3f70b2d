"""`ivr test` as an operator, and a build server, sees it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Xml

import pytest
from click.testing import CliRunner, Result

from ivr.cli import main
from ivr.tools.policytest import runner
from ivr.tools.policytest.runner import run
from tests.tools.policytest.samples import POLICY

TESTS = """\
start: "2026-11-22 12:00"
callers:
  ruth: {number: "0541111111", grants: [golden-beam]}
tests:
  - name: a VIP reaches a senior agent
    steps:
      - call: {from: ruth}
        expect: {queue: senior, head_start: 20m}
  - name: a fault waits in the main queue
    steps:
      - call: {from: "0521234567", keys: ["1"]}
        expect: {queue: main}
"""


@pytest.fixture
def routes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    routes = tmp_path / "routes"
    (routes / "tests").mkdir(parents=True)
    (routes / "policy.yaml").write_text(POLICY)
    (routes / "tests" / "t.yaml").write_text(TESTS)
    return routes


def ivr_test(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["test", *arguments], catch_exceptions=False)


def test_all_tests_beside_the_policy_are_run(routes: Path) -> None:
    result = ivr_test()
    assert result.exit_code == 0
    assert result.stdout == (
        "ok   routes/tests/t.yaml:5  a VIP reaches a senior agent\n"
        "ok   routes/tests/t.yaml:9  a fault waits in the main queue\n"
        "2 tests: 2 passed, 0 failed\n"
        "routes: 6 of 21 reached by a test, 28.5%\n"
    )


def test_a_policy_that_was_broken_is_noticed_with_both_sides_and_the_trace(routes: Path) -> None:
    broken = POLICY.replace("when: {tier: vip}, queue: senior", "when: {tier: vip}, queue: main")
    (routes / "policy.yaml").write_text(broken)
    result = ivr_test("-q")
    assert result.exit_code == 1
    lines = [" ".join(line.split()) for line in result.stdout.splitlines()]
    assert lines == [
        "FAIL routes/tests/t.yaml:5 a VIP reaches a senior agent",
        "routes/tests/t.yaml:7: queue: expected senior, got main",
        "└─ new call",
        "├─ ▶ tier vip: yes routes/policy.yaml:40:5",
        "│ └─ granted: golden-beam? yes, saw golden-beam routes/policy.yaml:40:24",
        "├─ route closed: no routes/policy.yaml:44:5",
        "│ └─ calendar: {service: closed}? no, saw open routes/policy.yaml:44:38",
        "├─ ▶ route vip: yes routes/policy.yaml:45:5",
        "│ └─ tier: vip? yes, saw vip routes/policy.yaml:45:24",
        "└─ queue q-main",
        "├─ the call is answered first",
        "├─ 20 min head start: stands as a call of 2026-11-22 11:40:00 (QUEUE_PRIO -91273200)",
        "└─ until somebody answers",
        "2 tests: 1 passed, 1 failed",
        "routes: 6 of 21 reached by a test, 28.5%",
    ]


BREAKS = [
    ("granted: golden-beam", "granted: silver-beam"),
    ("head_start: 20m", "head_start: 10m"),
    ('"1": {topic: fault}', '"1": {person: true}'),
    ('"1": {topic: fault}', '"1": {topic: billing}'),
    ("name: vip, when: {tier: vip}", "name: vip, when: {tier: vip, topic: fault}"),
    ("    queue: main\n    then", "    queue: senior\n    then"),
    ("tier: vip, when: {granted", "tier: nuisance, when: {granted"),
    ('"08:00-18:00"', '"08:00-11:00"'),
]


@pytest.mark.parametrize(("right", "broken"), BREAKS)
def test_each_break_is_noticed(routes: Path, right: str, broken: str) -> None:
    text = POLICY.replace(right, broken, 1).replace("[golden-beam]", "[golden-beam, silver-beam]")
    assert right in POLICY
    (routes / "policy.yaml").write_text(text)
    tests = TESTS.replace("expect: {queue: main}", "expect: {queue: main, topic: fault}")
    (routes / "tests" / "t.yaml").write_text(tests)
    result = ivr_test()
    assert result.exit_code == 1, result.output
    assert "FAIL" in result.stdout


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        ("VIP", ["a VIP reaches a senior agent"]),
        ("a vip*", ["a VIP reaches a senior agent"]),
        ("*main queue", ["a fault waits in the main queue"]),
        ("a", ["a VIP reaches a senior agent", "a fault waits in the main queue"]),
    ],
)
def test_some_are_run_by_name(routes: Path, wanted: str, names: list[str]) -> None:
    lines = ivr_test("--run", wanted).stdout.splitlines()
    assert [line.split("  ", 1)[1].split("  ")[-1] for line in lines[:-1]] == names
    assert lines[-1] == f"{len(names)} test{'s' * (len(names) > 1)}: {len(names)} passed, 0 failed"


def test_a_name_that_no_test_has_is_told(routes: Path) -> None:
    result = ivr_test("--run", "nothing")
    assert (result.exit_code, result.stderr) == (2, "Error: no test's name has 'nothing'\n")


def test_mistakes_of_all_files_are_told_and_nothing_is_run(routes: Path) -> None:
    (routes / "tests" / "a.yml").write_text("tests: 5")
    (routes / "tests" / "b.yaml").write_text("{")
    result = ivr_test()
    assert result.exit_code == 2
    assert result.stdout == ""
    assert [line.split(": ")[0] for line in result.stderr.splitlines()] == [
        "routes/tests/a.yml:1:8", "routes/tests/b.yaml:2:1", "Error",
    ]  # fmt: skip


def test_a_policy_with_problems_is_told_once(routes: Path) -> None:
    (routes / "tests" / "u.yaml").write_text(TESTS)
    (routes / "policy.yaml").write_text(POLICY.replace("queue: senior", "queue: sienor", 1))
    result = ivr_test()
    assert result.exit_code == 2
    assert result.stderr.count("sienor") == 1


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"\x00" * 100, b"", b"tests"])
def test_whatever_a_file_holds_one_line_says_what_to_do(routes: Path, content: bytes) -> None:
    (routes / "tests" / "t.yaml").write_bytes(content)
    result = ivr_test()
    assert result.exit_code == 2
    assert result.stderr.startswith("routes/tests/t.yaml:1:1: ")


def test_what_is_not_there_or_is_too_long_is_told(routes: Path) -> None:
    assert "there is no such file or folder" in ivr_test("nowhere").stderr
    (routes / "tests" / "t.yaml").unlink()
    assert "routes/tests:1:1: no tests here: name a test file" in ivr_test().stderr
    (routes / "tests" / "t.yaml").write_text("#" * 5_000_001)
    assert "longer than 5 MB" in ivr_test().stderr
    result = ivr_test("/dev/null/x")
    assert result.exit_code == 2


def test_a_folder_has_the_tests_of_all_policies_below_it(routes: Path) -> None:
    other = routes / "examples" / "other"
    (other / "tests").mkdir(parents=True)
    (other / "policy.yaml").write_text(POLICY.replace("name: vip", "name: beam"))
    (other / "tests" / "o.yaml").write_text(TESTS)
    (other / "tests" / ".hidden.yaml").write_text("{")
    lines = ivr_test("routes").stdout.splitlines()
    assert lines[0].startswith("ok   routes/examples/other/tests/o.yaml:5")
    assert lines[-3:] == [
        "4 tests: 4 passed, 0 failed",
        "routes: 6 of 21 reached by a test, 28.5%",
        "routes/examples/other: 6 of 21 reached by a test, 28.5%",
    ]


def test_a_file_may_name_its_policy_and_the_command_another(routes: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.yaml"
    copy.write_text(POLICY.replace("head_start: 20m", "head_start: 10m"))
    assert ivr_test("--policy", "copy.yaml").exit_code == 1
    (tmp_path / "elsewhere.yaml").write_text("policy: routes\n" + TESTS)
    assert ivr_test("elsewhere.yaml").exit_code == 0
    (tmp_path / "elsewhere.yaml").write_text("policy: copy.yaml\n" + TESTS)
    assert ivr_test("elsewhere.yaml").exit_code == 1


def test_what_no_test_reaches_is_listed_with_its_place(routes: Path) -> None:
    result = ivr_test("--coverage", "-q")
    assert result.exit_code == 0
    assert result.stdout == (
        "2 tests: 2 passed, 0 failed\n"
        "routes: 6 of 21 reached by a test, 28.5%\n"
        "  entrypoints      1 of 1    100%\n"
        "  tiers            1 of 3     33%\n"
        "  routes           2 of 6     33%\n"
        "  overflow         0 of 1      0%\n"
        "  fallbacks        0 of 1      0%\n"
        "  menus            1 of 1    100%\n"
        "  keys             1 of 3     33%\n"
        "  announcements    0 of 1      0%\n"
        "  paid lines       0 of 4      0%\n"
        "  routes/policy.yaml:17: no test reaches the fallback of the queue senior: main\n"
        "  routes/policy.yaml:19: no test reaches 'otherwise' of the menu topics\n"
        "  routes/policy.yaml:23: no test reaches key 2 of the menu topics\n"
        "  routes/policy.yaml:28: no test reaches the paid line air-time agreed\n"
        "  routes/policy.yaml:28: no test reaches the paid line air-time appealed\n"
        "  routes/policy.yaml:28: no test reaches the paid line air-time declined\n"
        "  routes/policy.yaml:28: no test reaches the paid line air-time offered\n"
        "  routes/policy.yaml:41: no test reaches this rule for the tier senior-required\n"
        "  routes/policy.yaml:42: no test reaches this rule for the tier nuisance\n"
        "  routes/policy.yaml:44: no test reaches the route closed\n"
        "  routes/policy.yaml:44: no test reaches the announcement of the route closed\n"
        "  routes/policy.yaml:46: no test reaches the route case\n"
        "  routes/policy.yaml:47: no test reaches the route air-time\n"
        "  routes/policy.yaml:52: no test reaches step 1 of 'then' in the route faults:"
        " queue senior\n"
        "  routes/policy.yaml:53: no test reaches the route everyone\n"
    )


def test_a_policy_that_is_saved_meanwhile_is_the_one_that_was_read(
    routes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = ivr_test("--coverage").stdout

    def run_and_save(*arguments: Any) -> Any:
        (routes / "policy.yaml").write_text("version: 1\nroutes: []\nmenus: {}\n")
        return run(*arguments)

    monkeypatch.setattr(runner, "run", run_and_save)
    assert ivr_test("--coverage").stdout == before


def test_too_little_coverage_fails(routes: Path) -> None:
    assert ivr_test("--fail-under", "28").exit_code == 0
    result = ivr_test("--fail-under", "29")
    assert result.exit_code == 1
    assert result.stderr == "less than 29% of the policy is reached by a test\n"
    assert ivr_test("--fail-under", "101").exit_code == 2


def test_junit_says_the_same_and_masks_numbers(routes: Path, tmp_path: Path) -> None:
    text = TESTS + '  - name: "0521234567\\u202e <b>"\n    steps:\n'
    text += "      - confirm: {of: ruth, step: warned}\n"
    text += "      - {look: ruth, expect: {shared: false}}\n"
    (routes / "tests" / "t.yaml").write_text(text)
    assert ivr_test("--junit", "out.xml").exit_code == 1
    written = (tmp_path / "out.xml").read_text(encoding="utf-8")
    root = Xml.fromstring(written)
    assert root.attrib == {
        "name": "ivr test", "tests": "3", "failures": "1", "errors": "0", "time": "0",
    }  # fmt: skip
    cases = root.findall("testsuite/testcase")
    assert [(case.get("name"), case.get("line")) for case in cases[:2]] == [
        ("a VIP reaches a senior agent", "5"), ("a fault waits in the main queue", "9"),
    ]  # fmt: skip
    assert cases[2].get("name") == "0521234567\\u202e <b>"
    failure = cases[2].find("failure")
    assert failure is not None
    assert failure.get("message") == "confirm: the caller has a grant: nothing is due"
    assert "541111111" not in written


def test_a_file_that_cannot_be_written_is_told(routes: Path) -> None:
    result = ivr_test("--junit", "nowhere/out.xml")
    assert result.exit_code == 2
    assert "nowhere/out.xml cannot be written: No such file or directory" in result.stderr


def test_nothing_depends_on_hash_seeds_or_on_where_and_when_it_is_run(routes: Path) -> None:
    def run(seed: str, zone: str) -> bytes:
        environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone}
        command = [sys.executable, "-m", "ivr", "test", "--coverage", "--junit", "/dev/stdout"]
        return subprocess.run(command, env=environment, check=True, capture_output=True).stdout

    assert run("1", "UTC") == run("2", "Pacific/Auckland")


def test_a_part_of_the_tests_and_a_policy_that_lies_below_such_a_folder(
    routes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = routes / "tests" / "vip"
    deep.mkdir()
    (deep / "v.yaml").write_text(TESTS)
    assert ivr_test("routes/tests/vip").stdout.endswith(
        "2 tests: 2 passed, 0 failed\nroutes: 6 of 21 reached by a test, 28.5%\n"
    )
    assert ivr_test().stdout.count("ok  ") == 4
    (tmp_path / "tests").mkdir()
    routes.rename(tmp_path / "tests" / "routes")
    monkeypatch.chdir(tmp_path / "tests")
    assert ivr_test("routes").stdout.count("ok  ") == 4
    assert ivr_test(str(tmp_path / "tests" / "routes" / "tests" / "t.yaml")).exit_code == 0


def test_names_do_not_speak_to_the_terminal(routes: Path) -> None:
    file = routes / "tests" / "a\x1b[2J.yaml"
    name = "a VIP reaches a senior agent"
    file.write_text(TESTS.replace(name, '"a \\e[31mVIP reaches a senior agent"'))
    passed = ivr_test("--coverage")
    assert "a\\x1b[2J.yaml:5  a \\x1b[31mVIP reaches" in passed.stdout
    file.write_text("tests: 1")
    refused = ivr_test()
    assert "a\\x1b[2J.yaml:1:8: " in refused.stderr
    assert "\x1b" not in passed.output + refused.output


def test_links_in_a_circle_are_told(routes: Path) -> None:
    (routes / "round").symlink_to("round")
    result = ivr_test("routes/round")
    assert result.exit_code == 2
    assert "routes/round:1:1: " in result.stderr


def test_tests_that_cannot_be_read_are_not_left_out(routes: Path) -> None:
    (routes / "tests" / "more.yaml").symlink_to("gone.yaml")
    result = ivr_test()
    assert result.exit_code == 2
    assert f"routes/tests/more.yaml:1:1: cannot be read ({os.strerror(2)})" in result.stderr


@pytest.mark.parametrize("name", ["ivr.yaml", "ivr.policy"])
def test_a_policy_that_is_one_file_has_its_tests_beside_it(routes: Path, name: str) -> None:
    (routes / "policy.yaml").rename(routes / name)
    (routes / "old.yaml").write_text(POLICY)
    for arguments in ([], ["routes/tests/t.yaml"]):
        result = ivr_test(*arguments, "--routes", f"routes/{name}")
        assert result.exit_code == 0, result.stderr
        assert f"routes/{name}: 6 of 21 reached" in result.stdout
