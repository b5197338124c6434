"""The files for a FreePBX: whole, of `*_custom` names only, and put into files that others write too."""

import asyncio
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import asyncpg
import pytest

from trunkline.crypto import SecretBox
from trunkline.errors import InvalidInput
from trunkline.pbx.asterisk.freepbx import FILES, Given, files_of, merged
from trunkline.pbx.store import save_pbx

SHIPPED = Path(__file__).parents[3] / "config/asterisk"
GIVEN = Given(
    url="http://10.0.0.7:8070", token="t0ken", fallback="ext-queues,400,1", secret="s3cret", permit="10.0.0.7"
)


def test_only_files_freepbx_never_writes() -> None:
    assert set(files_of(GIVEN)) == set(FILES)
    assert all("_custom" in name for name in FILES)


def test_what_was_given_is_in_them() -> None:
    files = files_of(GIVEN)

    assert "TRUNKLINE_URL = http://10.0.0.7:8070/router/v1/asterisk\n" in files["globals_custom.conf"]
    assert "TRUNKLINE_TOKEN = t0ken\n" in files["globals_custom.conf"]
    assert "secret = s3cret\n" in files["manager_custom.conf"]
    assert "permit = 10.0.0.7/32\n" in files["manager_custom.conf"]
    assert not re.search(r"@[A-Z]+@", "".join(files.values()))


def test_macro_is_never_used() -> None:
    lines = files_of(GIVEN)["extensions_custom.conf"].splitlines()

    assert [line for line in lines if "Macro(" in line.partition(";")[0]] == []


@pytest.mark.parametrize("context", ["trunkline-place", "trunkline-look"])
def test_the_fallback_is_looked_up_as_in_the_shipped_dialplan(context: str) -> None:
    shipped = (SHIPPED / "extensions_trunkline.conf.example").read_text()

    assert _section(files_of(GIVEN)["extensions_custom.conf"], context) == _section(shipped, context)


def test_rights_and_cel_are_those_of_the_shipped_examples() -> None:
    ours, shipped = files_of(GIVEN)["manager_custom.conf"], (SHIPPED / "manager.conf.example").read_text()
    for name in ("read", "write", "writetimeout", "eventfilter", "timestampevents", "channelvars"):
        assert _settings(ours, name) == _settings(shipped, name)
    for name, example in (("cel_custom.conf", "trunkline.csv =>"), ("cel_general_custom.conf", "events =")):
        wanted = (SHIPPED / f"{name.replace('_general_custom', '')}.example").read_text()
        assert [row for row in files_of(GIVEN)[name].splitlines() if row.startswith(example)] == [
            row for row in wanted.splitlines() if row.startswith(example)
        ]


def test_feature_codes_are_settings() -> None:
    given = replace(GIVEN, codes="*21,#22,2300")
    told = files_of(given)["globals_custom.conf"]

    assert "TRUNKLINE_CODE_ONLINE = *21\nTRUNKLINE_CODE_BREAK = #22\nTRUNKLINE_CODE_OFFLINE = 2300\n" in told
    for codes in ("*21,*22", "*21,*21,*22", "*21,*22,*21", "*21,*22,*22", "*21,*22,x", "*21,*22,*23,*24", ""):
        with pytest.raises(InvalidInput, match=r"codes: must be three different feature codes"):
            files_of(replace(GIVEN, codes=codes))


def test_the_codes_are_those_of_the_shipped_dialplan() -> None:
    ours, shipped = files_of(GIVEN), (SHIPPED / "extensions_trunkline.conf.example").read_text()
    codes = re.findall(r"^TRUNKLINE_(?:CODE|SAID)_.*", shipped, re.MULTILINE)

    assert len(codes) == 7
    assert re.findall(r"^TRUNKLINE_(?:CODE|SAID)_.*", ours["globals_custom.conf"], re.MULTILINE) == codes
    extensions = [row for row in ours["extensions_custom.conf"].splitlines() if "Goto(trunkline-say" in row]
    assert extensions == [row for row in shipped.splitlines() if "Goto(trunkline-say" in row]


def test_every_mistake_is_told_and_no_secret() -> None:
    wrong = Given(url="ftp://x", token="a b", fallback="ext-queues", prefix="x", user="a]", secret="a;b", permit="pbx")

    with pytest.raises(InvalidInput) as caught:
        files_of(wrong)

    paths = {mistake.path for mistake in caught.value.mistakes}
    assert paths == {"url", "token", "fallback", "prefix", "user", "secret", "permit"}
    assert "a;b" not in str(caught.value)
    assert "a b" not in str(caught.value)


