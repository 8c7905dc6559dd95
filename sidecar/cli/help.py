"""Help texts from the catalogue, in the language of HLM_LANGUAGE; click wants them when the command is made."""

from __future__ import annotations

import os

from sidecar.config import spoken_language
from sidecar.i18n import translator


def told_help(key: str) -> str:
    return translator(spoken_language(os.environ))(f"cli.help.{key}")
