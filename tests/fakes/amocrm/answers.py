"""How an account answers: rows as they are told, pages of them, problems (crm.md §3.1)."""

from typing import Any

from aiohttp import web

from tests.fakes.amocrm.world import Row


def row_of(row: Row, wanted: str = "") -> Row:
    """As it is told: without what is only ours. Companies of contacts and leads, and a lead's contacts, are named.

    Customers are where `with` (`wanted`) asks for them.
    """
    told = {key: value for key, value in row.items() if not key.startswith("_")}
    kinds = ["leads", "companies", "contacts", *(["customers"] if "customers" in wanted else [])]
    embedded = {kind: [{"id": one} for one in row.get(f"_{kind}", ())] for kind in kinds}
    for place, one in enumerate(embedded["contacts"]):
        one["is_main"] = place == 0
    return told | {"_embedded": embedded}


def listed(kind: str, rows: list[Row], request: web.Request) -> web.Response:
    """A page, at most 250 of them; an empty one is 204 (crm.md §3.1)."""
    limit, number = int(request.query.get("limit", "50")), int(request.query.get("page", "1"))
    if limit > 250:
        return problem_of(400, "Bad Request")
    shown = rows[(number - 1) * limit : number * limit]
    links = {"next": {"href": "…"}} if len(rows) > number * limit else {}
    told = {"_page": number, "_links": links, "_embedded": {kind: shown}}
    return web.json_response(told) if shown else web.Response(status=204)


def problem_of(status: int, title: str, **more: Any) -> web.Response:
    """RFC 7807, or nearly (crm.md §3.1)."""
    body = {"title": title, "type": "https://httpstatus.es/", "status": status, "detail": title, **more}
    return web.json_response(body, status=status, content_type="application/problem+json")
