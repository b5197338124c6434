"""An import as a browser goes through it: a file is sent, looked at, let in."""

import asyncio
import re

from tests.people.web import HTML, Browser
from tests.web.composed import text_of, upload

CONTACTS = """external_id;Имя;Телефон;Класс
K1;Иванов;8 (916) 123-45-67;клиент
K2;Петров;12;клиент
K3;Сидоров;+79161234569;враг
""".encode()


async def finished(browser: Browser, path: str) -> str:
    """The page's moving part once it has stopped."""
    polled = {"HX-Request": "true", "HX-Target": "import-state"}
    async with asyncio.timeout(30):
        while (answer := await browser.get(path, headers=HTML | polled)).status != 286:
            assert answer.status == 200
            await asyncio.sleep(0.05)
    return await answer.text()


async def sent(browser: Browser, path: str, content: bytes, **fields: str) -> str:
    """Where htmx is sent after the file."""
    answer = await upload(browser, path, content, **fields)
    assert answer.status == 204, await answer.text()
    return answer.headers["HX-Redirect"]


async def let_in(browser: Browser, run: str) -> str:
    """What was shown goes in; what the page says then."""
    shown = re.search(r'name="fingerprint" value="(-?\d+)"', await text_of(browser, run))
    assert shown is not None
    answer = await browser.send(f"{run}/commit", {"fingerprint": shown.group(1)}, page=run)
    assert (answer.status, answer.headers["Location"]) == (303, run)
    return await finished(browser, run)
