"""A notification in somebody's own list in Nextcloud, with a link."""

from __future__ import annotations

from sidecar.nextcloud.client import NOTIFICATION, Nextcloud


def notify(client: Nextcloud, account: str, *, subject: str, link: str, about: str, about_id: str) -> None:
    """Leave one line, ``subject``, with an account; it leads to ``link`` (an absolute address).

    ``about`` and ``about_id`` say what it is about (``appointment`` and its id). Raises ``PlatformError``;
    an account that is not there is Declined with 401. No rich message: AppAPI 32 shows the raw text of it.
    """
    client.ask(
        "POST",
        NOTIFICATION,
        {
            "params": {
                "object": about,
                "object_id": about_id,
                "subject_type": "hors_les_murs",
                # The text goes into Nextcloud's own templates: a brace would begin a gap there.
                "subject_params": {
                    "rich_subject": subject.replace("{", "(").replace("}", ")"),
                    "rich_subject_params": {},
                    "link": link,
                },
            }
        },
        account=account,
    )
