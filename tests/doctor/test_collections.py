"""What can be wrong with what is bound: each is named, and nothing else is."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from calendars.errors import DavError
from calendars.sync.ports import CollectionKind, Cursor
from sidecar.domain.bindings import Purpose
from sidecar.services.doctor import Level
from sidecar.services.syncing import Syncer
from tests.doctor.ward import Ward, account_at, blamed, of, passed, ward
from tests.editor import find_collections
from tests.servers import Served
from tests.unit.dav.standin import Asked, multistatus, raw, row, standing_in

HOME = "<c:calendar-home-set><d:href>/p/</d:href></c:calendar-home-set>"
CALENDAR = "<d:resourcetype><d:collection/><c:calendar/></d:resourcetype>"
OWN = "<d:owner><d:href>/p/</d:href></d:owner>"
OC = 'xmlns:oc="http://owncloud.org/ns"'
CS = 'xmlns:cs="http://calendarserver.org/ns/"'


def seen(folder: Path, props: str, *purposes: Purpose, kind: str = CALENDAR) -> set[str]:
    """What is blamed where one bound collection shows these properties."""
    return blamed(examined(folder, props, *purposes, kind=kind))


def examined(
    folder: Path, props: str, *purposes: Purpose, kind: str = CALENDAR, writes: bool = True, schedules: bool = False
):
    def answer(asked: Asked) -> bytes:
        if asked.method == "OPTIONS":
            return raw(200, DAV="1, calendar-access")
        if asked.headers.get("depth") == "0":
            return raw(207, multistatus(row("/p/", HOME)))
        return raw(207, multistatus(row("/p/c/", kind + props)))

    with standing_in(answer) as there:
        made = ward(folder, account_at(there.origin), collections={"/p/c/": purposes or (Purpose.OUTINGS,)})
        with made.board() as uow:
            uow.spaces.save(replace(uow.spaces.get("space"), schedules=schedules))
            uow.bindings.save(replace(uow.bindings.all()[0], writes=writes))
        return made.look()


def rights(*names: str) -> str:
    held = "".join(f"<d:privilege><d:{name}/></d:privilege>" for name in names)
    return f"<d:current-user-privilege-set>{held}</d:current-user-privilege-set>"


@pytest.mark.parametrize(
    ("held", "named"),
    [
        (("all",), set()),
        (("read", "write"), set()),
        (("read", "write-content", "bind", "unbind"), set()),
        (("read", "write-properties", "read-acl"), {"rights.may_only_read"}),
        (("read", "write-content", "bind"), {"rights.some_missing"}),
        (("write",), {"rights.no_reading"}),
        ((), {"rights.no_reading"}),
    ],
)
def test_what_the_account_may_not_do_is_named(tmp_path: Path, held: tuple[str, ...], named: set[str]) -> None:
    assert seen(tmp_path, rights(*held)) == named


def test_reading_alone_is_enough_where_nothing_is_written(tmp_path: Path) -> None:
    found = examined(tmp_path, rights("read"), writes=False)
    assert blamed(found) == set()
    assert [r.key for r in of(found, "rights")] == ["reads_only"]


def test_a_list_of_contacts_in_place_of_a_calendar_is_named(tmp_path: Path) -> None:
    cards = '<d:resourcetype><d:collection/><a:addressbook xmlns:a="urn:ietf:params:xml:ns:carddav"/></d:resourcetype>'
    assert seen(tmp_path, rights("all"), kind=cards) == {"collection.wrong"}


def test_a_calendar_for_tasks_alone_is_named(tmp_path: Path) -> None:
    tasks = '<c:supported-calendar-component-set><c:comp name="VTODO"/></c:supported-calendar-component-set>'
    assert seen(tmp_path, rights("all") + tasks) == {"collection.wrong"}


@pytest.mark.parametrize(
    ("props", "named"),
    [
        (f"{OWN}<oc:invite {OC}/>", set()),
        (f"{OWN}<oc:invite {OC}><oc:user><d:href>principal:principals/groups/all</d:href></oc:user></oc:invite>", "shared"),
        (f"{OWN}<oc:invite {OC}/><cs:publish-url {CS}><d:href>https://x/</d:href></cs:publish-url>", "public"),
        (f"<d:owner><d:href>/principals/anne/</d:href></d:owner><oc:invite {OC}/>", "somebody_elses"),
    ],
)
def test_a_supervision_calendar_that_others_see_is_named(tmp_path: Path, props: str, named: str) -> None:
    assert seen(tmp_path, rights("all") + props, Purpose.SUPERVISION) == ({f"sharing.{named}"} if named else set())


def test_a_calendar_of_outings_may_be_shared(tmp_path: Path) -> None:
    shared = f"{OWN}<oc:invite {OC}><oc:user/></oc:invite>"
    assert seen(tmp_path, rights("all") + shared) == set()


def test_outings_in_somebody_elses_calendar_are_named_where_answers_and_moves_get_lost(tmp_path: Path) -> None:
    hers = rights("all") + "<d:owner><d:href>/principals/anne/</d:href></d:owner>"
    for number, (props, writes, schedules, named) in enumerate(
        (
            (hers, True, True, {"rights.somebody_elses"}),
            (hers, False, True, set()),
            (hers, True, False, set()),
            (rights("all") + OWN, True, True, set()),
        )
    ):
        found = examined(tmp_path / str(number), props, writes=writes, schedules=schedules)
        assert {each for each in blamed(found) if each.startswith("rights")} == named


def test_where_the_server_does_not_say_who_sees_supervision_nobody_is_blamed(tmp_path: Path) -> None:
    found = examined(tmp_path, rights("all") + OWN, Purpose.SUPERVISION)
    assert blamed(found) == set()
    assert [(r.level, r.key) for r in of(found, "sharing")] == [(Level.UNKNOWN, "not_told")]


def test_a_calendar_that_is_gone_is_named_and_the_others_are_not(healthy: Ward, radicale: Served) -> None:
    with healthy.board() as uow:
        gone = next(b for b in uow.bindings.all() if Purpose.OUTINGS in b.purposes)
        space = uow.spaces.get("space")
    app = healthy.application()
    home = Syncer(app).home(space)
    home._transport.request("DELETE", gone.href)
    app.storage.close()
    assert len(find_collections(radicale.url, space.username, space.secret)) == 2
    found = healthy.look()
    assert blamed(found) == {"collection.gone"}
    assert [r.about for r in of(found, "collection") if r.level is Level.PROBLEM] == ["outings – Maurepas"]
    # The guard of a pass found the same: it is still said once.
    with healthy.board() as uow:
        uow.memory("space").set_cursor(gone.href, Cursor(guarded="gone"))
    assert blamed(healthy.look()) == {"collection.gone"}
    # One in the server's trash bin is to be taken out of there, and not to be looked for.
    with healthy.board() as uow:
        uow.memory("space").set_cursor(gone.href, Cursor(guarded="binned"))
    assert blamed(healthy.look()) == {"guard.decide"}


def test_no_right_to_write_to_one_calendar_is_named_there_alone(radicale: Served, tmp_path: Path) -> None:
    """Radicale's own rights: the volunteer reads what the service account made, and writes nothing."""
    from calendars.dav import connect

    service = connect(radicale.url, "service", radicale.password("service"))
    try:
        made = service.create_collection(CollectionKind.CALENDAR, "doctor-shared", "Shared").href
    except DavError:
        made = f"{service.account.calendar_homes[0]}doctor-shared/"
    volunteer = connect(radicale.url, "volunteer", radicale.password("volunteer"))
    own = volunteer.create_collection(CollectionKind.ADDRESSBOOK, "doctor-own", "Own").href
    # What is shared stands in the service account's home.
    account = replace(volunteer.account, calendar_homes=service.account.calendar_homes)
    made_ward = ward(
        tmp_path / "data",
        account,
        user="volunteer",
        password=radicale.password("volunteer"),
        collections={made: (Purpose.OUTINGS,), own: (Purpose.CONTACTS,)},
    )
    found = made_ward.look()
    assert blamed(found) == {"rights.may_only_read"}
    assert [r.about for r in of(found, "rights") if r.level is Level.PROBLEM] == ["doctor-shared – Maurepas"]


