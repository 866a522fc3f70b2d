"""`paid_lines:` numbers that their callers pay for, and what must be so before that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ivr.callers.numbers import parse_number
from ivr.policy.forbidden import numbers_in
from ivr.policy.paid import CarrierBills, Method, PaidLine
from ivr.policy.reading import values
from ivr.policy.reading.fields import Fields
from ivr.policy.reading.hours import read_date
from ivr.policy.reading.names import Names
from ivr.policy.reading.nodes import Items, Scalar
from ivr.policy.reading.numbers import read_prefix, read_subscriber, told
from ivr.policy.reading.targets import is_free_to_call, read_spoken

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ivr.policy.model import Entrypoint, Spoken
    from ivr.policy.problems import Report
    from ivr.policy.reading.nodes import Node
    from ivr.policy.reading.scope import Base

_KEYS: Final = (
    "number", "method", "price", "price_valid_for", "consent", "consent_valid", "exempt_topics",
    "declined", "appeal_key", "repeat_key", "dial", "carrier_bills_caller",
)  # fmt: skip
_PRICE: Final = ("prompt", "at_least", "version")
_CONSENT: Final = ("prompt", "key", "tries", "wait")
_BILLS: Final = ("confirmed_by", "on")

#: "0" asks for a person in every menu, and means nothing else here either.
_PHONE: Final = tuple("123456789*#")
_METHODS: Final = tuple(method.value for method in Method)
_DAY: Final = 86_400
_TRIES: Final = 2
_WAIT: Final = 8  # seconds

#: Keys that say something about some methods only, and those methods.
_ONLY: Final[Mapping[str, tuple[Method, ...]]] = {
    "consent": (Method.DIAL, Method.REFER, Method.REDIRECT),
    "consent_valid": (Method.REDIRECT,),
    "repeat_key": (Method.TELL,),
    "dial": (Method.DIAL, Method.REFER, Method.REDIRECT),
    "carrier_bills_caller": (Method.DIAL, Method.REFER, Method.REDIRECT),
}
_DIAL_EXAMPLES: Final = {
    Method.DIAL: "write dial: PJSIP/0521234567@TRUNK",
    Method.REFER: "write dial: sip:0521234567@HOST, as the carrier wants it",
    Method.REDIRECT: "write dial: sip:0521234567@HOST, as the carrier wants it",
}
_PRICE_EXAMPLE: Final = 'write price: {prompt: NAME, at_least: 6s, version: "2026-11"}'
_CONSENT_EXAMPLE: Final = 'write consent: {prompt: NAME, key: "1"}'
_BILLS_EXAMPLE: Final = 'write {confirmed_by: NAME, on: "2026-11-01"}, once the carrier has said so'


def read_paid_lines(
    nodes: Mapping[str, Node], complete: bool, doors: Names[Entrypoint], base: Base
) -> Names[PaidLine]:
    """All paid lines."""
    lines = {name: _Reader(name, node, doors, base).line() for name, node in nodes.items()}
    return Names("paid line", "paid_lines", lines, complete)


class _Reader:
    """One paid line, key by key."""

    def __init__(self, name: str, node: Node, doors: Names[Entrypoint], base: Base) -> None:
        self._name, self._doors, self._base = name, doors, base
        self._report: Report = base.report
        self._before = len(base.report)
        what = f"the paid line {values.shown(name)}"
        self._fields = Fields(node, what, _KEYS, base.report)
        self._place = node.place
        self._is_method_known = True

    def line(self) -> PaidLine | None:
        """The line; None if anything in it is wrong."""
        method = self._method()
        number = self._number()
        price, seconds, version = self._price(method)
        consent, key, tries, wait = self._consent(method)
        line = PaidLine(
            name=self._name,
            number=number,
            told=told(number) if number else "",
            method=method,
            price=price,
            price_seconds=seconds,
            price_version=version,
            valid_for=self._valid_for(),
            exempt_topics=self._exempt_topics(),
            declined=self._declined(),
            place=self._place,
            consent=consent,
            consent_key=key,
            tries=tries,
            wait=wait,
            appeal_key=self._appeal_key(),
            repeat_key=self._key("repeat_key"),
            dial=self._dial(method, number),
            consent_days=self._consent_days(method),
            carrier_bills_caller=self._carrier_bills(method),
        )
        self._check_methods_own(method)
        self._check_keys_apart(line)
        return line if self._fields.is_table and len(self._report) == self._before else None

    def _method(self) -> Method:
        node = self._fields.get("method")
        found = values.one_of(node, "the method", _METHODS, self._report) if node else None
        self._is_method_known = node is None or found is not None
        return Method(found) if found else Method.TELL

    def _number(self) -> str:
        node = self._fields.need("number", 'write number: "0521234567"')
        if node is None:
            return ""
        region = self._base.settings.region
        number = read_subscriber(node, "the number", region, self._report)
        if number and is_free_to_call(node, number, self._doors, self._base):
            return number
        return ""

    def _price(self, method: Method) -> tuple[str, int, str]:
        """The prompt, the seconds that it lasts at least, and its version.

        A price that is told with the number is never agreed to: it needs no version.
        """
        node = self._fields.need("price", _PRICE_EXAMPLE)
        if node is None:
            return "", 0, ""
        fields = Fields(node, "'price'", _PRICE, self._report)
        prompt = fields.need("prompt", _PRICE_EXAMPLE)
        seconds = fields.need("at_least", _PRICE_EXAMPLE)
        version = fields.get("version")
        if method is not Method.TELL:
            version = fields.need("version", _PRICE_EXAMPLE)
        least = seconds and values.duration(seconds, "'at_least'", "1s", "2m", self._report)
        return (
            self._prompt(prompt),
            least or 0,
            (values.name(version, "the version", self._report) if version else None) or "",
        )

    def _consent(self, method: Method) -> tuple[str, str, int, int]:
        """The prompt, the key, how often it is asked, and the seconds that a key is waited for."""
        tries, wait = _TRIES, _WAIT
        node = self._fields.get("consent")
        if method is not Method.TELL:
            node = self._fields.need("consent", _CONSENT_EXAMPLE)
        if node is None:
            return "", "", tries, wait
        fields = Fields(node, "'consent'", _CONSENT, self._report)
        prompt = self._prompt(fields.need("prompt", _CONSENT_EXAMPLE))
        key = self._pressed(fields.need("key", _CONSENT_EXAMPLE), "the consent key")
        written, waited = fields.get("tries"), fields.get("wait")
        if written:
            tries = values.whole(written, "'tries'", 1, 5, self._report) or tries
        if waited:
            wait = values.duration(waited, "'wait'", "3s", "60s", self._report) or wait
        return prompt, key, tries, wait

    def _prompt(self, node: Node | None) -> str:
        """A prompt with words in every language: nobody agrees to what he did not understand."""
        found = self._base.prompts.find(node, self._report) if node else None
        prompt = self._base.prompts.names.values.get(found or "")
        languages = self._base.settings.languages.values
        lacking = [each for each in languages if prompt and not prompt.texts.get(each)]
        if node is not None and lacking:
            wrong = f"the prompt {values.shown(found or '')} has no words in {lacking[0]}"
            self._report.add(node.place, wrong, "add them under 'prompts', and record them")
        return found or ""

    def _valid_for(self) -> tuple[str, ...]:
        node = self._fields.need("price_valid_for", 'write price_valid_for: ["05"]')
        region = self._base.settings.region
        found = [
            read_prefix(item, region, self._report)
            for item in (values.listed(node, "'price_valid_for'", self._report) if node else ())
        ]
        return tuple(sorted(each for each in found if each is not None))

    def _exempt_topics(self) -> frozenset[str]:
        """Must be written: only the operator knows which topics are faults, bills, endings."""
        topics = self._base.settings.topics
        instead = "write exempt_topics: [...]: those of faults, billing and ending a contract"
        node = self._fields.need("exempt_topics", instead)
        if node is None:
            return frozenset()
        if isinstance(node, Items) and not node.items:
            self._report.add(node.place, "no topic is exempt", instead)
            return frozenset()
        found = topics.find_all(node, self._report) or frozenset()
        if found and topics.complete and found == set(topics.values):
            wrong = "every topic is exempt: nobody would ever be offered this line"
            self._report.add(node.place, wrong, "take a topic out, or take the paid line out")
        return found

    def _declined(self) -> Spoken:
        instead = "write declined: [PROMPT], which tells how to write to you and how to appeal"
        node = self._fields.need("declined", instead)
        return read_spoken(node, "'declined'", self._base) if node else ()

    def _appeal_key(self) -> str:
        self._fields.need("appeal_key", 'write appeal_key: "9": whoever is asked to pay may object')
        return self._key("appeal_key")

    def _key(self, key: str) -> str:
        return self._pressed(self._fields.get(key), f"'{key}'")

    def _pressed(self, node: Node | None, what: str) -> str:
        hint = "write one of 1 to 9, * and # (0 asks for a person everywhere)"
        found = values.one_of(node, what, _PHONE, self._report, hint) if node else None
        return found or ""

    def _dial(self, method: Method, number: str) -> str:
        """What Dial() or Transfer() is given; it calls the very number whose price is told."""
        if method is Method.TELL:
            return ""
        node = self._fields.need("dial", _DIAL_EXAMPLES[method])
        written = values.name(node, "'dial'", self._report) if node else None
        if node is None or written is None:
            return ""
        is_uri = written.startswith(("sip:", "sips:"))
        if is_uri is (method is Method.DIAL) or "@" not in written:
            wrong = f"{values.shown(written)} is nothing that the method {method} can reach"
            self._report.add(node.place, wrong, _DIAL_EXAMPLES[method])
        elif number and not self._calls_only(number, written):
            wrong = f"{values.shown(written)} calls another number than the one that is told"
            self._report.add(node.place, wrong, f"write the number {told(number)} in it")
        return written

    def _calls_only(self, number: str, dial: str) -> bool:
        region = self._base.settings.region
        return {parse_number(each, region) for each in numbers_in(dial)} == {number}

    def _consent_days(self, method: Method) -> int:
        instead = "write consent_valid: 30d: how long a consent of an earlier call holds"
        node = self._fields.get("consent_valid")
        if method is Method.REDIRECT:
            node = self._fields.need("consent_valid", instead)
        found = values.duration(node, "'consent_valid'", "1d", "90d", self._report) if node else 0
        return (found or 0) // _DAY

    def _carrier_bills(self, method: Method) -> CarrierBills | None:
        if method is Method.TELL:
            return None
        node = self._fields.get("carrier_bills_caller")
        if node is None:
            wrong = f"nobody confirmed that the carrier bills the caller for the method {method}"
            instead = f"carrier_bills_caller: {_BILLS_EXAMPLE.removeprefix('write ')}"
            if self._fields.is_table:
                self._report.add(self._place, wrong, f"write {instead}; or method: tell")
            return None
        fields = Fields(node, "'carrier_bills_caller'", _BILLS, self._report)
        who, on = fields.need("confirmed_by", _BILLS_EXAMPLE), fields.need("on", _BILLS_EXAMPLE)
        name = values.text(who, "'confirmed_by'", self._report) if who else None
        if who is not None and name is not None and not name.strip():
            self._report.add(who.place, "'confirmed_by' is empty", "write who confirmed it")
        day = read_date(on, self._report) if isinstance(on, Scalar) else None
        if on is not None and not isinstance(on, Scalar):
            values.wrong_type(on, "'on'", 'a date: "2026-11-01"', self._report)
        return CarrierBills(name, day) if name and day else None

    def _check_methods_own(self, method: Method) -> None:
        for key in self._fields.present(_ONLY):
            if self._is_method_known and method not in _ONLY[key]:
                wrong = f"'{key}' says nothing about the method {method}"
                self._report.add(self._fields.at(key), wrong, "take it out, or change 'method'")

    def _check_keys_apart(self, line: PaidLine) -> None:
        written = {
            "the consent key": line.consent_key,
            "'appeal_key'": line.appeal_key,
            "'repeat_key'": line.repeat_key,
        }
        seen: dict[str, str] = {}
        for what, key in written.items():
            if key and key in seen:
                wrong = f"{what} is {key}, and so is {seen[key]}"
                self._report.add(self._place, wrong, "give each a key of its own")
            seen.setdefault(key, what)
