"""What runs in the container before and beside the program: the start script, the tunnel to HaRP, the question how it is."""

from __future__ import annotations

import hashlib
import io
import os
import socket
import stat
import subprocess
import sys
import tarfile
import threading
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from socketserver import UnixStreamServer

import pytest

from container import tunnel
from container.frpc import Refused, unpack
from container.health import connection, trouble

ROOT = Path(__file__).resolve().parents[2]
START = ROOT / "container" / "start.sh"
HARP = {
    "APP_SECRET": "s", "APP_ID": "hors_les_murs", "APP_PORT": "23000", "HP_SHARED_KEY": 'a "key" \\ of signs',
    "HP_FRP_ADDRESS": "harp.example.org", "HP_FRP_PORT": "8782",
}  # fmt: skip


# --- The start script: programs that say what they are called with stand in for the real ones -----------------------


def start(folder: Path, *arguments: str, programs: tuple[str, ...] = ("hors-les-murs",), **environment: str) -> str:
    """What the start script said and what it called at last; its exit code before both where it is not 0."""
    found = folder / "bin"
    found.mkdir(exist_ok=True)
    for name in programs:
        program = found / name
        program.write_text(f'#!/bin/sh\necho "{name} $* host=${{HLM_HOST:-}}"\n')
        program.chmod(0o755)
    python = found / "python3"
    if not python.exists():
        python.symlink_to(sys.executable)
    surroundings = {"PATH": f"{found}:/usr/bin:/bin", "XDG_DATA_HOME": str(folder), **environment}
    ended = subprocess.run(
        ["sh", str(START), *arguments], env=surroundings, capture_output=True, text=True, check=False, timeout=30
    )
    return (f"{ended.returncode} " if ended.returncode else "") + (ended.stderr + ended.stdout).strip()


def test_standalone_it_listens_where_others_reach_it(tmp_path: Path) -> None:
    assert start(tmp_path, "serve") == "hors-les-murs serve host=0.0.0.0"


def test_an_address_that_was_chosen_stands(tmp_path: Path) -> None:
    assert start(tmp_path, "serve", HLM_HOST="10.0.0.5") == "hors-les-murs serve host=10.0.0.5"


def test_in_nextcloud_the_address_is_nextcloud_s(tmp_path: Path) -> None:
    assert start(tmp_path, "serve", APP_SECRET="s", APP_PERSISTENT_STORAGE=str(tmp_path)) == "hors-les-murs serve host="


def test_what_stands_behind_the_image_s_name_is_a_command(tmp_path: Path) -> None:
    assert start(tmp_path, "sync", "--dry-run") == "hors-les-murs sync --dry-run host=0.0.0.0"


def test_a_volume_that_cannot_be_written_is_told_with_what_to_do(tmp_path: Path) -> None:
    said = start(tmp_path, "serve", HLM_DATA_DIR="/proc/1/nowhere")
    assert said.startswith("73 ")
    assert "/proc/1/nowhere" in said
    assert "chown" in said


def test_harp_without_frpc_in_the_image_is_told(tmp_path: Path) -> None:
    if any((Path(folder) / "frpc").exists() for folder in ("/usr/bin", "/bin")):
        pytest.skip("this machine has an frpc of its own")
    said = start(tmp_path, "serve", **HARP)
    assert said.startswith("78 ")
    assert "FRP_VERSION" in said


def test_signals_reach_the_program_itself(tmp_path: Path) -> None:
    """The shell is replaced: the process that docker stops is the program's."""
    program = tmp_path / "bin" / "hors-les-murs"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho $$\n")
    program.chmod(0o755)
    environment = {"PATH": f"{program.parent}:/usr/bin:/bin", "XDG_DATA_HOME": str(tmp_path)}
    with subprocess.Popen(["sh", str(START), "serve"], env=environment, stdout=subprocess.PIPE, text=True) as process:
        said, _ = process.communicate(timeout=30)
    assert said.strip() == str(process.pid)


# --- The tunnel -----------------------------------------------------------------------------------------------------


def test_the_tunnel_leads_from_harp_s_port_to_our_socket(tmp_path: Path) -> None:
    read = tomllib.loads(tunnel.settings(HARP, certificates=tmp_path))
    assert (read["serverAddr"], read["serverPort"]) == ("harp.example.org", 8782)
    assert read["metadatas"] == {"token": HARP["HP_SHARED_KEY"]}
    assert read["loginFailExit"] is False
    assert read["transport"]["tls"] == {"enable": False}
    assert read["proxies"] == [
        {
            "name": "hors_les_murs",
            "type": "tcp",
            "remotePort": 23000,
            "plugin": {"type": "unix_domain_socket", "unixPath": "/tmp/exapp.sock"},  # noqa: S108
        }
    ]


def test_with_harp_s_certificates_the_tunnel_is_encrypted(tmp_path: Path) -> None:
    for name in ("client.crt", "client.key", "ca.crt"):
        (tmp_path / name).touch()
    read = tomllib.loads(tunnel.settings(HARP, certificates=tmp_path))
    assert read["transport"]["tls"] == {
        "enable": True, "certFile": f"{tmp_path}/client.crt", "keyFile": f"{tmp_path}/client.key",
        "trustedCaFile": f"{tmp_path}/ca.crt", "serverName": "harp.nc",
    }  # fmt: skip


