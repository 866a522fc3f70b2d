from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.asterisk.agi_commands import (
    MAX_VARIABLES,
    Command,
    CommandError,
    channel_status,
    encode,
    exec_app,
    get_data,
    mset,
    stream_file,
)
from ivr.asterisk.agi_peer import read_mset, split_arguments, split_words

LINE = 2047


def arriving(variables: dict[str, str]) -> dict[str, str]:
    """The variables that Asterisk would set."""
    line = encode(mset(variables), LINE)
    assert line.count(b"\n") == 1
    words = split_words(line.decode().removesuffix("\n"))
    assert words[:2] == ["EXEC", "MSet"]
    assert len(words) == 3
    return read_mset(words[2])


@pytest.mark.parametrize(
    ("command", "line"),
    [
        (
            mset({"IVR_ACTION": "queue", "IVR_DONE": "1"}),
            b'EXEC MSet "IVR_ACTION=queue,IVR_DONE=1"\n',
        ),
        (mset({"CHANNEL(language)": "he"}), b'EXEC MSet "CHANNEL(language)=he"\n'),
        (mset({"A": "x,y"}), b'EXEC MSet "A=x\\\\,y"\n'),
        (get_data("ivr/topics", 5000, 1), b'GET DATA "ivr/topics" "5000" "1"\n'),
        (stream_file("ivr/welcome"), b'STREAM FILE "ivr/welcome" ""\n'),
        (stream_file("ivr/welcome", "0*"), b'STREAM FILE "ivr/welcome" "0*"\n'),
        (channel_status(), b"CHANNEL STATUS\n"),
        (exec_app("Answer"), b"EXEC Answer\n"),
        (exec_app("Wait", "1"), b'EXEC Wait "1"\n'),
        (exec_app("QueueLog", "main", "1.1", "a,b"), b'EXEC QueueLog "main,1.1,a\\\\,b"\n'),
    ],
)
def test_each_command_is_one_line(command: Command, line: bytes) -> None:
    assert encode(command, LINE) == line


@pytest.mark.parametrize(
    "value",
    [
        "",
        " two words ",
        "שלום",
        "a,b",
        "one (",
        "one )",
        "[",
        '"',
        '"a" "b',
        "\\",
        "a\\",
        "\\,",
        "\\\\",
        "x=y",
        "${IVR_STATE}",
        ";'|\t",
        "\u2028",
    ],
)
def test_a_value_arrives_as_it_is_and_swallows_nothing(value: str) -> None:
    variables = {"BEFORE": "1", "VALUE": value, "CHANNEL(language)": "he", "IVR_DONE": "1"}
    assert arriving(variables) == variables


names = st.sampled_from(["A", "_b1", "IVR_STATE", "CHANNEL(language)", "F(a,b.c-d)", "Long_" * 9])
values = st.text(max_size=9) | st.text(st.sampled_from('ab,()[]"\\ %{}\u05d0'), max_size=9)


def escaped(text: str, special: str) -> str:
    return "".join(f"\\{char}" if char in special else char for char in text)


@given(st.dictionaries(names, values, min_size=1))
def test_a_line_is_escaped_character_by_character(variables: dict[str, str]) -> None:
    pairs = (name + "=" + escaped(value, '\\",()[]') for name, value in variables.items())
    line = 'EXEC MSet "' + escaped(",".join(pairs), '\\"') + '"\n'
    try:
        expected = line.encode()
    except UnicodeEncodeError:
        expected = b""
    if set(line[:-1]) & set("\r\n\0") or not expected:
        with pytest.raises(CommandError):
            encode(mset(variables), 8191)
    else:
        assert encode(mset(variables), 8191) == expected


def test_the_variables_keep_their_order() -> None:
    names = [f"V{number}" for number in range(MAX_VARIABLES)]
    assert list(arriving(dict.fromkeys(names, "a,(")).items()) == [(name, "a,(") for name in names]


def test_an_empty_end_of_arguments_arrives() -> None:
    command = exec_app("QueueLog", "main", "")
    assert split_arguments(command.arguments[0], 9) == ["main", ""]


@pytest.mark.parametrize("value", ["a\nb", "a\rb", "a\0b", "\ud800"])
def test_values_that_end_a_line_are_refused(value: str) -> None:
    for command in (mset({"A": value}), stream_file(value), exec_app("NoOp", value)):
        with pytest.raises(CommandError):
            encode(command, LINE)


@pytest.mark.parametrize(
    "name", ["", "A B", "1A", "A=B", "A,B", "A(", "A)", 'A"', "A(b", "Aא", "A\n"]
)
def test_names_that_are_none_are_refused(name: str) -> None:
    with pytest.raises(CommandError, match="no name"):
        mset({name: "x"})


@pytest.mark.parametrize("name", ["", "No Op", "NoOp\n", "1"])
def test_applications_that_are_none_are_refused(name: str) -> None:
    with pytest.raises(CommandError, match="no name"):
        exec_app(name)


@pytest.mark.parametrize("count", [0, MAX_VARIABLES + 1])
def test_as_many_variables_as_mset_reads_whole(count: int) -> None:
    with pytest.raises(CommandError, match="1 to 98"):
        mset({f"V{number}": "x" for number in range(count)})


def test_a_line_is_bounded_in_bytes_not_characters() -> None:
    fits = (LINE - len(b'EXEC MSet "A="\n')) // 2
    assert len(encode(mset({"A": "ש" * fits}), LINE)) <= LINE
    with pytest.raises(CommandError, match="Asterisk reads 2047"):
        encode(mset({"A": "ש" * (fits + 1)}), LINE)
