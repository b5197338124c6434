"""Where visitors of the sites are, by a database on this machine: their addresses are asked of nobody and not kept."""
