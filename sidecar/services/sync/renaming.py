"""A name that a server will not take a second time: what was to stand under it gets another one.

Our UIDs are never used twice, so nobody else can have taken one. Either an earlier write of ours arrived without our
knowing, and somebody moved it to another calendar of the account, or deleted it, so that it lies in the trash bin.
"""

from __future__ import annotations

from dataclasses import replace

from calendars.sync.ports import LOOK_AGAIN, CollectionKind, Intent, Memory, Past
from sidecar.domain.bindings import Binding
from sidecar.services.binding import kind_of
from sidecar.services.sync.desk import Desk
from sidecar.services.sync.rewound import write_again


def renew(desk: Desk, memory: Memory, intent: Intent) -> str:
    """The UID under which it stands or will stand; "" where nothing is linked to it any more.

    What stands in another bound collection is followed there and read again; else it is written anew under another name.
    """
    binding = desk.binding_at(intent.collection)
    links = desk.uow.links.of_resource(binding.id, intent.href)
    if not links:
        return ""
    elsewhere = _elsewhere(desk, memory, intent)
    if elsewhere is None:
        write_again(desk, memory, binding, intent.href, intent.text, Past.NOT)
        again = desk.uow.links.of_subject(links[0].subject_kind, links[0].subject_id)
        return next((link.uid for link in again if link.binding_id == binding.id), "")
    there, href = elsewhere
    for link in links:
        desk.uow.links.remove(link)
        desk.uow.links.put(replace(link, binding_id=there.id, href=href))
        desk.uow.outbox.mark(link.subject_kind, link.subject_id)
    memory.forget(there.href, href)
    memory.set_cursor(there.href, replace(memory.cursor(there.href), mark=LOOK_AGAIN, token=None))
    return intent.uid


def _elsewhere(desk: Desk, memory: Memory, intent: Intent) -> tuple[Binding, str] | None:
    """Where else among the centre's bound collections an object of that name stands."""
    here = desk.binding_at(intent.collection)
    for binding in desk.bindings:
        if kind_of(binding.purposes) is not CollectionKind.CALENDAR or binding.centre_id != here.centre_id:
            continue
        for href in memory.hrefs_of(binding.href, [intent.uid]):
            known = memory.get(binding.href, href)
            if (binding.href, href) != (intent.collection, intent.href) and known is not None and not known.gone:
                return binding, href
    return None
