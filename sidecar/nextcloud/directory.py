"""Groups of our Nextcloud, as far as the nominated service account may read them.

Measured on 32.0.1: an ordinary account may not list groups (``/cloud/groups`` is for administrators), is told those that it
may share with, and sees who is in a group only where it is in it itself. ``docs/nextcloud.md``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from sidecar.nextcloud.client import OCS, Declined, Nextcloud, NotReached
from sidecar.services.platform import service_account

SHAREES = OCS + "/apps/files_sharing/api/v1/sharees"
MEMBERS = OCS + "/cloud/groups/{group}/users"
MOST_GROUPS = 200
_OF_GROUPS = "1"
"""OCP\\Share\\IShare::TYPE_GROUP."""


@dataclass(frozen=True)
class NextcloudDirectory:
    """See ``sidecar.services.sharing.Directory``. Raises PlatformError while Nextcloud is not to be asked, or answers
    something else."""

    client: Nextcloud

    def groups(self) -> Sequence[str]:
        account = self._account()
        if not account:
            return ()
        query = {"search": "", "itemType": "file", "shareType": _OF_GROUPS, "perPage": str(MOST_GROUPS)}
        try:
            found = self.client.ask("GET", SHAREES, account=account, query=query)
        except Declined:
            return ()  # an administrator lets nobody share
        try:
            told = [*found["exact"]["groups"], *found["groups"]]
            return sorted({str(group["value"]["shareWith"]) for group in told}, key=str.casefold)
        except (TypeError, KeyError) as error:
            raise NotReached("platform_away", what="GET sharees", why="no groups in the answer") from error

    def members(self, group: str) -> frozenset[str] | None:
        account = self._account()
        if not account:
            return None
        try:
            found = self.client.ask("GET", MEMBERS.format(group=quote(group, safe="")), account=account)
        except Declined as error:
            if error.status not in (401, 403, 404):
                raise
            return None
        try:
            return frozenset(str(id) for id in found["users"])
        except (TypeError, KeyError) as error:
            raise NotReached("platform_away", what="GET users of a group", why="no users in the answer") from error

    def _account(self) -> str:
        with self.client.application.storage.unit(write=False) as uow:
            return service_account(uow)
