"""A healthy installation on a real Radicale, fresh for each test."""

from __future__ import annotations

from pathlib import Path

import pytest

from calendars.dav import connect
from calendars.sync.ports import CollectionKind
from sidecar.domain.bindings import Purpose
from tests.doctor.ward import Ward, ward
from tests.servers import Served


@pytest.fixture
def healthy(radicale: Served, tmp_path: Path) -> Ward:
    """Outings, supervision and contacts, made on the server and bound to be written."""
    user, password = radicale.new_user()
    home = connect(radicale.url, user, password)
    kinds = {
        "outings": (CollectionKind.CALENDAR, Purpose.OUTINGS),
        "supervision": (CollectionKind.CALENDAR, Purpose.SUPERVISION),
        "contacts": (CollectionKind.ADDRESSBOOK, Purpose.CONTACTS),
    }
    made = {home.create_collection(kind, name, name).href: (purpose,) for name, (kind, purpose) in kinds.items()}
    home.close()
    return ward(tmp_path / "data", home.account, user=user, password=password, collections=made)
