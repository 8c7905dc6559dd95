"""Who asks for a page inside Nextcloud: the account that AppAPI's proxy names, with its groups, for a minute."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from sidecar.http.access import PlatformAway
from sidecar.nextcloud.client import GROUPS_OF, Nextcloud
from sidecar.nextcloud.signing import Gate
from sidecar.observability import get_logger
from sidecar.services.access import Account
from sidecar.services.platform import PlatformError, Rest

log = get_logger(__name__)
ADMINS = "admin"
"""The group of those who administer a Nextcloud."""
FRESH = 60.0
REMEMBERED = 1000


@dataclass
class NextcloudPlatform:
    """See ``sidecar.http.access.Platform``. Groups are believed for ``FRESH`` seconds, of ``REMEMBERED`` at most."""

    client: Nextcloud
    gate: Gate
    clock: Callable[[], float] = time.monotonic
    _known: OrderedDict[str, tuple[float, frozenset[str]]] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def account_of(self, headers: Mapping[str, str]) -> Account | None:
        """The account that asks; None where it is not our Nextcloud that says so, or where nobody is signed in there.

        Raises PlatformAway where Nextcloud does not say which groups the account is in: nobody is let in by mistake, and
        nobody is told that they have no rights when it is only not known.
        """
        account = self.gate.account_of(headers)
        if not account:
            return None
        groups = self.groups_of(account)
        return Account(id=account, groups=groups, platform_admin=ADMINS in groups)

    def groups_of(self, account: str) -> frozenset[str]:
        """Ids of the groups that the account is in. Raises PlatformAway."""
        with self._lock:
            since, groups = self._known.get(account, (float("-inf"), frozenset()))
        if self.clock() - since < FRESH:
            return groups
        try:
            found = self.client.ask("GET", GROUPS_OF.format(account=quote(account, safe="")), account=account)
            groups = frozenset(str(group) for group in found["groups"])
        except PlatformError as error:
            log.warning("groups_not_told", why=error.code)
            # HaRP lets people in also while we are disabled; they are told so, and not to try again.
            said = error.code in (Rest.DISABLED.value, Rest.MAINTENANCE.value)
            raise PlatformAway(error.code if said else "platform_away") from error
        except (TypeError, KeyError) as error:
            log.warning("groups_not_told", why="no groups in the answer")
            raise PlatformAway("platform_away") from error
        with self._lock:
            self._known[account] = (self.clock(), groups)
            self._known.move_to_end(account)
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        return groups
