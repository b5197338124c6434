"""What surrounds every page: who is looking, where he may go, what is burning."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from aiohttp import web

from .i18n import mark

Theme = Literal["auto", "light", "dark"]
THEMES: Final[dict[Theme, str]] = {"auto": mark("As the system"), "light": mark("Light"), "dark": mark("Dark")}


@dataclass(frozen=True, slots=True)
class Viewer:
    """The person signed in, as the page's corner shows him."""

    name: str
    role: str
    """In English, marked for translation."""


@dataclass(frozen=True, slots=True)
class Banner:
    """A line over every page about something that cannot wait; already in the reader's language."""

    text: str
    kind: Literal["bad", "warn", "info"] = "bad"
    href: str = ""


@dataclass(frozen=True, slots=True)
class Hint:
    """Something the viewer has begun and not finished: so many of so many, at `href`.

    `step`, in the reader's language, is the part of it that the open page does; empty on other pages.
    """

    href: str
    done: int
    total: int
    step: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """One entry of the navigation; it appears when its page exists and the viewer may open it."""

    href: str
    label: str
    icon: str
    hint: str = ""
    count: str = ""
    """The page that tells how much waits there, for a number beside the label."""

    def contains(self, path: str) -> bool:
        """Whether `path` is this place or lies under it."""
        return path == self.href or (self.href != "/" and path.startswith(self.href + "/"))


@dataclass(frozen=True, slots=True)
class Group:
    """Entries that belong together, under a title."""

    label: str
    places: tuple[Place, ...]


NAVIGATION: Final = (
    Group(
        mark("Now"),
        (
            Place("/card", mark("Caller card"), "id-card"),
            Place("/live", mark("Live floor"), "activity"),
            Place("/missed", mark("To call back"), "phone-missed", count="/missed/count"),
            Place("/leads", mark("Leads"), "target", count="/leads/count"),
            Place("/presence", mark("Presence"), "user-cog"),
            Place("/questions", mark("Questions"), "help", count="/questions/count"),
            Place("/bookings", mark("Visits"), "calendar", count="/bookings/count"),
            Place("/messages", mark("Messages"), "bell", count="/messages/count"),
            Place("/", mark("Where to?"), "route"),
        ),
    ),
    Group(
        mark("History"),
        (
            Place("/calls", mark("Calls"), "phone"),
            Place("/callbacks", mark("Callbacks"), "phone-outgoing"),
            Place("/recordings", mark("Recordings"), "audio-lines"),
            Place("/recordings/quality", mark("Calls to review"), "check"),
            Place("/recordings/mine", mark("Reviews of calls"), "scroll", count="/recordings/mine/count"),
            Place("/reports", mark("Reports"), "chart"),
        ),
    ),
    Group(
        mark("What we know"),
        (
            Place("/contacts", mark("Contacts"), "contact"),
            Place("/lines", mark("Lines"), "line"),
            Place("/sites", mark("Sites"), "globe"),
            Place("/spam", mark("Spam"), "shield"),
            Place("/plan", mark("Routing plan"), "split"),
        ),
    ),
    Group(mark("House"), (Place("/settings", mark("Settings"), "settings"),)),
)

HOMES: Final = ("/card", "/reports", "/calls", "/settings/account")
"""Where somebody begins who may not open `/`: the first of these that he may; the last is everybody's."""

