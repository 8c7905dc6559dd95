"""Teams without a chat hear what is new by mail: one more channel of telling, over the SMTP server that is set."""

from sidecar.services.mail.channel import Mails, mails

__all__ = ["Mails", "mails"]
