"""Staff and contacts in employees' own Google accounts, so that their telephones show who calls."""