@pytest.mark.parametrize(
    "change", [{"HP_FRP_PORT": "87\nx = 1"}, {"APP_PORT": "²"}, {"HP_FRP_ADDRESS": ""}, {"APP_ID": " "}]
)
def test_a_variable_that_harp_did_not_set_so_is_named(change: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(tunnel.Missing, match=next(iter(change))):
        tunnel.settings(HARP | change, certificates=tmp_path)


def test_the_shared_key_is_written_for_this_user_alone_and_not_through_a_link(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in HARP.items():
        monkeypatch.setenv(name, value)
    elsewhere = tmp_path / "elsewhere"
    path = tmp_path / "frpc.toml"
    path.symlink_to(elsewhere)
    assert tunnel.main(str(path)) == 0
    assert not elsewhere.exists()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


# --- Fetching frpc --------------------------------------------------------------------------------------------------


def released(content: bytes = b"program", name: str = "frp_1_linux_amd64/frpc") -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        member = tarfile.TarInfo(name)
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    return packed.getvalue()


def test_frpc_is_taken_with_the_right_checksum(tmp_path: Path) -> None:
    archive = released()
    unpack(archive, hashlib.sha256(archive).hexdigest(), tmp_path)
    assert (tmp_path / "frpc").read_bytes() == b"program"
    assert os.access(tmp_path / "frpc", os.X_OK)


def test_another_archive_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="expected"):
        unpack(released(b"another"), hashlib.sha256(released()).hexdigest(), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_an_archive_without_it_is_refused(tmp_path: Path) -> None:
    archive = released(name="frp_1_linux_amd64/frps")
    with pytest.raises(Refused, match="no frpc"):
        unpack(archive, hashlib.sha256(archive).hexdigest(), tmp_path)


# --- How is it? -----------------------------------------------------------------------------------------------------


class _Answers(BaseHTTPRequestHandler):
    status = 200

    def do_GET(self) -> None:
        self.send_response(self.status if self.path == "/healthz" else 404)
        self.end_headers()
        self.wfile.write(b'{"status": "failing"}')

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: a test's output is its own."""

    def address_string(self) -> str:
        return "here"


class _Failing(_Answers):
    status = 503


@contextmanager
def running(server: HTTPServer | UnixStreamServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join(timeout=10)
        server.server_close()


def test_it_is_well_where_it_answers_so() -> None:
    server = HTTPServer(("127.0.0.1", 0), _Answers)
    with running(server):
        assert trouble({"HLM_PORT": str(server.server_port), "HLM_HOST": "0.0.0.0"}) == ""  # noqa: S104


def test_what_it_says_of_itself_is_told() -> None:
    server = HTTPServer(("127.0.0.1", 0), _Failing)
    with running(server):
        assert trouble({"HLM_PORT": str(server.server_port)}) == '503: {"status": "failing"}'


def test_no_answer_is_told() -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))  # bound, and nobody listens
        assert trouble({"HLM_PORT": str(bound.getsockname()[1])}).startswith("no answer")


def test_behind_harp_the_socket_and_the_tunnel_are_asked(tmp_path: Path) -> None:
    path, tunnelled = tmp_path / "exapp.sock", tmp_path / "frpc.pid"
    environment = {"APP_SECRET": "s", "HP_SHARED_KEY": "k", "HP_EXAPP_SOCK": str(path)}
    with running(UnixStreamServer(str(path), _Answers)):
        assert "frpc" in trouble(environment, tunnelled)
        tunnelled.write_text(f"{os.getpid()}\n")
        assert trouble(environment, tunnelled) == ""
        ended = subprocess.Popen([sys.executable, "-c", ""])
        os.waitid(os.P_PID, ended.pid, os.WEXITED | os.WNOWAIT)  # ended, and nobody has waited for it
        tunnelled.write_text(f"{ended.pid}\n")
        assert "frpc" in trouble(environment, tunnelled)
        ended.wait(timeout=10)
        assert "frpc" in trouble(environment, tunnelled)


@pytest.mark.parametrize(
    ("environment", "address"),
    [
        ({}, ("127.0.0.1", 8765)),
        ({"HLM_HOST": "::", "HLM_PORT": "9000"}, ("::1", 9000)),
        ({"APP_SECRET": "s", "APP_HOST": "0.0.0.0", "APP_PORT": "23000"}, ("127.0.0.1", 23000)),  # noqa: S104
        ({"APP_HOST": "10.1.1.1", "APP_PORT": "23000"}, ("127.0.0.1", 8765)),
        ({"APP_SECRET": "s", "APP_PORT": "23000", "HLM_PORT": "9000"}, ("127.0.0.1", 9000)),
    ],
)
def test_it_is_asked_where_the_program_listens(environment: dict[str, str], address: tuple[str, int]) -> None:
    asked = connection(environment)
    assert (asked.host, asked.port) == address
