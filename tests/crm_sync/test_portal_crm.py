"""The fake portal's CRM over real HTTP: items, user fields, activities (crm.md §2.6), each once."""

from tests.crm_sync.portal_client import Bench
from tests.fakes.bitrix24.entities import DEAL, LEAD

PHONE = {"typeId": "PHONE", "valueType": "WORK", "value": "+79062195047"}


async def test_an_item_is_found_by_who_made_it(bench: Bench) -> None:
    fields = {"title": "Окна", "originatorId": "trunkline", "originId": "lead-1", "fm": [PHONE], "assignedById": 1}
    made = (await bench.good("crm.item.add", entityTypeId=LEAD, fields=fields))["item"]
    assert (made["id"], made["stageId"], made["fm"][0]["value"]) == (1, "NEW", "+79062195047")
    asked = {"filter": {"=originatorId": "trunkline", "=originId": "lead-1"}, "select": ["id", "title"], "start": -1}
    found = await bench.good("crm.item.list", entityTypeId=LEAD, **asked)
    assert found == {"items": [{"id": 1, "title": "Окна"}]}
    bench.clock.at += 60
    await bench.good("crm.item.update", entityTypeId=LEAD, id=1, fields={"utmSource": "yandex"})
    got = (await bench.good("crm.item.get", entityTypeId=LEAD, id=1))["item"]
    assert (got["utmSource"], got["updatedTime"] > got["createdTime"]) == ("yandex", True)
    assert await bench.good("crm.item.delete", entityTypeId=LEAD, id=1) == []
    status, body = await bench.ask("crm.item.get", {"entityTypeId": LEAD, "id": 1})
    assert (status, body["error"]) == (400, "NOT_FOUND")
    assert bench.portal.violations == []


async def test_changes_are_read_by_when_and_id(bench: Bench) -> None:
    for number in range(60):
        await bench.good("crm.item.batchImport", entityTypeId=DEAL, data=[{"title": f"Сделка {number}"}])
        bench.clock.at += 1
    changed = (await bench.good("crm.item.get", entityTypeId=DEAL, id=5))["item"]["updatedTime"]
    asked = {"filter": {">=updatedTime": changed, ">id": 10}, "order": {"id": "ASC"}, "select": ["id"], "start": -1}
    found = await bench.good("crm.item.list", entityTypeId=DEAL, **asked)
    assert [one["id"] for one in found["items"]] == list(range(11, 61))
    status, _ = await bench.ask("crm.item.batchImport", {"entityTypeId": DEAL, "data": [{"title": ""}] * 21})
    assert status == 400


async def test_a_field_nobody_knows_is_ignored_and_noted(bench: Bench) -> None:
    field = {"FIELD_NAME": "LINE", "USER_TYPE_ID": "string"}
    made = await bench.good("crm.lead.userfield.add", fields=field)
    assert [one["ID"] for one in await bench.good("crm.lead.userfield.list", filter={})] == [str(made)]
    assert (await bench.ask("crm.lead.userfield.add", {"fields": field}))[0] == 400
    item = await bench.good("crm.item.add", entityTypeId=LEAD, fields={"ufCrmLine": "7", "colour": "red"})
    assert (item["item"]["ufCrmLine"], "colour" in item["item"]) == ("7", False)
    assert [(one.what, one.name) for one in bench.portal.violations] == [("unknown", "fields.colour")]
    status, body = await bench.ask("crm.item.add", {"fields": {}})
    assert (status, body["error_description"]) == (400, "Could not find value for parameter {entityTypeId}")


async def test_activities_and_comments(bench: Bench) -> None:
    deal = bench.portal.world.crm.add(DEAL, {"TITLE": "Окна"})
    await bench.talked(CRM_CREATE=1)
    (call,) = await bench.good("crm.activity.list", filter={"PROVIDER_ID": "VOXIMPLANT_CALL"})
    await bench.good("crm.activity.binding.add", activityId=call["ID"], entityTypeId=DEAL, entityId=deal)
    assert (DEAL, deal) in bench.portal.world.bindings[int(call["ID"])]
    todo = await bench.good("crm.activity.todo.add", ownerTypeId=DEAL, ownerId=deal, deadline="2026-12-01T15:00:00")
    assert (await bench.good("crm.activity.get", id=todo["id"]))["PROVIDER_ID"] == "CRM_TODO"
    fields = {"ENTITY_ID": deal, "ENTITY_TYPE": "deal", "COMMENT": "Перезвонить"}
    await bench.good("crm.timeline.comment.add", fields=fields)
    assert [one["COMMENT"] for one in bench.portal.world.comments] == ["Перезвонить"]
    assert bench.portal.violations == []
