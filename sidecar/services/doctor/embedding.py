"""The platform that we are an app of: does it lend us its access, and does it do what invitations and hints need."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from sidecar.bootstrap import Application
from sidecar.services.doctor.platform import Jobs, Platform
from sidecar.services.doctor.results import Result, Said, ok, problem, unknown, warning
from sidecar.services.doctor.server import ago
from sidecar.services.platform import Rest, service_account, standing

NEXTCLOUD = "Nextcloud"
"""What these findings are about."""
RUNS_EVERY = timedelta(hours=1)
"""Background jobs run every five minutes; later than this they have stopped."""
PORT_CHECKS = ("outgoing_mail", "background_jobs", "group_sharing", "webhooks")


def standing_there(app: Application) -> Iterator[Result]:
    """Whether the platform that started us lets us ask, and as whom; nothing where none did."""
    if app.config.exapp is None:
        return
    with app.storage.unit(write=False) as uow:
        rest, account = standing(uow).rest(app.now()), service_account(uow)
    if rest is not Rest.NOT:
        yield problem("platform", "rests", NEXTCLOUD, why=Said(f"error.{rest}"))
    elif not account:
        yield problem("platform", "rests", NEXTCLOUD, why=Said("error.platform_no_account"))
    else:
        yield ok("platform", "ok", NEXTCLOUD, account=account)


def without() -> Iterator[Result]:
    """What only a platform could tell."""
    for check in PORT_CHECKS:
        yield unknown(check, "no_platform", NEXTCLOUD)


def outgoing_mail(platform: Platform) -> Iterator[Result]:
    sends = platform.outgoing_mail()
    if sends is None:
        yield unknown("outgoing_mail", "not_told", NEXTCLOUD)
    else:
        yield ok("outgoing_mail", "ok", NEXTCLOUD) if sends else problem("outgoing_mail", "not_set", NEXTCLOUD)


def background_jobs(platform: Platform, now: datetime) -> Iterator[Result]:
    jobs = platform.background_jobs()
    if jobs is None:
        yield unknown("background_jobs", "not_told", NEXTCLOUD)
        return
    late = now - jobs.last_run if jobs.last_run is not None else timedelta(0)
    if late > RUNS_EVERY:
        yield problem("background_jobs", "stopped", NEXTCLOUD, span=ago(late))
    elif jobs.mode is Jobs.CRON:
        yield ok("background_jobs", "ok", NEXTCLOUD)
    else:
        yield warning("background_jobs", "not_cron", NEXTCLOUD, mode=jobs.mode)


def group_sharing(platform: Platform) -> Iterator[Result]:
    limits = platform.sharing()
    if limits is None:
        yield unknown("group_sharing", "not_told", NEXTCLOUD)
    elif limits.may_not:
        yield problem("group_sharing", "may_not", NEXTCLOUD)
    elif limits.only_own_groups:
        yield warning("group_sharing", "only_own_groups", NEXTCLOUD)
    else:
        yield ok("group_sharing", "ok", NEXTCLOUD)


def webhooks(platform: Platform, now: datetime) -> Iterator[Result]:
    hooks = platform.webhooks()
    if hooks is None:
        yield unknown("webhooks", "not_told", NEXTCLOUD)
    elif hooks.registered < hooks.wanted:
        yield problem("webhooks", "missing", NEXTCLOUD, registered=hooks.registered, wanted=hooks.wanted)
    elif hooks.last_arrived is None:
        yield unknown("webhooks", "none_yet", NEXTCLOUD)
    else:
        yield ok("webhooks", "ok", NEXTCLOUD, span=ago(max(now - hooks.last_arrived, timedelta(0))))
