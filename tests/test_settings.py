from __future__ import annotations

import dataclasses
from contextlib import suppress
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from ivr.settings import Loaded, Settings, SettingsError, from_sources
from ivr.settings.kinds import BadValueError
from ivr.settings.options import settings_options
from ivr.settings.sources import choose_file
from ivr.settings.table import Row, table

DOCS = Path(__file__).parents[1] / "docs" / "operating.md"

#: For each setting two texts that a flag or a variable may have, and neither of them the default.
GOOD = {
    "agi_address": ("10.0.0.1", "::1"),
    "agi_port": ("4600", "0"),
    "http_address": ("10.0.0.2", "::"),
    "http_port": ("9131", "9132"),
    "http_networks": ("10.0.0.0/8", "127.0.0.0/8, 10.1.2.3"),
    "routes": ("/etc/ivr/routes", "one.yaml"),
    "store": ("var/a.sqlite3", "rediss://ivr@10.0.0.1:6379/2?replicas=1"),
    "decisions": ("/srv/decisions", "off"),
    "decisions_for": ("12h", "30d"),
    "decisions_bytes": ("1GB", "10 mb"),
    "lookup_deadline": ("20ms", "0.1s"),
    "record_deadline": ("1s", "500ms"),
    "prompt_bound": ("45s", "1m"),
    "allowed_networks": ("10.0.0.0/8", "127.0.0.0/8, 10.1.2.3"),
    "max_connections": ("5000", "9000"),
    "max_connections_per_address": ("10", "20"),
    "max_lag": ("100ms", "1s"),
    "calls_per_number": ("60", "1200"),
    "header_lines": ("100", "200"),
    "header_bytes": ("5000", "6000"),
    "header_time": ("1s", "2500ms"),
    "drain": ("5s", "2m"),
    "log_level": ("debug", "ERROR"),
    "log_format": ("console", "Console"),
    "mask_numbers": ("false", "no"),
    "mask_key": ("file:/run/mask.key", "env:MASK"),
}
BAD = {
    "agi_address": ("localhost", "IP address"),
    "agi_port": ("65536", "from 0 to 65535"),
    "routes": ("", "path"),
    "store": ("mysql://10.0.0.1", "or a URL: redis://"),
    "decisions": ("redis://10.0.0.1", "only the store can have a URL"),
    "decisions_for": ("7", "with its unit"),
    "decisions_bytes": ("1KB", "from 1MB to 1000GB"),
    "lookup_deadline": ("50", 'with its unit: "50ms"'),
    "record_deadline": ("5s", "from 1ms to 2500ms"),
    "allowed_networks": ("10.1.2.3/24", 'did you mean "10.1.2.0/24"?'),
    "max_connections": ("many", "whole number"),
    "log_level": ("loud", "one of debug, info"),
    "mask_numbers": ("perhaps", "true or false"),
    "mask_key": ("0123456789", "where the secret is, not what it is"),
}

SECRETS = {"mask_key"}


def row(name: str) -> Row:
    return next(each for each in table() if each.name == name)


def write(folder: Path, text: str) -> Path:
    file = folder / "ivr.toml"
    file.write_text(text, encoding="utf-8")
    return file


def problems(file: Path | None = None, env: Any = None, flags: Any = None) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        from_sources(file, env or {}, flags or {})
    assert str(caught.value) == "\n".join(caught.value.problems)
    return list(caught.value.problems)


def test_nothing_said_is_every_default() -> None:
    assert from_sources(None, {}, {}) == Loaded(Settings())


def test_the_defaults_are_what_the_issue_names() -> None:
    settings = Settings()
    assert (settings.agi_address, settings.agi_port) == ("127.0.0.1", 4573)
    assert (settings.http_address, settings.http_port) == ("127.0.0.1", 9130)
    assert settings.lookup_deadline == 0.05
    assert settings.header_time == 5.0
    assert settings.mask_numbers is True
    assert settings.allowed_networks == (ip_network("127.0.0.0/8"), ip_network("::1/128"))


@pytest.mark.parametrize("each", table(), ids=lambda each: each.name)
def test_a_default_as_it_is_shown_can_be_written_in_a_file(each: Row, tmp_path: Path) -> None:
    file = write(tmp_path, f"{each.name} = {each.shown}\n")
    assert from_sources(file, {}, {}).settings == Settings()


@pytest.mark.parametrize("text", ["redis:/127.0.0.1", "rediss:127.0.0.1", "redis+sentinel:/a/b"])
def test_a_url_that_lacks_a_slash_is_no_folder(text: str) -> None:
    with pytest.raises(BadValueError, match="or a URL: redis://"):
        row("store").kind.read(text)


@st.composite
def sources(draw: st.DrawFn) -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    """What a file, the environment and flags say; any of them may be silent about a setting."""
    said: tuple[dict[str, str], dict[str, str], dict[str, str]] = ({}, {}, {})
    for name, texts in GOOD.items():
        for source in said:
            if draw(st.booleans()):
                source[name] = draw(st.sampled_from(texts))
    if any("mask_numbers" in source for source in said):  # all of them say no
        for source in said:
            source.pop("mask_key", None)
    return said


