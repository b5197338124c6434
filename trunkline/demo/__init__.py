"""The demo company: invented people, contacts and calls, the same on every machine. Nothing here runs in `serve`."""
