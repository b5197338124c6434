"""Where the browsers look, and how: every page, on a desk and on a phone, in the light and in the dark."""

PAGES = (
    "/",
    "/?from=%2B79161234567&to=",
    "/calls",
    "/contacts",
    "/contacts/import",
    "/live",
    "/live/wall",
    "/lines",
    "/lines/new",
    "/reports",
    "/reports/lines",
    "/plan",
    "/plan/lines",
    "/plan/draft",
    "/plan/versions",
    "/spam",
    "/settings",
    "/settings/status",
    "/settings/people",
    "/settings/people/new",
    "/settings/tokens",
    "/settings/sessions",
    "/settings/account",
    "/settings/audit",
    "/settings/alarms",
    "/settings/deliveries",
    "/settings/calendar",
    "/nowhere",
)

LOOKS = ((1440, 1024, "light"), (390, 360, "dark"))
"""Width, a narrower one that has to do as well, theme."""
