"""`paid_lines:` numbers that their callers pay for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ivr.policy.paid import Method
from ivr.policy.schema.hours import date
from ivr.policy.schema.numbers import KEYS, prefix, subscriber
from ivr.policy.schema.prompts import prompt, spoken
from ivr.policy.schema.values import (
    duration,
    listed,
    matching,
    name,
    named,
    needs,
    table,
    whole,
    without,
    word,
)

if TYPE_CHECKING:
    from ivr.policy.schema.values import Schema

#: The caller agrees before these, and is not told the number.
_CONNECTED: Final = (Method.DIAL, Method.REFER, Method.REDIRECT)
_NEEDED: Final = (
    "number", "price", "price_valid_for", "exempt_topics", "declined", "appeal_key",
)  # fmt: skip
_AGREED: Final = ("consent", "dial", "carrier_bills_caller")


def paid_lines() -> Schema:
    """The section."""
    return named(
        "Numbers that their callers pay for, by name. The charge guard decides for each call "
        "whether a line may be offered.",
        _line(),
    )


def _line() -> Schema:
    return table(
        "A number that its callers pay for.",
        {
            "number": subscriber("A number of your own country.", examples=["0521234567"]),
            "method": word(
                "How the caller comes there, and so who bills him.",
                [each.value for each in Method],
                default=Method.TELL.value,
            ),
            "price": _price(),
            "price_valid_for": listed(
                "What callers' numbers begin with for whom that price is right. Anybody else is "
                "never offered the line.",
                prefix(examples=["05"]),
            ),
            "exempt_topics": listed(
                "Topics that stay free; at least one, and not all. Write those of a fault, a bill "
                "and the end of a contract.",
                name("One of topics."),
            ),
            "declined": spoken(
                "What somebody hears who does not agree, or says nothing: how to write, and how to "
                "appeal."
            ),
            "appeal_key": _key(
                "Files an appeal, which stops the whole process until somebody decides it, and "
                "leads to a person."
            ),
            "repeat_key": _key("Method tell only: the number once more."),
            **_of_connected_lines(),
        },
        _NEEDED,
        allOf=_by_method(),
    )


def _price() -> Schema:
    return table(
        "What it costs, as callers are told.",
        {
            "prompt": prompt("Tells what it costs, and is played to its end."),
            "at_least": duration(
                "How long the prompt lasts; played for less it was not heard.",
                "1s",
                "2m",
                examples=["6s"],
            ),
            "version": name(
                "Yours, and changes with the price: a consent holds for one.", examples=["2026-11"]
            ),
        },
        ["prompt", "at_least"],
    )


def _of_connected_lines() -> dict[str, Schema]:
    return {
        "consent": table(
            "Methods dial, refer and redirect: the question, after the price.",
            {
                "prompt": prompt("Asks."),
                "key": _key("The only yes."),
                "tries": whole("How often it is asked.", 1, 5, default=2),
                "wait": duration("How long a key is waited for.", "3s", "60s", default="8s"),
            },
            ["prompt", "key"],
        ),
        "consent_valid": duration(
            "Method redirect only: how long a consent of an earlier call holds.",
            "1d",
            "90d",
            examples=["30d"],
        ),
        "dial": name(
            "Methods dial, refer and redirect: what calls the very number.",
            examples=["PJSIP/0521234567@TRUNK", "sip:0521234567@HOST"],
        ),
        "carrier_bills_caller": table(
            "Methods dial, refer and redirect: who at the carrier confirmed that it bills the "
            "caller, and when.",
            {
                "confirmed_by": matching("Who confirmed it.", r"\S", "write who confirmed it"),
                "on": date("The date of the confirmation."),
            },
            ["confirmed_by", "on"],
        ),
    }


def _key(description: str) -> Schema:
    return word(description, KEYS)


def _by_method() -> list[Schema]:
    """Keys that say something about some methods only."""
    told = {"properties": {"method": {"enum": [Method.TELL.value]}}}  # also where it is left out
    connected = {**needs(*_AGREED), "properties": {"price": needs("version"), "repeat_key": False}}
    return [
        {"if": told, "then": without(*_AGREED, "consent_valid")},
        _if(_CONNECTED, connected),
        _if((Method.DIAL, Method.REFER), without("consent_valid")),
        _if((Method.REDIRECT,), needs("consent_valid")),
        _if((Method.DIAL,), _dial("^(?!sips?:).*@", "write dial: PJSIP/0521234567@TRUNK")),
        _if(
            (Method.REFER, Method.REDIRECT),
            _dial("^sips?:.*@", "write dial: sip:0521234567@HOST, as the carrier wants it"),
        ),
    ]


def _if(methods: tuple[Method, ...], then: Schema) -> Schema:
    asked = {"method": {"enum": [method.value for method in methods]}}
    return {"if": {**needs("method"), "properties": asked}, "then": then}


def _dial(pattern: str, hint: str) -> Schema:
    return {"properties": {"dial": {"pattern": pattern, "patternErrorMessage": hint}}}
