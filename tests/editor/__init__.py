"""Somebody else's calendar and contacts client, for tests: it shares no line of code with what it tests.

    editor = Editor(HttpAdapter(collection_url, user, password), "ios", me="coordinatrice@example.org")
    editor.move(uid, start, end)
    contacts = ContactsEditor(adapter, "ios")
    contacts.change_phone(uid, "+33 6 12 34 56 78")

``adapter`` may be anything with the four methods of ``Adapter``. Styles: ``nextcloud_calendar``, ``davx5``, ``ios``,
``thunderbird``, ``gnome``.
"""

from __future__ import annotations

from tests.editor.adapters import Adapter, Changed, HttpAdapter, Missing, Refused
from tests.editor.cards import ContactsEditor
from tests.editor.discovery import Found, find_collections
from tests.editor.editor import Editor
from tests.editor.styles import STYLES, Style

__all__ = [
    "STYLES",
    "Adapter",
    "Changed",
    "ContactsEditor",
    "Editor",
    "Found",
    "HttpAdapter",
    "Missing",
    "Refused",
    "Style",
    "find_collections",
]
