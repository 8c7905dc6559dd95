"""Every text that people read, in French and English, kept apart from the code.

A catalogue is a folder per language: ``sidecar/i18n/fr/*.toml`` and ``sidecar/i18n/en/*.toml``, one file per
area (``words``, ``rules``, ``errors``, ``cli`` …), merged at load. Tables are flattened to dotted keys, so
``[rule.R1]`` with ``alone = "…"`` is ``rule.R1.alone``. A key stands in one file only, and in both languages with the
same gaps; ``tests/unit/test_i18n.py`` holds that for every file that lies there. To add an area, add one file
with the same name to both folders: nothing has to be registered.

Gaps are named: ``"Il manque une personne {when}."``. A text that depends on a number is a table of plural forms
(``one``, ``other``) and takes the gap ``count``.

    >>> t = translator("fr", "Europe/Paris")
    >>> t("outing_state.draft")
    'Brouillon'
"""

from sidecar.i18n.catalogue import LANGUAGES, BrokenCatalogue, Catalogue, MissingText, UnfilledGap, UnknownLanguage
from sidecar.i18n.translator import Translator, translator

__all__ = [
    "LANGUAGES",
    "BrokenCatalogue",
    "Catalogue",
    "MissingText",
    "Translator",
    "UnfilledGap",
    "UnknownLanguage",
    "translator",
]
