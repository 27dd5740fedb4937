"""Where a store is: a path or a URL -> a place, before any library for databases is loaded."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from biaoti.errors import BiaotiError

_SQLITE = re.compile(r"sqlite(?:\+pysqlite)?:///(.+)", re.DOTALL)
_POSTGRES = re.compile(r"(?:postgres|postgresql)(?:\+psycopg)?://(.*)", re.DOTALL)
_PASSWORD = re.compile(r"(?<=://)([^/@:]*:)[^@]*(?=@)|(?<=[?&])(password=)[^&]*")


class StoreError(BiaotiError):
    """A store that cannot be opened, read or written; nothing of it was changed."""

    code = "bad-store"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a store is: the file of an SQLite store, or the URL of a PostgreSQL one."""

    url: str
    file: Path | None = None

    @property
    def shown(self) -> str:
        """Return the place as a person may read it, without a password."""
        return str(self.file) if self.file else _PASSWORD.sub(r"\1\2***", self.url)

    def may_hold_rows(self) -> bool:
        """Tell whether there may be a store here: a server always may, a file must exist."""
        return self.file is None or self.file.is_file()


def find_place(database: str | Path) -> Place:
    """Return the place that a path or URL names. Raises StoreError for another kind of database.

    >>> find_place("sqlite:////data/keywords.sqlite3").file.as_posix()
    '/data/keywords.sqlite3'
    >>> find_place("postgresql://me:secret@db/shop").shown
    'postgresql+psycopg://me:***@db/shop'
    """
    text = str(database)
    if match := _POSTGRES.fullmatch(text):
        return Place(url=f"postgresql+psycopg://{match[1]}")
    if match := _SQLITE.fullmatch(text):
        text = match[1]
    if "://" in text:
        scheme = text.split("://", 1)[0]
        msg = (
            f"database: found {scheme}://…, expected a path, sqlite:///… or postgresql+psycopg://…"
        )
        raise StoreError(msg)
    return Place(url="sqlite+pysqlite://", file=Path(text))
