"""The one check that writes, where somebody asks for it: an event is put into a calendar, read back and taken away again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from calendars.dav.collection import DavCollection
from calendars.dav.servers import named
from calendars.errors import DavError
from calendars.hrefs import member_href
from calendars.sync.ports import CollectionKind, Resource
from sidecar.bootstrap import Application
from sidecar.domain.bindings import Binding, Purpose
from sidecar.i18n import translator
from sidecar.observability import get_logger
from sidecar.services.binding import kind_of
from sidecar.services.doctor.collections import name_of
from sidecar.services.doctor.database import Facts, Tied
from sidecar.services.doctor.outside import Outside
from sidecar.services.doctor.results import Result, Said, ok, problem, said_of, unknown
from sidecar.services.locking import space_lock
from sidecar.services.muting import Why

log = get_logger(__name__)
AHEAD = timedelta(days=1)


def sending(app: Application, facts: Facts, tied: Tied, outside: Outside) -> Iterator[Result]:
    """Write, read and delete one event without guests, quietly: nobody is told. In a calendar that is written to, that of
    supervisions if there is one, since the fewest people see it. No pass of the space runs meanwhile."""
    binding = _chosen(tied)
    if tied.why_muted is not Why.NOT:
        yield unknown("sending", "is_muted", tied.about, why=Said(f"muted.{tied.why_muted}"))
    elif binding is None or tied.account is None:
        yield unknown("sending", "nothing_to_write", tied.about)
    else:
        with space_lock(app.storage, app.config.data_dir, tied.space.id):
            transport = outside.open(app, tied.space, tied.account)
            try:
                traits = named(tied.account.server)
                collection = DavCollection(transport, binding.href, CollectionKind.CALENDAR, traits)
                yield _to_and_fro(collection, tied.about, name_of(binding, facts), app.config.language, outside)
            finally:
                transport.close()


def _chosen(tied: Tied) -> Binding | None:
    written = [b for b in tied.bindings if b.writes and kind_of(b.purposes) is CollectionKind.CALENDAR]
    return min(written, key=lambda b: Purpose.SUPERVISION not in b.purposes, default=None)


def _to_and_fro(collection: DavCollection, about: str, name: str, language: str, outside: Outside) -> Result:
    uid = f"doctor-{outside.new_id()}"
    href = member_href(collection.href, f"{uid}.ics")
    text = _event(uid, translator(language)("doctor.sending.title"), outside.now())
    try:
        collection.create(href, text, notify=False)
        standing = _standing(collection, href)
    except DavError as error:
        # It may have arrived all the same.
        _take_away(collection, href)
        return problem("sending", "refused", about, name=name, why=said_of(error))
    if not _take_away(collection, href):
        return problem("sending", "left_behind", about, href=href)
    if standing is None or uid not in standing.text:
        return problem("sending", "not_kept", about, name=name)
    return ok("sending", about=about, name=name)


def _standing(collection: DavCollection, href: str) -> Resource | None:
    return next(iter(collection.fetch([href])), None)


def _take_away(collection: DavCollection, href: str) -> bool:
    """Whether nothing stands there any more."""
    try:
        standing = _standing(collection, href)
        if standing is not None:
            collection.delete(href, standing.etag, notify=False)
    except DavError as error:
        log.warning("test_event_not_taken_away", kind=type(error).__name__)
        return False
    return True


def _event(uid: str, title: str, now: datetime) -> str:
    start = now + AHEAD
    lines = (
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Hors les murs//doctor//FR", "BEGIN:VEVENT", f"UID:{uid}",
        f"DTSTAMP:{now:%Y%m%dT%H%M%SZ}", f"DTSTART:{start:%Y%m%dT%H%M%SZ}",
        f"DTEND:{start + timedelta(minutes=15):%Y%m%dT%H%M%SZ}", f"SUMMARY:{title}", "TRANSP:TRANSPARENT", "END:VEVENT",
        "END:VCALENDAR",
    )  # fmt: skip
    return "".join(f"{line}\r\n" for line in lines)
