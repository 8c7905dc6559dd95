"""CalDAV and CardDAV servers: ``connect`` with an address and a password, ``open_home`` with what was found before."""

from calendars.dav.account import Account
from calendars.dav.auth import PasswordAuth
from calendars.dav.collection import DavCollection
from calendars.dav.discovery import discover
from calendars.dav.home import DavHome, connect, open_home
from calendars.dav.servers import ServerTraits
from calendars.dav.transport import Bounds

__all__ = [
    "Account",
    "Bounds",
    "DavCollection",
    "DavHome",
    "PasswordAuth",
    "ServerTraits",
    "connect",
    "discover",
    "open_home",
]
