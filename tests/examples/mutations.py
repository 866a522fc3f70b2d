"""Ways to break each policy that ships, one at a time: a text that stands once in it, and what is
written instead (`MUTATIONS`); two that change places (`SWAPS`).

Each is a policy that `ivr check` lets pass, so that only the policy's tests can notice. Not among
them is what no call of a test can show: how long a key is waited for (`wait`), how long a price
must last (`at_least`), and the words of prompts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

SAMPLE: Final = {
    # hours
    'sun, mon, tue, wed, thu], hours: "07:00-24:00"': 'sun, mon, tue, thu], hours: "07:00-24:00"',
    'thu], hours: "07:00-24:00"': 'thu], hours: "07:00-23:30"',
    '{days: [fri], hours: "07:00-14:00"}': '{days: [fri], hours: "08:00-14:00"}',
    '{days: [sat], hours: "20:00-24:00"}': '{days: [sat], hours: "20:30-24:00"}',
    "closed: {holidays: IL}": "closed: {holidays: US}",
    'eves: {hours: "07:00-13:00"}': 'eves: {hours: "07:00-14:00"}',
    "timezone: Asia/Jerusalem": "timezone: UTC",
    "{opens: service}, quiet-hours]": "{opens: service}]",
    "[closed-hours, {opens: service}, ": "[{opens: service}, closed-hours, ",
    """\
  - name: closed
    when: {calendar: {service: closed}}
    announce: [closed-hours, {opens: service}, quiet-hours]
