"""Sealing and signing: only the same key opens, every changed byte is noticed."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.crypto import SecretBox, WrongKey, load_or_create_key

KEY = bytes(range(32))
box = SecretBox(KEY)


@given(st.binary(max_size=100))
def test_opens_what_it_sealed(secret: bytes) -> None:
    assert box.open(box.seal(secret)) == secret


def test_every_changed_byte_and_every_cut_is_noticed() -> None:
    sealed = box.seal("пароль AMI".encode())
    for index in range(len(sealed)):
        changed = bytearray(sealed)
        changed[index] ^= 1
        for damaged in (bytes(changed), sealed[:index]):
            with pytest.raises(WrongKey):
                box.open(damaged)


def test_another_key_opens_nothing() -> None:
    with pytest.raises(WrongKey):
        SecretBox(bytes(32)).open(box.seal(b"secret"))


@given(st.text(max_size=10), st.binary(max_size=50), st.text(max_size=10), st.binary(max_size=50))
def test_signature_is_of_one_purpose_and_one_message(one: str, data: bytes, other: str, changed: bytes) -> None:
    signature = box.sign(one, data)

    assert box.verify(one, data, signature)
    if (one, data) != (other, changed) and "\0" not in one + other:
        assert not box.verify(other, changed, signature)


def test_key_of_the_wrong_length_is_refused() -> None:
    with pytest.raises(ValueError, match="must be 32"):
        SecretBox(b"short")


def test_processes_that_start_at_once_agree_on_the_key(tmp_path: Path) -> None:
    path = tmp_path / "data" / "secret.key"
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: load_or_create_key(path), range(32)))

    assert len(keys) == 1
    assert path.stat().st_mode & 0o777 == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["secret.key"]
