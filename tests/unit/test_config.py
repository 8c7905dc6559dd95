"""Settings from the environment: defaults, every wrong value named, nothing touched on disk by reading."""

from __future__ import annotations

import base64
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sidecar import config
from sidecar.config import SETTINGS, Config, ConfigError, describe, load, load_apart
from sidecar.smtp import Security, Smtp


def home(tmp_path: Path, **variables: str) -> dict[str, str]:
    return {"HOME": str(tmp_path), **variables}


def test_without_any_variable_data_lies_in_the_users_folder_and_nothing_is_made(tmp_path: Path) -> None:
    settings = load(home(tmp_path))
    assert settings.data_dir == tmp_path / ".local/share/hors-les-murs"
    assert settings.database_url == f"sqlite:///{tmp_path}/.local/share/hors-les-murs/hors-les-murs.sqlite"
    assert settings.secret_key_file == settings.data_dir / "secret.key"
    assert (settings.host, settings.port, settings.base_url) == ("127.0.0.1", 8765, "http://127.0.0.1:8765")
    assert (settings.language, settings.muted, settings.sync_interval) == ("fr", False, 60)
    assert list(tmp_path.iterdir()) == []


def test_the_data_folder_follows_xdg_unless_it_is_relative(tmp_path: Path) -> None:
    assert load(home(tmp_path, XDG_DATA_HOME="/srv/data")).data_dir == Path("/srv/data/hors-les-murs")
    assert load(home(tmp_path, XDG_DATA_HOME="data")).data_dir == tmp_path / ".local/share/hors-les-murs"


def test_a_data_folder_takes_database_and_key_with_it() -> None:
    settings = load({"HLM_DATA_DIR": "/srv/hlm"})
    assert settings.database_url == "sqlite:////srv/hlm/hors-les-murs.sqlite"
    assert settings.secret_key_file == Path("/srv/hlm/secret.key")


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_the_example_of_every_variable_can_be_used_and_reaches_the_config(setting: config.Setting) -> None:
    settings = load({"HOME": "/home/someone", setting.name: setting.example})
    assert getattr(settings, setting.attribute) == setting.read(setting.example)
    assert getattr(settings, setting.attribute) != getattr(load({"HOME": "/home/someone"}), setting.attribute)


def test_every_setting_is_a_field_and_every_field_a_setting() -> None:
    from_others = {"exapp"}  # what AppAPI says, under names of its own
    assert {setting.attribute for setting in SETTINGS} == set(Config.__dataclass_fields__) - from_others
    assert all(row["meaning"] and row["default"] and row["example"] for row in describe())


def test_the_defaults_that_are_told_are_those_that_hold(tmp_path: Path) -> None:
    settings = load(home(tmp_path))
    for setting in SETTINGS:
        if "HLM_" not in setting.default and "$" not in setting.default:
            assert getattr(settings, setting.attribute) == setting.read(setting.default), setting.name


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("HLM_PORT", "http"),
        ("HLM_PORT", "65536"),
        ("HLM_SYNC_INTERVAL", "14"),
        ("HLM_SYNC_INTERVAL", "86401"),
        ("HLM_SYNC_INTERVAL", "1.5"),
        ("HLM_DAV_TIMEOUT", "nan"),
        ("HLM_LANGUAGE", "de"),
        ("HLM_MUTED", "maybe"),
        ("HLM_DATA_DIR", "data"),
        ("HLM_BASE_URL", "rotas.example.org"),
        ("HLM_BASE_URL", "https://user:secret@rotas.example.org"),
        ("HLM_DATABASE_URL", "mysql://db/hlm"),
        ("HLM_DATABASE_URL", "hlm.sqlite"),
        ("HLM_LOG_LEVEL", "loud"),
        ("HLM_HOST", "http://0.0.0.0"),
    ],
)
def test_a_wrong_value_is_named_with_what_to_write(name: str, text: str) -> None:
    with pytest.raises(ConfigError) as refused:
        load({name: text})
    (problem,) = refused.value.problems
    assert problem.startswith(f"{name}: ")
    assert "write " in problem


def test_all_wrong_values_are_named_at_once() -> None:
    with pytest.raises(ConfigError) as refused:
        load({"HLM_PORT": "x", "HLM_LANGUAGE": "x", "HLM_MUTE": "1"})
    assert [problem.split(":")[0] for problem in refused.value.problems] == ["HLM_MUTE", "HLM_PORT", "HLM_LANGUAGE"]


def test_an_unknown_variable_is_named_with_the_nearest_one() -> None:
    with pytest.raises(ConfigError, match=r"HLM_MUTE: there is no such setting\. Did you mean HLM_MUTED\?"):
        load({"HLM_MUTE": "yes"})


def test_variables_of_the_test_suite_and_of_others_are_no_settings() -> None:
    assert load({"HLM_REQUIRE_SYSTEM": "1", "HLM_TEST_ANYTHING": "1", "PORT": "x"}).port == 8765


def test_a_variable_set_to_nothing_is_not_set() -> None:
    assert load({"HLM_PORT": " ", "HLM_MUTED": ""}).port == 8765


def test_the_password_of_a_database_is_neither_shown_nor_repeated() -> None:
    assert "s3cret" not in repr(load({"HLM_DATABASE_URL": "postgresql://hlm:s3cret@db/hlm"}))
    with pytest.raises(ConfigError) as refused:
        load({"HLM_DATABASE_URL": "mysql://hlm:s3cret@db/hlm"})
    assert "s3cret" not in str(refused.value)


