"""What the doctor asks of the platform that we are an app of: a port, so that the checks know no Nextcloud."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class Jobs(StrEnum):
    """What runs the platform's background jobs: invitations by mail and webhooks leave with them."""

    CRON = "cron"
    WEBCRON = "webcron"
    AJAX = "ajax"
    """With people's page views: where nobody looks, nothing runs."""


@dataclass(frozen=True, kw_only=True)
class BackgroundJobs:
    """``last_run`` is aware, None where the platform does not tell."""

    mode: Jobs
    last_run: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class SharingLimits:
    """Whom the service account may share calendars with. ``only_own_groups``: with groups it is a member of; ``may_not``:
    with nobody, or with no group at all."""

    only_own_groups: bool = False
    may_not: bool = False


@dataclass(frozen=True, kw_only=True)
class Webhooks:
    """``registered`` of the ``wanted`` events are declared; ``last_arrived`` is aware, None where none ever came."""

    registered: int
    wanted: int
    last_arrived: datetime | None = None


class Platform(Protocol):
    """Every method gives None where the platform does not tell, and may raise ``DomainError``."""

    def outgoing_mail(self) -> bool | None:
        """Whether mail leaves the platform: a server for outgoing mail is set, and a sender."""
        ...

    def background_jobs(self) -> BackgroundJobs | None: ...

    def sharing(self) -> SharingLimits | None: ...

    def webhooks(self) -> Webhooks | None: ...