SETTINGS: Final = (
    Group(
        mark("Telephony"),
        (
            Place("/settings/start", mark("First steps"), "check", mark("What is set up already, and what comes next")),
            Place("/setup", mark("Connect a PBX"), "server", mark("The first fifteen minutes: see your calls")),
            Place("/settings/pbxs", mark("PBXs"), "server", mark("What asks us, with which tokens and addresses")),
            Place("/settings/queues", mark("Queues"), "users", mark("Who answers what, and in which order")),
            Place(
                "/settings/outgoing",
                mark("Outgoing calls"),
                "phone-outgoing",
                mark("Which number they show, and by which trunk"),
            ),
            Place("/settings/card", mark("Caller card"), "id-card", mark("What it shows, hints, topics of wrap-ups")),
            Place(
                "/settings/dialing",
                mark("Calling out"),
                "phone",
                mark("Whom Trunkline may dial and how often, and the switch that stops it"),
            ),
            Place(
                "/settings/missed",
                mark("Rules of missed calls"),
                "phone-missed",
                mark("Who counts as missed, and by when he is called back"),
            ),
            Place(
                "/settings/leads",
                mark("Rules of leads"),
                "target",
                mark("Which calls open a lead, and by when it is taken and called"),
            ),
            Place(
                "/settings/mailboxes",
                mark("Mailboxes"),
                "send",
                mark("Letters of clients become leads"),
            ),
            Place(
                "/settings/chats",
                mark("Chats"),
                "send",
                mark("Messages of clients, gathered by Chat2Desk, become leads"),
            ),
            Place(
                "/settings/visits",
                mark("Visits to clients"),
                "calendar",
                mark("Your own calendar, and how visits are booked"),
            ),
            Place(
                "/settings/questions",
                mark("Questions to experts"),
                "help",
                mark("Topics, and who answers them"),
            ),
            Place("/settings/messages", mark("Messages by rules"), "bell", mark("Who is told what, when and how")),
            Place(
                "/settings/quality",
                mark("Checklist of reviews"),
                "check",
                mark("What is looked at when a call is reviewed"),
            ),
            Place("/settings/calendar", mark("Calendar"), "calendar", mark("Hours, holidays and short days")),
        ),
    ),
    Group(
        mark("People and rights"),
        (
            Place("/settings/people", mark("People"), "user", mark("Agents, roles and what each may see")),
            Place(
                "/settings/departments", mark("Departments"), "users", mark("What stands below what, and who heads it")
            ),
            Place(
                "/settings/tokens", mark("API tokens"), "key", mark("Programs that may ask, until when and for what")
            ),
            Place("/settings/sessions", mark("Sessions"), "log-in", mark("Where you are signed in")),
            Place("/settings/account", mark("Your account"), "user-cog", mark("Password and second factor")),
            Place(
                "/settings/desktop", mark("Desktop helper"), "id-card", mark("The card over all windows of a computer")
            ),
            Place("/settings/messenger", mark("Your messenger"), "send", mark("Who calls you, told by a bot")),
            Place(
                "/settings/phone-contacts",
                mark("Contacts on your telephone"),
                "contact",
                mark("Staff and clients in your Google account"),
            ),
            Place("/settings/audit", mark("Audit log"), "scroll", mark("Who changed what, and when")),
        ),
    ),
    Group(
        mark("Data"),
        (
            Place("/contacts/import", mark("Import from files"), "upload", mark("CSV or XLSX, line by line")),
            Place(
                "/recordings/dictionaries",
                mark("Dictionaries"),
                "audio-lines",
                mark("Phrases that give recordings their tags"),
            ),
            Place("/settings/mirror", mark("Companies and deals"), "database", mark("What our copy of the CRM holds")),
            Place("/settings/erase", mark("Erase a number"), "trash", mark("Everywhere and for good, with a proof")),
            Place("/settings/backups", mark("Backups"), "archive", mark("When the last one was made, and how large")),
        ),
    ),
    Group(
        mark("Running"),
        (
            Place(
                "/settings/status", mark("Status"), "heart-pulse", mark("Each part of Trunkline and how it is doing")
            ),
            Place(
                "/settings/deliveries", mark("Deliveries"), "send", mark("What waits for a CRM, a mailbox or a webhook")
            ),
            Place(
                "/settings/messages/log", mark("Log of messages"), "scroll", mark("What rules told whom, and what not")
            ),
            Place("/settings/crm", mark("CRM"), "database", mark("CRMs told of calls, and read into the mirror")),
            Place(
                "/settings/google", mark("Google contacts"), "contact", mark("Who calls, in employees' own telephones")
            ),
            Place("/settings/bots", mark("Bots"), "send", mark("A messenger shows who calls to whose telephone rings")),
            Place("/settings/tracker", mark("Tracker"), "list", mark("Issues in Yandex Tracker from calls and leads")),
            Place("/settings/exports", mark("Exports"), "chart", mark("Calls told to Metrica, VK and Google")),
            Place("/settings/alarms", mark("Alarms"), "bell", mark("Who is told when something breaks")),
            Place("/settings/design", mark("Design system"), "palette", mark("Every part of a page in every state")),
        ),
    ),
)


def _nobody(_request: web.Request) -> Viewer | None:
    return None


def _no_token(_request: web.Request) -> str:
    return ""


def _anywhere(_request: web.Request, _path: str) -> bool:
    return True


def _quiet(_request: web.Request) -> Sequence[Banner]:
    return ()


def _nothing_begun(_request: web.Request) -> Hint | None:
    return None


def _at_home(_request: web.Request) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where the shell learns about the viewer and the house; the composition root fills it in."""

    viewer: Callable[[web.Request], Viewer | None] = _nobody
    csrf_token: Callable[[web.Request], str] = _no_token
    may_open: Callable[[web.Request, str], bool] = _anywhere
    banners: Callable[[web.Request], Sequence[Banner]] = _quiet
    hint: Callable[[web.Request], Hint | None] = _nothing_begun
    begin: Callable[[web.Request], str] = _at_home
    """Where somebody begins who signs in and asked for no page, if he may open it; empty: at `/`."""


def existing_pages(app: web.Application) -> frozenset[str]:
    """The plain paths this application answers GET on; read after every route is registered."""
    return frozenset(
        route.resource.canonical
        for route in app.router.routes()
        if route.method == "GET" and route.resource is not None and "{" not in route.resource.canonical
    )


def reachable(groups: Sequence[Group], may_reach: Callable[[str], bool]) -> tuple[Group, ...]:
    """`groups` without the places that do not exist or may not be opened."""
    kept = (Group(group.label, tuple(p for p in group.places if may_reach(p.href))) for group in groups)
    return tuple(group for group in kept if group.places)


def below(path: str, here: Place | None, may_reach: Callable[[str], bool]) -> list[tuple[Place, bool]]:
    """The pages under the settings while one of them is open, each with whether it is `path`'s."""
    if here is None or here.href != "/settings":
        return []
    places = [place for group in reachable(SETTINGS, may_reach) for place in group.places]
    return [(place, place.contains(path)) for place in places]
