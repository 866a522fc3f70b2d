"""Prompts: that all of them exist, that placeholders speak, and that nothing of yours is lost."""

from __future__ import annotations

import csv
import io
import os
import re
import shutil
import stat
import subprocess
import wave
from array import array
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner

from ivr.policy.loader import open_policy
from ivr.policy.model import (
    Calendar,
    Choice,
    Entrypoint,
    Menu,
    Opening,
    Pays,
    Place,
    Policy,
    Prompt,
    Queue,
    Route,
    Stage,
    ToAnnouncement,
    ToQueue,
)
from ivr.policy.when import AllOf
from ivr.routing.spoken import BLOCKS, DIGITS
from ivr.tools import prompts as tool
from ivr.tools.prompts import Built, build, missing
from ivr.tools.recordings import DIALPLAN, Recording, played, recordings, wordless
from ivr.tools.speech import SpeechError, speak

ROOT = Path(__file__).parents[2]
HERE = Place("routes.yaml", 1, 1)
ISRAEL = ZoneInfo("Asia/Jerusalem")
CALENDAR = Calendar("service", ISRAEL, ((),) * 7)
MAIN = Queue("main", "main", announce="agent-main")
RATE = 8000

#: The phonemes that routes/prompts.yaml writes; espeak-ng's `he` voice has each of them.
HEBREW_SOUNDS = re.compile(r"(?:ts|[aeioubdfghjklmnpstvzRSX?])*")


def shipped() -> Policy:
    found = open_policy(ROOT / "routes")
    assert isinstance(found, Policy), str(found)
    return found


def manifest() -> dict[str, Prompt]:
    return dict(shipped().prompts)


def policy(prompts: dict[str, Prompt], languages: tuple[str, ...] = ("he", "en")) -> Policy:
    """A door with a greeting and a menu, a queue that tells its agents, a closed hour."""
    menu = Menu("topics", "topics", "topics-slow", {}, Choice(person=True), HERE)
    door = Entrypoint("support", Pays.COMPANY, ("1800",), "he", "welcome", "topics", None, HERE)
    closed = ToAnnouncement(("closed-hours", Opening(CALENDAR), "quiet-hours"))
    always = AllOf((), HERE)
    return Policy(
        hash="",
        zone=ISRAEL,
        region="IL",
        languages=languages,
        topics=(),
        grants=(),
        calendars={"service": CALENDAR},
        queues={"main": MAIN},
        entrypoints={"support": door},
        menus={"topics": menu},
        prompts=prompts,
        tiers=(),
        routes=(
            Route("closed", always, (Stage(closed),), HERE),
            Route("everyone", always, (Stage(ToQueue(MAIN)),), HERE),
        ),
    )


def whole() -> Policy:
    agent = Prompt("agent-main", {"he": "שיחה", "en": "A call."}, {"he": "[[siX'a]]"})
    return policy({**manifest(), "agent-main": agent})


def small(**prompts: Prompt) -> Policy:
    """A policy that plays nothing but the dialplan's own, with prompts of the test's."""
    own = {name: prompt for name, prompt in manifest().items() if name in (*DIALPLAN, *DIGITS)}
    bare = policy({**own, **prompts})
    return replace(bare, queues={}, entrypoints={}, menus={}, routes=())


@pytest.fixture(scope="session")
def programs() -> None:
    absent = [name for name in ("espeak-ng", "sox") if shutil.which(name) is None]
    if absent and os.environ.get("CI") == "true":
        pytest.fail(f"not installed: {absent}")
    if absent:
        pytest.skip(f"not installed: {absent}: `make test` installs them")


