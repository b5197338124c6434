"""amoCRM, which Kommo is too, as a private integration of the account (crm.md §3)."""