def test_a_postgresql_address_names_the_driver_that_is_installed() -> None:
    for scheme in ("postgres", "postgresql", "postgresql+psycopg"):
        assert load({"HLM_DATABASE_URL": f"{scheme}://hlm@db/hlm"}).database_url == "postgresql+psycopg://hlm@db/hlm"


def test_links_of_a_process_that_listens_everywhere_point_to_this_machine() -> None:
    assert load({"HLM_HOST": "0.0.0.0", "HLM_PORT": "80"}).base_url == "http://127.0.0.1:80"  # noqa: S104
    assert load({"HLM_HOST": "::1"}).base_url == "http://[::1]:8765"
    assert load({"HLM_BASE_URL": "https://rotas.example.org/"}).base_url == "https://rotas.example.org"


def test_the_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    settings = load({"HLM_DATA_DIR": str(tmp_path / "data")})
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: settings.secret_key(), range(16)))
    assert len(keys) == 1
    assert len(base64.urlsafe_b64decode(keys.pop())) == 32
    assert stat.S_IMODE(settings.secret_key_file.stat().st_mode) == 0o600
    assert [path.name for path in settings.data_dir.iterdir()] == ["secret.key"]


@pytest.mark.parametrize("content", [b"", b"short", b"\xff\xfe", b"!" * 44])
def test_a_file_that_is_no_key_is_refused_and_left_alone(tmp_path: Path, content: bytes) -> None:
    settings = load({"HLM_DATA_DIR": str(tmp_path)})
    settings.secret_key_file.write_bytes(content)
    with pytest.raises(ConfigError, match="HLM_SECRET_KEY_FILE"):
        settings.secret_key()
    assert settings.secret_key_file.read_bytes() == content


def test_the_data_folder_is_for_its_owner_alone(tmp_path: Path) -> None:
    settings = load({"HLM_DATA_DIR": str(tmp_path / "a" / "b")})
    assert stat.S_IMODE(settings.ensure_data_dir().stat().st_mode) & 0o077 == 0
    assert settings.ensure_data_dir() == settings.data_dir


def test_a_language_is_spoken_even_where_settings_are_wrong() -> None:
    assert config.spoken_language({"HLM_LANGUAGE": "EN", "HLM_PORT": "x"}) == "en"
    assert config.spoken_language({"HLM_LANGUAGE": "de"}) == "fr"
    assert config.spoken_language({}) == "fr"


@pytest.mark.parametrize(
    ("text", "host", "port", "security", "user"),
    [
        ("smtp://mail.example.org", "mail.example.org", 587, Security.STARTTLS, ""),
        ("smtps://rotas%40example.org@mail.example.org", "mail.example.org", 465, Security.TLS, "rotas@example.org"),
        ("smtp://rotas@mail.example.org:25", "mail.example.org", 25, Security.STARTTLS, "rotas"),
        ("smtp+plain://rotas@127.0.0.1:2525", "127.0.0.1", 2525, Security.NONE, "rotas"),
        ("smtp+plain://relay.example.org", "relay.example.org", 25, Security.NONE, ""),
    ],
)
def test_the_server_that_takes_mail(text: str, host: str, port: int, security: Security, user: str) -> None:
    read = load({"HOME": "/home/someone", "HLM_SMTP_URL": text, "HLM_MAIL_FROM": "rotas@example.org"}).smtp_url
    assert read == Smtp(host=host, port=port, security=security, user=user)


@pytest.mark.parametrize(
    "text",
    [
        "mail.example.org", "http://mail.example.org", "smtp://", "smtp://mail.example.org:0", "smtp://mail.example.org:99999",
        "smtp://mail.example.org/path", "smtp://mail.example.org?x=1", "smtp://rotas:geheim@mail.example.org",
        "smtp+plain://rotas@mail.example.org", "smtp://ma il.example.org", "smtp://mäil.example.org", "smtp://[::1",
    ],
)  # fmt: skip
def test_a_server_for_mail_that_will_not_do_is_named_without_what_was_written(text: str) -> None:
    with pytest.raises(ConfigError) as raised:
        load({"HOME": "/home/someone", "HLM_SMTP_URL": text, "HLM_MAIL_FROM": "rotas@example.org"})
    (problem,) = raised.value.problems
    assert problem.startswith("HLM_SMTP_URL: its value")
    assert "geheim" not in problem


def test_mail_comes_from_somebody() -> None:
    assert load({"HOME": "/h", "HLM_SMTP_URL": "smtp://a%40b.org@c.org"}).mail_from == "a@b.org"
    for from_nobody in ("smtp://c.org", "smtp://rotas@c.org"):
        with pytest.raises(ConfigError, match="HLM_MAIL_FROM"):
            load({"HOME": "/h", "HLM_SMTP_URL": from_nobody})
    with pytest.raises(ConfigError, match="HLM_MAIL_FROM"):
        load({"HOME": "/h", "HLM_MAIL_FROM": "Rotas <a@b.org>"})


def test_a_demonstration_mails_nobody_whatever_the_machine_runs_besides(tmp_path: Path) -> None:
    real = {"HLM_SMTP_URL": "smtp://mail.example.org", "HLM_MAIL_FROM": "a@b.org", "HLM_SMTP_PASSWORD_FILE": "/run/password"}
    apart = load_apart(real, tmp_path, 0)
    assert (apart.smtp_url, apart.mail_from) == (None, "")
    assert apart.smtp_password_file == tmp_path / "smtp.password"
