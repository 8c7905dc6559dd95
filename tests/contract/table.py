"""The table of what each server can do: ``python -m tests.contract.table`` measures it and writes it into docs/servers.md.

Servers that are not installed keep the column that they have.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.contract.abilities import QUESTIONS, measure
from tests.servers import SYSTEM, start_served

PAGE = Path(__file__).parents[2] / "docs/servers.md"
_BEGIN, _END = "<!-- measured -->\n", "<!-- measured: end -->\n"
COLUMNS = {
    "radicale": "Radicale",
    "xandikos": "Xandikos",
    "davical": "DAViCal",
    "cyrus": "Cyrus 3.6",
    "sabre": "sabre/dav 1.8",
}
STARTED_AS = {"xandikos": "xandikos-inviting"}

Table = dict[str, dict[str, str]]
"""Server -> question -> answer."""


def there(name: str) -> bool:
    return name not in SYSTEM or SYSTEM[name]()


def measured(name: str, folder: Path) -> dict[str, str]:
    """The answers of a server of its own."""
    served = start_served(STARTED_AS.get(name, name), folder)
    try:
        return measure(served)
    finally:
        served.stop()


def read(page: str) -> Table:
    """What a page's table says.

    >>> read(_BEGIN + "| | Radicale |\\n| --- | --- |\\n| one | yes |\\n" + _END)
    {'radicale': {'one': 'yes'}}
    """
    inside = page.partition(_BEGIN)[2].partition(_END)[0].splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in inside if line.startswith("|")]
    if not rows:
        return {}
    names = {title: name for name, title in COLUMNS.items()}
    return {names[title]: {row[0]: row[place] for row in rows[2:]} for place, title in enumerate(rows[0]) if title in names}


def written(page: str, table: Table) -> str:
    """The page with that table in it."""
    names = [name for name in COLUMNS if name in table]
    lines = ["| | " + " | ".join(COLUMNS[name] for name in names) + " |", "| --- |" + " --- |" * len(names)]
    lines += ["| " + " | ".join([words, *(table[name].get(words, "?") for name in names)]) + " |" for words in QUESTIONS]
    before, _, rest = page.partition(_BEGIN)
    return before + _BEGIN + "\n".join(lines) + "\n" + _END + rest.partition(_END)[2]


def main() -> int:
    page = PAGE.read_text(encoding="utf-8")
    table = read(page)
    for name, title in COLUMNS.items():
        if not there(name):
            print(f"{title} is not installed (make test-deps): its column stays as it is")
            continue
        with tempfile.TemporaryDirectory() as folder:
            table[name] = measured(name, Path(folder))
        print(f"{title}: {len(table[name])} answers")
    PAGE.write_text(written(page, table), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
