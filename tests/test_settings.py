"""Settings: defaults hold, the file and the environment override, every mistake is told with its path."""

from pathlib import Path

import pytest

from trunkline.errors import SettingsError
from trunkline.settings import host_and_port, load


def test_defaults_alone_are_valid() -> None:
    settings = load(None, {})

    assert settings.listen.question == "127.0.0.1:8070"
    assert settings.log.mask_numbers is True


def test_environment_wins_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "trunkline.toml"
    file.write_text('[log]\nlevel = "debug"\n[limits]\nspool_mb = 100\n', encoding="utf-8")

    settings = load(file, {"TRUNKLINE_LIMITS_SPOOL_MB": "200", "TRUNKLINE_DATABASE_URL": "postgresql://db/x"})

    assert (settings.log.level, settings.limits.spool_mb, settings.database.url) == ("debug", 200, "postgresql://db/x")


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


@pytest.mark.parametrize("content", [b"\xff\xfe", b"[log", b"level = "])
def test_unreadable_file_is_one_clear_mistake(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "trunkline.toml"
    file.write_bytes(content)

    with pytest.raises(SettingsError, match="is not TOML"):
        load(file, {})


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
