"""The tables of a store as the newest migration leaves them (a test compares the two)."""

from __future__ import annotations

import sqlalchemy as sa

from biaoti.observations import FIGURES

# A period or category that nobody stated is the empty text, so that it can be part of a key. The
# period of an import is the one stated for it; first and last day are those of its observations.
UNKNOWN = ""

METADATA = sa.MetaData()

IMPORTS = sa.Table(
    "imports",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("category", sa.Text, nullable=False),
    sa.Column("period_start", sa.Text, nullable=False),
    sa.Column("period_end", sa.Text, nullable=False),
    sa.Column("first_day", sa.Text, nullable=False),
    sa.Column("last_day", sa.Text, nullable=False),
    sa.Column("imported_at", sa.Text, nullable=False),
    sa.Column("version", sa.Text, nullable=False),
    sa.Column("read", sa.Integer, nullable=False),
    sa.Column("kept", sa.Integer, nullable=False),
    sa.Column("merged", sa.Integer, nullable=False),
    sa.Column("rejected", sa.Integer, nullable=False),
    # A file is taken in once, whatever becomes of the locks.
    sa.UniqueConstraint("digest", "category", "period_start", "period_end", name="imports_once"),
    # An id is never given twice: `--undo 7` must not mean another file tomorrow.
    sqlite_autoincrement=True,
)

OBSERVATIONS = sa.Table(
    "observations",
    METADATA,
    sa.Column(
        "import_id", sa.Integer, sa.ForeignKey("imports.id", ondelete="CASCADE"), primary_key=True
    ),
    sa.Column("keyword", sa.Text, primary_key=True),
    sa.Column("period_start", sa.Text, primary_key=True),
    sa.Column("period_end", sa.Text, primary_key=True),
    sa.Column("source", sa.Text, nullable=False),
    *(
        sa.Column(f"{name}_{end}", sa.Double, nullable=True)
        for name in FIGURES
        for end in ("low", "high")
    ),
    sqlite_with_rowid=False,
)
