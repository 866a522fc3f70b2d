"""Whole sessions, byte for byte: what the engine says to Asterisk, and what it makes of answers."""

from __future__ import annotations

from typing import Any

from ivr.asterisk.fastagi import Session
from ivr.asterisk.reading import arrival, ending
from ivr.asterisk.scripts import Scripts
from ivr.engine.reports import Ending
from tests.asterisk.exchange import Exchange, Line
from tests.asterisk.samples import HEADERS
from tests.engine.test_calls import Bench
from tests.engine.test_calls import ending as an_end


def request(script: str = "route", *arguments: str, **headers: str) -> bytes:
    told = {**HEADERS, "agi_network_script": script, **headers}
    told["agi_request"] = f"agi://127.0.0.1:4573/{script}"
    lines = [f"{name}: {value}\n" for name, value in told.items()]
    lines += [f"agi_arg_{place}: {value}\n" for place, value in enumerate(arguments, 1)]
    return "".join([*lines, "\n"]).encode()


class Office:
    """The engine's bench behind a FastAGI port in memory."""

    def __init__(self) -> None:
        self.bench = Bench()
        self.asked: list[str] = []
        scripts = Scripts(self.bench.calls, self.bench.endings, 45, self.asked.append)
        self.exchange = Exchange(scripts)

    def open(self, data: bytes) -> Line:
        line = self.exchange.line()
        line.send(data)
        return line


def told(line: Line) -> str:
    return line.heard[-1].decode()


def test_a_decision_is_one_command_and_done_comes_last() -> None:
    office = Office()
    office.bench.make_vip()
    line = office.open(request())
    [command] = line.heard
    text = command.decode()
    assert text.startswith('EXEC MSet "IVR_ACTION=queue,IVR_QUEUE=senior,QUEUE_PRIO=-')
    assert text.endswith(',CHANNEL(language)=he,IVR_DONE=1"\n')
    for part in ("IVR_TIMEOUT=30", "IVR_MUSIC=calm", "IVR_ANNOUNCE=ivr/for-agents",
                 "IVR_PROMPT=ivr/welcome",
                 "IVR_ANSWER=before", "IVR_TIER=vip", "IVR_ROUTE=vip", "IVR_DIAL=,"):  # fmt: skip
        assert part in text
    line.send(b"200 result=1\n")
    assert line.closes()
    assert office.exchange.notes.failures == []


_TOLD_THEN_QUEUED = "state=1~d~p~5~~x~~~company~regular~~~0~0~~q||first!a||ivr/sorry!q||second"
_TWO_QUEUES = "state=1~d~p~5~~x~~~company~regular~~~0~0~~q|9|first!q||second"


def test_what_a_decision_does_not_say_is_empty_on_the_wire() -> None:
    office = Office()
    where = {"agi_extension": "1800999999", "agi_dnid": "1800999999"}
    number = told(office.open(request(**where)))
    assert number.startswith('EXEC MSet "IVR_ACTION=dial,IVR_QUEUE=,QUEUE_PRIO=-')
    for part in ("IVR_TIMEOUT=,", "IVR_QUEUE_OPTIONS=,", "IVR_MUSIC=,", "IVR_ANNOUNCE=,",
                 "IVR_DIAL=PJSIP/100,", "IVR_PROMPT=,", "IVR_THEN=,", "IVR_ANSWER=no,",
                 "IVR_HANGUPCAUSE=,"):  # fmt: skip
        assert part in number
    refused = told(office.open(request(**where, agi_callerid="anonymous")))
    assert "IVR_ACTION=hangup,IVR_QUEUE=,QUEUE_PRIO=-" in refused
    assert ",IVR_HANGUPCAUSE=21," in refused
    endless = told(office.open(request("next", "status=TIMEOUT", _TWO_QUEUES)))
    assert ",IVR_QUEUE=second," in endless
    assert "IVR_TIMEOUT=,IVR_QUEUE_OPTIONS=,IVR_MUSIC=,IVR_ANNOUNCE=," in endless
    more = told(office.open(request("next", "status=FULL", _TOLD_THEN_QUEUED)))
    assert ",IVR_PROMPT=ivr/sorry,IVR_THEN=1," in more


def test_a_decision_that_asterisk_does_not_take_is_told() -> None:
    office = Office()
    office.bench.make_vip()
    line = office.open(request())
    line.send(b"510 Invalid or unknown command\n")
    assert line.closes()
    assert [script for script, _ in office.exchange.notes.failures] == ["route"]
    assert office.bench.watch.decisions == []


def test_a_menu_renews_the_bound_answers_once_and_takes_a_key() -> None:
    line = Office().open(request())
    assert told(line).startswith('EXEC MSet "TIMEOUT(absolute)=50,CHANNEL(language)=he,')
    line.send(b"200 result=1\n")
    assert told(line) == "EXEC Answer\n"
    line.send(b"200 result=0\n")
    assert told(line) == 'STREAM FILE "ivr/welcome" "0123456789*#"\n'
    line.send(b"200 result=0 endpos=16000\n")
    assert told(line) == 'GET DATA "ivr/topics" "5000" "1"\n'
    line.send(b"200 result= (timeout)\n")
    assert told(line).startswith('EXEC MSet "TIMEOUT(absolute)=55,')
    line.send(b"200 result=1\n")
    assert told(line) == 'GET DATA "ivr/topics-slow" "10000" "1"\n'
    line.send(b"200 result=1\n")
    assert "IVR_QUEUE=faults," in told(line)
    assert told(line).endswith(',IVR_DONE=1"\n')