@pytest.mark.parametrize("why", ["emptied", "drained", "replaced"])
def test_a_guarded_calendar_is_named_with_what_to_decide(healthy: Ward, why: str) -> None:
    with healthy.board() as uow:
        binding = next(b for b in uow.bindings.all() if Purpose.OUTINGS in b.purposes)
        uow.memory("space").set_cursor(binding.href, Cursor(guarded=why))
    found = healthy.look()
    assert blamed(found) == {"guard.decide"}
    assert of(found, "guard")[0].about == "outings – Maurepas"


def test_a_decision_that_was_taken_is_not_asked_for_again(healthy: Ward) -> None:
    with healthy.board() as uow:
        binding = uow.bindings.all()[0]
        uow.memory("space").set_cursor(binding.href, Cursor(guarded="accepted"))
    assert blamed(healthy.look()) == set()


@pytest.mark.parametrize(
    ("counts", "named"),
    [({"refused": 2}, {"entries.refused"}), ({"error": "broken"}, {"entries.failed"}), ({"pulled": 3}, set())],
)
def test_what_the_last_pass_could_not_do_is_named(healthy: Ward, counts: dict[str, object], named: set[str]) -> None:
    with healthy.board() as uow:
        binding = uow.bindings.all()[0]
        passed(uow, timedelta(seconds=5), collections={binding.href: counts})
    assert blamed(healthy.look()) == named


