"""Telling others what happened: what becomes a message, for whom, and how it gets there."""

from sidecar.services.telling.channel import Channel, Outcome, Recipient, Result
from sidecar.services.telling.teller import Teller

__all__ = ["Channel", "Outcome", "Recipient", "Result", "Teller"]
