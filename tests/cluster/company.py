"""The company that is called: one PBX, one line, one supplier who is known."""

import uuid

from tests.e2e.asterisk import company
from trunkline.crypto import SecretBox, token_hash
from trunkline.db.types import Connection
from trunkline.pbx.store import save_pbx

PBX, LINE, TOKEN = "office", "+74951234567", "t0ken-of-the-office-and-long-enough"
SUPPLIER, PLACE = "+79160000001", "production"
_QUEUES = ("sales", "production", "finance", "quality")


async def settle(connection: Connection, key: bytes, address: str, port: int) -> None:
    """Put it into the database; its AMI is at `address`."""
    async with connection.transaction():
        for queue in _QUEUES:
            statement = "insert into queues (id, name, target, strategy) values ($1, $1, $1, 'linear')"
            await connection.execute(statement, queue)
        await connection.execute("insert into people (id, name, extension) values ($1, '201', '201')", uuid.uuid4())
        await company.publish(connection, lines={})
        link = {"host": address, "port": port, "username": "trunkline"}
        await save_pbx(
            connection,
            SecretBox(key),
            pbx=PBX,
            name=PBX,
            kind="asterisk",
            settings=link,
            secrets={"secret": "s3cret"},
        )
        await connection.execute(
            "update pbxs set token_hashes = array[$2]::bytea[] where id = $1", PBX, token_hash(TOKEN)
        )
        await connection.execute(
            "insert into lines (id, number, name, pbx_id, fallback, mode) "
            "values ($1, $2, $2, $3, 'queue:sales', 'route')",
            uuid.uuid4(),
            LINE,
            PBX,
        )
        contact = uuid.uuid4()
        await connection.execute("insert into contacts (id, name, class) values ($1, 'Supplier', 'supplier')", contact)
        await connection.execute("insert into contact_phones (number, contact_id) values ($1, $2)", SUPPLIER, contact)
        await company.set_day(connection, "working")
