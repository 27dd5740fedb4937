"""Files taken in, and what each of them says of a keyword over a period."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Written out, not taken from the code: this step must stay what it was when it was released.
_FIGURES = (
    "demand_index",
    "impressions",
    "clicks",
    "orders",
    "click_through_rate",
    "conversion_rate",
    "supply",
    "tmall_share",
    "cost_per_click",
    "cost",
)


def upgrade() -> None:
    """Make both tables."""
    op.create_table(
        "imports",
        sa.Column("id", sa.Integer, primary_key=True),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("digest", "name", "category")),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("period_start", "period_end")),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("first_day", "last_day")),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("imported_at", "version")),
        *(
            sa.Column(name, sa.Integer, nullable=False)
            for name in ("read", "kept", "merged", "rejected")
        ),
        sa.UniqueConstraint(
            "digest", "category", "period_start", "period_end", name="imports_once"
        ),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "observations",
        sa.Column(
            "import_id",
            sa.Integer,
            sa.ForeignKey("imports.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        *(
            sa.Column(name, sa.Text, primary_key=True)
            for name in ("keyword", "period_start", "period_end")
        ),
        sa.Column("source", sa.Text, nullable=False),
        *(
            sa.Column(f"{name}_{end}", sa.Double, nullable=True)
            for name in _FIGURES
            for end in ("low", "high")
        ),
        sqlite_with_rowid=False,
    )