""": "",
    # numbers, menu and languages
    "region: IL": "region: US",
    "languages: [he, en]": "languages: [en, he]",
    'dialled: ["*611"]': 'dialled: ["*612"]',
    "pays: caller": "pays: company",
    '"1": {topic: fault}': '"1": {topic: billing}',
    '"2": {topic: billing}': '"2": {topic: fault}',
    '"3": {topic: leaving}': '"3": {topic: general}',
    "otherwise: {person: true}": "otherwise: {topic: fault}",
    "tries: 2": "tries: 3",
    # tiers
    "{tier: vip, when: {granted: golden-beam}}": "{tier: vip, when: {open_case: {topic: leaving}}}",
    "- {open_case: {complex: true}}": "- {open_case: true}",
    "about: open-case, at_least: 1": "about: open-case, at_least: 2",
    "about: open-case, at_least": "answered: true, at_least",
    "within: 14d": "within: 13d",
    "at_least: 1, within: 14d": "at_least: 1, within: 15d",
    "tier: senior-required           #": "tier: vip                       #",
    # routes
    "after: 30s, queue: team-leads": "after: 60s, queue: team-leads",
    "after: 2m, queue: senior": "after: 2m, queue: faults",
    "after: 3m, queue: senior": "after: 2m, queue: senior",
    "head_start: 20m                 #": "head_start: 10m                 #",
    "head_start: 10m": "head_start: 20m",
    "    when: {tier: vip, topic: fault}\n    queue: senior": (
        "    when: {tier: vip, topic: fault}\n    queue: team-leads"
    ),
    "when: {tier: vip, topic: fault}": "when: {tier: vip, topic: billing}",
    "queue: patience": "queue: main",
    "  - name: heavy-callers\n    when: {tier: nuisance}\n    queue: patience\n": "",
    "  - name: faults\n    when: {topic: fault}\n    queue: faults\n": "",
    # queues
    "faults:     {asterisk: faults, fallback: main}": "faults:     {asterisk: faults}",
    "fallback: faults": "fallback: main",
    "fallback: senior": "fallback: main",
    "patience:   {asterisk: patience": "patience:   {asterisk: main",
}

#: What all examples have in common.
COMMON: Final = {
    "thu], hours": "thu, sat], hours",
    '{days: [fri], hours: "07:00-14:00"}': '{days: [fri], hours: "07:00-15:00"}',
    "closed: {holidays: IL}": "closed: {holidays: US}",
    "announce: closed-hours}": "announce: [closed-hours, welcome]}",
    "pays: company": "pays: caller",
    '"3": {topic: leaving}': '"3": {topic: billing}',
    '"4": {topic: general}': '"4": {person: true}',
    "- {name: faults, when: {topic: fault}, queue: faults}": "",
    "{asterisk: faults, fallback: main}": "{asterisk: faults}",
}

#: What all examples but the senior manager have in common.
TIERS: Final = {
    "{tier: vip, when: {granted: golden-beam}}": "{tier: vip, when: {open_case: {topic: leaving}}}",
    "{open_case: {complex: true}}": "{open_case: true}",
    "about: open-case, at_least": "answered: true, at_least",
    "within: 14d": "within: 13d",
    "queue: senior, head_start: 20m}": "queue: senior}",
    "head_start: 10m}": "head_start: 11m}",
    "- {name: golden-beam, when: {tier: vip}, queue: senior, head_start: 20m}": "",
    "when: {tier: senior-required}, queue: senior": "when: {tier: senior-required}, queue: main",
    "{asterisk: senior, fallback: main}": "{asterisk: senior}",
}

SENIOR_MANAGER: Final = {
    "at_least: 200": "at_least: 199",
    "at_least: 200, within": "at_least: 201, within",
    "within: month, answered: true": "within: month",
    "within: month": "within: 31d",
    "after: 10m": "after: 5m",
    "    queue: senior-manager\n    then:\n      - {after: 10m, queue: main}\n": (
        "    queue: senior-manager\n"
    ),
    "queue: main}\n  - {name: everyone": "queue: faults}\n  - {name: everyone",
    "senior-manager, fallback: main}": "senior-manager}",
    "queue: senior-manager\n": "queue: faults\n",
    "answered: true}}\n": "answered: true}, topic: [billing, leaving, general]}\n",
}

BEST_AGENTS: Final = {
    "at_least: 101": "at_least: 100",
    "at_least: 101, within": "at_least: 102, within",
    "within: month, answered: true": "within: month",
    "within: month": "within: 31d",
    "after: 5m, queue: senior": "after: 4m, queue: senior",
    "after: 5m": "after: 6m",
    "after: 5m, queue": "after: 5m, queue: main} # ",
    "best-agents, fallback: senior}": "best-agents, fallback: main}",
    "    queue: best-agents\n": "    queue: senior\n",
    "{asterisk: best-agents, ": "{asterisk: senior, ",
}

ATTACHED_AGENT: Final = {
    "when: {granted: attached-dana}": "when: {granted: golden-beam}",
    "queue: dana\n": "queue: avi\n",
    "queue: avi\n    then:\n      - {after: 5m": "queue: avi\n    then:\n      - {after: 15m",
    "queue: dana\n    then:\n      - {after: 5m, queue: senior}": "queue: dana",
    "dana, fallback: senior}": "dana, fallback: main}",
    "avi, fallback: senior}": "avi}",
    "queue: dana\n    then:\n      - {after: 5m, queue: senior": (
        "queue: dana\n    then:\n      - {after: 5m, queue: main"
    ),
    "    queue: dana\n": "    queue: dana\n    head_start: 5m\n",
    """\
  - name: attached-dana
    when: {granted: attached-dana}
    queue: dana
    then:
      - {after: 5m, queue: senior}
