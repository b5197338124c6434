"""Roles, rights and deeds in the words of the pages."""

from collections.abc import Mapping
from typing import Final

from trunkline.people.roles import Right, Role
from trunkline.web.i18n import mark

ROLE_NAMES: Final[Mapping[Role, str]] = {
    Role.AGENT: mark("Agent"),
    Role.SUPERVISOR: mark("Supervisor"),
    Role.MARKETER: mark("Marketer"),
    Role.ADMINISTRATOR: mark("Administrator"),
}

RIGHT_NAMES: Final[Mapping[Right, str]] = {
    Right.CARD_USE: mark("Use the caller card"),
    Right.PRESENCE_OWN: mark("Set one's own presence"),
    Right.PRESENCE_OTHERS: mark("Set colleagues' presence"),
    Right.CALLS_READ: mark("See calls"),
    Right.CALLS_DIAL: mark("Dial, transfer, call back"),
    Right.CALLS_EXPORT: mark("Export calls"),
    Right.LIVE_READ: mark("See the live floor"),
    Right.RECORDINGS_LISTEN: mark("Listen to recordings"),
    Right.MONEY_READ: mark("See debts and payments"),
    Right.CONTACTS_READ: mark("See contacts"),
    Right.CONTACTS_EDIT: mark("Change contacts"),
    Right.SPAM_READ: mark("See the spam list"),
    Right.SPAM_EDIT: mark("Change the spam list"),
    Right.LEADS_READ: mark("See leads"),
    Right.LEADS_EDIT: mark("Change leads"),
    Right.LINES_READ: mark("See lines"),
    Right.LINES_EDIT: mark("Change lines"),
    Right.VISITS_READ: mark("See website visits"),
    Right.SITES_EDIT: mark("Set up call tracking"),
    Right.REPORTS_READ: mark("See reports"),
    Right.PLAN_READ: mark("See the routing plan"),
    Right.PLAN_EDIT: mark("Change the routing plan"),
    Right.IMPORTS_RUN: mark("Import contacts and spam"),
    Right.SETTINGS_READ: mark("See settings"),
    Right.SETTINGS_EDIT: mark("Change settings"),
    Right.OPERATIONS_READ: mark("See jobs, deliveries and metrics"),
    Right.OPERATIONS_EDIT: mark("Repeat and stop deliveries"),
    Right.PEOPLE_EDIT: mark("Change people"),
    Right.TOKENS_EDIT: mark("Make and revoke API tokens"),
    Right.AUDIT_READ: mark("See the audit log"),
}

FIELD_NAMES: Final[Mapping[str, str]] = {
    "name": mark("Name"),
    "login": mark("Login"),
    "password": mark("Password"),
    "old": mark("Present password"),
    "new": mark("New password"),
    "code": mark("Code"),
    "extension": mark("Extension"),
    "mobile": mark("Mobile"),
    "email": mark("E-mail"),
    "department": mark("Department"),
    "role": mark("Role"),
    "rights": mark("What it may do"),
    "days": mark("Days"),
    "active": mark("Entrance"),
}

ACTION_NAMES: Final[Mapping[str, str]] = {
    "session.opened": mark("signed in"),
    "session.closed": mark("signed out"),
    "session.ended": mark("ended a session"),
    "session.refused": mark("was refused: wrong login or password"),
    "session.code_refused": mark("was refused: wrong code"),
    "person.created": mark("added a person"),
    "person.changed": mark("changed a person"),
    "person.left": mark("deactivated a person"),
    "person.returned": mark("reactivated a person"),
    "person.link_made": mark("made a password link"),
    "person.password_chosen": mark("chose a password by a link"),
    "person.password_changed": mark("changed the password"),
    "person.totp_on": mark("turned the second factor on"),
    "person.totp_off": mark("turned the second factor off"),
    "token.made": mark("made an API token"),
    "token.revoked": mark("revoked an API token"),
    "contact.changed": mark("changed a contact"),
    "contact.removed": mark("took out a contact"),
    "contacts.imported": mark("imported contacts"),
    "spam.added": mark("added a spam number"),
    "spam.removed": mark("took a number off the spam list"),
    "spam.imported": mark("imported spam numbers"),
    "line.added": mark("added a line"),
    "line.changed": mark("changed a line"),
    "line.closed": mark("closed a line"),
    "trunk.added": mark("added a trunk"),
    "trunk.changed": mark("switched a trunk"),
    "trunk.removed": mark("took out a trunk"),
    "outgoing.changed": mark("changed what outgoing calls show"),
}
