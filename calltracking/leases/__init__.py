"""Leases: a number held for a visitor, granted by the commit of its row; visits, beats and taps; the ledger."""
