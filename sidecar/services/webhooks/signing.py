"""Signatures of calls as the Standard Webhooks specification has them: HMAC-SHA256 over id, time and body.

Headers ``webhook-id``, ``webhook-timestamp`` (seconds since 1970) and ``webhook-signature``: ``v1,`` and the signature in
base64, several apart by a space while a secret is being renewed. A secret is ``whsec_`` and its bytes in base64.
https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable

PREFIX = "whsec_"


def new_secret() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode("ascii")


def headers(id: str, timestamp: int, body: bytes, keys: Iterable[str]) -> dict[str, str]:
    """What a call carries; signed with each of the secrets."""
    signed = f"{id}.{timestamp}.".encode() + body
    signatures = " ".join(f"v1,{_signature(key, signed)}" for key in keys)
    return {"webhook-id": id, "webhook-timestamp": str(timestamp), "webhook-signature": signatures}


def _signature(secret: str, signed: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    return base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode("ascii")
