"""A group that holds a role was deleted on the server: who sets up reads it on the first page, and ``sync`` says it."""

from __future__ import annotations

import html
from datetime import timedelta

import pytest

from calendars.sync.ports import CollectionKind
from sidecar.cli.session import Session
from sidecar.cli.syncing import _warn_of_groups
from sidecar.domain.access import EVERYWHERE, HolderKind, Role, RoleGrant
from sidecar.domain.bindings import Purpose
from sidecar.services.absent_groups import absent_groups
from sidecar.services.access import withdraw_role
from sidecar.services.binding import bind
from sidecar.services.keeping import Keeper
from tests.access.conftest import Embedded
from tests.access.test_setting_up import Groups, knowing

TOLD = "ne sont plus sur le serveur : Lecture et Supervision."


def passed(embedded: Embedded) -> None:
    """A turn of the keeper, as if a day had gone by."""
    embedded.scene.clock.forward(timedelta(days=1))
    Keeper(embedded.scene.application, syncer=embedded.scene.syncer).once()


def page(embedded: Embedded, path: str, who: str = "root") -> str:
    return html.unescape(embedded.get(path, who).text)


@pytest.fixture
def known(embedded: Embedded) -> Groups:
    return knowing(embedded, "Coordination")


@pytest.mark.parametrize("path", ["/set-up/", "/link", "/"])
def test_who_sets_up_reads_it_on_the_page_they_land_on_with_what_to_do(embedded: Embedded, known: Groups, path: str) -> None:
    assert "plus sur le serveur" not in page(embedded, path)
    passed(embedded)
    assert TOLD in page(embedded, path)
    assert "retirez ce rôle" in page(embedded, path)
    assert "plus sur le serveur" not in page(embedded, "/link", "coralie"), "it is not hers to mend"


@pytest.mark.parametrize("mended", ["taken away", "there again"])
def test_once_mended_nothing_is_said_any_more(embedded: Embedded, known: Groups, mended: str) -> None:
    passed(embedded)
    if mended == "taken away":
        for role, group in ((Role.VIEWER, "Lecture"), (Role.SUPERVISION_ORGANISER, "Supervision")):
            with embedded.scene.board() as uow:
                withdraw_role(uow, role, centre_id="maurepas", holder_kind=HolderKind.GROUP, holder=group)
    else:
        known.there = ("Coordination", "Lecture", "Supervision")
        passed(embedded)
    assert "plus sur le serveur" not in page(embedded, "/set-up/")


def test_a_server_that_tells_nothing_of_groups_is_not_believed_to_have_none(embedded: Embedded) -> None:
    passed(embedded)
    with embedded.scene.reading() as uow:
        assert absent_groups(uow) == {}


def test_a_role_in_every_centre_is_for_who_sets_up_every_centre(embedded: Embedded, known: Groups) -> None:
    with embedded.scene.board() as uow:
        for number, (centre, kind, holder, role) in enumerate(
            [
                (EVERYWHERE, HolderKind.GROUP, "Siège", Role.VIEWER),
                ("cleunay", HolderKind.ACCOUNT, "zoe", Role.ADMIN),
                ("cleunay", HolderKind.GROUP, "Cleunay", Role.VIEWER),
            ]
        ):
            uow.grants.add(RoleGrant(id=f"g{number}", centre_id=centre, holder_kind=kind, holder=holder, role=role))
        home = embedded.scene.syncer.home(embedded.scene.space)
        href = home.create_collection(CollectionKind.CALENDAR, "ateliers", "Ateliers").href
        bind(
            uow, space=uow.spaces.get("space"), centre_id="cleunay", href=href, purposes=(Purpose.OUTINGS,), display_name="",
            writes=False, now=embedded.scene.clock(), new_id=embedded.scene.application.new_id,
        )  # fmt: skip
    passed(embedded)
    assert "Cleunay, Lecture, Siège et Supervision" in page(embedded, "/set-up/")
    assert "ne sont plus sur le serveur : Cleunay." in page(embedded, "/set-up/", "zoe")


def test_the_sync_command_says_it_beside_what_it_did(
    embedded: Embedded, known: Groups, capsys: pytest.CaptureFixture[str]
) -> None:
    scene = embedded.scene
    _warn_of_groups(Session(scene.application.config), scene.syncer, [scene.space])
    assert TOLD in capsys.readouterr().err
    known.there = ("Coordination", "Lecture", "Supervision")
    _warn_of_groups(Session(scene.application.config), scene.syncer, [scene.space])
    assert capsys.readouterr().err == ""
