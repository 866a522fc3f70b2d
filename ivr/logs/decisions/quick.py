"""Lines of decisions in a fraction of the time: most are alike but for who called, and when.

What decisions have in common (the rules, what these saw, where the call goes) is their shape. It is
formed and packed once; then each decision only writes what is its own between. That goes into the
packed path as it is: a zlib stream may have stored blocks between its deflated ones. What comes of
it is what `lines.line_of` writes of the whole form, to every reader.
"""

from __future__ import annotations

import base64
import struct
import zlib
from dataclasses import dataclass
from json.encoder import encode_basestring_ascii as quoted
from typing import TYPE_CHECKING, Final, assert_never

from ivr.logs.alike import alike
from ivr.logs.decisions.form import VERSION, as_json, forwarder
from ivr.logs.decisions.lines import LEVEL, PACKED, dumped, line_of
from ivr.logs.decisions.moments import local
from ivr.logs.lately import Lately
from ivr.logs.masking import WITHHELD, masked, may_hold
from ivr.routing.steps import Agree, Appeal, Ask, GaveUp, Go, LetGo, NewCall, Price, PriceHeard

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Sequence
    from zoneinfo import ZoneInfo

    from ivr.callers.caller import Instant
    from ivr.engine.interfaces import Decided
    from ivr.routing.steps import Event, Judged, Turn

#: Rules of the shapes that are held: some 20 MB.
_MOST: Final = 20_000
#: How a flushed block ends: the length of an empty stored block, and its complement.
_EMPTY: Final = b"\x00\x00\xff\xff"


@dataclass(frozen=True, slots=True)
class _Shape:
    """`head` is of what stands in clear. `texts` are the path around what is a decision's own, and
    `packed` the same deflated, each but the last with a stored block begun.

    `traces` are held for their identities' sake (`alike`).
    """

    head: str
    texts: tuple[str, ...]
    packed: tuple[bytes, ...]
    traces: tuple[Sequence[Judged], ...]


class QuickLines:
    """Makes lines of decisions, for one thread; `mask` masks numbers, with `key` by aliases."""

    def __init__(self, *, mask: bool, key: bytes = b"") -> None:
        self._mask = mask
        self._key = key
        self._shapes: Lately[_Shape] = Lately(_MOST)

    def line_of(self, decided: Decided, at: Instant, zone: ZoneInfo) -> bytes:
        """The line of a decision that was made at `at`, whose local times are those of `zone`."""
        own = [text for turn in decided.path for text in _own(turn, zone)]
        shape = self._shape(decided, own, at, zone)
        numbers = [decided.ticket.number or WITHHELD, *forwarder(decided.path).values()]
        head = self._head(decided, shape, numbers, at, zone)
        path = _between(shape.texts, own)
        if self._mask and may_hold(head + path, numbers):  # hardly ever
            form = as_json(decided, at, zone, mask=False)
            return line_of(form, mask=True, key=self._key)
        packed = base64.b64encode(_packed(shape, own, path)).decode("ascii")
        return f'{head},"{PACKED}":"{packed}"}}\n'.encode("ascii")

    def _shape(self, decided: Decided, own: list[str], at: Instant, zone: ZoneInfo) -> _Shape:
        key = _shape_key(decided)
        shape = self._shapes.get(key)
        if shape is None:
            shape = _formed(decided, own, at, zone)
            self._shapes.put(key, shape, 1 + sum(map(len, shape.traces)))
        return shape

    def _head(
        self, decided: Decided, shape: _Shape, numbers: list[str], at: Instant, zone: ZoneInfo
    ) -> str:
        """What stands in clear, but for the end."""
        number, *forwarders = (
            [masked(each, self._key) for each in numbers] if self._mask else numbers
        )
        forwarded = f',"forwarded_by":{quoted(forwarders[0])}' if forwarders else ""
        return (
            f'{{"version":{VERSION},"decision":{quoted(decided.ticket.decision)},'
            f'"linkedid":{quoted(decided.linked_id)},'
            f'"script":"{"next" if decided.again else "route"}","at":{round(at, 3)!r},'
            f'"time":"{local(at, zone)}","number":{quoted(number)}{forwarded},{shape.head},'
            f'"ms":{round(decided.busy * 1000, 3)!r},"plays":{decided.plays}'
        )


# --- what is a decision's own --------------------------------------------------------------------


