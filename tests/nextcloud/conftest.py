"""A process of ours that an AppAPI started: its settings, its application, and the AppAPI."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from sidecar.app import create_app
from sidecar.bootstrap import Application, start
from sidecar.config import load
from sidecar.domain.bindings import Purpose, Space
from sidecar.domain.centres import Centre
from sidecar.exapp import ExApp
from sidecar.nextcloud.client import Nextcloud
from sidecar.nextcloud.lifecycle import Initialiser
from sidecar.services.binding import bind
from sidecar.services.platform import SIGNS_IN_KEY, nominate, note_enabled
from tests.nextcloud.standin import APP, SECRET, AppApi, appapi
from tests.scene import Clock, ids


def environment(url: str, folder: Path, **more: str) -> dict[str, str]:
    return {
        "AA_VERSION": "32.0.0", "APP_SECRET": SECRET, "APP_ID": APP, "APP_VERSION": "0.1.0", "APP_HOST": "127.0.0.1",
        "APP_PORT": "9031", "APP_PERSISTENT_STORAGE": str(folder), "NEXTCLOUD_URL": url, "HLM_LANGUAGE": "en",
        "HOME": str(folder), **more,
    }  # fmt: skip


@dataclass
class Installed:
    """``ask`` sends us a request as Nextcloud would; ``api`` is the Nextcloud that we ask."""

    api: AppApi
    application: Application
    clock: Clock
    web: FlaskClient
    client: Nextcloud

    @property
    def exapp(self) -> ExApp:
        assert self.application.config.exapp is not None
        return self.application.config.exapp

    def ask(self, method: str, path: str, account: str = "", data: Any = None, **headers: str) -> Any:
        return self.web.open(path, method=method, json=data, headers={**self.exapp.headers(account), **headers})

    def bound(self, *hrefs: str, account: str = "service") -> Space:
        """A space that signs in through AppAPI, with these calendars bound."""
        app = self.application
        with app.storage.unit(actor="test") as uow:
            nominate(uow, account)
            centre = uow.centres.add(Centre(id=app.new_id(), name="Maurepas"))
            space = uow.spaces.add(Space(id=app.new_id(), url=self.exapp.dav_url, username=account))
            uow.settings.set(SIGNS_IN_KEY.format(space=space.id), account)
            for href, purpose in zip(hrefs, Purpose, strict=False):
                bind(
                    uow, space=space, centre_id=centre.id, href=href, purposes=[purpose], display_name="", writes=False,
                    now=app.now(), new_id=app.new_id,
                )  # fmt: skip
        return space


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Installed]:
    """Met: Nextcloud has spoken with us before. /init declares everything before it answers, to be done when it has."""
    monkeypatch.setattr(Initialiser, "start", Initialiser.run)
    with appapi() as api:
        clock = Clock()
        application = start(load(environment(api.url, tmp_path)), now=clock, new_id=ids())
        note_enabled(application, enabled=True)
        app = create_app(application)
        client = Nextcloud(application)
        yield Installed(api, application, clock, app.test_client(), client)
        client.close()
