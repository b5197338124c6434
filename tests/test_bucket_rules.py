"""The settings `recordings.s3_*`: what is no bucket, what is missing, and that the secret is nowhere repeated."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from trunkline.app.command import application
from trunkline.bucket_rules import crosses_in_clear
from trunkline.errors import SettingsError
from trunkline.settings import load

SECRET = "wJalrXUtnFEMI"
WHOLE = {"bucket": "calls", "endpoint": "https://storage.example.com", "key_id": "AKIA1", "secret": SECRET}


def environment(**settings: str) -> dict[str, str]:
    return {f"TRUNKLINE_RECORDINGS_{name}".upper(): value for name, value in settings.items()}


def bucket(**settings: str) -> dict[str, str]:
    return environment(**{f"s3_{name}": value for name, value in settings.items()})


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"endpoint": ""},
        {"endpoint": "http://[::1]:9000/"},
        {"bucket": "Calls_2026.old"},
        {"prefix": "trunkline/calls-1"},
        {"region": "ru-central1"},
        {"path_style": "false"},
    ],
)
def test_what_is_right_is_taken(more: dict[str, str]) -> None:
    settings = load(None, bucket(**WHOLE | more))
    assert settings.recordings_place.startswith(f"the bucket {settings.recordings.s3_bucket}")


@pytest.mark.parametrize(
    ("name", "value", "right"),
    [
        ("bucket", "s3://calls", "must be a bucket's name alone"),
        ("bucket", "a", "must be a bucket's name alone"),
        ("endpoint", "storage.example.com", "must be http:// or https:// and a host"),
        ("endpoint", "https://storage.example.com/calls", "without the bucket"),
        ("endpoint", f"https://user:{SECRET}@storage.example.com", "must be http:// or https:// and a host"),
        ("endpoint", "https://storage.example.com:99999", "must be http:// or https:// and a host"),
        ("region", "Frankfurt am Main", "must be a region, e.g. eu-central-1"),
        ("region", "", "must be a region, e.g. eu-central-1"),
        ("prefix", "/calls/", "must be names with a / between them"),
        ("prefix", "../calls", "must be names with a / between them"),
        ("key_id", "AKIA 1", "must be the key's id alone"),
        ("secret", f"{SECRET} ", "must be the secret alone"),
        ("key_id", "", "must be set, as recordings.s3_bucket is"),
        ("secret", "", "must be set, as recordings.s3_bucket is"),
        ("bucket", "", "must name the bucket, as recordings.s3_endpoint is set"),
    ],
)
def test_what_is_wrong_is_named(name: str, value: str, right: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(right)) as caught:
        load(None, bucket(**WHOLE | {name: value}))

    assert [mistake.path for mistake in caught.value.mistakes] == [f"recordings.s3_{name}"]
    assert SECRET not in str(caught.value)


def test_a_folder_beside_a_bucket_is_one_too_many() -> None:
    with pytest.raises(SettingsError, match=r"recordings\.directory: must be empty"):
        load(None, bucket(**WHOLE) | environment(directory="/srv/recordings"))


def test_the_secret_is_nowhere_repeated(tmp_path: Path) -> None:
    assert SECRET not in repr(load(None, bucket(**WHOLE)))
    file = tmp_path / "trunkline.toml"
    file.write_text(f'[recordings]\ns3_secret = ["{SECRET}"]\n', encoding="utf-8")
    with pytest.raises(SettingsError, match=r"recordings\.s3_secret: must be a text") as caught:
        load(file, {})
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    ("endpoint", "clear"),
    [
        ("http://storage.lan:9000", True),
        ("http://10.0.0.2", True),
        ("http://127.0.0.1:9000", False),
        ("http://[::1]:9000", False),
        ("http://localhost:9000", False),
        ("https://storage.lan", False),
        ("", False),
    ],
)
def test_sound_that_crosses_in_clear_is_noted(endpoint: str, clear: bool) -> None:
    assert crosses_in_clear(endpoint) is clear
    checked = CliRunner().invoke(application, ["check-config"], env=bucket(**WHOLE | {"endpoint": endpoint}))
    assert checked.exit_code == 0
    assert ("note: recordings.s3_endpoint: " in checked.output) is clear
    place = f"recordings to the bucket calls at {endpoint or 'Amazon S3 in us-east-1'}, "
    assert place in checked.output
    assert SECRET not in checked.output
