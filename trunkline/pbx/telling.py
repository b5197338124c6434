"""Writing a PBX's device states to Valkey, and saying which changed, in one step."""

from collections.abc import Mapping
from importlib import resources

from redis.asyncio import Redis

from trunkline.pbx.devices import PROVED_AT, device_key, encode_change

_SCRIPT = resources.files("trunkline.pbx").joinpath("tell.lua").read_text(encoding="utf-8")


class Teller:
    """Tells of the devices of one PBX; a script, for a cluster's transactions are none for us (docs/decisions/0260)."""

    def __init__(self, redis: Redis, pbx: str) -> None:
        self.key = device_key(pbx)
        self._script = redis.register_script(_SCRIPT)

    async def tell(self, fields: Mapping[str, str], proved_at: float, *, whole: bool) -> None:
        """Write `fields` and when the link was proved, in place of all there was where they are the `whole`."""
        written = [value for field in fields.items() for value in field]
        message = encode_change(fields, proved_at)
        await self._script([self.key], [int(whole), message, *written, PROVED_AT, proved_at])