def _own(turn: Turn, zone: ZoneInfo) -> Iterator[str]:
    """What a turn tells that hardly two calls share, as it stands in its JSON, in order."""
    event, step = turn.event, turn.step
    if isinstance(event, NewCall):
        yield f'"first":{event.first},"began":"{local(event.first, zone)}"'
    elif isinstance(event, GaveUp):
        yield f'"waited":{event.waited}'
    elif isinstance(event, PriceHeard):
        yield f'"seconds":{round(event.seconds, 3)!r}'
    if isinstance(step, Go) and step.post is not None:
        head_start, first = step.ticket.head_start, step.ticket.first
        yield (
            f'"priority":{step.priority},"head_start":{head_start},'
            f'"since":"{local(first - head_start, zone)}"'
        )
    if isinstance(step, Go) and step.paid is not None:
        yield f'"consent":{quoted(step.paid.consent)}'


# --- what decisions share --------------------------------------------------------------------


def _shape_key(decided: Decided) -> Hashable:
    """What is equal for decisions of one shape: all that they tell, but for what is their own."""
    ticket = decided.ticket
    return (
        ticket.dialled, ticket.entrypoint, ticket.language, ticket.topic, ticket.tier,
        ticket.route, ticket.policy, decided.degraded, *map(_turn_key, decided.path),
    )  # fmt: skip


def _turn_key(turn: Turn) -> Hashable:
    return _event_key(turn.event), alike(turn.trace), _step_key(turn)


def _event_key(event: Event) -> Hashable:
    match event:
        case NewCall():
            return NewCall, event.caller is None, event.earlier is None, event.doubtful
        case GaveUp():
            return GaveUp, event.status
        case PriceHeard():
            return PriceHeard, event.to_its_end
        case _:
            return event


def _step_key(turn: Turn) -> Hashable:
    step = turn.step
    match step:
        case Go():
            paid = step.paid and (step.paid.line, step.paid.method)
            return (
                Go, step.action, step.answer, step.sounds, step.timeout, step.post, step.dial,
                step.cause, paid, step.ticket.hops, step.ticket.taken,
            )  # fmt: skip
        case Ask():
            return Ask, turn.phase, turn.menu, step.sounds, step.wait
        case Price():
            return Price, step.sound
        case Agree():
            return Agree, step.line.name, step.consent.key
        case LetGo():
            return LetGo, step.reason
        case Appeal():
            return (Appeal,)
        case _:
            assert_never(step)


def _formed(decided: Decided, own: list[str], at: Instant, zone: ZoneInfo) -> _Shape:
    """The shape of a decision: its form without what is its own."""
    form = as_json(decided, at, zone, mask=False)
    texts = _around(dumped(form.pop("path")), own)
    head = dumped(form)
    head = head[head.index('"dialled":') : head.index(',"ms":')]
    return _Shape(head, texts, _deflated(texts), tuple(turn.trace for turn in decided.path))


def _around(path: str, own: list[str]) -> tuple[str, ...]:
    texts = []
    for each in own:
        text, _, path = path.partition(each)
        texts.append(text)
    return (*texts, path)


def _between(texts: tuple[str, ...], own: list[str]) -> str:
    """The whole path."""
    parts = [""] * (len(texts) + len(own))
    parts[::2], parts[1::2] = texts, own
    return "".join(parts)


def _deflated(texts: tuple[str, ...]) -> tuple[bytes, ...]:
    """Each text so that anything can stand before it: none refers to what is not its own."""
    deflate = zlib.compressobj(LEVEL)
    *begun, last = texts
    parts = [
        deflate.compress(text.encode("ascii")) + deflate.flush(zlib.Z_FULL_FLUSH) for text in begun
    ]
    end = deflate.compress(last.encode("ascii")) + deflate.flush()
    return (*(part.removesuffix(_EMPTY) for part in parts), end[:-4])  # the checksum is another one


def _packed(shape: _Shape, own: list[str], path: str) -> bytes:
    """The path as a zlib stream."""
    parts = [shape.packed[0]]
    for each, part in zip(own, shape.packed[1:], strict=True):
        size = len(each)
        parts += struct.pack("<HH", size, size ^ 0xFFFF), each.encode("ascii"), part
    parts.append(struct.pack(">I", zlib.adler32(path.encode("ascii"))))
    return b"".join(parts)
