"""`/settings/calendar`: when every place works, which days differ and who says so, and overrides of them."""
