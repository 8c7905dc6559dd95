"""Every page with an access token that was made for a role: what the same role opens to a person, and nothing of others."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from sidecar.app import create_app
from sidecar.domain.access import Role
from sidecar.storage import TokenKind
from tests.access.conftest import Embedded
from tests.access.test_every_route import PAGES
from tests.access.test_every_route import ROLES as PEOPLE

LIKE = {
    Role.ADMIN: "root",
    Role.COORDINATOR: "coralie",
    Role.SUPERVISION_ORGANISER: "sophie",
    # A token is nobody, so it takes part in nothing: of being in the team nothing is left but seeing the rota.
    Role.TEAM_MEMBER: "victor",
    Role.VIEWER: "victor",
}


def entered(embedded: Embedded, role: Role, centre_id: str) -> FlaskClient:
    """Signed in with a token, where the pages have an address of their own."""
    with embedded.scene.board() as uow:
        token = uow.tokens.issue(TokenKind.API, subject_id=centre_id, role=role)
    app = create_app(embedded.scene.application, embedded.scene.syncer)
    app.testing = True
    client = app.test_client()
    form = client.get("/").text.split('name="form_token" value="')[1].split('"')[0]
    assert client.post("/sign-in", data={"token": token, "form_token": form}).status_code == 303
    with client.session_transaction() as session:
        session["form"] = "ours"
    return client


def status(client: FlaskClient, method: str, path: str) -> int:
    if method == "GET":
        return int(client.get(path).status_code)
    answer = client.post(path, data={"form_token": "ours", "chosen": "theirs"})
    # Embedded, a page is answered in the place of a redirect.
    return 200 if answer.status_code == 303 else int(answer.status_code)


@pytest.mark.parametrize("role", Role)
def test_a_token_opens_what_its_role_opens_to_a_person(embedded: Embedded, role: Role) -> None:
    # "root" administers the platform: every centre.
    client = entered(embedded, role, "" if role is Role.ADMIN else "maurepas")
    column = PEOPLE.index(LIKE[role])
    found = {(method, path): status(client, method, path) for method, path in PAGES}
    assert found == {route: expected[column] for route, expected in PAGES.items()}


def test_a_token_that_sets_up_one_centre_sets_up_nothing_else(embedded: Embedded) -> None:
    client = entered(embedded, Role.ADMIN, "maurepas")
    for path in ("/set-up/import", "/set-up/import/empty", "/set-up/leaving", "/set-up/check"):
        assert client.get(path).status_code == 403, path
    assert client.get("/set-up/centres/maurepas").status_code == 200
    theirs, nothing = (client.get(f"/set-up/centres/{id}") for id in ("cleunay", "nothing"))
    assert (theirs.status_code, theirs.text) == (nothing.status_code, nothing.text)
