"""Makes the archive that is uploaded to Nextcloud's app store. The same sources and zlib give the same bytes."""

from __future__ import annotations

import argparse
import gzip
import hashlib
import io
import sys
import tarfile
from pathlib import Path

from plugin_manifest import texts
from plugin_manifest.description import HERE, INFO, NotReady, problems_of, published, publisher_in, version_in

ROOT = HERE.parent
STATIC = ROOT / "sidecar" / "web" / "static"
COPIED = {
    "CHANGELOG.md": ROOT / "CHANGELOG.md",
    "LICENSE": ROOT / "LICENSE",
    "img/app.svg": STATIC / "menu.svg",
    "img/app-dark.svg": HERE / "img" / "app-dark.svg",
    "js/loader.js": STATIC / "loader.js",
}
"""Where each file of the archive comes from; appinfo/ and l10n/ are written."""


def contents(info: bytes) -> dict[str, bytes]:
    """Everything in the archive by its name in it, below a folder that is named like the app."""
    inside = {"appinfo/info.xml": info}
    inside |= {f"l10n/{name}": text.encode() for name, text in texts.files().items()}
    inside |= {name: path.read_bytes() for name, path in COPIED.items()}
    return {f"{texts.APP_ID}/{name}": inside[name] for name in sorted(inside)}


def pack(inside: dict[str, bytes]) -> bytes:
    """A tar.gz that says nothing of when, where and by whom it was made."""
    packed = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=packed, mode="wb", mtime=0, compresslevel=9) as squeezed,
        tarfile.open(fileobj=squeezed, mode="w", format=tarfile.USTAR_FORMAT) as archive,
    ):
        for name, content in sorted(inside.items()):
            member = tarfile.TarInfo(name)
            member.size, member.mode, member.mtime = len(content), 0o644, 0
            archive.addfile(member, io.BytesIO(content))
    return packed.getvalue()


def ready(info: bytes, changelog: str) -> None:
    """Raises ``NotReady`` where the description is wrong or the version has no dated section in the change log."""
    version = version_in(info)
    problems = [f"appinfo/info.xml, {problem}" for problem in problems_of(info)]
    if not any(line.startswith((f"## [{version}]", f"## {version}")) for line in changelog.splitlines()):
        problems.append(f"CHANGELOG.md: {version} is not released there yet; it needs a heading ## [{version}] - date.")
    if problems:
        raise NotReady(*problems)


def main(arguments: list[str] | None = None) -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--into", type=Path, default=ROOT / "dist")
    asked.add_argument("--draft", action="store_true", help="to look at: with the publisher's addresses left open")
    told = asked.parse_args(arguments)
    info = INFO.read_bytes()
    try:
        if not told.draft:
            info = published(info, publisher_in())
            ready(info, COPIED["CHANGELOG.md"].read_text("utf-8"))
    except NotReady as error:
        print("The archive for the app store cannot be made yet:", *error.args, sep="\n- ", file=sys.stderr)
        return 1
    archive = pack(contents(info))
    told.into.mkdir(parents=True, exist_ok=True)
    target = told.into / f"{texts.APP_ID}-{version_in(info)}{'-draft' if told.draft else ''}.tar.gz"
    target.write_bytes(archive)
    print(f"{target}  sha256:{hashlib.sha256(archive).hexdigest()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
