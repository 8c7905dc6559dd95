"""What Nextcloud is told of us is right by our schema, and the same as what the program does."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest
from lxml import etree

from plugin_manifest.description import INFO, UNKNOWN, problems_of, version_in
from plugin_manifest.texts import APP_ID, FOLDER, files, translations
from sidecar.config import SETTINGS, load
from sidecar.i18n.catalogue import Catalogue
from sidecar.nextcloud.registration import ICON, LOADER

ROOT = Path(__file__).resolve().parents[2]
TEXT = INFO.read_text("utf-8")
DOCUMENT = etree.fromstring(TEXT.encode())


def each(path: str) -> list[str]:
    return [str(e.text) for e in DOCUMENT.findall(path)]


def test_the_description_is_right() -> None:
    assert problems_of(INFO.read_bytes()) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<id>hors_les_murs</id>", "<id>Hors-les-murs</id>"),
        ("<name>Hors les murs</name>", "<name>Hors les murs</name><name>Hors les murs</name>"),
        ('<summary lang="en">', f'<summary lang="en">{"x" * 128}'),
        ('<summary lang="fr">', '<summary lang="en">'),
        ("<licence>AGPL-3.0-or-later<", "<licence>agpl<"),
        (f"<screenshot>https://{UNKNOWN}", "<screenshot>http://pictures.example.org"),
        ("<version>0.1.0<", "<version>0.1<"),
        (r"<url>^\/?ui\/.*<", "<url>^ui/.*<"),
        ("<verb>GET,POST,PUT,DELETE<", "<verb>GET,PATCH<"),
        ("<access_level>USER<", "<access_level>1<"),
        ("<headers_to_exclude>[]<", "<headers_to_exclude><name>Cookie</name><"),
        ("<default>fr</default>", "<default></default>"),
        ("<default>fr</default>", "<default> </default>"),
        ("<name>HLM_SYNC_INTERVAL</name>", "<name>HLM_LANGUAGE</name>"),
        ("<image-tag>0.1.0</image-tag>", "<image-tag>latest</image-tag>"),
        ("<category>integration</category>", "<category>organization</category>"),
        ("</info>", ""),
    ],
)
def test_what_the_store_or_appapi_would_stumble_over_is_found(before: str, after: str) -> None:
    assert TEXT.count(before) == 1
    assert problems_of(TEXT.replace(before, after).encode()) != []


def test_the_version_is_the_program_s() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    assert version_in(TEXT.encode()) == version
    assert each("external-app/docker-install/image-tag") == [version]


def test_summary_and_description_stand_in_both_languages() -> None:
    for tag in ("summary", "description"):
        assert sorted(e.get("lang") for e in DOCUMENT.findall(tag)) == ["en", "fr"]


def test_what_the_program_registers_is_reached_by_a_declared_route() -> None:
    # 32.0.1 matches without the first slash and in any case, later versions and HaRP with it.
    routes = [re.compile(url, re.IGNORECASE) for url in each("external-app/routes/route/url")]
    for path in ("ui/", ICON, f"{LOADER}.js", "ui/appointments/17/story", "ui/static/page.css"):
        assert any(route.search(path) for route in routes), path
        assert any(route.search(f"/{path}") for route in routes), f"/{path}"


def test_what_only_nextcloud_asks_is_behind_no_route() -> None:
    routes = [re.compile(url, re.IGNORECASE) for url in each("external-app/routes/route/url")]
    for path in ("heartbeat", "init", "enabled", "hook", "occ/sync", "api/v1/people", "metrics", "healthz", "guide/ui/x"):
        assert not any(route.search(form) for route in routes for form in (path, f"/{path}")), path


def test_every_page_is_for_people_who_are_signed_in() -> None:
    assert set(each("external-app/routes/route/access_level")) == {"USER"}


def test_what_the_script_and_the_menu_show_is_there() -> None:
    static = ROOT / "sidecar" / "web" / "static"
    assert (static / f"{Path(LOADER).name}.js").is_file()
    assert (static / Path(ICON).name).is_file()


def test_each_variable_is_a_setting_and_has_its_default() -> None:
    variables = DOCUMENT.findall("external-app/environment-variables/variable")
    told = {str(v.findtext("name")): v.findtext("default") for v in variables}
    assert told.pop("REQUESTS_CA_BUNDLE") is None  # read by requests, not by us
    assert told.pop("HLM_MAIL_FROM") is None  # the account's own where it is not said
    settings = {setting.name: setting.default for setting in SETTINGS}
    assert told == {name: settings[name] for name in told}
    load({name: str(default) for name, default in told.items()})


def test_the_pictures_that_are_named_are_there() -> None:
    assert [
        name for url in each("screenshot") if not (ROOT / "docs" / "images" / (name := url.rpartition("/")[2])).is_file()
    ] == []


@pytest.mark.parametrize("name", sorted(files()))
def test_the_files_of_translations_are_those_of_our_catalogues(name: str) -> None:
    """``python -m plugin_manifest.texts`` writes them anew."""
    assert (FOLDER / name).read_text("utf-8") == files()[name]


def test_nextcloud_finds_the_french_text_for_what_was_registered_in_english() -> None:
    english, french = Catalogue("en"), Catalogue("fr")
    assert translations("fr")[english["nextcloud.occ_sync"]] == french["nextcloud.occ_sync"]
    assert translations("en")[french["nextcloud.occ_sync"]] == english["nextcloud.occ_sync"]
    assert json.loads(files()["fr.json"])["translations"] == translations("fr")
    assert files()["fr.js"].startswith(f'OC.L10N.register(\n"{APP_ID}",')


def test_the_routes_to_copy_from_the_manual_are_those_of_the_description() -> None:
    told = re.search(r"--json-info '(\{.*\})'", (ROOT / "docs" / "install.md").read_text("utf-8"))
    assert told is not None
    info = json.loads(told[1])
    assert info["id"] == APP_ID
    assert info["version"] == version_in(TEXT.encode())
    levels = {"PUBLIC": 0, "USER": 1, "ADMIN": 2}
    assert [(r["url"], r["verb"], r["access_level"]) for r in info["routes"]] == [
        (r.findtext("url"), r.findtext("verb"), levels[str(r.findtext("access_level"))])
        for r in DOCUMENT.findall("external-app/routes/route")
    ]
