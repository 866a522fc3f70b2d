"""A policy for the tests of this room, small enough to keep in mind."""

from __future__ import annotations

from ivr.policy.loader import load
from ivr.policy.model import Policy

TEXT = """
version: 1
timezone: Asia/Jerusalem
numbers: {region: IL}
languages: [he, en]
topics: [fault, billing, general]
grants: [golden-beam]
prompts:
  welcome: {he: a, en: a}
  topics: {he: a, en: a, slow: true}
  more: {he: a, en: a}
  closed-hours: {he: a, en: a}
  sorry: {he: a, en: a}
  for-agents: {he: a, en: a}
calendars:
  service:
    open:
      - {days: [sun, mon, tue, wed, thu, fri, sat], hours: "08:00-20:00"}
queues:
  main: {asterisk: main}
  faults: {asterisk: faults, fallback: main}
  senior: {asterisk: senior, fallback: faults, music: calm, options: tr, announce: for-agents}
  patience: {asterisk: patience}
entrypoints:
  free: {pays: company, dialled: ["1800123456"], greeting: welcome, menu: topics}
  star: {pays: caller, dialled: ["*611"], greeting: welcome, menu: topics}
  bare: {pays: company, dialled: ["1800999999"]}
menus:
  topics:
    prompt: topics
    wait: 5s
    tries: 2
    keys:
      "1": {topic: fault}
      "2": {topic: billing}
      "3": {menu: more}
      "8": {language: en}
    otherwise: {topic: general}
  more:
    prompt: more
    keys:
      "1": {topic: billing, language: en}
tiers:
  - {tier: vip, when: {granted: golden-beam}}
  - {tier: senior-required, when: {open_case: {complex: true}}}
  - {tier: nuisance, when: {nuisance: observed}}
routes:
  - {name: closed, when: {calendar: {service: closed}}, announce: closed-hours}
  - name: vip
    when: {tier: vip}
    queue: senior
    head_start: 20m
    then: [{after: 30s, queue: faults}, {after: 60s, announce: sorry}, {queue: main}]
  - {name: heavy, when: {tier: nuisance}, queue: patience}
  - {name: faults, when: {topic: fault}, queue: faults}
  - {name: wrong-number, when: {dialled: "1800999999", withheld: true}, hangup: 21}
  - {name: desk, when: {dialled: "1800999999"}, dial: PJSIP/100}
  - {name: everyone, queue: main, then: [{after: 3m, queue: senior}]}
"""


def policy(text: str = TEXT) -> Policy:
    """The policy, or the problems as an assertion."""
    loaded = load({"test.yaml": text})
    assert isinstance(loaded, Policy), str(loaded)
    return loaded
