"""Messages of clients in chats, told by the systems that gather them, become touches of leads: docs/chats.md."""
