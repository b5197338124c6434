"""Puts a recording into a portal: asks where it is to go, and posts it there from the disk."""

import asyncio
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import aiohttp
from yarl import URL

from crm_sync.bitrix24.portal import Portals, Refused
from crm_sync.bitrix24.record import ATTACH_RECORD, Place, attached, place_of, record_params, uploaded
from crm_sync.bitrix24.wire import Bad, Good, read
from crm_sync.body import body_of
from crm_sync.connector import Connector
from trunkline.outbox.event import Fault, Sent
from trunkline.webhooks.address import ForbiddenAddress
from trunkline.webhooks.deliverer import fault_of

UPLOAD_SECONDS: Final = 1200.0
"""Three hours on two tracks are 86 MB: 0.6 Mbit/s take them."""


@dataclass(frozen=True, slots=True)
class Uploads:
    """Puts recordings into every portal."""

    portals: Portals

    async def attach(self, known: Connector, remote: str, name: str, path: Path) -> str:
        """The portal's id of the file, which takes the place of what the call had. Raises Refused."""
        try:
            result = (await self.portals.ask(known, ATTACH_RECORD, record_params(remote, name))).result
        except Refused as refused:
            raise Refused(ATTACH_RECORD, attached(refused.bad)) from None
        place = place_of(result, known.portal)
        told = place if isinstance(place, Bad) else await self._post(place, name, path)
        if isinstance(told, Bad):
            raise Refused(ATTACH_RECORD, told)
        return str(told.result.get("FILE_ID", ""))[:50] if isinstance(told.result, dict) else ""

    async def _post(self, place: Place, name: str, path: Path) -> Good | Bad:
        timeout = aiohttp.ClientTimeout(total=UPLOAD_SECONDS, sock_connect=5.0)
        file = await asyncio.to_thread(path.open, "rb")
        try:
            url = URL(place.url, encoded=True)
            self.portals.rules.check_literal(url.host or "")
            form = aiohttp.FormData()
            form.add_field(place.field, file, filename=name, content_type="audio/mpeg")
            async with self.portals.session.post(url, data=form, allow_redirects=False, timeout=timeout) as answer:
                told = read(answer.status, await body_of(answer))
        except (aiohttp.ClientError, ForbiddenAddress, TimeoutError, OSError, ValueError) as error:
            return Bad(_cut_off(fault_of(error)))
        finally:
            await asyncio.to_thread(file.close)
        return uploaded(told) if isinstance(told, Bad) else told


def _cut_off(fault: Fault) -> Fault:
    """Without the error's words where they may quote the address: whoever has it may put a recording there."""
    return replace(fault, reason="the upload of the recording was cut off") if fault.sent is Sent.MAYBE else fault
