"""Which certificates are believed is what the caller says."""

from __future__ import annotations

from pathlib import Path

import pytest

from calendars.dav.auth import PasswordAuth
from calendars.dav.failures import TlsFailure
from calendars.dav.transport import Bounds, DavSession, Transport
from calendars.errors import NotThere
from tests.doctor.secured import certificate, secured


def ask(origin: str, verify: bool | str) -> None:
    transport = Transport(DavSession(origin, PasswordAuth("a", "b"), Bounds(attempts=1), verify=verify))
    try:
        transport.request("OPTIONS", "/")
    finally:
        transport.close()


@pytest.mark.filterwarnings("ignore:Unverified HTTPS request")
def test_a_bundle_that_was_handed_in_counts_whatever_the_environment_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pem, other = certificate(tmp_path), tmp_path / "other"
    other.mkdir()
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate(other)))
    with secured(pem) as origin:
        for believing in (str(pem), False):
            with pytest.raises(NotThere):
                ask(origin, believing)


def test_where_nothing_was_said_that_of_the_environment_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pem = certificate(tmp_path)
    with secured(pem) as origin:
        with pytest.raises(TlsFailure):
            ask(origin, True)
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(pem))
        with pytest.raises(NotThere):
            ask(origin, True)
