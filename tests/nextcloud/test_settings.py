"""What AppAPI says in the environment, and what follows from it."""

from __future__ import annotations

from pathlib import Path

import pytest

from sidecar.config import ConfigError, load, load_apart
from tests.nextcloud.conftest import environment


def test_folder_address_and_port_are_those_that_appapi_gives(tmp_path: Path) -> None:
    settings = load(environment("https://cloud.example", tmp_path))
    assert (settings.data_dir, settings.host, settings.port) == (tmp_path, "127.0.0.1", 9031)
    assert settings.database_url == f"sqlite:///{tmp_path}/hors-les-murs.sqlite"
    assert settings.base_url == "https://cloud.example/index.php/apps/app_api/embedded/hors_les_murs/home"


def test_a_variable_of_ours_has_the_last_word(tmp_path: Path) -> None:
    settings = load(
        environment(
            "https://cloud.example", tmp_path, HLM_PORT="8080", HLM_DATA_DIR="/srv/hlm", HLM_BASE_URL="https://x.example"
        )
    )
    assert (settings.port, settings.data_dir, settings.base_url) == (8080, Path("/srv/hlm"), "https://x.example")


@pytest.mark.parametrize(
    ("given", "clean"),
    [
        ("https://cloud.example/", "https://cloud.example"),
        ("https://cloud.example/index.php", "https://cloud.example"),
        ("https://cloud.example/index.php/", "https://cloud.example"),
        ("https://example.org/nextcloud/index.php", "https://example.org/nextcloud"),
        ("http://nextcloud.local:8080/cloud/", "http://nextcloud.local:8080/cloud"),
    ],
)
def test_the_address_of_nextcloud_loses_what_appapi_puts_behind_it(tmp_path: Path, given: str, clean: str) -> None:
    exapp = load(environment(given, tmp_path)).exapp
    assert exapp is not None
    assert (exapp.nextcloud_url, exapp.dav_url) == (clean, f"{clean}/remote.php/dav/")


def test_without_a_secret_nothing_is_an_external_app(tmp_path: Path) -> None:
    given = environment("https://cloud.example", tmp_path) | {"APP_SECRET": ""}
    settings = load(given)
    assert settings.exapp is None
    assert settings.port == 8765


def test_what_is_missing_or_wrong_is_named_and_the_secret_is_not(tmp_path: Path) -> None:
    given = environment("cloud.example", tmp_path) | {"APP_ID": "", "APP_PORT": "x", "APP_PERSISTENT_STORAGE": "data"}
    with pytest.raises(ConfigError) as refused:
        load(given)
    assert [p.split(":")[0] for p in refused.value.problems] == [
        "APP_ID",
        "NEXTCLOUD_URL",
        "APP_PORT",
        "APP_PERSISTENT_STORAGE",
    ]
    assert given["APP_SECRET"] not in str(refused.value)


def test_the_secret_is_never_printed(tmp_path: Path) -> None:
    given = environment("https://cloud.example", tmp_path)
    assert given["APP_SECRET"] not in repr(load(given))


def test_behind_harp_we_listen_on_its_socket(tmp_path: Path) -> None:
    given = environment("https://cloud.example", tmp_path)
    assert load(given).exapp.socket is None
    assert load(given | {"HP_SHARED_KEY": "k"}).exapp.socket == Path("/tmp/exapp.sock")  # noqa: S108 - where HaRP looks
    assert load(given | {"HP_SHARED_KEY": "k", "HP_EXAPP_SOCK": "/run/x.sock"}).exapp.socket == Path("/run/x.sock")
    assert load(given | {"HP_EXAPP_SOCK": "/run/x.sock"}).exapp.socket is None


def test_a_demonstration_is_nobodys_external_app(tmp_path: Path) -> None:
    assert load_apart(environment("https://cloud.example", tmp_path), tmp_path / "demo", 0).exapp is None
