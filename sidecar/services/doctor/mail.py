"""The server that takes our mail: does it let us in, and would it take what the teams are told. No letter is sent.

Nothing of ours reads a mailbox, so there is no IMAP to look at.
"""

from __future__ import annotations

from collections.abc import Iterator

from sidecar.bootstrap import Application
from sidecar.services.doctor.outside import Outside
from sidecar.services.doctor.results import Result, ok, problem, warning
from sidecar.services.mail import CHANNEL
from sidecar.services.mail.posting import NotPosted, visiting


def mail(app: Application, outside: Outside) -> Iterator[Result]:
    """Where no server is set and nobody waits for mail, there is nothing to say."""
    config = app.config
    with app.storage.unit(write=False) as uow:
        wanted = sorted({one.address for one in uow.destinations.all(channel=CHANNEL)})
    if config.smtp_url is None:
        if wanted:
            yield warning("mail", "not_set", count=len(wanted))
        return
    about = str(config.smtp_url)
    refused = 0
    try:
        with visiting(
            config.smtp_url,
            config.smtp_password_file,
            config.mail_from,
            answer=outside.mail_answer,
            whole=outside.mail_whole,
        ) as visit:
            for address in wanted:
                try:
                    visit.accepts(address)
                except NotPosted as error:
                    if error.why != "recipient":
                        raise
                    refused += 1
                    yield warning("mail", "recipient", address, status=error.status)
            if not wanted:
                visit.accepts()
    except NotPosted as error:
        # "Later" may be what it says to everybody whom it does not know yet: messages wait and go out by themselves.
        found = warning if error.why == "later" else problem
        yield found("mail", error.why, about, **({"status": error.status} if error.status else {}))
        return
    if not refused:
        yield ok("mail", "ok" if wanted else "ready", about, count=len(wanted))
