"""A paid call, byte for byte: the price without escape digits, the key, the move, and failures."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ivr.asterisk.scripts import Scripts
from ivr.policy.paid import Method, PaidLine
from tests.asterisk.exchange import Exchange, Line
from tests.asterisk.test_scripts import request, told
from tests.engine.doubles import PaidStore
from tests.engine.test_calls import Bench
from tests.routing.paid import CHARGEABLE, LINE, NOON, line, paid_policy

HEARD = b"200 result=0 endpos=48000\n"


class PaidOffice:
    """A caller at the last stage, behind a FastAGI port in memory."""

    def __init__(self, offered: PaidLine = LINE) -> None:
        self.store = PaidStore(CHARGEABLE)
        self.bench = Bench(self.store, paid_policy(offered))
        scripts = Scripts(self.bench.calls, self.bench.endings, 45, lambda script: None)
        self.exchange = Exchange(scripts)

    def priced(self, *arguments: str) -> Line:
        """The call up to the price, which is being played."""
        call = self.exchange.line()
        call.send(request("route", *arguments))
        for answer in (b"200 result=1\n", b"200 result=0\n", b"200 result=0 endpos=16000\n"):
            call.send(answer)
        assert told(call) == 'GET DATA "ivr/topics" "5000" "1"\n'
        call.send(b"200 result=2\n")
        assert told(call).startswith('EXEC MSet "TIMEOUT(absolute)=45,')
        call.send(b"200 result=1\n")
        return call

    def asked(self) -> Line:
        """The call up to the question."""
        call = self.priced()
        call.send(HEARD)
        assert told(call).startswith('EXEC MSet "TIMEOUT(absolute)=53,')
        call.send(b"200 result=1\n")
        return call


def free(call: Line) -> None:
    assert "IVR_ACTION=queue,IVR_QUEUE=patience," in told(call)
    assert "IVR_PAID_LINE=,IVR_PAID_METHOD=,IVR_CONSENT=," in told(call)
    assert told(call).endswith(',IVR_DONE=1"\n')


def test_a_paid_call_from_the_price_to_the_move() -> None:
    office = PaidOffice()
    call = office.priced()
    assert told(call) == 'STREAM FILE "ivr/what-it-costs" ""\n'
    call.send(HEARD)
    assert told(call).startswith('EXEC MSet "TIMEOUT(absolute)=53,')
    call.send(b"200 result=1\n")
    assert told(call) == 'GET DATA "ivr/press-five" "8000" "1"\n'
    call.send(b"200 result=5\n")
    text = told(call)
    priority = 1_704_067_200 - int(NOON)
    assert text.startswith(f'EXEC MSet "IVR_ACTION=paid,IVR_QUEUE=,QUEUE_PRIO={priority},')
    for part in ("IVR_DIAL=PJSIP/0529999999@trunk", "IVR_PAID_LINE=air-time",
                 "IVR_PAID_METHOD=dial", "IVR_CONSENT=d1", "IVR_ANSWER=before",
                 "IVR_ROUTE=paid", "IVR_PROMPT=,"):  # fmt: skip
        assert part in text
    assert text.endswith(',IVR_DONE=1"\n')
    call.send(b"200 result=1\n")
    assert call.closes()
    assert b"".join(call.heard).count(b"EXEC Answer") == 1
    assert [consent.key for _, consent in office.store.consents] == ["5"]


@pytest.mark.parametrize(
    "reply",
    [
        b"200 result=0 endpos=47999\n",
        b"200 result=0 endpos=0\n",
        b"200 result=0\n",
        b"200 result=53 endpos=48000\n",
    ],
    ids=["a sample short", "nothing", "untold", "a key came through"],
)
def test_a_price_that_did_not_come_to_its_end_is_not_asked_about(reply: bytes) -> None:
    office = PaidOffice()
    call = office.priced()
    call.send(reply)
    free(call)
    assert office.store.consents == []


@pytest.mark.parametrize("reply", [b"200 result=-1 endpos=0\n", b"510 Invalid\n"])
def test_a_price_that_is_missing_makes_the_call_free(reply: bytes) -> None:
    call = PaidOffice().priced()
    call.send(reply)
    assert told(call) == "CHANNEL STATUS\n"
    call.send(b"200 result=6\n")
    free(call)


def test_a_question_that_is_missing_makes_the_call_free() -> None:
    office = PaidOffice()
    call = office.asked()
    call.send(b"200 result=-1\n")
    assert told(call) == "CHANNEL STATUS\n"
    call.send(b"200 result=6\n")
    free(call)
    assert office.store.consents == []


@pytest.mark.parametrize("before", ["priced", "asked"])
def test_who_hangs_up_is_charged_nothing(before: str) -> None:
    office = PaidOffice()
    call = office.priced() if before == "priced" else office.asked()
    call.send(b"HANGUP\n200 result=-1\n")
    call.send(b"511 Command Not Permitted on a dead channel\n")
    call.close()
    assert office.store.consents == []
    assert office.bench.watch.left == ["1760000000.1"]
    assert b"IVR_ACTION" not in b"".join(call.heard)


def test_silence_and_a_wrong_key_lead_to_the_free_ways() -> None:
    office = PaidOffice()
    call = office.asked()
    call.send(b"200 result= (timeout)\n")
    call.send(b"200 result=1\n")
    assert told(call) == 'GET DATA "ivr/press-five" "8000" "1"\n'
    call.send(b"200 result=1\n")
    call.send(b"200 result=1\n")
    assert told(call) == 'GET DATA "ivr/free-ways" "8000" "1"\n'
    call.send(b"200 result= (timeout)\n")
    assert "IVR_ACTION=hangup," in told(call)
    assert ",IVR_HANGUPCAUSE=16," in told(call)
    assert office.store.consents == []


def test_a_number_is_told_digit_by_digit_and_none_may_be_missing() -> None:
    offered = line(Method.TELL, told="052")
    call = PaidOffice(offered).priced()
    call.send(HEARD)
    call.send(b"200 result=1\n")
    for digit in "05205":
        assert told(call) == f'STREAM FILE "digits/{digit}" "0123456789*#"\n'
        call.send(b"200 result=0 endpos=4000\n")
    assert told(call) == 'GET DATA "digits/2" "8000" "1"\n'
    call.send(b"200 result= (timeout)\n")
    call.send(b"200 result=1\n")
    assert told(call) == 'GET DATA "ivr/free-ways" "8000" "1"\n'
    missing = PaidOffice(offered).priced()
    missing.send(HEARD)
    missing.send(b"200 result=1\n")
    missing.send(b"200 result=0 endpos=4000\n")
    assert told(missing) == 'STREAM FILE "digits/5" "0123456789*#"\n'
    missing.send(b"200 result=-1 endpos=0\n")
    assert told(missing) == "CHANNEL STATUS\n"
    missing.send(b"200 result=6\n")
    free(missing)


def test_a_busy_line_leads_to_the_free_queue() -> None:
    office = PaidOffice()
    call = office.asked()
    call.send(b"200 result=5\n")
    moved = told(call)
    state = moved.split("IVR_STATE=")[1].split(",")[0]
    following = office.exchange.line()
    following.send(request("next", f"state={state}", "status=BUSY", "waited=3"))
    free(following)
    priority = moved.split("QUEUE_PRIO=")[1].split(",")[0]
    assert f"QUEUE_PRIO={priority}," in told(following)


def test_a_redirect_by_an_earlier_consent_answers_nothing() -> None:
    office = PaidOffice(line(Method.REDIRECT))
    first = office.asked()
    first.send(b"200 result=5\n")
    free(first)
    [(_, consent)] = office.store.consents
    caller = replace(CHARGEABLE, consents=(replace(consent, at=NOON - 60),))
    office.store.caller = office.store.fresh = caller
    call = office.exchange.line()
    call.send(request())
    [command] = call.heard
    text = command.decode()
    for part in ("IVR_ACTION=paid,", "IVR_PAID_METHOD=redirect,IVR_CONSENT=d1,", "IVR_ANSWER=no,"):
        assert part in text
