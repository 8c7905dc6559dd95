"""Other systems hear what happened: signed calls to addresses that an administrator named."""

from sidecar.services.webhooks.addresses import (
    CHANNEL,
    add,
    all_webhooks,
    pause,
    remove,
    resume,
    rotate,
    webhook,
)
from sidecar.services.webhooks.calling import Webhooks

__all__ = ["CHANNEL", "Webhooks", "add", "all_webhooks", "pause", "remove", "resume", "rotate", "webhook"]
