"""What our Nextcloud tells the doctor of itself: ``sidecar.services.doctor.platform`` over AppAPI.

Mail and background jobs are an administrator's settings, which an external app cannot read (401 on 32.0.1): not told.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cached_property
from typing import Any

from sidecar.nextcloud import webhooks
from sidecar.nextcloud.client import OCS, Nextcloud
from sidecar.nextcloud.hooks import HOOKED_AT
from sidecar.services.doctor.platform import BackgroundJobs, SharingLimits, Webhooks
from sidecar.services.platform import service_account

CAPABILITIES = OCS + "/cloud/capabilities"


class ToldByNextcloud:
    """See ``sidecar.services.doctor.Platform``. ``connect`` gives the client when something is asked first."""

    def __init__(self, connect: Callable[[], Nextcloud]) -> None:
        self._connect = connect

    @cached_property
    def _client(self) -> Nextcloud:
        return self._connect()

    def outgoing_mail(self) -> bool | None:
        return None

    def background_jobs(self) -> BackgroundJobs | None:
        return None

    def sharing(self) -> SharingLimits | None:
        """Whether sharing with groups is switched off; that it is limited to one's own groups is told to nobody."""
        with self._client.application.storage.unit(write=False) as uow:
            account = service_account(uow)
        if not account:
            return None
        found = self._client.ask("GET", CAPABILITIES, account=account)
        sharing = _part(_part(found, "capabilities"), "files_sharing")
        may = sharing.get("api_enabled"), _part(sharing, "group").get("enabled")
        return SharingLimits(may_not=True) if False in may else None

    def webhooks(self) -> Webhooks | None:
        registered, wanted = webhooks.count(self._client)
        with self._client.application.storage.unit(write=False) as uow:
            at = uow.settings.get(HOOKED_AT)
        return Webhooks(
            registered=registered, wanted=wanted, last_arrived=datetime.fromisoformat(at) if at is not None else None
        )


def _part(found: Any, name: str) -> Mapping[str, Any]:
    part = found.get(name) if isinstance(found, Mapping) else None
    return part if isinstance(part, Mapping) else {}
