"""The product keeps a real Asterisk's queue members right, by a second AMI user that may do that and nothing else."""

from typing import Any

import pytest

from tests.e2e.asterisk import company
from tests.e2e.asterisk.ami import Ami, Message
from tests.e2e.asterisk.office import Office, client, phone, talk
from tests.e2e.asterisk.pbx import Asterisk
from tests.e2e.asterisk.sipp import Party
from tests.e2e.asterisk.site import SHIPPED
from tests.e2e.asterisk.waiting import until
from trunkline.db.types import Connection
from trunkline.pbx.store import find_pbx, save_pbx

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]

_USER, _SECRET = "trunkline-members", "m3mbers"
_MOBILE = "79265550101"
_WRAP_UP = 4


@pytest.fixture(scope="module", autouse=True)
def _kept(office: Office) -> None:
    """The company lets the product keep its members."""
    _let_members_in(office.pbx)
    company.in_database(office.product.settings, lambda connection: _allow(connection, office))


def _let_members_in(pbx: Asterisk) -> None:
    """The shipped file, as an administrator copies it."""
    text = (SHIPPED / "manager_members.conf.example").read_text().replace("CHANGE-ME-members-secret", _SECRET)
    with (pbx.site.folder / "etc/manager_test.conf").open("a") as file:
        file.write("\n" + text)
    pbx.run_cli("manager reload")


async def _allow(connection: Connection, office: Office) -> None:
    box = office.product.settings.secret_box()
    row = await find_pbx(connection, company.PBX)
    assert row is not None
    more = {"members_username": _USER, "wrap_up_seconds": _WRAP_UP}
    secrets = row.opened(box) | {"members_secret": _SECRET}
    await save_pbx(
        connection, box, pbx=row.id, name=row.name, kind=row.kind, settings=row.settings | more, secrets=secrets
    )


def _write(office: Office, statement: str, *arguments: Any) -> None:
    async def work(connection: Connection) -> None:
        await connection.execute(statement, *arguments)

    company.in_database(office.product.settings, work)


def _put(office: Office, queue: str, extension: str, penalty: int) -> None:
    _write(
        office,
        "insert into queue_members (queue_id, person_id, penalty) select $1, id, $3 from people where extension = $2 "
        "on conflict (queue_id, person_id) do update set penalty = excluded.penalty",
        queue,
        extension,
        penalty,
    )


def _take_out(office: Office, queue: str, extension: str) -> None:
    _write(
        office,
        "delete from queue_members where queue_id = $1 and person_id = (select id from people where extension = $2)",
        queue,
        extension,
    )


def members(pbx: Asterisk) -> dict[tuple[str, str], Message]:
    """What QueueStatus shows, by queue and interface."""
    with pbx.tester() as ami:
        listed = ami.ask_list("QueueStatus")
    return {(one["Queue"], one["Location"]): one for one in listed if one["Event"] == "QueueMember"}


def _until_member(office: Office, queue: str, extension: str, **fields: str) -> None:
    def fits() -> bool:
        member = members(office.pbx).get((queue, f"PJSIP/{extension}"))
        return member is not None and all(member[name] == value for name, value in fields.items())

    until(fits, f"PJSIP/{extension} in {queue} with {fields}", 20)


def _until_gone(office: Office, queue: str, extension: str) -> None:
    gone = (queue, f"PJSIP/{extension}")
    until(lambda: gone not in members(office.pbx), f"PJSIP/{extension} out of {queue}", 20)


def _until_paused(office: Office, extension: str, paused: bool) -> None:
    def fits() -> bool:
        own = [one for (_, interface), one in members(office.pbx).items() if interface == f"PJSIP/{extension}"]
        reason = "trunkline" if paused else ""
        return {(one["Paused"], one["PausedReason"]) for one in own} == {(f"{paused:d}", reason)}

    until(fits, f"PJSIP/{extension} to be {'paused' if paused else 'at work'}", 20)


@pytest.mark.parametrize(
    ("action", "fields"),
    [
        ("QueueAdd", {"Queue": "finance", "Interface": "PJSIP/999"}),
        ("QueuePenalty", {"Queue": "finance", "Interface": "PJSIP/999", "Penalty": "2"}),
        ("QueuePause", {"Queue": "finance", "Interface": "PJSIP/999", "Paused": "true", "Reason": "trunkline"}),
        ("QueueRemove", {"Queue": "finance", "Interface": "PJSIP/999"}),
        ("QueueStatus", {}),
        ("ListCommands", {}),
    ],
)
def test_the_second_user_may(office: Office, action: str, fields: dict[str, str]) -> None:
    with Ami(office.pbx.site.ports.ami, _USER, _SECRET) as ami:
        assert ami.ask(action, **fields)["Response"] == "Success"


