"""Who may do what: logins, sessions, tokens, roles and scopes, and the log of what people changed."""
