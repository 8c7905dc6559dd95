"""A scene served by Flask's test client, with a token."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from calendars.sync.memory_server import MemoryServer
from sidecar.app import create_app
from sidecar.domain.bindings import Purpose
from sidecar.storage import TokenKind
from tests.scene import Scene, build


@dataclass
class Web:
    """``get``, ``post``, ``put``, ``delete`` with the token; ``client`` without it."""

    scene: Scene
    app: Flask
    client: FlaskClient
    token: str
    server: MemoryServer

    def ask(self, method: str, path: str, data: Any = None, token: str | None = None, **headers: str) -> Any:
        sent = {"Authorization": f"Bearer {token or self.token}", **headers}
        return self.client.open(path, method=method, json=data, headers=sent)

    def feed(self, kind: TokenKind, subject: str) -> str:
        with self.scene.board() as uow:
            return f"/feeds/{uow.tokens.issue(kind, subject_id=subject)}.ics"


@pytest.fixture
def web(tmp_path: Path) -> Web:
    server = MemoryServer()
    server.add_user("service", "x")
    purposes = (Purpose.OUTINGS, Purpose.SUPERVISION, Purpose.CONTACTS)
    scene = build(tmp_path, lambda space: server.home("service", "x"), purposes=purposes, outings=3)
    assert scene.sync().ok
    with scene.board() as uow:
        token = uow.tokens.issue(TokenKind.API, name="test")
    app = create_app(scene.application, scene.syncer)
    app.testing = True
    return Web(scene, app, app.test_client(), token, server)
