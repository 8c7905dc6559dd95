"""Why a server did not do what it should, told apart as finely as the advice differs."""

from __future__ import annotations

import errno
import ssl
from collections.abc import Iterator

from urllib3.exceptions import NameResolutionError

from calendars.dav.failures import AccessWithdrawn, AccountDisabled, NoSuchHost, NotDav, SentElsewhere, TimedOut, TlsFailure
from calendars.errors import (
    BadAnswer,
    DavError,
    Forbidden,
    NotThere,
    Paused,
    ServerTrouble,
    Unauthorised,
)
from sidecar.services.doctor.results import Result, Said, problem, said_of

_CERTIFICATE = {
    # OpenSSL's X509_V_ERR_… (x509_vfy.h), as Python's SSLCertVerificationError.verify_code gives them.
    9: "tls_not_yet_valid",
    10: "tls_expired",
    18: "tls_self_signed",
    19: "tls_self_signed",
    20: "tls_unknown_issuer",
    21: "tls_unknown_issuer",
    62: "tls_wrong_name",
    64: "tls_wrong_name",
}


def blamed(error: DavError, about: str) -> Result:
    """The one finding that this failure is, of the check that it belongs to: the server, or the account there."""
    if isinstance(error, AccessWithdrawn):
        return problem("account", "withdrawn", about, why=Said(f"error.{error.why}"))
    if isinstance(error, AccountDisabled):
        return problem("account", "disabled", about)
    if isinstance(error, Unauthorised):
        return problem("account", "password_refused", about)
    if isinstance(error, NotThere | Forbidden):
        return problem("account", "not_found", about)
    return problem("server", _key(error), about, **_gaps(error))


def _key(error: DavError) -> str:
    for kind, key in _KEYS:
        if isinstance(error, kind):
            return key
    if isinstance(error, TlsFailure):
        return next((found for cause in causes(error) if (found := certificate(cause))), "tls_failed")
    if isinstance(error, NoSuchHost):
        return _no_way(error)
    return "trouble"


_KEYS: tuple[tuple[type[DavError], str], ...] = (
    (SentElsewhere, "elsewhere"),
    (NotDav, "no_calendars"),
    (BadAnswer, "bad_answer"),
    (TimedOut, "timed_out"),
    (Paused, "maintenance"),
    (ServerTrouble, "failing"),
)


def _gaps(error: DavError) -> dict[str, object]:
    if isinstance(error, SentElsewhere):
        return {"location": error.location}
    if isinstance(error, Paused | ServerTrouble):
        return {"status": error.status or 0}
    if _key(error) in ("trouble", "bad_answer"):
        return {"why": said_of(error)}
    return {}


def certificate(cause: BaseException | None) -> str | None:
    """What is wrong with a certificate, ``tls_…``; None where the error is about something else."""
    if not isinstance(cause, ssl.SSLCertVerificationError):
        return None
    return _CERTIFICATE.get(cause.verify_code, "tls_failed")


def _no_way(error: NoSuchHost) -> str:
    found = list(causes(error))
    if any(isinstance(cause, NameResolutionError) for cause in found):
        return "no_such_name"
    numbers = {cause.errno for cause in found if isinstance(cause, OSError)}
    return "refused" if errno.ECONNREFUSED in numbers else "no_way"


def causes(error: BaseException) -> Iterator[BaseException]:
    """The error and all that it came from; libraries keep it in ``args`` and ``reason`` as well as in the chain."""
    waiting, seen = [error], set[int]()
    while waiting:
        one = waiting.pop(0)
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        held = (one.__cause__, one.__context__, getattr(one, "reason", None), *one.args)
        waiting.extend(other for other in held if isinstance(other, BaseException))
