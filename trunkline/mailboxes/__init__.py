"""Mailboxes that are read by IMAP: letters of clients become touches of leads, docs/mailboxes.md."""
