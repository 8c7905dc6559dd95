"""The answer of a Nextcloud 32.0.1 to our look: a calendar of one's own, one shared with a group, one public, one of Anne's
that may be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from calendars.dav import Account
from calendars.dav.home import DavHome
from calendars.dav.transport import Answer
from calendars.sync.ports import CollectionKind
from sidecar.domain.access import HolderKind, Role, RoleGrant
from sidecar.domain.bindings import Purpose
from sidecar.services.doctor import Examination
from tests.doctor.ward import blamed, of, ward
from tests.unit.dav.standin import Asked, multistatus, raw, row, standing_in

ANSWER = Path(__file__).with_name("nextcloud_32_0_1_home.xml").read_bytes()
HOME, PRINCIPAL = "/remote.php/dav/calendars/service/", "/remote.php/dav/principals/users/service/"


def told(asked: Asked) -> bytes:
    if asked.method == "OPTIONS":
        return raw(200, DAV="1, 3, calendar-access, nextcloud-checksum-update, nc-calendar-search")
    if asked.headers.get("depth") == "0":
        return raw(207, multistatus(row(PRINCIPAL, f"<c:calendar-home-set><d:href>{HOME}</d:href></c:calendar-home-set>")))
    assert b"http://owncloud.org/ns" in asked.body and b"publish-url" in asked.body
    return raw(207, ANSWER)


def looked(folder: Path, name: str, purpose: Purpose) -> Examination:
    with standing_in(told) as there:
        account = Account(origin=there.origin, principal=PRINCIPAL, calendar_homes=(HOME,), server="nextcloud")
        made = ward(folder, account, collections={f"{HOME}{name}/": (purpose,)})
        made.set(crowd=lambda transport, href: [(0.2, 0.2, 0.2, 0.2)])
        return made.look()


@pytest.mark.parametrize(
    ("name", "named"),
    [
        ("own", set()),
        ("shared", {"sharing.shared"}),
        ("public", {"sharing.public"}),
        ("hers_shared_by_anne", {"sharing.somebody_elses", "rights.may_only_read"}),
    ],
)
def test_who_else_sees_a_supervision_calendar_is_named(tmp_path: Path, name: str, named: set[str]) -> None:
    assert blamed(looked(tmp_path, name, Purpose.SUPERVISION)) == named


@pytest.mark.parametrize(
    ("name", "named"),
    [("own", set()), ("shared", set()), ("public", set()), ("hers_shared_by_anne", {"rights.may_only_read"})],
)
def test_outings_are_there_to_be_seen(tmp_path: Path, name: str, named: set[str]) -> None:
    assert blamed(looked(tmp_path, name, Purpose.OUTINGS)) == named


def test_a_look_tells_ones_own_calendars_from_those_that_others_share() -> None:
    class Wire:
        def request(self, method: str, href: str, **asked: object) -> Answer:
            return Answer(status=207, headers={}, body=ANSWER, href=href)

    home = DavHome(Wire(), Account(origin="https://x", principal=PRINCIPAL, calendar_homes=(HOME,), server="nextcloud"))  # type: ignore[arg-type]
    own = {state.href.removeprefix(HOME): state.own for state in home.look((CollectionKind.CALENDAR,))}
    assert own == {"own/": True, "shared/": True, "public/": True, "hers_shared_by_anne/": False}


def test_a_calendar_that_is_not_in_the_answer_is_gone(tmp_path: Path) -> None:
    found = looked(tmp_path, "nowhere", Purpose.SUPERVISION)
    assert blamed(found) == {"collection.gone"}
    assert of(found, "sharing") == []


def test_a_group_with_a_role_that_is_not_there_any_more_is_named(tmp_path: Path) -> None:
    groups = "/remote.php/dav/principals/groups/"

    def tells(asked: Asked) -> bytes:
        if asked.path.startswith(groups):
            there = asked.path.rstrip("/") == f"{groups}Coordination"
            return raw(207, multistatus(row(asked.path, "<d:displayname>x</d:displayname>"))) if there else raw(404)
        return told(asked)

    with standing_in(tells) as there:
        account = Account(origin=there.origin, principal=PRINCIPAL, calendar_homes=(HOME,), server="nextcloud")
        made = ward(tmp_path, account, collections={f"{HOME}own/": (Purpose.OUTINGS,)})
        made.set(crowd=lambda transport, href: [(0.2, 0.2, 0.2, 0.2)])
        with made.board() as uow:
            for name in ("Coordination", "Bénévoles"):
                uow.grants.add(
                    RoleGrant(id=name, centre_id="maurepas", holder_kind=HolderKind.GROUP, holder=name, role=Role.VIEWER)
                )
        found = made.look()
    assert blamed(found) == {"groups.gone"}
    assert [r.gaps["groups"] for r in of(found, "groups")] == [["Bénévoles"]]
