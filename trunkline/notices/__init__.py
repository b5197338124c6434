"""What somebody should learn soon: told on his open card, counted in the navigation, sent by e-mail when it is left."""
