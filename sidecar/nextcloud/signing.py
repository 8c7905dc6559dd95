"""Whether a request really comes from the Nextcloud that we are an app of, and for whom it says to ask."""

from __future__ import annotations

import hmac
import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field

from sidecar.exapp import ExApp, signed_as
from sidecar.observability import get_logger

log = get_logger(__name__)


@dataclass
class Gate:
    """``account_of`` a signed request. ``refused`` counts what claimed to be signed and was not, or not rightly."""

    exapp: ExApp
    refused: int = 0
    _counter: itertools.count[int] = field(default_factory=lambda: itertools.count(1), repr=False)

    def account_of(self, headers: Mapping[str, str], path: str = "") -> str | None:
        """The account that Nextcloud says asks, "" for Nextcloud itself; None unless secret and app id are right.

        Both are compared in a time that does not depend on where they differ. Headers are never logged: they hold the
        secret, and the cookies of whoever asks.
        """
        claimed = signed_as(headers)
        app_id, account, secret = claimed or ("", "", "")
        right_secret = hmac.compare_digest(secret.encode(), self.exapp.secret.encode())
        right_app = hmac.compare_digest(app_id.encode(), self.exapp.app_id.encode())
        if right_secret & right_app:
            return account
        self.refused = next(self._counter)
        log.warning("signature_refused", path=path, signed=claimed is not None, count=self.refused)
        return None
