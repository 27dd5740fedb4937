"""One door to the database: connections, transactions that wait their turn, located errors."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine.interfaces import IsolationLevel
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from biaoti.store.places import Place, StoreError

# How long an import waits for another one to finish: a large one takes seconds, not minutes.
WAIT_SECONDS = 60
# Any number that no other program on the same server locks by; this one spells "biaoti" in ASCII.
_LOCK = 0x626961_6F7469
_WRITES = "biaoti_writes"
# The driver warns on standard error of what we tell in our own words, unless someone keeps a log.
logging.getLogger("psycopg").addHandler(logging.NullHandler())


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """A store that is open: nothing is held between two calls, so any thread may use it."""

    engine: sa.Engine
    place: Place

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """Give a connection that sees one state of the store, whatever is imported meanwhile."""
        with located(self), self.engine.connect() as plain:
            connection = self._isolated(plain, "REPEATABLE READ")
            with connection.begin():
                yield connection

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """Give a connection that alone may write; all of it is kept, or with any error none.

        Other writers wait for their turn, readers go on reading the old state.
        """
        with located(self, "; nothing was changed"), self.engine.connect() as plain:
            # A writer must see what was committed while it waited for its turn.
            connection = self._isolated(plain, "READ COMMITTED")
            connection = connection.execution_options(**{_WRITES: True})
            with connection.begin():
                if self.place.file is None:
                    connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{WAIT_SECONDS}s'")
                    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
                yield connection

    def _isolated(self, connection: sa.Connection, level: IsolationLevel) -> sa.Connection:
        """Return `connection` set to `level` where that is a choice: SQLite knows only one."""
        if self.place.file is not None:
            return connection
        return connection.execution_options(isolation_level=level)


def connect(place: Place) -> Store:
    """Return the store at `place`, its schema unseen; see `biaoti.store.schema.open_store`."""
    if place.file is not None:
        return Store(engine=_sqlite(place), place=place)
    try:
        engine = sa.create_engine(
            place.url, poolclass=NullPool, connect_args={"connect_timeout": 10}
        )
    except ModuleNotFoundError as error:
        msg = f"{place.shown}: {error.name} is not installed: pip install 'biaoti[postgres]'"
        raise StoreError(msg) from error
    except (ArgumentError, ValueError) as error:
        msg = f"{place.shown}: found no URL of a database, expected postgresql+psycopg://host/name"
        raise StoreError(msg) from error
    return Store(engine=engine, place=place)


def _sqlite(place: Place) -> sa.Engine:
    """Return an engine whose transactions are what we say: the driver would begin them too late."""
    engine = sa.create_engine(
        sa.URL.create("sqlite+pysqlite", database=str(place.file)),
        poolclass=NullPool,
        connect_args={"timeout": WAIT_SECONDS},
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _: object) -> None:  # noqa: ANN401 - the driver's connection
        connection.isolation_level = None
        # Another process may be at it this moment; either mode of journal is safe, this one lets
        # readers read while we write.
        with suppress(connection.OperationalError):
            connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")

    @event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        is_writing = connection.get_execution_options().get(_WRITES, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if is_writing else "BEGIN")

    return engine


@contextmanager
def located(store: Store, outcome: str = "") -> Iterator[None]:
    """Turn whatever the database objects to into one StoreError: the place, why, the outcome."""
    driver = store.engine.dialect.loaded_dbapi.Error
    try:
        yield
    except (SQLAlchemyError, OSError, driver) as error:
        msg = f"{store.place.shown}: {_reason(error)}{outcome}"
        raise StoreError(msg) from error


def _reason(error: BaseException) -> str:
    cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
    text = " ".join(str(cause).split())
    if isinstance(error, OperationalError) and ("locked" in text or "lock timeout" in text):
        return f"busy for {WAIT_SECONDS} seconds: another import is at work"
    return text or type(cause).__name__
