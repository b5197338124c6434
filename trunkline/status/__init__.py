"""How the house is doing: the page of its state, the banner over every page, the landing page of the settings."""
