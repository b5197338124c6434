"""What is said of each first step, by what is there: a function a step. No I/O here."""

import re
from datetime import datetime, timedelta

from trunkline.status.way_facts import MOST_COUNTED, Facts, FileFact
from trunkline.status.way_pbx import of_pbx
from trunkline.status.way_seen import Onward, Seen, State
from trunkline.web import human
from trunkline.web.i18n import current_reader, ngettext
from trunkline.web.i18n import gettext as _

_DAY = timedelta(days=1)
_NAMED = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z0-9-]*[a-z][a-z0-9-]*").fullmatch
"""A host the whole world may know: neither an address, nor `localhost`, nor a pattern of several."""


def of_pbxs(facts: Facts, now: datetime) -> Seen:
    """Heard, every one of them."""
    if not facts.pbxs:
        asterisk = Onward(_("Connect Asterisk or FreePBX"), "/setup", "/setup")
        hosted = Onward(_("Connect a PBX in the cloud"), "/settings/pbxs", "/settings/pbxs")
        todo = _("Have your PBX at hand: the page says what to write there, and then what is wrong with it.")
        return Seen(State.OPEN, _("No PBX is connected yet."), todo, (asterisk, hosted))
    seen = [of_pbx(pbx, now, known=facts.links_known) for pbx in facts.pbxs]
    if wrong := next((one for one in seen if one.state is not State.DONE), None):
        return wrong
    if len(seen) == 1:
        return seen[0]
    told = ngettext("%(number)d PBX is heard.", "%(number)d PBXs are heard.", len(seen)) % {"number": len(seen)}
    return Seen(State.DONE, told, onward=(Onward(_("Look at it"), "/setup", "/setup"),))


def of_calls(facts: Facts, now: datetime) -> Seen:
    """One is enough."""
    if facts.last_call is None:
        if facts.pbxs:
            todo = _("Call one of your numbers: the call appears here by itself.")
        else:
            todo = _("Nothing to do: calls come by themselves once a PBX is heard.")
        return Seen(State.OPEN, _("No call was heard yet."), todo)
    see = (Onward(_("See the calls"), "/calls", "/calls"),)
    if not facts.calls:
        told = _("None for a day; the last one %(moment)s.") % {"moment": _moment(facts.last_call, now)}
        return Seen(State.DONE, told, onward=see)
    since = max(facts.first_call or facts.last_call, now - _DAY)
    told = ngettext(
        "%(number)s call since %(since)s, the last %(ago)s ago.",
        "%(number)s calls since %(since)s, the last %(ago)s ago.",
        facts.calls,
    )
    said = {"number": _number(facts.calls), "since": _moment(since, now), "ago": _lasting(facts.last_call, now)}
    return Seen(State.DONE, told % said, onward=see)


def of_contacts(facts: Facts, _now: datetime) -> Seen:
    """Known by their numbers, from a file, a CRM or by hand."""
    todo = _("Load a file of them, CSV or XLSX; or go on, and let the CRM bring them.")
    told = ngettext("%(number)s contact.", "%(number)s contacts.", facts.contacts)
    return _of_files(facts.contacts, told, facts.contacts_file, _("Nobody is known yet."), todo, "/contacts")


def of_spam(facts: Facts, _now: datetime) -> Seen:
    """Numbers and ranges."""
    todo = _("Load a list of such numbers; or leave it out: what your people mark by hand is kept all the same.")
    told = ngettext("%(number)s number or range.", "%(number)s numbers and ranges.", facts.spam)
    return _of_files(facts.spam, told, facts.spam_file, _("No number is known for spam yet."), todo, "/spam")


def _of_files(count: int, told: str, file: FileFact | None, nothing: str, todo: str, place: str) -> Seen:
    form = f"{place}/import"
    if count:
        said = told % {"number": _number(count)}
        if count >= MOST_COUNTED:
            said = _("More than %(number)s.") % {"number": _number(MOST_COUNTED)}
        return Seen(State.DONE, said, onward=(Onward(_("Load another file"), form, form),))
    waits = {
        "running": _("%(file)s is being read."),
        "mapping": _("%(file)s waits: say what its columns hold."),
        "previewed": _("%(file)s waits: nothing goes in before you say so."),
        "failed": _("%(file)s did not go in."),
        "done": _("%(file)s was read, and nothing of it was taken."),
    }
    if file is None or file.state not in waits:
        return Seen(State.OPEN, nothing, todo, (Onward(_("Load a file"), form, form),))
    said = waits[file.state] % {"file": file.name}
    onward = Onward(_("Go on with the file"), f"{form}/{file.id}", form)
    return Seen(State.UNDER_WAY, said, _("Open it: it says what is wrong, line by line, and what to do."), (onward,))


def of_lines(facts: Facts, _now: datetime) -> Seen:
    """Every called number is one, or an alias of one."""
    count = sum(facts.modes.values())
    add = Onward(_("Add a line"), "/lines/new", "/lines/new")
    lines = ngettext("%(number)s line.", "%(number)s lines.", count) % {"number": _number(count)}
    if facts.strange:
        strange = ngettext(
            "%(number)s number that was called is no line yet.",
            "%(number)s numbers that were called are no lines yet.",
            facts.strange,
        ) % {"number": _number(facts.strange)}
        todo = _("Make lines of them, one click each: a line begins by being observed.")
        onward = (Onward(_("Numbers that were called"), "/lines/unknown", "/lines/unknown"), add)
        return Seen(State.UNDER_WAY if count else State.OPEN, f"{lines} {strange}" if count else strange, todo, onward)
    if not count:
        todo = _("Add the numbers people call; numbers that are called are offered here by themselves.")
        return Seen(State.OPEN, _("No lines yet."), todo, (add,))
    told = f"{lines} {_('Every called number is known.')}" if facts.last_call else lines
    return Seen(State.DONE, told, onward=(Onward(_("See the lines"), "/lines", "/lines"),))


