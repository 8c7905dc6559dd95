"""The storage suite: the same tests on SQLite and PostgreSQL."""
