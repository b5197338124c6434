"""Services that Apprise speaks to, of those whose hosts are fixed: nothing here is told where in our network to go.

A plug-in is imported by its own name, so that those that write files, run programs or speak to the system are never
loaded; its address takes no parameters, which could name a file of ours as a template or switch certificates off.
Apprise resolves names itself, out of reach of our rules of addresses: hence the list of services, not the 177 it has
(crm.md §5).
"""

import importlib
import logging
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

_LONGEST: Final = 1000
SECONDS: Final = 25.0
"""For all of one message: Apprise blocks, in a thread."""


class Service(NamedTuple):
    """A plug-in, the longest text it sends, and what its host must end with where the address names one."""

    name: str
    module: str
    plugin: str
    longest: int
    hosts: tuple[str, ...] = ()


SERVICES: Final[Mapping[str, Service]] = {
    "discord": Service("Discord", "discord", "NotifyDiscord", 1800),
    "gchat": Service("Google Chat", "google_chat", "NotifyGoogleChat", 3500),
    "wxteams": Service("Webex", "webexteams", "NotifyWebexTeams", 3500),
    "pover": Service("Pushover", "pushover", "NotifyPushover", 900),
    "workflows": Service(
        "Microsoft Teams", "workflows", "NotifyWorkflows", 900, (".logic.azure.com", ".api.powerplatform.com")
    ),
}


def plugin_of(kind: str, address: str) -> Any:
    """Apprise's own object for an address such as `discord://<id>/<token>`; raises ValueError. Loads it at first."""
    service = SERVICES[kind]
    if not address.startswith(f"{kind}://") or set("?#") & set(address) or len(address) > _LONGEST:
        raise ValueError(kind)
    # What it writes of its requests holds their secrets.
    logging.getLogger("apprise").disabled = True
    apprise = importlib.import_module("apprise")
    plugin = getattr(importlib.import_module(f"apprise.plugins.{service.module}"), service.plugin)
    found = plugin.parse_url(address)
    if not found:
        raise ValueError(kind)
    memory = apprise.PersistentStoreMode.MEMORY
    asset = apprise.AppriseAsset(secure_logging=True, http_redirects=False, allow_templates=False, storage_mode=memory)
    try:
        made = plugin(**found, asset=asset)
    except TypeError as error:  # Apprise's own kind of it
        raise ValueError(kind) from error
    if service.hosts and not str(made.host or "").endswith(service.hosts):
        raise ValueError(kind)
    return made


def send(kind: str, address: str, title: str, text: str) -> bool:
    """Whether the service has taken it; raises ValueError. Blocks for some seconds."""
    said = (calm(one) for one in (title, text[: SERVICES[kind].longest]))
    return bool(plugin_of(kind, address).notify(title=next(said), body=next(said)))


def calm(text: str) -> str:
    """The text so that nothing in it calls anybody or is taken for a link."""
    return text.replace("@", "@\u200b").replace("<", "‹").replace(">", "›")