def test_a_test_event_that_is_refused_is_named(tmp_path: Path) -> None:
    def answer(asked: Asked) -> bytes:
        if asked.method == "OPTIONS":
            return raw(200, DAV="1, calendar-access")
        if asked.method == "PROPFIND" and asked.headers.get("depth") == "0":
            return raw(207, multistatus(row("/p/", HOME)))
        if asked.method == "PROPFIND":
            return raw(207, multistatus(row("/p/c/", CALENDAR + rights("all"))))
        return raw(507) if asked.method == "PUT" else raw(207, multistatus())

    with standing_in(answer) as there:
        made = ward(tmp_path, account_at(there.origin), collections={"/p/c/": (Purpose.OUTINGS,)})
        assert blamed(made.look(send=True)) == {"sending.refused"}
        assert blamed(made.look()) == set()


def test_a_test_event_that_stays_is_named_with_its_place(tmp_path: Path) -> None:
    kept: dict[str, bytes] = {}

    def answer(asked: Asked) -> bytes:
        if asked.method == "OPTIONS":
            return raw(200, DAV="1, calendar-access")
        if asked.method == "PROPFIND" and asked.headers.get("depth") == "0":
            return raw(207, multistatus(row("/p/", HOME)))
        if asked.method == "PROPFIND":
            return raw(207, multistatus(row("/p/c/", CALENDAR + rights("all"))))
        if asked.method == "PUT":
            kept[asked.path] = asked.body
            return raw(201)
        if asked.method == "DELETE":
            return raw(403)
        held = [
            row(path, f'<d:getetag>"1"</d:getetag><c:calendar-data>{text.decode()}</c:calendar-data>')
            for path, text in kept.items()
        ]
        return raw(207, multistatus(*held))

    with standing_in(answer) as there:
        made = ward(tmp_path, account_at(there.origin), collections={"/p/c/": (Purpose.OUTINGS,)})
        found = made.look(send=True)
    assert blamed(found) == {"sending.left_behind"}
    assert of(found, "sending")[0].gaps == {"href": next(iter(kept))}


def test_nothing_is_written_where_everything_is_only_read(tmp_path: Path, healthy: Ward) -> None:
    with healthy.board() as uow:
        for binding in uow.bindings.all():
            uow.bindings.save(replace(binding, writes=False))
    found = healthy.look(send=True)
    assert [(r.level, r.key) for r in of(found, "sending")] == [(Level.UNKNOWN, "nothing_to_write")]