def in_menu() -> tuple[Office, Line]:
    office = Office()
    line = office.open(request())
    line.send(b"200 result=1\n")
    line.send(b"200 result=0\n")
    line.send(b"200 result=0 endpos=16000\n")
    return office, line


def test_a_key_in_the_greeting_counts_and_a_missing_greeting_is_passed_by() -> None:
    line = Office().open(request())
    line.send(b"200 result=1\n")
    line.send(b"200 result=0\n")
    line.send(b"200 result=49 endpos=800\n")
    assert "IVR_QUEUE=faults," in told(line)
    line = Office().open(request())
    line.send(b"200 result=1\n")
    line.send(b"200 result=0\n")
    line.send(b"200 result=-1 endpos=0\n")
    assert told(line) == "CHANNEL STATUS\n"
    line.send(b"200 result=6\n")
    assert told(line) == 'GET DATA "ivr/topics" "5000" "1"\n'


def test_a_missing_recording_is_told_from_a_hangup_and_leads_to_a_person() -> None:
    _, line = in_menu()
    line.send(b"200 result=-1\n")
    assert told(line) == "CHANNEL STATUS\n"
    line.send(b"200 result=6\n")
    assert "IVR_QUEUE=main," in told(line)


def test_a_hangup_in_the_menu_is_no_failure() -> None:
    for answers in (b"200 result=-1\n200 result=-1\n", b"HANGUP\n200 result=-1\n",
                    b"200 result=-1\n511 Command Not Permitted on a dead channel\n"):  # fmt: skip
        office, line = in_menu()
        for answer in answers.splitlines(keepends=True):
            line.send(answer)
        line.close()
        assert office.bench.watch.left == ["1760000000.1"]
        assert office.exchange.notes.failures == []
        assert "IVR_DONE" not in b"".join(line.heard).decode()


def test_next_goes_on_and_an_unknown_script_is_a_new_call() -> None:
    office = Office()
    office.bench.make_vip()
    first = told(office.open(request()))
    state = first.split("IVR_STATE=")[1].split(",")[0]
    line = office.open(request("next", f"state={state}", "status=TIMEOUT", "waited=30"))
    assert "IVR_QUEUE=faults," in told(line)
    assert "IVR_QUEUE=senior," in told(office.open(request("whatever")))
    assert office.asked == ["route", "next", "whatever"]


def test_what_nothing_is_left_for_gets_no_decision() -> None:
    office = Office()
    line = office.open(request("next", "state=1~d~p~5~~x~~~company~regular~~~0~9~~", "status=FULL"))
    assert line.heard == []
    assert line.closes()


def test_an_end_is_kept_and_then_acknowledged() -> None:
    office = Office()
    state = an_end(office.bench).state
    arguments = (f"state={state}", "linkedid=1.1", "uniqueid=1.1", "system=pbx1", "queue=faults",
                 "agent=%D7%93%D7%A0%D7%94", "hold=5", "talk=60", "by=agent")  # fmt: skip
    line = office.open(request("ended", *arguments))
    assert told(line) == 'EXEC MSet "IVR_DONE=1"\n'
    contact = office.bench.watch.contacts[0][0]
    assert (contact.agent, contact.hold, contact.talk) == ("דנה", 5, 60)


def read(*arguments: str, **headers: str) -> Any:
    read: list[Session] = []

    async def keep(session: Session) -> None:
        read.append(session)

    Exchange(keep).line().send(request("route", *arguments, **headers))
    return read[0].request


def test_arguments_may_be_missing_unknown_and_in_any_order() -> None:
    plain = arrival(read())
    assert (plain.linked_id, plain.dialled, plain.first) == ("1760000000.1", "1800123456", 0)
    full = arrival(read("waited=7", "colour=blue", "first=12", "state=x", "dialled=*611",
                        "linkedid=5.5", "nonsense", "pres=prohib"))  # fmt: skip
    assert (full.waited, full.first, full.state, full.dialled) == (7, 12, "x", "*611")
    assert (full.linked_id, full.presentation) == ("5.5", "prohib")
    assert not full.is_own_channel


def test_each_argument_of_a_call_is_read_and_goes_before_its_header() -> None:
    told = {"system": "pbx1", "pres": "prohib", "privacy": "id", "dialled": "*611",
            "rdnis": "031234567", "attest": "C", "verify": "failed", "status": "FULL"}  # fmt: skip
    call = arrival(read(*(f"{name}={value}" for name, value in told.items()), agi_rdnis="unknown"))
    assert (call.system, call.presentation, call.privacy) == ("pbx1", "prohib", "id")
    assert (call.dialled, call.extension, call.rdnis) == ("*611", "1800123456", "031234567")
    assert (call.attest, call.verify, call.status) == ("C", "failed", "FULL")
    bare = arrival(read(agi_rdnis="031234567", agi_callingpres="32"))
    assert (bare.rdnis, bare.presentation) == ("031234567", "32")


def test_numbers_that_are_none_are_untold() -> None:
    end = ending(read("hold=-1", "talk=abc", "first=" + "9" * 40))
    assert end == Ending("", queue="", hold=None, talk=None)


def test_a_ticket_passes_as_an_argument_unchanged() -> None:
    bench = Bench()
    state = an_end(bench).state
    assert arrival(read(f"state={state}")).state == state
