"""Rights by name and the roles that hold them. No I/O here."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Right(StrEnum):
    """One thing a person or a token may be allowed to do; the value is what the database and a token's scope hold."""

    CARD_USE = "card.use"  # see who rings, take notes
    CARD_WHOLE = "card.whole"  # on a card what its owner may read elsewhere: for tokens that read cards alone
    PRESENCE_OWN = "presence.own"  # go online, take a break
    PRESENCE_OTHERS = "presence.others"  # the same for colleagues in scope
    CALLS_READ = "calls.read"
    CALLS_DIAL = "calls.dial"  # click to call, transfer, call back
    CALLS_EXPORT = "calls.export"
    CALLS_MOVE = "calls.move"  # send who waits in a queue elsewhere
    CALLS_LISTEN = "calls.listen"  # hear an agent's call while it goes on
    CALLS_WHISPER = "calls.whisper"  # and be heard by the agent
    CALLS_BARGE = "calls.barge"  # and by both
    LIVE_READ = "live.read"  # the wallboard
    RECORDINGS_LISTEN = "recordings.listen"
    RECORDINGS_REVIEW = "recordings.review"  # review calls by the checklist, comment on them
    RECORDINGS_ADD = "recordings.add"  # send in the sound of a call
    RECORDINGS_PAUSE = "recordings.pause"  # keep what is said out of the recording of a call that goes on
    MONEY_READ = "money.read"  # debts and payments
    CONTACTS_READ = "contacts.read"
    CONTACTS_EDIT = "contacts.edit"
    SPAM_READ = "spam.read"
    SPAM_EDIT = "spam.edit"
    LEADS_READ = "leads.read"
    LEADS_EDIT = "leads.edit"
    LINES_READ = "lines.read"
    LINES_EDIT = "lines.edit"
    VISITS_READ = "visits.read"
    SITES_EDIT = "sites.edit"  # call tracking: sites, placeholders, channels
    REPORTS_READ = "reports.read"
    PLAN_READ = "plan.read"  # the routing plan and «where would this call go?»
    PLAN_EDIT = "plan.edit"
    IMPORTS_RUN = "imports.run"
    SETTINGS_READ = "settings.read"
    SETTINGS_EDIT = "settings.edit"  # PBXs, connectors, alarms, backup
    OPERATIONS_READ = "operations.read"  # jobs, outbox, metrics
    OPERATIONS_EDIT = "operations.edit"  # repeat a dead letter, stop a stream
    PEOPLE_EDIT = "people.edit"
    TOKENS_EDIT = "tokens.edit"
    AUDIT_READ = "audit.read"
    NUMBERS_ERASE = "numbers.erase"  # take a telephone number out of everything, for good


class Role(StrEnum):
    """What a person is here to do."""

    AGENT = "agent"
    SUPERVISOR = "supervisor"
    MARKETER = "marketer"
    ADMINISTRATOR = "administrator"


_AGENT = frozenset(
    {
        Right.CARD_USE,
        Right.CARD_WHOLE,
        Right.PRESENCE_OWN,
        Right.CALLS_READ,
        Right.CALLS_DIAL,
        Right.RECORDINGS_PAUSE,
        Right.CONTACTS_READ,
        Right.CONTACTS_EDIT,
        Right.SPAM_READ,
        Right.LEADS_READ,
        Right.LEADS_EDIT,
    }
)

_SUPERVISOR = _AGENT | {
    Right.PRESENCE_OTHERS,
    Right.CALLS_EXPORT,
    Right.CALLS_MOVE,
    Right.LIVE_READ,
    Right.SPAM_EDIT,
    Right.LINES_READ,
    Right.REPORTS_READ,
    Right.PLAN_READ,
    Right.PLAN_EDIT,
}

_MARKETER = frozenset(
    {
        Right.CALLS_READ,
        Right.CALLS_EXPORT,
        Right.CONTACTS_READ,
        Right.LEADS_READ,
        Right.LINES_READ,
        Right.LINES_EDIT,
        Right.VISITS_READ,
        Right.SITES_EDIT,
        Right.REPORTS_READ,
    }
)

#: What each role may do by itself.
ROLE_RIGHTS: Mapping[Role, frozenset[Right]] = MappingProxyType(
    {
        Role.AGENT: _AGENT,
        Role.SUPERVISOR: _SUPERVISOR,
        Role.MARKETER: _MARKETER,
        Role.ADMINISTRATOR: frozenset(Right),
    }
)

#: Rights of their own: no role but the administrator's holds them, they are given to a person by name.
GRANTABLE = frozenset(
    {
        Right.RECORDINGS_LISTEN,
        Right.RECORDINGS_REVIEW,
        Right.MONEY_READ,
        Right.CALLS_LISTEN,
        Right.CALLS_WHISPER,
        Right.CALLS_BARGE,
    }
)

#: What an API token can never hold: a stolen one must not make itself a person or another token, nor destroy for good.
SESSION_ONLY = frozenset({Right.PEOPLE_EDIT, Right.TOKENS_EDIT, Right.NUMBERS_ERASE})

#: What the token of a desktop helper may hold: the card as its owner sees it, and his own presence.
DESKTOP = frozenset({Right.CARD_USE, Right.CARD_WHOLE, Right.PRESENCE_OWN, Right.MONEY_READ})

#: What a card tells by CARD_WHOLE, and nothing else does: no list can be read by it.
_ON_CARDS = frozenset({Right.CONTACTS_READ, Right.CALLS_READ, Right.LEADS_READ, Right.SPAM_READ})


def rights_of(role: Role, grants: frozenset[Right]) -> frozenset[Right]:
    """The rights of a person: the role's, and those of `grants` that may be given by name."""
    return ROLE_RIGHTS[role] | (grants & GRANTABLE)


def card_rights(role: Role, held: frozenset[Right]) -> frozenset[Right]:
    """The rights a card is put together by, for who holds `held`."""
    return held | (ROLE_RIGHTS[role] & _ON_CARDS) if Right.CARD_WHOLE in held else held


def token_rights(owner: frozenset[Right], scopes: frozenset[Right]) -> frozenset[Right]:
    """The rights of a token: what it was made for, never more than its owner has today."""
    return (owner & scopes) - SESSION_ONLY