@given(said=sources())
def test_flags_win_over_the_environment_over_the_file_over_the_defaults(
    said: tuple[dict[str, str], dict[str, str], dict[str, str]], tmp_path_factory: Any
) -> None:
    in_file, in_env, in_flags = said
    text = "".join(f'{name} = "{value}"\n' for name, value in in_file.items())
    file = write(tmp_path_factory.mktemp("settings"), text)
    env = {row(name).variable: value for name, value in in_env.items()}
    settings = from_sources(file, env, in_flags).settings
    for each in table():
        winner = in_flags.get(each.name) or in_env.get(each.name) or in_file.get(each.name)
        expected = each.default if winner is None else each.kind.read(winner)
        assert getattr(settings, each.name) == expected


def test_the_samples_cover_every_setting_and_are_no_defaults() -> None:
    assert list(GOOD) == [each.name for each in table()]
    for name, texts in GOOD.items():
        assert all(row(name).kind.read(text) != row(name).default for text in texts)


@pytest.mark.parametrize("name", list(BAD))
def test_a_bad_value_names_its_source_and_what_to_write(name: str, tmp_path: Path) -> None:
    text, hint = BAD[name]
    again = "" if name in SECRETS else f"{text!r}: "
    file = write(tmp_path, f'# a comment\n\n{name} = "{text}"\n')
    (from_file,) = problems(file)
    assert from_file.startswith(f"{file}:3: {name}: {again}")
    (from_flag,) = problems(flags={name: text})
    assert from_flag.startswith(f"{row(name).flag}: {again}")
    assert hint in from_file
    assert hint in from_flag
    if text:
        (from_env,) = problems(env={row(name).variable: text})
        assert from_env.startswith(f"{row(name).variable}: {again}")


def test_every_problem_of_every_source_is_told_at_once(tmp_path: Path) -> None:
    file = write(tmp_path, 'agi_port = "x"\nlog_level = "loud"\n')
    told = problems(file, {"IVR_DRAIN": "soon"}, {"agi_port": "y"})
    assert [line.split(": ")[0] for line in told] == [
        f"{file}:1", f"{file}:2", "IVR_DRAIN", "--agi-port",
    ]  # fmt: skip


def test_a_bad_value_counts_though_a_flag_overrides_it() -> None:
    assert len(problems(env={"IVR_AGI_PORT": "x"}, flags={"agi_port": "4573"})) == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [("mask_key", "hunter2"), ("store", "mysql://ivr:hunter2@db"), ("routes", "a://b:hunter2@c")],
)
def test_what_may_be_a_secret_is_not_told_again(name: str, value: str) -> None:
    (told,) = problems(flags={name: value})
    assert "hunter2" not in told
    assert told.startswith(f"--{name.replace('_', '-')}: write ")


def test_a_key_for_masks_that_are_off_is_a_contradiction() -> None:
    (told,) = problems(flags={"mask_key": "env:MASK", "mask_numbers": "false"})
    assert "leave one out" in told


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("agi_port = true", "whole number"),
        ("agi_port = 4573.0", "whole number"),
        ("agi_port = -1", "whole number"),
        ("lookup_deadline = 50", "with its unit"),
        ("mask_numbers = 1", "true or false"),
        ("allowed_networks = []", "write networks"),
        ("allowed_networks = [10]", "is no network"),
        ("log_level = ['info']", "one of debug"),
        ('store = "a\\u0000b"', "path"),
    ],
)
def test_a_value_of_another_type_is_refused(line: str, wrong: str, tmp_path: Path) -> None:
    (told,) = problems(write(tmp_path, line))
    assert wrong in told


def test_types_of_toml_are_taken(tmp_path: Path) -> None:
    text = 'agi_port = 4600\nmask_numbers = false\nallowed_networks = ["10.0.0.0/8"]\n'
    settings = from_sources(write(tmp_path, text), {}, {}).settings
    assert (settings.agi_port, settings.mask_numbers) == (4600, False)
    assert settings.allowed_networks == (ip_network("10.0.0.0/8"),)


@pytest.mark.parametrize(
    ("key", "meant"),
    [
        ("agi-port", "write agi_port"),
        ("lookup_deadine", "write lookup_deadline"),
        ("LOG_LEVEL", "write log_level"),
        ("xyz", "see `ivr serve --help`"),
    ],
)
def test_an_unknown_key_is_refused_with_what_was_meant(
    key: str, meant: str, tmp_path: Path
) -> None:
    file = write(tmp_path, f"agi_port = 1\n{key} = 5\n")
    (told,) = problems(file)
    assert told.startswith(f"{file}:2: {key}: unknown setting")
    assert meant in told


def test_a_table_is_an_unknown_key(tmp_path: Path) -> None:
    file = write(tmp_path, "[agi]\nport = 5\n")
    assert problems(file)[0].startswith(f"{file}:1: agi: unknown setting")


def test_a_file_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    assert "No such file" in problems(tmp_path / "none.toml")[0]
    assert "line 1" in problems(write(tmp_path, "agi_port 4573\n"))[0]
    (tmp_path / "ivr.toml").write_bytes(b"# \xff\n")
    assert "not UTF-8" in problems(tmp_path / "ivr.toml")[0]


