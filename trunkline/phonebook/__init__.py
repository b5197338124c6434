"""Phone books for desk telephones: our staff and our contacts, in the form each vendor's telephones read."""