@pytest.fixture(scope="session")
def out(programs: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Placeholders of all that ships, made once; tests that write make their own."""
    folder = tmp_path_factory.mktemp("sounds")
    assert build(whole(), folder).problems == ()
    return folder


def write_wav(path: Path, *, rate: int = RATE, channels: int = 1, frames: int = 800) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(channels)
        sound.setsampwidth(2)
        sound.setframerate(rate)
        sound.writeframes(b"\1\2" * frames * channels)


def samples(path: Path) -> array[int]:
    with wave.open(str(path)) as sound:
        assert (sound.getnchannels(), sound.getsampwidth(), sound.getframerate()) == (1, 2, RATE)
        return array("h", sound.readframes(sound.getnframes()))


def seconds(path: Path) -> float:
    return len(samples(path)) / RATE


def is_voiced(sound: array[int]) -> bool:
    """Whether one of the loudest moments of 40 ms is a voice's; the loudest may be a hiss."""
    size = RATE // 25

    def loudness(start: int) -> int:
        return sum(abs(x) for x in sound[start : start + size])

    starts = sorted(range(0, len(sound) - 2 * size, size), key=loudness, reverse=True)
    return any(periodicity(sound[start:], size) > 0.7 for start in starts[:8])


def periodicity(sound: array[int], size: int) -> float:
    """How alike a frame is to what follows it a period later, of a voice of 60 to 300 Hz."""
    frame = sound[:size]
    power = sum(x * x for x in frame)

    def likeness(lag: int) -> float:
        late = sound[lag : lag + size]
        late_power = sum(x * x for x in late)
        product = sum(a * b for a, b in zip(frame, late, strict=True))
        return float(product / (power * late_power + 1) ** 0.5)

    return max(map(likeness, range(RATE // 300, RATE // 60)))


# --- the manifest ----------------------------------------------------------------------------


def test_the_manifest_has_every_prompt_that_code_names() -> None:
    assert {*BLOCKS, *DIGITS, *DIALPLAN} <= set(manifest())


def test_the_manifest_has_every_prompt_that_the_dialplan_plays() -> None:
    dialplan = (ROOT / "deploy/asterisk/extensions_ivr.conf").read_text(encoding="utf-8")
    code = "\n".join(line for line in dialplan.splitlines() if not line.lstrip().startswith(";"))
    assert set(re.findall(r"\bivr/([a-z-]+)", code)) == set(DIALPLAN)


def test_every_prompt_has_both_texts_and_hebrew_phonemes() -> None:
    for prompt in manifest().values():
        assert set(prompt.texts) == {"he", "en"}, prompt.name
        assert re.search("[א-ת]", prompt.texts["he"]), prompt.name
        assert not re.search("[^ -~]", prompt.texts["en"]), prompt.name
        assert re.fullmatch(r"(\[\[[^\[\]]+\]\][,. ]*)+", prompt.phonemes["he"]), prompt.name


def test_phonemes_follow_the_words() -> None:
    """As many words are sounded as are written: a word left out would be heard by no other test."""
    for prompt in manifest().values():
        written = len(prompt.texts["he"].split())
        assert len(prompt.phonemes["he"].split()) == written, prompt.name


def test_espeak_reads_every_hebrew_phoneme_as_it_is_written(programs: None) -> None:
    def letters(phonemes: str) -> str:
        return re.sub(r"[^A-Za-z?]", "", phonemes)

    for prompt in manifest().values():
        written = prompt.phonemes["he"]
        command = ["espeak-ng", "-v", "he", "-q", "-x", "--stdin"]
        read = subprocess.run(
            command, input=written, capture_output=True, encoding="utf-8", check=True
        )
        assert letters(read.stdout) == letters(written), prompt.name
        assert HEBREW_SOUNDS.fullmatch(letters(written)), prompt.name


# --- what there must be ----------------------------------------------------------------------


def test_all_that_a_call_may_hear_is_asked_for() -> None:
    expected = {"welcome", "topics", "topics-slow", "closed-hours", "quiet-hours", "agent-main"}
    assert set(played(whole())) == {*expected, *BLOCKS, *DIALPLAN, *DIGITS}


def test_blocks_are_asked_for_only_where_an_opening_is_told() -> None:
    assert set(played(small())) == {*DIALPLAN, *DIGITS}


def test_an_empty_folder_lacks_each_file_once(tmp_path: Path) -> None:
    lines = missing(whole(), tmp_path)
    files = [line.partition(": ")[0] for line in lines]
    assert len(set(files)) == len(files) == 2 * len(played(whole()))
    assert (
        "he/ivr/topics-slow: no recording of the prompt topics-slow: record it, "
        f"or `ivr prompts build --out {tmp_path}` makes a placeholder"
    ) in lines
    assert any(line.startswith("en/digits/3: ") and "core-sounds-en" in line for line in lines)
    assert any(line.startswith("he/digits/3: ") and "ivr prompts" in line for line in lines)


def test_no_folder_is_one_problem(tmp_path: Path) -> None:
    (line,) = missing(whole(), tmp_path / "sounds")
    assert "no such folder" in line


def test_nothing_is_missing_once_built_but_what_asterisk_brings(out: Path, tmp_path: Path) -> None:
    asterisks = [line for line in missing(whole(), out) if not line.startswith("en/digits/")]
    assert asterisks == []
    shutil.copytree(out, tmp_path, dirs_exist_ok=True)
    for file in DIGITS.values():
        (tmp_path / "en" / file).parent.mkdir(exist_ok=True)
        (tmp_path / "en" / f"{file}.gsm").write_bytes(b"\1")
    assert missing(whole(), tmp_path) == []


def test_the_policy_that_ships_has_all_its_prompts(out: Path) -> None:
    assert wordless(shipped()) == []
    problems = missing(shipped(), out)
    assert [line for line in problems if not line.startswith("en/digits/")] == []


def test_a_dialect_falls_back_to_its_language_as_in_asterisk(out: Path) -> None:
    lines = missing(replace(whole(), languages=("he_IL",)), out)
    assert lines == []


@pytest.mark.parametrize("ending", ["gsm", "ulaw", "sln16", "g722"])
def test_other_formats_count(tmp_path: Path, ending: str) -> None:
    path = tmp_path / "he/ivr" / f"sorry.{ending}"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"\1")
    assert not any(line.startswith("he/ivr/sorry:") for line in missing(small(), tmp_path))


@pytest.mark.parametrize(("rate", "channels"), [(44100, 1), (8000, 2), (16000, 1)])
def test_a_wav_that_asterisk_refuses_is_a_problem(tmp_path: Path, rate: int, channels: int) -> None:
    write_wav(tmp_path / "he/ivr/sorry.wav", rate=rate, channels=channels)
    (line,) = (line for line in missing(small(), tmp_path) if line.startswith("he/ivr/sorry:"))
    assert "sox sorry.wav -r 8000" in line


@pytest.mark.parametrize("content", [b"", b"RIFF", b"not a recording, though it is long enough"])
def test_a_broken_file_is_a_problem(tmp_path: Path, content: bytes) -> None:
    write_wav(tmp_path / "he/ivr/sorry.wav")
    (tmp_path / "he/ivr/sorry.wav").write_bytes(content)
    assert any(line.startswith("he/ivr/sorry: sorry.wav") for line in missing(small(), tmp_path))


# --- placeholders ----------------------------------------------------------------------------


def test_every_placeholder_speaks(out: Path) -> None:
    for recording in recordings(whole()):
        sound = samples(out / f"{recording.file}.wav")
        assert max(map(abs, sound)) > 10_000, recording.file
        assert is_voiced(sound), recording.file
        assert 0.12 < seconds_a_vowel(recording, len(sound) / RATE) < 0.75, recording.file


def seconds_a_vowel(recording: Recording, length: float) -> float:
    """Speech has three to five syllables a second; a word dropped or spelled out does not."""
    said = recording.phonemes or recording.text
    return length / len(re.findall("[aeiou]+", said, re.IGNORECASE))


def test_the_slow_one_is_slower(out: Path) -> None:
    for language in ("he", "en"):
        folder = out / language / "ivr"
        assert seconds(folder / "topics-slow.wav") > 1.25 * seconds(folder / "topics.wav")


def test_digits_are_made_only_where_asterisk_brings_none(out: Path) -> None:
    assert sorted(path.stem for path in (out / "he/digits").iterdir()) == list("0123456789")
    assert not (out / "en/digits").exists()


def test_asterisk_can_read_all_of_it_whatever_the_umask(programs: None, tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        build(small(), tmp_path / "new/sounds")
    finally:
        os.umask(before)
    for path in (tmp_path / "new").rglob("*"):
        wanted = 0o755 if path.is_dir() else 0o644
        assert stat.S_IMODE(path.stat().st_mode) == wanted, path


def test_recordings_that_are_there_are_kept(programs: None, tmp_path: Path) -> None:
    wav, gsm = tmp_path / "he/ivr/sorry.wav", tmp_path / "en/ivr/sorry.gsm"
    write_wav(wav)
    gsm.parent.mkdir(parents=True)
    gsm.write_bytes(b"mine")
    before = wav.read_bytes()
    built = build(small(), tmp_path)
    assert set(built.kept) == {wav, gsm}
    assert wav.read_bytes() == before
    assert not gsm.with_suffix(".wav").exists()


def test_force_replaces_wavs_and_nothing_else(programs: None, tmp_path: Path) -> None:
    wav, gsm = tmp_path / "he/ivr/sorry.wav", tmp_path / "en/ivr/sorry.gsm"
    write_wav(wav)
    gsm.parent.mkdir(parents=True)
    gsm.write_bytes(b"mine")
    built = build(small(), tmp_path, force=True)
    assert built.kept == (gsm,)
    assert wav in built.made
    assert seconds(wav) > 1
    assert gsm.read_bytes() == b"mine"


def test_built_twice_makes_nothing_new(programs: None, tmp_path: Path) -> None:
    first = build(small(), tmp_path)
    assert build(small(), tmp_path) == Built((), first.made, ())


def test_progress_is_told_once_for_each(programs: None, tmp_path: Path) -> None:
    told: list[None] = []
    build(small(), tmp_path, done=lambda: told.append(None))
    assert len(told) == len(recordings(small()))


@pytest.mark.parametrize(
    ("prompt", "problem"),
    [
        (Prompt("new", {"he": "שלום", "en": "Hi."}), "cannot read Hebrew letters"),
        (Prompt("new", {"he": "", "en": "Hi."}, {"he": "[[Sal'oYm]]"}), "not know all of the phon"),
        (Prompt("new", {"he": "", "en": "Hi."}, {"he": "[[_:_:]]"}), "says nothing"),
        (Prompt("new", {"en": "Hi."}), "the prompt new has no text in he"),
    ],
)
def test_what_cannot_be_said_is_a_problem_and_no_file(
    programs: None, tmp_path: Path, prompt: Prompt, problem: str
) -> None:
    built = build(small(new=prompt), tmp_path)
    assert [line for line in built.problems if line.startswith("he/ivr/") and problem in line]
    assert not (tmp_path / "he/ivr/new.wav").exists()
    assert {path.suffix for path in (tmp_path / "he/ivr").iterdir()} == {".wav"}


def test_a_language_without_a_voice_is_a_problem(programs: None, tmp_path: Path) -> None:
    prompt = Prompt("new", {"he": "", "en": "Hi.", "xx": "Hi."}, {"he": "[[Sal'om]]"})
    built = build(replace(small(new=prompt), languages=("xx",)), tmp_path)
    assert any("voice does not exist" in problem for problem in built.problems)


def test_a_prompt_without_an_entry_is_a_problem(programs: None, tmp_path: Path) -> None:
    without = replace(small(), prompts={})
    problems = build(without, tmp_path).problems
    assert "sorry: not in the manifest: add it, with its words, to `prompts:`" in problems


def test_a_text_is_never_an_option_or_a_command(programs: None, tmp_path: Path) -> None:
    speak("--help; $(touch oops) & <b>hello</b>", "en", tmp_path / "odd.wav")
    assert seconds(tmp_path / "odd.wav") > 1


def test_a_failure_leaves_the_old_file(programs: None, tmp_path: Path) -> None:
    target = tmp_path / "sorry.wav"
    write_wav(target)
    before = target.read_bytes()
    with pytest.raises(SpeechError):
        speak("[[_:]]", "he", target)
    assert target.read_bytes() == before
    assert list(tmp_path.iterdir()) == [target]


def test_missing_programs_are_one_clear_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SpeechError, match=r"apt-get install espeak-ng sox"):
        build(whole(), tmp_path / "sounds")
    assert list(tmp_path.iterdir()) == []


# --- the commands ----------------------------------------------------------------------------


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tool, "open_policy", lambda _: small())


def test_build_says_what_it_made(programs: None, loaded: None, tmp_path: Path) -> None:
    command = ["build", "--policy", str(ROOT / "routes"), "--out", str(tmp_path / "sounds")]
    first = CliRunner().invoke(tool.prompts, command)
    assert (first.exit_code, first.stderr) == (0, "")
    assert first.stdout.splitlines() == [
        f"{tmp_path}/sounds/en/ivr: 2 made",
        f"{tmp_path}/sounds/he/digits: 10 made",
        f"{tmp_path}/sounds/he/ivr: 2 made",
    ]
    second = CliRunner().invoke(tool.prompts, command)
    assert second.exit_code == 0
    assert f"{tmp_path}/sounds/he/ivr: 2 were there, and stay as they are" in second.stdout


def test_build_fails_with_the_problems(
    programs: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tool, "open_policy", lambda _: small(new=Prompt("new", {"en": "Hi."})))
    command = ["build", "--policy", str(ROOT / "routes"), "--out", str(tmp_path)]
    result = CliRunner().invoke(tool.prompts, command)
    assert result.exit_code == 1
    assert result.stderr == "he/ivr/new: the prompt new has no text in he: add it\n"
    assert f"{tmp_path}/he/ivr: 2 made" in result.stdout


def test_build_into_a_place_that_cannot_be_written(loaded: None, tmp_path: Path) -> None:
    (tmp_path / "sounds").mkdir()
    (tmp_path / "sounds/he").write_text("in the way")
    command = ["build", "--policy", str(ROOT / "routes"), "--out", str(tmp_path / "sounds")]
    result = CliRunner().invoke(tool.prompts, command)
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: ")


def test_a_policy_that_cannot_be_read_is_told_with_its_places(tmp_path: Path) -> None:
    (tmp_path / "routes.yaml").write_text("prompts: {hello: {he: 1}}\n")
    result = CliRunner().invoke(tool.prompts, ["list", "--policy", str(tmp_path)])
    assert result.exit_code == 1
    assert re.search(r"routes\.yaml:1:\d+: ", result.stderr)


def test_list_is_a_table(loaded: None) -> None:
    result = CliRunner().invoke(tool.prompts, ["list", "--policy", str(ROOT / "routes")])
    assert result.exit_code == 0
    rows = [re.split("  +", line) for line in result.stdout.splitlines()]
    assert ["he/digits/3.wav", "שלוש"] in rows


def test_list_as_csv(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tool, "open_policy", lambda _: whole())
    result = CliRunner().invoke(tool.prompts, ["list", "--policy", str(ROOT / "routes"), "--csv"])
    rows = {row["file"]: row for row in csv.DictReader(io.StringIO(result.stdout))}
    assert len(rows) == len(recordings(whole()))
    assert rows["en/ivr/topics-slow.wav"]["how"] == "slowly"
    assert rows["he/ivr/welcome.wav"]["text"] == manifest()["welcome"].texts["he"]
