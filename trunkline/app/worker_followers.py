"""The worker's part of what follows calls and people of ourselves: files of the directory, callbacks, leads, legs."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from trunkline.app.fallback import run_fallback
from trunkline.app.worker_part import House, Part
from trunkline.callerid.last_file import run_last_lines
from trunkline.dialing.engine import run_callbacks
from trunkline.directory.follow import run_directory
from trunkline.directory.reader import Directory
from trunkline.leads.engine import run_leads
from trunkline.leads.orphans import run_orphans
from trunkline.leads.overlaps import run_overlaps
from trunkline.pbx.hooks.dialer import HostedDialer, dialling_api
from trunkline.presence.hosted_groups import run_hosted_groups
from trunkline.presence.hosted_phones import run_hosted_phones
from trunkline.presence.legs import run_legs
from trunkline.processwatch import run_process_watch
from trunkline.webhooks.address import AddressRules

_REGISTRY_SECONDS = 10.0


@asynccontextmanager
async def open_followers(house: House) -> AsyncIterator[Part]:
    """A session to the APIs of hosted PBXs is kept open."""
    services, redis, directory = house
    settings, pool, zone = services.settings, services.pool, services.settings.web.timezone
    rules = AddressRules(settings.web.webhook_private_addresses)
    words = services.translations.spoken(settings.web.language).gettext
    async with dialling_api(rules) as api:
        yield Part(
            {
                "hosted dials": HostedDialer(pool, redis, settings.secret_box(), api, words).run,
                "registry": partial(_follow_registry, directory),
                "directory": partial(run_directory, settings),
                "last lines": partial(run_last_lines, pool, settings.data_dir / "directory"),
                "callbacks": partial(run_callbacks, pool, redis, zone, settings.secret_box()),
                "leads": partial(run_leads, pool, redis, zone),
                "orphans": partial(run_orphans, pool, redis),
                "overlaps": partial(run_overlaps, pool, zone),
                "legs": partial(run_legs, pool, redis),
                "hosted groups": partial(run_hosted_groups, settings, pool, redis),
                "hosted phones": partial(run_hosted_phones, settings, pool, redis),
                "process watch": partial(run_process_watch, services),
                **({"fallback": partial(run_fallback, services)} if settings.fallback.directory else {}),
            }
        )


async def _follow_registry(directory: Directory) -> None:
    """Read the directory's newest file, for the regions of callers; they change with a registry, a few times a year."""
    while True:
        directory.refresh()
        await asyncio.sleep(_REGISTRY_SECONDS)
