"""Texts without a font: wide enough, cut to their room, in the direction in which they are read."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ivr.tools.graph.metrics import Style, cut, is_rtl, plain, width, wrapped

STYLES = st.sampled_from(Style)


@given(st.text(max_size=60), STYLES, st.floats(30, 400))
def test_a_cut_text_keeps_to_its_room(text: str, style: Style, room: float) -> None:
    shown = cut(text, style, room)
    assert width(shown, style) <= room
    assert shown == text or shown.endswith("…")


@given(st.text(max_size=90), STYLES, st.floats(30, 400), st.integers(1, 5))
def test_lines_keep_to_their_room_and_lose_nothing(
    text: str, style: Style, room: float, most: int
) -> None:
    lines = wrapped(text, style, room, most)
    assert len(lines) <= most
    assert all(width(line, style) <= room for line in lines)
    if not any(line.endswith("…") for line in lines):
        assert "".join("".join(lines).split()) == "".join(text.split())


def test_words_are_kept_whole() -> None:
    room = width("one two", Style.PLAIN)
    assert wrapped("one two three", Style.PLAIN, room, 3) == ["one two", "three"]
    assert wrapped("one two three four", Style.PLAIN, room, 2)[1].endswith("…")


def test_a_page_of_text_is_cut_quickly() -> None:
    assert cut("a" * 10_000_000, Style.PLAIN, 100).endswith("…")


def test_dejavu_sans_is_held() -> None:
    """Measured with DejaVu Sans 12 px and DejaVu Sans Mono 11.5 px in Chromium."""
    assert width("the company pays, calendar service, language he", Style.PLAIN) >= 299.8
    assert width("any: [{open_case: {complex: true}}, {contacts: {at_least", Style.MONO) >= 387.7


def test_the_first_letter_says_the_direction() -> None:
    assert is_rtl("שלום, IVR")
    assert is_rtl("12, שלום")
    assert not is_rtl("IVR שלום")
    assert not is_rtl("123")


@given(st.text())
def test_plain_text_is_one_line_that_xml_may_hold(text: str) -> None:
    shown = plain(text)
    assert not set(shown) & set("\n\r\t\x00\x07\x1b\u202e\u2066\ud800\uffff")


def test_plain_text_stays_as_it_is() -> None:
    assert plain("שלום <b>&\"' #1;") == "שלום <b>&\"' #1;"
    assert plain("a\u202eb\nc\x07") == "ab c\ufffd"