def test_the_second_user_may_not_dial_or_hear(office: Office) -> None:
    with Ami(office.pbx.site.ports.ami, _USER, _SECRET) as ami, office.pbx.tester() as tester:
        offered = ami.ask("ListCommands")
        tester.ask("UserEvent", UserEvent="Anybody")
        assert tester.wait_for("UserEvent", UserEvent="Anybody")
        assert ami.ask("Ping")["Response"] == "Success"

    assert not {"Originate", "Redirect", "Hangup", "Command", "Setvar", "UpdateConfig", "Reload", "DBPut"} & set(
        offered
    )
    assert ami.events("UserEvent") == []


def test_members_follow_our_rows(office: Office) -> None:
    _put(office, "production", "101", 3)
    _until_member(office, "production", "101", Membership="dynamic", Penalty="3")

    _put(office, "production", "101", 1)
    _until_member(office, "production", "101", Penalty="1")

    _take_out(office, "production", "101")
    _until_gone(office, "production", "101")
    assert members(office.pbx)["production", "PJSIP/201"]["Membership"] == "static"


def test_a_restarted_asterisk_gets_its_members_again(office: Office) -> None:
    _put(office, "production", "102", 2)
    _until_member(office, "production", "102", Penalty="2")

    office.pbx.restart()

    office.until_linked()
    _until_member(office, "production", "102", Membership="dynamic", Penalty="2")
    _take_out(office, "production", "102")
    _until_gone(office, "production", "102")


def test_static_members_and_those_of_others_stay(office: Office) -> None:
    _take_out(office, "sales", "103")  # static there
    with office.pbx.tester() as ami:
        ami.ask("QueueAdd", Queue="finance", Interface="PJSIP/104", Penalty="7")
    _put(office, "production", "103", 0)
    _until_member(office, "production", "103")  # a whole round has passed

    now = members(office.pbx)
    assert now["sales", "PJSIP/103"]["Membership"] == "static"
    assert now["finance", "PJSIP/104"]["Penalty"] == "7"
    _take_out(office, "production", "103")
    _put(office, "sales", "103", 0)
    _until_gone(office, "production", "103")


def test_after_an_outgoing_talk_the_agent_is_left_in_peace(office: Office) -> None:
    with talk(office.pbx) as scene:
        scene.start(Party("phone_answers", "outside"), Party("caller_talks", "101", dials=_MOBILE, pause=1000))
        scene.finish()

    _until_paused(office, "101", paused=True)
    _until_paused(office, "101", paused=False)  # its end lifts it


def test_a_pause_that_ended_while_nobody_looked_is_lifted_at_the_start(office: Office) -> None:
    _write(
        office,
        "insert into wrap_ups (pbx, extension, call_id, until) values ('office', '102', gen_random_uuid(), "
        "now() + interval '1 hour') on conflict (pbx, extension) do update set until = excluded.until",
    )
    _until_paused(office, "102", paused=True)
    office.product.stop()
    office.product.start()
    _until_paused(office, "102", paused=True)
    office.product.stop()
    with office.pbx.tester() as ami:
        ami.ask("QueuePause", Interface="PJSIP/103", Paused="true", Reason="lunch")
    assert members(office.pbx)["sales", "PJSIP/102"]["Paused"] == "1"

    office.product.start()
    _write(office, "update wrap_ups set until = now()")

    _until_paused(office, "102", paused=False)
    assert members(office.pbx)["sales", "PJSIP/103"]["PausedReason"] == "lunch"
    with office.pbx.tester() as ami:
        ami.ask("QueuePause", Interface="PJSIP/103", Paused="false")


def test_three_in_wrap_up_are_no_empty_queue(office: Office) -> None:
    """The shipped joinempty: a caller waits for agents who are all paused, and gets one when his pause ends."""
    statement = (
        "insert into wrap_ups (pbx, extension, call_id, until) values ('office', $1, gen_random_uuid(), "
        "now() + make_interval(secs => $2)) on conflict (pbx, extension) do update set until = excluded.until"
    )
    for extension in ("101", "102", "103"):
        _write(office, statement, extension, 3600.0)
    for extension in ("101", "102", "103"):
        _until_paused(office, extension, paused=True)

    with talk(office.pbx) as scene:
        scene.start(phone("phone_answers", 101), client(pause=6000))
        assert scene.watcher.wait_for("QueueCallerJoin", Queue="sales")
        _write(office, "update wrap_ups set until = now()")
        (linkedid,) = scene.finish()

    told = office.product.call(linkedid)["call"]
    assert (told["outcome"], told["answered_by"], told["queues"]) == ("answered", "101", ["sales"])
