"""A policy small enough to be covered by hand, and tests of it."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import dedent

from ivr.engine.policies import checked
from ivr.policy.model import Policy
from ivr.policy.problems import Problems
from ivr.tools.policytest.model import Suite
from ivr.tools.policytest.reading.suite import read_suite
from ivr.tools.policytest.runner import Ran, run

POLICY = """\
version: 1
timezone: Asia/Jerusalem
numbers: {region: IL}
languages: [en]
topics: [fault, billing]
grants: [golden-beam]
calendars:
  service: {open: [{days: [sun, mon, tue, wed, thu], hours: "08:00-18:00"}]}
prompts:
  topics: {en: "One or two.", slow: true}
  closed: {en: "Closed."}
  price: {en: "It costs."}
  agree: {en: "Press five."}
  free: {en: "It is free to write."}
queues:
  main: {asterisk: q-main}
  senior: {asterisk: q-senior, fallback: main}
menus:
  topics:
    prompt: topics
    keys:
      "1": {topic: fault}
      "2": {topic: billing}
entrypoints:
  support: {pays: company, dialled: ["1800123456"], menu: topics}
nuisance: {contacts: 30, marks: 10}
paid_lines:
  air-time:
    number: "0521111111"
    method: dial
    dial: PJSIP/0521111111@trunk
    price: {prompt: price, at_least: 6s, version: "1"}
    consent: {prompt: agree, key: "5"}
    price_valid_for: ["05"]
    exempt_topics: [fault]
    declined: [free]
    appeal_key: "9"
    carrier_bills_caller: {confirmed_by: dana, on: "2026-01-01"}
tiers:
  - {tier: vip, when: {granted: golden-beam}}
  - {tier: senior-required, when: {open_case: true}}
  - {tier: nuisance, when: {nuisance: observed}}
routes:
  - {name: closed, when: {calendar: {service: closed}}, announce: closed}
  - {name: vip, when: {tier: vip}, queue: senior, head_start: 20m}
  - {name: case, when: {tier: senior-required}, queue: senior}
  - {name: air-time, when: {tier: nuisance, nuisance: paid}, paid_line: air-time}
  - name: faults
    when: {topic: fault}
    queue: main
    then:
      - {after: 3m, queue: senior}
  - {name: everyone, queue: main}
"""

CALLERS = """\
start: "2026-11-22 12:00"
callers:
  ruth: {number: "0541111111", grants: [golden-beam]}
  noam: {number: "0521234567"}
"""


def policy(text: str = POLICY) -> Policy:
    loaded = checked({"policy.yaml": text})
    assert isinstance(loaded, Policy), str(loaded)
    return loaded


def read(text: str) -> Suite | Problems:
    return read_suite(dedent(text), Path("t.yaml"), policy())


def steps(text: str, top: str = CALLERS) -> str:
    """A file of one test with these steps; something is expected of it at least."""
    if not re.search("expect:|refused:", text) and (caller := re.search(r"(?m)^  (\w+): {", top)):
        text = f"{dedent(text)}\n- {{look: {caller[1]}, expect: {{shared: false}}}}"
    body = "".join(f"      {line}\n" for line in dedent(text).splitlines())
    return f"{top}tests:\n  - name: it\n    steps:\n{body}"


def ran(text: str, top: str = CALLERS) -> Ran:
    """The one test with these steps, run."""
    suite = read(steps(text, top))
    assert isinstance(suite, Suite), str(suite)
    [scenario] = suite.scenarios
    return run(suite.policy, scenario)


def wrong(text: str, top: str = CALLERS) -> list[str]:
    """Everything in which the steps were not as expected."""
    return [line for failure in ran(text, top).failures for line in failure.wrong]
