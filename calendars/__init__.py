"""iCalendar, vCard, CalDAV, CardDAV, merging and syncing. Knows nothing of rotas, Flask or databases."""
