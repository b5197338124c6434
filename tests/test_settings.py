"""Settings: defaults hold, the file and the environment override, every mistake is told with its path."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.fakes.mmdb import write_mmdb
from tests.reference import DOCS
from trunkline.app.command import application
from trunkline.errors import SettingsError
from trunkline.settings import ALIASES, host_and_port, load


def test_defaults_alone_are_valid() -> None:
    settings = load(None, {})

    assert settings.listen.question == "127.0.0.1:8070"
    assert settings.log.mask_numbers is True


def test_environment_wins_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "trunkline.toml"
    file.write_text('[log]\nlevel = "debug"\n[limits]\nspool_mb = 100\n', encoding="utf-8")

    settings = load(file, {"TRUNKLINE_LIMITS_SPOOL_MB": "200", "TRUNKLINE_DATABASE_URL": "postgresql://db/x"})

    assert (settings.log.level, settings.limits.spool_mb, settings.database.url) == ("debug", 200, "postgresql://db/x")


@pytest.mark.parametrize("short", ALIASES)
def test_a_short_variable_stands_in_the_reference_and_gives_way_to_the_long_one(short: str, tmp_path: Path) -> None:
    section, name = ALIASES[short].split(".")
    long = f"TRUNKLINE_{section}_{name}".upper()
    value, other = ("ab" * 32, "cd" * 32) if name == "key" else (str(tmp_path / "a"), str(tmp_path / "b"))
    if name == "node":
        value, other = "a", "b"

    assert getattr(getattr(load(None, {short: value}), section), name) == value
    assert getattr(getattr(load(None, {short: value, long: other}), section), name) == other
    assert f"| `{long}`, `{short}` |" in (DOCS / "settings.md").read_text(encoding="utf-8")


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    file = tmp_path / "trunkline.toml"
    file.write_text(
        '[listen]\nweb = "8080"\n[limits]\nspool_mb = "much"\nspol_mb = 3\n[servers]\n[log]\nlevel = "loud"\n',
        encoding="utf-8",
    )

    with pytest.raises(SettingsError) as caught:
        load(file, {"TRUNKLINE_LOG_MASK_NUMBERS": "perhaps", "TRUNKLINE_WEB_COLOUR": "red"})

    assert {mistake.path for mistake in caught.value.mistakes} == {
        "listen.web",
        "limits.spool_mb",
        "limits.spol_mb",
        "servers",
        "log.level",
        "TRUNKLINE_LOG_MASK_NUMBERS",
        "TRUNKLINE_WEB_COLOUR",
    }
    assert "must be a whole number" in str(caught.value)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"[log", "is not TOML"),
        (b"level = ", "is not TOML"),
        ('[log]\nlevel = "debug"\n'.encode("utf-16"), "save it as UTF-8"),
        ('[server]\nnode = "дом"\n'.encode("cp1251"), "save it as UTF-8"),
    ],
)
def test_unreadable_file_is_one_clear_mistake(tmp_path: Path, content: bytes, told: str) -> None:
    file = tmp_path / "trunkline.toml"
    file.write_bytes(content)

    with pytest.raises(SettingsError, match=told) as caught:
        load(file, {})

    assert len(caught.value.mistakes) == 1


def test_a_file_of_windows_notepad_is_read(tmp_path: Path) -> None:
    file = tmp_path / "trunkline.toml"
    file.write_bytes('[log]\r\nlevel = "debug"\r\n'.encode("utf-8-sig"))

    assert load(file, {}).log.level == "debug"


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        load(tmp_path / "absent.toml", {})


def test_key_is_made_once_and_kept(tmp_path: Path) -> None:
    settings = load(None, {"TRUNKLINE_DATA_DIR": str(tmp_path)})

    assert settings.secret_key() == settings.secret_key()
    assert (tmp_path / "secret.key").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(("text", "expected"), [("127.0.0.1:80", ("127.0.0.1", 80)), ("[::1]:443", ("::1", 443))])
def test_host_and_port(text: str, expected: tuple[str, int]) -> None:
    assert host_and_port(text) == expected


@pytest.mark.parametrize(
    ("section", "name", "value", "right"),
    [
        ("listen", "web", "127.0.0.1:0", "from 1 to 65535"),
        ("listen", "web", "http://127.0.0.1:80", "host:port"),
        ("redis", "url", "redis://:secret@host:99999/0", "its port must be a number from 1 to 65535"),
        ("redis", "url", "rediss://host:port", "its port must be a number"),
        ("database", "url", "postgresql://u:secret@host:99999/x", "its port must be a number from 1 to 65535"),
        ("database", "url", "postgresql://u:sec/ret@host/x", "within a password"),
        ("database", "url", "postgresql://a:1,b:0/x", "its port must be a number"),
        ("database", "url", "postgresql:///x?host=/run/postgresql&port=no", "its port must be a number"),
        ("database", "url", "postgresql://host/x?sslmode=always", "its sslmode must be disable"),
        ("database", "reports_url", "postgresql://standby/x", "has no database.url beside it"),
        ("server", "public_url", "https://user:secret@calls.example.com", "without user:password"),
        ("server", "public_url", "https://calls.example.com/?a=1", "without user:password, ? and #"),
        ("server", "public_url", "https://calls.example.com#a", "without user:password, ? and #"),
        ("server", "public_url", "https://calls.example.com:99999", "must be http:// or https:// and a host"),
        ("server", "sites_url", "https://user@calls.example.com", "must be http:// or https:// and a host"),
        ("server", "data_dir", "data", "must be a whole path"),
        ("recordings", "directory", "calls/2026", "must be a whole path"),
        ("server", "data_dir", "~nobody-at-all/data", "must be a whole path"),
        ("mail", "host", "x y", "a host's name or address"),
        ("mail", "host", "smtp.example.com:25", "without a port"),
        ("mail", "sender", "Trunkline", "an address, e.g. trunkline@example.com"),
        ("mail", "sender", "", "an address"),
    ],
)
def test_what_looks_right_and_is_not(section: str, name: str, value: str, right: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(right)) as caught:
        load(None, {f"TRUNKLINE_{section}_{name}".upper(): value})

    assert [mistake.path for mistake in caught.value.mistakes] == [f"{section}.{name}"]
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("wrong", ["mysql://standby/x", "postgresql://host:99999/x", "postgresql://h/x?sslmode=always"])
def test_a_standby_is_named_as_its_primary_is(wrong: str) -> None:
    primary = {"TRUNKLINE_DATABASE_URL": "postgresql://host/x"}
    with pytest.raises(SettingsError) as caught:
        load(None, primary | {"TRUNKLINE_DATABASE_REPORTS_URL": wrong})

    assert [mistake.path for mistake in caught.value.mistakes] == ["database.reports_url"]
    right = "postgresql://a,b/x?target_session_attrs=standby"
    assert load(None, primary | {"TRUNKLINE_DATABASE_REPORTS_URL": right}).database.reports_url == right


@pytest.mark.parametrize(
    ("section", "name", "value"),
    [
        ("listen", "web", "[::1]:8080"),
        ("listen", "web", "[fe80::1%eth0]:8080"),
        ("listen", "web", "calls.lan:8080"),
        ("redis", "url", "redis://:p%40ss@[::1]:6379/0"),
        ("redis", "url", "redis://host"),
        ("database", "url", "postgresql://u:p%2Fss@a:5432,b/x?sslmode=verify-full"),
        ("database", "url", "postgresql://u@/x?host=%2Frun%2Fa&port=5432"),
        ("database", "url", "postgres://%2Frun%2Fpostgresql/x"),
        ("server", "public_url", "https://calls.example.com:8443/below/"),
        ("server", "data_dir", "~/trunkline"),
        ("mail", "host", "smtp.example.com"),
        ("mail", "host", "2001:db8::25"),
        ("mail", "sender", "Trunkline <trunkline@example.com>"),
    ],
)
def test_what_is_right_stays_right(section: str, name: str, value: str) -> None:
    load(None, {f"TRUNKLINE_{section}_{name}".upper(): value})


@pytest.mark.parametrize(
    ("web", "public", "meet"),
    [
        ("127.0.0.1:9000", "127.0.0.1:9000", True),
        ("0.0.0.0:9000", "127.0.0.1:9000", True),
        ("192.168.1.5:9000", "0.0.0.0:9000", True),
        ("[::]:9000", "[::1]:9000", True),
        ("localhost:9000", "127.0.0.1:9000", True),
        ("0.0.0.0:9000", "Calls.lan:9000", True),
        ("[::0:1]:9000", "[::1]:09000", True),
        ("0.0.0.0:9000", "[::]:9000", False),
        ("127.0.0.1:9000", "192.168.1.5:9000", False),
        ("0.0.0.0:9000", "0.0.0.0:9001", False),
    ],
)
def test_no_two_listeners_take_one_address(web: str, public: str, meet: bool) -> None:
    environment = {"TRUNKLINE_LISTEN_WEB": web, "TRUNKLINE_LISTEN_PUBLIC": public}
    if not meet:
        load(None, environment)
        return
    with pytest.raises(SettingsError) as caught:
        load(None, environment)
    told = f"listen.public: {public} is taken by listen.web = {web}; name another port here"
    assert str(caught.value) == told


def test_only_check_config_looks_at_this_machine(tmp_path: Path) -> None:
    environment = {"TRUNKLINE_FALLBACK_DIRECTORY": str(tmp_path / "absent"), "TRUNKLINE_MAIL_SENDER": "nobody"}
    told = CliRunner().invoke(application, ["check-config"], env=environment)

    assert told.exit_code == 1
    assert [line.partition(": ")[0] for line in told.output.removeprefix("trunkline: ").splitlines()] == [
        "mail.sender",
        "fallback.directory",
    ]
    load(None, {"TRUNKLINE_FALLBACK_DIRECTORY": str(tmp_path / "absent"), "TRUNKLINE_GEO_FILE": "/absent.mmdb"})
    load(None, {"TRUNKLINE_FALLBACK_DIRECTORY": str(tmp_path)}, look=True)


@pytest.mark.parametrize(
    ("outside", "address", "noted"),
    [
        ("true", "http://calls.example.com", True),
        ("true", "", True),
        ("true", "https://calls.example.com", False),
        ("false", "http://calls.example.com", False),
    ],
)
def test_check_config_notes_a_login_in_the_open(outside: str, address: str, noted: bool) -> None:
    environment = {"TRUNKLINE_WEB_CARD_OUTSIDE": outside, "TRUNKLINE_SERVER_PUBLIC_URL": address}
    checked = CliRunner().invoke(application, ["check-config"], env=environment)

    assert checked.exit_code == 0
    assert checked.output.splitlines()[-1].startswith("the defaults: fine.")
    assert ("note: web.card_outside: " in checked.output, "server.public_url" in checked.output) == (noted, noted)


def test_check_config_looks_into_the_file_of_places(tmp_path: Path) -> None:
    (tmp_path / "text.mmdb").write_text("nothing")
    good = write_mmdb(tmp_path / "city.mmdb", {})

    def told(path: Path | str) -> tuple[int, str]:
        checked = CliRunner().invoke(application, ["check-config"], env={"TRUNKLINE_GEO_FILE": str(path)})
        return checked.exit_code, checked.output

    assert told(good)[0] == 0
    for path, said in (
        (tmp_path / "text.mmdb", "is no database of places"),
        (tmp_path / "absent.mmdb", "cannot be read: No such file"),
        ("city.mmdb", "must be a whole path"),
    ):
        code, output = told(path)
        assert (code, "geo.file" in output, said in output) == (1, True, True), output
