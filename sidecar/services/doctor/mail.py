"""The server that takes our mail: does it let us in, and would it take what the teams are told. No letter is sent.

Nothing of ours reads a mailbox, so there is no IMAP to look at.
"""

from __future__ import annotations

from collections.abc import Iterator

from sidecar.bootstrap import Application
from sidecar.domain.happenings import Destination
from sidecar.services.doctor.causes import certificate
from sidecar.services.doctor.database import Facts
from sidecar.services.doctor.outside import Outside
from sidecar.services.doctor.results import Result, ok, problem, warning
from sidecar.services.mail.posting import NotPosted, visiting
from sidecar.services.telling.teams import Way, heard_at
from sidecar.smtp import Smtp
from sidecar.storage.deliveries import Standing


def mail(app: Application, facts: Facts, outside: Outside) -> Iterator[Result]:
    """Where no server is set and nobody waits for mail, there is nothing to say.

    How it went so far is told where nothing is wrong now: else what is wrong is why.
    """
    with app.storage.unit(write=False) as uow:
        wanted = [one for centre_id in facts.centres for one in heard_at(uow, Way.MAIL, centre_id)]
        standing = {one.id: uow.destinations.standing(one.id) for one in wanted}
    smtp = app.config.smtp_url
    if smtp is None:
        if wanted:
            yield warning("mail", "not_set", count=len(wanted))
        return
    found = list(_asked(app, smtp, sorted({one.address for one in wanted}), outside))
    if not found:
        found = [result for one in wanted for result in _so_far(one, standing[one.id])]
    yield from found or [ok("mail", "ok" if wanted else "ready", str(smtp), count=len(wanted))]


def _asked(app: Application, smtp: Smtp, wanted: list[str], outside: Outside) -> Iterator[Result]:
    config, bounds = app.config, {"answer": outside.mail_answer, "whole": outside.mail_whole}
    try:
        with visiting(smtp, config.smtp_password_file, config.mail_from, **bounds) as visit:
            for address in wanted:
                try:
                    visit.accepts(address)
                except NotPosted as error:
                    if error.why != "recipient":
                        raise
                    yield warning("mail", "recipient", address, status=error.status)
            if not wanted:
                visit.accepts()
    except NotPosted as error:
        # "Later" may be what it says to everybody whom it does not know yet: messages wait and go out by themselves.
        result = warning if error.why == "later" else problem
        yield result("mail", _key(error), str(smtp), **({"status": error.status} if error.status else {}))


def _key(error: NotPosted) -> str:
    cause = certificate(error.__cause__) if error.why == "tls" else None
    return error.why if cause in (None, "tls_failed") else cause


def _so_far(one: Destination, standing: Standing) -> Iterator[Result]:
    if standing.failing_since is not None:
        yield warning("mail", "fails", one.address, when=standing.failing_since, waiting=standing.waiting)
    if standing.given_up:
        yield warning("mail", "given_up", one.address, count=standing.given_up)