def of_sites(facts: Facts, now: datetime) -> Seen:
    """Every one has numbers, and a visitor was seen there by the script."""
    if not facts.sites:
        todo = _("Add a site and put its line of script on the pages; without sites leave it out.")
        return Seen(
            State.OPEN, _("No site has our script yet."), todo, (Onward(_("Add a site"), "/sites/new", "/sites/new"),)
        )
    for site in facts.sites:
        page = Onward(_("Open the site's page"), f"/sites/{site.key}", "/sites")
        names = {"site": site.name}
        if not site.placements:
            todo = _("Say which numbers its pages have: only those are shown to visitors one each.")
            return Seen(State.UNDER_WAY, _("%(site)s has no numbers yet.") % names, todo, (page,))
        if site.visited_at is None:
            todo = _("Put its line of script into the head of every page, and open one: it shows what was found.")
            look = Onward(
                _("Check it on %(host)s") % {"host": site.host}, f"https://{site.host}/?trunkline=explain", ""
            )
            onward = (page, look) if _NAMED(site.host) else (page,)
            return Seen(State.UNDER_WAY, _("Nobody came to %(site)s with the script yet.") % names, todo, onward)
    last = max(site.visited_at for site in facts.sites if site.visited_at)
    count = len(facts.sites)
    told = ngettext(
        "%(number)s site, the last visitor %(ago)s ago.", "%(number)s sites, the last visitor %(ago)s ago.", count
    ) % {"number": _number(count), "ago": _lasting(last, now)}
    return Seen(State.DONE, told, onward=(Onward(_("See the sites"), "/sites", "/sites"),))


def of_people(facts: Facts, _now: datetime) -> Seen:
    """More than the first administrator, and somebody's telephone is known."""
    add = (Onward(_("Add a person"), "/settings/people/new", "/settings/people/new"),)
    if facts.people <= 1:
        todo = _("Add those who answer, each with his extension and role; each gets a link to choose a password.")
        return Seen(State.OPEN, _("Nobody is here but you."), todo, add)
    told = ngettext("%(number)s person, ", "%(number)s people, ", facts.people) % {"number": _number(facts.people)}
    told += ngettext("%(number)s with an extension.", "%(number)s with extensions.", facts.extensions) % {
        "number": _number(facts.extensions)
    }
    see = Onward(_("See the people"), "/settings/people", "/settings/people")
    if not facts.extensions:
        todo = _("Write down their extensions: by them a call finds its person, and the card its screen.")
        return Seen(State.UNDER_WAY, told, todo, (see,))
    return Seen(State.DONE, told, onward=(see,))


def of_crms(facts: Facts, _now: datetime) -> Seen:
    """At least one, and all of them are signed in at and switched on."""
    if not facts.crms:
        todo = _("Choose yours: Bitrix24, amoCRM, 1C or one of your own; without a CRM leave it out.")
        return Seen(
            State.OPEN, _("No CRM is connected."), todo, (Onward(_("Connect a CRM"), "/settings/crm", "/settings/crm"),)
        )
    for crm in facts.crms:
        page = (Onward(_("Go on with %(crm)s") % {"crm": crm.name}, f"/settings/crm/{crm.id}", "/settings/crm"),)
        names = {"crm": crm.name}
        if not crm.connected:
            todo = _("Sign in there: its page leads you.")
            return Seen(State.UNDER_WAY, _("%(crm)s is written down, but not signed in at.") % names, todo, page)
        if not crm.active:
            todo = _("Look at its page whose users there are whose here, and switch it on.")
            return Seen(State.UNDER_WAY, _("%(crm)s is connected, but switched off.") % names, todo, page)
    told = _("%(crms)s: connected and switched on.") % {"crms": ", ".join(crm.name for crm in facts.crms)}
    return Seen(State.DONE, told, onward=(Onward(_("See the CRMs"), "/settings/crm", "/settings/crm"),))


def of_modes(facts: Facts, _now: datetime) -> Seen:
    """No line is observed or advised about any more."""
    count = {mode: facts.modes.get(mode, 0) for mode in ("observe", "advise", "route")}
    total = sum(count.values())
    if not total:
        return Seen(State.OPEN, _("There are no lines to lead yet."), _("Nothing to do yet: lines come first."))
    said = {mode: _number(number) for mode, number in count.items()}
    told = _("Observed: %(observe)s, advised: %(advise)s, routed: %(route)s.") % said
    share = (count["route"], total)
    lines = {mode: f"/lines?mode={mode}" for mode in count}
    advised = Onward(_("Lines that are advised"), lines["advise"], "/lines")
    observed = Onward(_("Lines that are observed"), lines["observe"], "/lines")
    if count["advise"]:
        todo = _(
            "Look at the advice on a line's page. Where it is right, switch to route; first give the PBX a fallback."
        )
        return Seen(State.UNDER_WAY, told, todo, (advised, *((observed,) if count["observe"] else ())), share)
    if count["observe"]:
        todo = _("Switch one line to advise: its page then tells what would have been done, beside what the PBX did.")
        return Seen(State.UNDER_WAY if count["route"] else State.OPEN, told, todo, (observed,), share)
    return Seen(State.DONE, told, onward=(Onward(_("See the lines"), "/lines", "/lines"),), share=share)


def _number(value: int) -> str:
    return human.number(value, current_reader())


def _moment(value: datetime, now: datetime) -> str:
    return human.moment(value, now, current_reader())


def _lasting(since: datetime, now: datetime) -> str:
    return human.lasting(max(0.0, (now - since).total_seconds()), current_reader())
