"""Fetches frpc for this machine's processor, and takes it only with the checksum that was told. For building the image."""

from __future__ import annotations

import argparse
import hashlib
import io
import platform
import sys
import tarfile
from pathlib import Path
from urllib.request import urlopen

ADDRESS = "https://github.com/fatedier/frp/releases/download/v{release}/frp_{release}_linux_{processor}.tar.gz"
PROCESSORS = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


class Refused(Exception):
    """What came is not what was asked for."""


def unpack(archive: bytes, checksum: str, into: Path) -> None:
    """Put the program ``frpc`` of a release archive into a folder. Raises ``Refused`` where the SHA-256 is another."""
    found = hashlib.sha256(archive).hexdigest()
    if found != checksum:
        raise Refused(f"the archive has the SHA-256 {found}, and {checksum} was expected")
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as files:
        program = next((m for m in files if m.isfile() and Path(m.name).name == "frpc"), None)
        content = files.extractfile(program) if program else None
        if content is None:
            raise Refused("there is no frpc in the archive")
        target = into / "frpc"
        target.write_bytes(content.read())
        target.chmod(0o555)


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--release", required=True, help="as 0.61.1; empty: none is fetched")
    asked.add_argument("--amd64", required=True, metavar="SHA256")
    asked.add_argument("--arm64", required=True, metavar="SHA256")
    asked.add_argument("--into", required=True, type=Path)
    told = asked.parse_args()
    told.into.mkdir(parents=True, exist_ok=True)
    if not told.release:
        return 0
    processor = PROCESSORS.get(platform.machine())
    if processor is None:
        print(
            f"frpc is released for amd64 and arm64, not for {platform.machine()}: build with FRP_VERSION=", file=sys.stderr
        )
        return 1
    with urlopen(ADDRESS.format(release=told.release, processor=processor), timeout=120) as answer:  # noqa: S310 - https, above
        archive = answer.read()
    try:
        unpack(archive, getattr(told, processor), told.into)
    except Refused as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
