"""A call that a real Asterisk records is written down: voices, telephones, MixMonitor, Opus, text."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from tests.e2e.asterisk.company import in_database
from tests.e2e.asterisk.office import Office, at_work, client, make, phone
from tests.e2e.asterisk.product import Product
from tests.e2e.asterisk.site import Ports, Site
from tests.e2e.asterisk.tree import VERSION, asterisk_tree
from tests.e2e.asterisk.waiting import until
from tests.e2e.speech import a_law, korean, russian, whisper_model
from trunkline.db.types import Connection
from trunkline.pbx.recorded import Folder, told_of

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]


class Writing(Product):
    """One that writes all calls down."""

    def __init__(self) -> None:
        super().__init__()
        models = Path(self.folder.name, "models")
        with self.config.open("a") as config:
            config.write(f'[recordings]\nmodels = "{models}"\ntext = ["all least=1"]\n')
        whisper_model(models)


@pytest.fixture(scope="module")
def office() -> Iterator[Office]:
    """One that records, and whose folder of recordings the product sees."""
    with Writing() as product:
        site = Site(asterisk_tree(VERSION), "written", Ports(router=product.question), recording=True)
        with at_work(product, VERSION, site) as office:
            seen = told_of(Folder(f"{site.inside}/spool/monitor", site.recordings))
            in_database(product.settings, lambda connection: _tell(connection, seen))
            until(lambda: product.log.read_text().count("ami_link_up") > 1, "the link that knows of it", 20)
            yield office


async def _tell(connection: Connection, seen: dict[str, str]) -> None:
    await connection.execute("update pbxs set settings = settings || $1", seen)


def test_what_two_voices_say_is_read_from_the_call(office: Office, tmp_path: Path) -> None:
    asks = a_law(russian(tmp_path / "asks.wav"), before=1.0, seconds=12.0)
    answers = a_law(korean(tmp_path / "answers.wav"), before=7.5, seconds=16.0)

    (told,) = make(
        office,
        replace(phone("phone_talks_aloud", 101), sound=answers),
        replace(client("caller_talks_aloud", pause=14000), sound=asks),
    )
    (row,) = until(lambda: _text(office.product, told["call"]["id"]), "the text", 120)

    assert (row["channels"], row["engine"], row["model"], row["language"]) == (1, "whisper", "whisper-base", "ru")
    said = " ".join(word for piece in row["said"] for word, *_ in piece["words"]).lower()
    assert "меня зовут анна" in said
    assert "доставка в москву" in said
    assert {piece["side"] for piece in row["said"]} == {None}  # one track: nobody knows who speaks


def _text(product: Product, call: str) -> list[Any]:
    asked = """select r.channels, t.engine, t.model, t.language, convert_from(t.pieces, 'UTF8')::jsonb as said
        from recordings r join transcripts t on t.recording_id = r.id
        where r.call_id = $1 and t.stage = 'transcribed'"""

    async def rows(connection: Connection) -> list[Any]:
        return await connection.fetch(asked, UUID(call))

    return in_database(product.settings, rows)