@pytest.mark.parametrize(
    ("said", "folder"),
    [
        ({}, "/var/lib/ivr/decisions"),
        ({"store": "var/a.sqlite3"}, "var/decisions"),
        ({"store": "redis://10.0.0.1"}, "/var/lib/ivr/decisions"),
        ({"decisions": "/srv/kept"}, "/srv/kept"),
        ({"decisions": "off"}, None),
        ({"decisions": ""}, None),
    ],
)
def test_decisions_are_kept_beside_the_store_unless_said(
    said: dict[str, str], folder: str | None
) -> None:
    found = from_sources(None, {}, said).settings.decisions_folder
    assert found == (Path(folder) if folder else None)


def test_an_unknown_variable_is_a_warning() -> None:
    loaded = from_sources(None, {"IVR_AGI_PROT": "1", "IVR_CONFIG": "x", "HOME": "/"}, {})
    assert loaded.settings == Settings()
    (warning,) = loaded.warnings
    assert warning == "IVR_AGI_PROT in the environment is no setting; did you mean IVR_AGI_PORT?"


def test_an_empty_variable_is_as_good_as_none() -> None:
    assert from_sources(None, {"IVR_AGI_PORT": ""}, {}) == Loaded(Settings())


@pytest.mark.parametrize(
    ("flags", "wrong"),
    [
        ({"agi_port": "9130"}, "are the same"),
        ({"max_connections": "5"}, "more than max_connections"),
    ],
)
def test_values_that_contradict_each_other_are_refused(flags: dict[str, str], wrong: str) -> None:
    assert wrong in problems(flags=flags)[0]


def test_two_ports_of_the_systems_choice_are_no_contradiction() -> None:
    settings = from_sources(None, {}, {"agi_port": "0", "http_port": "0"}).settings
    assert (settings.agi_port, settings.http_port) == (0, 0)


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Settings().agi_port = 1  # type: ignore[misc]  # that it fails is the point


@given(st.text(), st.sampled_from(table()))
def test_no_text_breaks_a_reader(text: str, each: Row) -> None:
    with suppress(SettingsError):  # and nothing else
        settings = from_sources(None, {}, {each.name: text}).settings
        assert each.kind.read(text) == getattr(settings, each.name)


def test_the_file_is_the_flags_the_variables_or_the_default_one() -> None:
    assert choose_file("a.toml", {"IVR_CONFIG": "b.toml"}) == Path("a.toml")
    assert choose_file(None, {"IVR_CONFIG": "b.toml"}) == Path("b.toml")


# --- as options of a command -----------------------------------------------------------------


@click.command()
@click.argument("store")
@settings_options()
def serve(store: str, loaded: Loaded) -> None:
    click.echo(f"{store} {loaded.settings.agi_port} {loaded.settings.log_level} {loaded.warnings}")


@click.command()
@settings_options("store")
def show(loaded: Loaded) -> None:
    click.echo(str(loaded.settings.store))


def run(command: click.Command, *args: str, env: dict[str, str] | None = None) -> tuple[int, str]:
    result = CliRunner().invoke(command, args, env=env)
    return result.exit_code, result.output


def test_a_command_gets_its_settings(tmp_path: Path) -> None:
    file = write(tmp_path, 'agi_port = 4600\nlog_level = "debug"\n')
    args = ["it", "--config", str(file), "--agi-port", "4700"]
    assert run(serve, *args) == (0, "it 4700 debug ()\n")
    assert run(serve, "it", env={"IVR_CONFIG": str(file)}) == (0, "it 4600 debug ()\n")


def test_a_command_with_one_flag_still_hears_the_other_sources() -> None:
    assert run(show, "--store", "a.sqlite3") == (0, "a.sqlite3\n")
    assert run(show, env={"IVR_STORE": "b.sqlite3"}) == (0, "b.sqlite3\n")
    assert run(show, "--agi-port", "1")[0] == 2
    code, said = run(show, env={"IVR_AGI_PORT": "x"})
    assert (code, "IVR_AGI_PORT: 'x'" in said) == (2, True)


def test_bad_settings_end_a_command_with_a_line_each() -> None:
    code, said = run(serve, "it", "--agi-port", "x", "--drain", "y")
    assert code == 2
    assert "--agi-port: 'x'" in said
    assert "--drain: 'y'" in said
    assert "Traceback" not in said


def test_help_explains_each_with_its_variable_and_default() -> None:
    code, said = run(serve, "--help", env={"COLUMNS": "500", "TERMINAL_WIDTH": "500"})
    words = " ".join(said.split())
    assert code == 0
    for each in table():
        assert each.flag in words
        assert f"{each.help} [{each.variable}; default: {each.shown}]" in words


def test_every_setting_is_in_the_documentation_as_it_is() -> None:
    rows = [f"| `{each.name}` | `{each.shown}` | {each.help} |" for each in table()]
    section = DOCS.read_text(encoding="utf-8").split("## Settings")[1].split("\n## ")[0]
    assert [line for line in section.splitlines() if line.startswith("| `")] == rows
