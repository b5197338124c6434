"""Every kind of CRM answers the whole of its port: a further one is a folder and a row of the table."""

from importlib import resources
from pathlib import Path

import aiohttp
import pytest

from crm_sync.kinds import KINDS, SIGNED, TABLE, TOLD, Entry
from crm_sync.mirror import READ
from crm_sync.opening import Crms
from crm_sync.port import Reach, SignedCrm
from crm_sync.reconciling import SQL as COMPARED
from crm_sync.told import SYSTEMS
from tests.crm_sync.recorder import handing_on
from tests.crm_sync.scene import BOX
from trunkline.db.types import Connection, Pool
from trunkline.webhooks.address import AddressRules

TEMPLATES = resources.files("crm_sync").joinpath("templates")


async def _link(_connection: Connection, _recording: object, name: str) -> str:
    return f"https://calls.example.ru/r/{name}"


@pytest.mark.parametrize(("name", "entry"), TABLE.items(), ids=TABLE)
def test_a_kind_has_its_words_and_its_pages(name: str, entry: Entry) -> None:
    kind = KINDS[name]

    assert kind.title
    assert {"name", "portal"} <= set(kind.labels)
    assert set(kind.defaults) <= {*kind.labels, "oauth_url"}
    for part in ("add", "fields", "sign_in"):
        assert TEMPLATES.joinpath(f"{name}_{part}.html").is_file()
    assert kind.is_told == (name in TOLD) == (name in SYSTEMS)
    assert bool(kind.record_choices) <= kind.is_told
    assert "none" in {choice for choice, _words in kind.record_choices} or not kind.record_choices
    assert all(one is None or one is kind for one in (entry.signed, entry.told))


@pytest.mark.parametrize("name", TOLD)
def test_what_is_told_has_words_on_a_calls_page(name: str) -> None:
    assert SYSTEMS[name].prefix == name
    assert all(event.startswith(f"{name}.") for event in SYSTEMS[name].words)


@pytest.mark.parametrize("name", TABLE)
async def test_what_asks_a_kind_answers_the_port(name: str, pool: Pool, tmp_path: Path) -> None:
    async with aiohttp.ClientSession() as session:
        reach = Reach(pool, None, BOX, session, AddressRules(()), str, lambda _: None)
        async with TABLE[name].opened(reach) as crm:
            crms = Crms({name: crm})
            deliverers = [*crms.deliverers, *crms.record_deliverers(handing_on(pool, tmp_path), _link)]

            assert crms.of(type(crm)) is crms[name]
            told = TOLD[name].event_words if name in TOLD else {}
            assert {kind for one in deliverers for kind in one.kinds} >= set(told)
            assert (name in crms.readers()) == (name in READ)
            assert (name in crms.sources) == (f"to_compare_{name}" in COMPARED)
            assert isinstance(crm, SignedCrm) >= (name in SIGNED or KINDS[name].takes_tokens)