@pytest.mark.parametrize(
    ("existing", "before", "after"),
    [
        pytest.param("", "", "", id="no file"),
        pytest.param("[mine]\n", "[mine]\n\n", "", id="another's"),
        pytest.param("[mine]", "[mine]\n\n", "", id="without a last line end"),
        pytest.param(f"[a]\n{merged('', 'old')}[b]\n", "[a]\n", "[b]\n", id="ours between others'"),
    ],
)
def test_our_part_is_replaced_and_nothing_else(existing: str, before: str, after: str) -> None:
    ours = merged("", r"new \1")

    assert merged(existing, r"new \1") == before + ours + after
    assert merged(merged(existing, "x"), "new") == merged(existing, "new")


def _run(*arguments: str, data_dir: Path, answer: str = "", **more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "trunkline", "pbx", "freepbx", *arguments]
    environment = os.environ | {"TRUNKLINE_DATA_DIR": str(data_dir)} | more
    return subprocess.run(
        command, env=environment, input=answer, capture_output=True, text=True, timeout=60, check=False
    )


def test_print_shows_no_secret(tmp_path: Path) -> None:
    told = _run("--print", "--token-file", "-", data_dir=tmp_path, answer="the-token\n")

    assert told.returncode == 0, told.stderr
    assert "TRUNKLINE_TOKEN = CHANGE-ME" in told.stdout
    assert "the-token" not in told.stdout
    assert "Custom Destinations" in told.stderr


def test_write_keeps_what_is_there(tmp_path: Path) -> None:
    folder = tmp_path / "asterisk"
    folder.mkdir()
    (folder / "extensions_custom.conf").write_text("[mine]\nexten => s,1,Hangup()\n")
    (folder / "extensions_custom.conf").chmod(0o664)

    for _ in range(2):
        assert _run("--write", str(folder), "--fallback", "ext-queues,400,1", data_dir=tmp_path).returncode == 0

    text = (folder / "extensions_custom.conf").read_text()
    assert text.startswith("[mine]\nexten => s,1,Hangup()\n")
    assert text.count("[trunkline-route]") == 1
    assert (folder / "extensions_custom.conf").stat().st_mode & 0o777 == 0o664
    assert (folder / "manager_custom.conf").stat().st_mode & 0o777 == 0o640
    assert sorted(path.name for path in folder.iterdir()) == sorted(FILES)


def test_a_wrong_option_changes_no_file(tmp_path: Path) -> None:
    told = _run("--write", str(tmp_path), "--fallback", "400", data_dir=tmp_path)

    assert told.returncode == 1
    assert "fallback: must be a destination such as ext-queues,400,1" in told.stderr
    assert not list(tmp_path.glob("*_custom*"))


async def test_user_and_secret_come_from_the_pbx_of_ours(pool: asyncpg.Pool, database_url: str, tmp_path: Path) -> None:
    key = bytes(range(32))
    link = {"host": "10.0.0.5", "port": 5038, "username": "listener", "cel_file": ""}
    await save_pbx(
        pool, SecretBox(key), pbx="office", name="Office", kind="asterisk", settings=link, secrets={"secret": "s3cret"}
    )
    server = {"TRUNKLINE_DATABASE_URL": database_url, "TRUNKLINE_KEY": key.hex()}

    told = await asyncio.to_thread(
        _run, "--print", "--write", str(tmp_path), "--pbx", "office", data_dir=tmp_path, **server
    )

    assert told.returncode == 0, told.stderr
    assert "[listener]\nsecret = s3cret\n" in (tmp_path / "manager_custom.conf").read_text()
    assert "[listener]\nsecret = CHANGE-ME-ami-secret\n" in told.stdout
    assert "s3cret" not in told.stdout + told.stderr


def _section(text: str, context: str) -> str:
    return text.split(f"[{context}]")[1].split("\n\n", maxsplit=1)[0].strip()


def _settings(text: str, name: str) -> list[str]:
    rows = (row.partition(";")[0].strip() for row in text.splitlines())
    return [row for row in rows if re.match(rf"{name}\s*=", row)]
