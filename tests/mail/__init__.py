"""Mail to teams: a stand-in for the server that takes it."""