""": "",
    "{granted: attached-dana}": "{granted: attached-dana, tier: regular}",
    "{granted: attached-avi}": "{granted: attached-avi, topic: general}",
}

#: What the two policies with a nuisance process have in common.
PROCESS: Final = {
    "contacts: 30 ": "contacts: 29 ",
    "contacts: 30  ": "contacts: 31  ",
    "marks: 10 ": "marks: 9 ",
    "marks: 10  ": "marks: 11  ",
    "before_warning: 3": "before_warning: 2",
    "before_warning: 3,": "before_warning: 4,",
    "before_notice: 2": "before_notice: 1",
    "before_notice: 2,": "before_notice: 3,",
    "quiet: 2": "quiet: 1",
    "quiet: 2}": "quiet: 3}",
    "{tier: nuisance, when: {nuisance: observed}}": "{tier: nuisance, when: {nuisance: warned}}",
    "when: {nuisance: observed}": "when: {nuisance: paid}",
    "when: {tier: nuisance}, queue: patience": "when: {tier: nuisance}, queue: main",
    "patience, fallback: main}": "patience, fallback: faults}",
    "  - {name: heavy-callers, when: {tier: nuisance}, queue: patience}\n": "",
}

DISCONNECT: Final = {
    "    announce: turned-away": "    announce: [turned-away, closed-hours]",
    "    announce: turned-away\n": "    announce: turned-away\n    then: [{queue: main}]\n",
    "      forwarded: false\n": "",
    "      forwarded: false": "      forwarded: true",
    "      topic: general": "      topic: [general, billing]",
    "      topic: general\n": "      topic: leaving\n",
    "      not: {open_case: true} ": "      not: {open_case: {complex: true}} ",
    "      not: {open_case: true}": "      not: {granted: golden-beam}",
}

PAID_LINE: Final = {
    'number: "0521234567"': 'number: "0521234568"',
    'price_valid_for: ["05"]': 'price_valid_for: ["05", "03"]',
    'price_valid_for: ["05"] ': 'price_valid_for: ["052"] ',
    "exempt_topics: [fault, billing, leaving]": "exempt_topics: [billing, leaving]",
    "exempt_topics: [fault, billing": "exempt_topics: [fault",
    "billing, leaving]\n    declined": "billing]\n    declined",
    "declined: [free-ways]": "declined: [free-ways, closed-hours]",
    'appeal_key: "9"': 'appeal_key: "8"',
    'repeat_key: "*"': 'repeat_key: "#"',
    '    repeat_key: "*"\n': "",
    "    paid_line: air-time": "    paid_line: air-time\n    then: [{queue: main}]",
    "price: {prompt: air-time-price": "price: {prompt: free-ways",
    "{tier: nuisance, nuisance: paid}": "{tier: nuisance, nuisance: paid, topic: billing}",
}

MUTATIONS: Final[Mapping[str, Mapping[str, str]]] = {
    "": SAMPLE,
    "senior-manager": COMMON | SENIOR_MANAGER,
    "best-agents": COMMON | TIERS | BEST_AGENTS,
    "attached-agent": COMMON | TIERS | ATTACHED_AGENT,
    "disconnect": COMMON | TIERS | PROCESS | DISCONNECT,
    "paid-line": COMMON | TIERS | PROCESS | PAID_LINE,
}

_FAULTS: Final = "{name: faults, when: {topic: fault}, queue: faults}"
_VIP: Final = "- {tier: vip, when: {granted: golden-beam}}"
_JUST: Final = """\
- tier: senior-required           # before nuisance: a just complaint wins
    when:
      any:
        - {open_case: {complex: true}}
        - {contacts: {about: open-case, at_least: 1, within: 14d}}"""
_NUISANCE: Final = "- {tier: nuisance, when: {nuisance: observed}}"
_HEAVY: Final = "{name: heavy-callers, when: {tier: nuisance}, queue: patience}"

#: Two texts of a policy that change places.
SWAPS: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "": (
        (_VIP, _NUISANCE),
        (_VIP, _JUST),
        (
            "name: heavy-callers\n    when: {tier: nuisance}\n    queue: patience",
            "name: faults\n    when: {topic: fault}\n    queue: faults",
        ),
        ("asterisk: faults", "asterisk: senior"),
    ),
    "senior-manager": (
        (
            f"- {_FAULTS}",
            """\
- name: extreme
    when: {contacts: {at_least: 200, within: month, answered: true}}
    queue: senior-manager
    then:
      - {after: 10m, queue: main}""",
        ),
    ),
    "best-agents": (
        (
            f"- {_FAULTS}",
            """\
- name: many-contacts
    when: {contacts: {at_least: 101, within: month, answered: true}}
    queue: best-agents
    then:
      - {after: 5m, queue: senior}""",
        ),
    ),
    "attached-agent": (
        ("name: attached-dana\n    when: {granted: attached-dana}\n    queue: dana",
         "name: attached-avi\n    when: {granted: attached-avi}\n    queue: avi"),
        ("""\
- name: attached-dana
    when: {granted: attached-dana}
    queue: dana
    then:
      - {after: 5m, queue: senior}""",
         "- {name: golden-beam, when: {tier: vip}, queue: senior, head_start: 20m}"),
    ),
    "disconnect": ((_VIP, _NUISANCE), (_JUST, _NUISANCE), (_FAULTS, _HEAVY)),
    "paid-line": ((_VIP, _NUISANCE), (_JUST, _NUISANCE), (_FAULTS, _HEAVY)),
}  # fmt: skip
