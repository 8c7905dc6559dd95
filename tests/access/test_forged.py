"""What another page or a proxy's client could slip in: a form that is not ours, a header that claims another path."""

from __future__ import annotations

from typing import Any

import pytest
from gunicorn.config import Config
from gunicorn.http.parser import RequestParser

from sidecar.server import _options
from tests.access.conftest import Embedded
from tests.access.test_every_route import PAGES, _form_of

MAY = {
    "/appointments/": "bruno",
    "/conflicts/about-slot/choice": "sophie",
    "/conflicts/about-cafe/choice": "coralie",
    "/set-up": "root",
}
FORMS = sorted(path for method, path in PAGES if method == "POST" and "/cleunay/" not in path)


@pytest.mark.parametrize("path", FORMS)
def test_a_form_that_another_site_sends_is_refused_whoever_looks_at_that_site(embedded: Embedded, path: str) -> None:
    who = next((name for start, name in MAY.items() if path.startswith(start)), "coralie")
    theirs = _form_of(embedded, "anne")
    ours = _form_of(embedded, who)
    before = everything(embedded)
    asked = {
        "chosen": "theirs",
        "writes": "yes",
        "response": "declined",
        "for": before[0][path.count("slot")].start.isoformat(),
    }
    for form in ({}, {"form_token": ""}, {"form_token": theirs}, {"form_token": f"{ours}x"}):
        assert embedded.post(path, who, {**form, **asked}).status_code == 403
    crossing = {"form_token": ours, **asked}
    for site in ("cross-site", "same-site"):
        assert embedded.post(path, who, crossing, Sec_Fetch_Site=site).status_code == 403
    assert everything(embedded) == before


def everything(embedded: Embedded) -> Any:
    with embedded.scene.reading() as uow:
        answered = uow.appointments.get("cafe"), uow.appointments.get("slot")
        return answered, uow.conflicts.all(), uow.bindings.all(), uow.grants.all(), uow.people.all(), uow.centres.all()


@pytest.mark.parametrize("peer", [("127.0.0.1", 40000), ("::1", 40000, 0, 0), ""], ids=["IPv4", "IPv6", "socket"])
def test_no_header_moves_the_path_or_says_how_safe_the_way_was(peer: Any) -> None:
    """A proxy on this machine, or at the socket, hands on what its clients send; we look at its own claims alone."""
    settings = Config()
    for name, value in _options("127.0.0.1:0", 1, 4).items():
        settings.set(name, value)
    sent = b"GET /ui/init HTTP/1.1\r\nHost: x\r\nSCRIPT_NAME: /ui\r\nPATH_INFO: /init\r\nX-Forwarded-Proto: https\r\n\r\n"
    request = next(RequestParser(settings, iter([sent]), peer))
    assert {name for name, _ in request.headers} == {"HOST", "X-FORWARDED-PROTO"}
    assert request.scheme == "http"
    assert request.path == "/ui/init"
