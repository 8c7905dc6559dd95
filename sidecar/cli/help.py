"""Help texts from the catalogue, in the language of HLM_LANGUAGE; click wants them when the command is made."""

from __future__ import annotations

import os

from sidecar.i18n import LANGUAGES, translator


def told_help(key: str) -> str:
    language = os.environ.get("HLM_LANGUAGE", "fr").strip().lower()
    return translator(language if language in LANGUAGES else "fr")(f"cli.help.{key}")
