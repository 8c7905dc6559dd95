"""Reaching those whom a server had not told yet when it broke off, without another mail to anybody."""

from __future__ import annotations

from calendars.errors import DavError, Unauthorised, Unreachable, UnreadableText
from calendars.icalendar.scheduling import guests_reversed
from calendars.sync.ports import Collection, Intent
from calendars.sync.texts import called_off

BROKE_OFF = 500
"""The status of a server that broke off while it told people."""


def reach_the_rest(collection: Collection, intent: Intent, etag: str | None) -> bool:
    """Bring what was just written quietly (``etag``) into the calendars of all who are invited; whether that was managed.

    A write that changes nothing reaches calendars and no mailbox. Where the server breaks off again, at somebody in whose
    way something lies, it is asked once more from the other end, so that those behind them are reached. An event that is
    called off is left alone: for each such write people would get another cancellation.
    """
    if etag is None or called_off(intent.text):
        return False
    try:
        collection.update(intent.href, intent.text, etag)
        return True
    except (Unreachable, Unauthorised):
        raise
    except DavError as error:
        if error.status != BROKE_OFF:
            return False
    try:
        turned = guests_reversed(intent.text)
    except UnreadableText:
        return False
    _from_the_other_end(collection, intent, turned, etag)
    return False


def _from_the_other_end(collection: Collection, intent: Intent, turned: str, etag: str) -> None:
    """Who declined stands last, so that others are told before them: in that order it is left."""
    try:
        after = collection.update(intent.href, turned, etag, notify=False)
        try:
            collection.update(intent.href, turned, after or "")
        except DavError as error:
            if error.status != BROKE_OFF:
                raise
            # At the same person, from the other side.
        collection.update(intent.href, intent.text, after or "", notify=False)
    except (Unreachable, Unauthorised):
        raise
    except DavError:
        # What stands there means the same in either order; what somebody wrote meanwhile is read back and merged.
        return
