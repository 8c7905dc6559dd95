"""One call: a signed POST, and what its answer means.

Only 2xx is an arrival. 410 ends it for good, everything else is tried again; ``Retry-After`` is honoured. A redirect is not
followed: the secret vouches for one address. Of the answer nothing but its head is read.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from importlib.metadata import version
from typing import Any

import requests
from urllib3.exceptions import HTTPError

from sidecar.bootstrap import Application
from sidecar.domain.happenings import Delivery, Destination, Message
from sidecar.services.telling import Outcome, Recipient, Result
from sidecar.services.webhooks.addresses import CHANNEL
from sidecar.services.webhooks.reaching import NotPublic, Way
from sidecar.services.webhooks.signing import headers
from sidecar.services.webhooks.wording import TEST, body_of, called
from sidecar.storage import UnitOfWork

CONNECT, ANSWER = 5.0, 10.0
"""Seconds to wait for a connection, and for the next piece of an answer's head."""
WHOLE = 20.0
"""Seconds after which a call is cut off that is answered piece by piece."""
_OF_THE_MESSAGE = frozenset({400, 413, 415, 422})
"""Answers to what was said rather than of a server in trouble: other calls go on."""


@dataclass(frozen=True)
class Webhooks:
    """See ``sidecar.services.telling.Channel``."""

    application: Application
    name: str = CHANNEL
    personal: bool = False
    at_once: int = 1

    def recipients(self, uow: UnitOfWork, destination: Destination, message: Message) -> Sequence[Recipient]:
        return (Recipient(),)

    def send(self, destination: Destination, address: str, deliveries: Sequence[Delivery]) -> Outcome:
        (delivery,) = deliveries
        return self._call(destination, delivery.id, called(delivery.message, self.application.config.base_url))

    def test(self, destination: Destination) -> Outcome:
        """Call it now, with nothing to tell."""
        app = self.application
        return self._call(destination, app.new_id(), body_of(TEST, app.now(), {}))

    def _call(self, destination: Destination, id: str, said: dict[str, Any]) -> Outcome:
        now = self.application.now()
        keys = [destination.secret]
        if destination.former_until is not None and now < destination.former_until:
            keys.append(destination.former_secret)
        keys = [key for key in keys if key]
        if not keys:
            return Outcome(result=Result.LATER, answer="no_secret")
        body = json.dumps(said, ensure_ascii=False).encode()
        sent = headers(id, int(now.timestamp()), body, keys) | {
            "Content-Type": "application/json",
            "User-Agent": f"hors-les-murs/{version('hors-les-murs')}",
        }
        way = Way(internal=destination.internal, seconds=WHOLE)
        try:
            with requests.Session() as session:
                session.mount("https://", way)
                session.mount("http://", way)
                with session.post(
                    destination.address,
                    data=body,
                    headers=sent,
                    timeout=(CONNECT, ANSWER),
                    allow_redirects=False,
                    stream=True,
                    auth=_nobody,
                ) as answer:
                    return understood(answer.status_code, answer.headers.get("Retry-After", ""), now)
        except NotPublic:
            return Outcome(result=Result.LATER, answer="internal")
        except requests.exceptions.Timeout:
            return Outcome(result=Result.LATER, answer="timeout")
        except (requests.exceptions.RequestException, HTTPError) as error:
            refused = "tls" if isinstance(error, requests.exceptions.SSLError) else "unreachable"
            return Outcome(result=Result.LATER, answer="timeout" if way.late else refused)


def understood(status: int, retry_after: str, now: datetime) -> Outcome:
    """What a status means; ``retry_after`` is the header (RFC 9110 section 10.2.3), "" without one."""
    answer = str(status)
    if 200 <= status < 300:
        return Outcome(result=Result.SENT, answer=answer)
    if status == 410:
        return Outcome(result=Result.GONE, answer=answer)
    everywhere = status not in _OF_THE_MESSAGE
    return Outcome(result=Result.LATER, answer=answer, wait=_wait(retry_after, now), everywhere=everywhere)


def _wait(retry_after: str, now: datetime) -> timedelta | None:
    text = retry_after.strip()
    if text.isdecimal() and text.isascii():
        return timedelta(seconds=min(int(text[:9]), 10**9))
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(timedelta(0), (until if until.tzinfo is not None else until.replace(tzinfo=UTC)) - now)


def _nobody(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Without this a ``.netrc`` of the machine would be read for a password to send along."""
    return request
