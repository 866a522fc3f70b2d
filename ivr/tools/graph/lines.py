"""Paid lines: what a caller hears and presses, and what follows whatever he does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ivr.policy.paid import Method
from ivr.policy.words import span
from ivr.tools.graph import wording
from ivr.tools.graph.cards import GAP, Line, card, headed, panel, small
from ivr.tools.graph.metrics import Style
from ivr.tools.graph.scene import PAD, Box, Kind
from ivr.tools.texts import count

if TYPE_CHECKING:
    from ivr.policy.model import Policy
    from ivr.policy.paid import PaidLine
    from ivr.tools.graph.scene import Scene

#: Paid lines that stand beside each other.
_ABREAST: Final = 2

_HOW: Final = {
    Method.TELL: "the number is told; the caller dials it himself, or not",
    Method.DIAL: "dialled from here",
    Method.REFER: "handed on to the carrier (REFER)",
    Method.REDIRECT: "redirected by the carrier (302), from the next call on",
}


def paid_lines(scene: Scene, policy: Policy, x: float, y: float, room: float) -> Box:
    """The panel of the paid lines."""
    note = (
        "Only whom the charge guard lets through is offered one; all others go on by the next "
        "route, free. Whoever presses 0, or does not hear the price to its end, does too."
    )
    top, texts = headed(x, y, room, "Paid lines", note)
    wide = (room - 2 * PAD - GAP) / _ABREAST
    bottom = top
    for number, line in enumerate(policy.paid_lines.values()):
        if number % _ABREAST == 0 and number:
            top = bottom + GAP
        left = x + PAD + number % _ABREAST * (wide + GAP)
        box = _line(policy, line, left, top, wide)
        scene.boxes.append(box)
        bottom = max(bottom, box.bottom)
    return panel(scene, "paid lines", x, y, room, bottom, texts)


def _line(policy: Policy, line: PaidLine, x: float, y: float, room: float) -> Box:
    lines = [Line(f"{line.name}  {line.number}", Style.NAME), *_lines(policy, line)]
    title = f"paid line {line.name} ({wording.where(line.place)})"
    return card(f"paid line {line.name}", Kind.PAID, x, y, room, lines, title)


def _lines(policy: Policy, line: PaidLine) -> list[Line]:
    heard = f"price: {line.price}, at least {span(line.price_seconds)}"
    return [
        small(f"{line.method}: {_HOW[line.method]}"),
        Line(heard),
        Line(wording.words_of(policy, (line.price,)), most=2),
        *(Line(each, most=2) for each in outcomes(line)),
        small(f"always free: {', '.join(sorted(line.exempt_topics))}"),
        small(f"the price holds for callers from {', '.join(line.valid_for)}", most=2),
    ]


def outcomes(line: PaidLine) -> list[str]:
    """What follows each thing that a caller does, in the words of the policy."""
    told = line.method is Method.TELL
    declined = wording.spoken(line.declined)
    end = f"hears {declined}, and the call ends" if declined else "goes on by the free way"
    found = [] if told else [f"{line.consent} asks, {count(line.tries, 'time')}:"]
    if told:
        found.append(f"number told: the route's next step, or {end}")
    else:
        found.append(f"key {line.consent_key} agrees: {_HOW[line.method]}")
        found.append(f"declined: {end}")
        found.append("unanswered: the route's next step, or the free way")
    if line.appeal_key:
        found.append(f"key {line.appeal_key} appeals: a person, and the process stops")
    if line.repeat_key:
        found.append(f"key {line.repeat_key}: the number again")
    return found
