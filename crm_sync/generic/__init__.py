"""A CRM that a company made itself: signed posts out, records in, both shaped by a mapping file (docs/crm-http.md)."""
