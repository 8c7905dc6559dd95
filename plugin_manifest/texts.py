"""The texts that Nextcloud shows for us (menu, occ commands), as Nextcloud's own translation files.

We register them in the language of the installation; Nextcloud looks each up in the reader's. They come from our catalogues:
``python -m plugin_manifest.texts`` writes ``l10n/`` anew.
"""

from __future__ import annotations

import json
from pathlib import Path

from sidecar.i18n import LANGUAGES
from sidecar.i18n.catalogue import Catalogue

APP_ID = "hors_les_murs"
FOLDER = Path(__file__).parent / "l10n"
SECTION = "nextcloud."
PLURALS = {"fr": "nplurals=2; plural=(n > 1);", "en": "nplurals=2; plural=(n != 1);"}


def translations(language: str) -> dict[str, str]:
    """From every other language's text to this one's, for those that differ and have no gaps to fill."""
    ours, found = Catalogue(language), {}
    for other in LANGUAGES:
        for key, text in Catalogue(other).items():
            if key.startswith(SECTION) and "{" not in text and text != ours[key]:
                found[text] = ours[key]
    return found


def files() -> dict[str, str]:
    """Name in ``l10n/`` and content of each file: one for PHP and one for the browser, in each language."""
    made = {}
    for language in LANGUAGES:
        texts, plural = translations(language), PLURALS[language]
        shown = json.dumps(texts, ensure_ascii=False, indent=4)
        made[f"{language}.json"] = (
            json.dumps({"translations": texts, "pluralForm": plural}, ensure_ascii=False, indent=4) + "\n"
        )
        made[f"{language}.js"] = f"OC.L10N.register(\n{json.dumps(APP_ID)},\n{shown},\n{json.dumps(plural)});\n"
    return made


def main() -> None:
    for name, text in files().items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
