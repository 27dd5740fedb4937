"""The tables of a store, brought to the newest form when it is opened; old data stays."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from biaoti.store.database import Store, connect, located
from biaoti.store.places import Place, StoreError

# The newest migration. A test holds that it is, so that opening a store need not load Alembic.
HEAD = "0001"
VERSION_TABLE = "biaoti_schema"
MIGRATIONS = Path(__file__).with_name("migrations")


def open_store(place: Place) -> Store:
    """Return the store at `place`, made if absent and brought to the newest schema.

    Of several processes that open an old or absent store one migrates it while the others wait. A
    store of a newer biaoti, or one that cannot be reached or written, raises StoreError.
    """
    store = connect(place)
    if place.file is not None:
        with located(store):
            place.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with store.reading() as connection:
        found = version_of(connection)
    if found != HEAD:
        upgrade(store)
    return store


def upgrade(store: Store, target: str = HEAD) -> None:
    """Bring `store` from whatever older schema it has to `target`, wholly or not at all."""
    from alembic.config import Config  # noqa: PLC0415 - start-up
    from alembic.runtime.environment import EnvironmentContext  # noqa: PLC0415 - start-up
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - start-up

    scripts = ScriptDirectory(str(MIGRATIONS))
    with store.writing() as connection:
        found = version_of(connection)
        known = {script.revision for script in scripts.walk_revisions()}
        if found is not None and found not in known:
            msg = (
                f"{store.place.shown}: found schema {found!r}, expected at most {HEAD!r}: "
                "this store belongs to a newer biaoti"
            )
            raise StoreError(msg)
        with EnvironmentContext(Config(), scripts) as environment:
            environment.configure(
                connection=connection,
                version_table=VERSION_TABLE,
                fn=lambda revision, _: scripts._upgrade_revs(target, revision),  # noqa: SLF001 - as in Alembic's own cookbook
            )
            environment.run_migrations()


def version_of(connection: sa.Connection) -> str | None:
    """Return the schema that a store has, None for one without tables of ours."""
    if not sa.inspect(connection).has_table(VERSION_TABLE):
        return None
    version: str | None = connection.execute(
        sa.select(sa.column("version_num")).select_from(sa.table(VERSION_TABLE))
    ).scalar()
    return version
