"""What the store keeps, on SQLite and PostgreSQL alike: nothing lost, nothing counted twice."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from biaoti.cli.setup import Setup
from biaoti.cli.stored import stored_markets
from biaoti.engine import Engine
from biaoti.observations import FIGURES
from biaoti.records import ImportSummary, Interval, KeywordStat, Period
from biaoti.reports import load_headers, observe_uploads, read_uploads
from biaoti.settings import Settings
from biaoti.store import StoreError, find_place, reading, schema, writing
from biaoti.store.categories import nearest
from biaoti.store.database import Store, connect
from biaoti.store.schema import open_store
from biaoti.store.tables import METADATA

ROOT = Path(__file__).parents[1]
HEADERS = load_headers(ROOT / "lexicon" / "report_headers.tsv")
EXAMPLES = sorted(
    path for path in (ROOT / "examples").glob("*_*.*") if path.suffix in {".csv", ".tsv", ".xlsx"}
)
JUNE = Period(start="2026-06-01", end="2026-06-30")
JULY = Period(start="2026-07-01", end="2026-07-31")
FILED = "女装>连衣裙"
Upload = tuple[str, bytes]


@pytest.fixture
def store(database: str) -> Store:
    """Return an empty store on each kind of database."""
    return open_store(find_place(database))


def take(
    store: Store, *uploads: Upload, category: str | None = None, period: Period | None = None
) -> ImportSummary:
    """Import `uploads` in one go."""
    filing = writing.Filing(
        category=category, period=period, imported_at="2026-11-01T08:00:00", version="1"
    )
    return writing.import_files(store, observe_uploads(uploads, HEADERS, period=period), filing)


def report(*rows: str, columns: str = "关键词,点击量", days: str = "") -> bytes:
    """Return a report file with one row a text, and its days in a title block."""
    title = f"{days}\n" if days else ""
    return f"{title}{columns}\n{chr(10).join(rows)}\n".encode()


def state(store: Store) -> tuple[object, ...]:
    """Return everything a store answers."""
    return (
        reading.read_stats(store),
        reading.history(store),
        reading.imports(store),
        reading.categories(store),
        reading.data_version(store),
    )


# ---- the same as the files ---------------------------------------------------------------------


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_the_store_gives_the_rows_that_the_file_gives(store: Store, path: Path) -> None:
    upload = (path.name, path.read_bytes())
    wanted = read_uploads([upload], HEADERS, category=FILED)
    done = take(store, upload, category=FILED)
    assert reading.read_stats(store) == wanted.rows
    assert done.read == done.kept + done.merged + len(done.rejected) == wanted.read
    assert done.rejected == wanted.rejected


WORDS = st.sampled_from(["裙子", "连衣裙", "Ａ字裙", "a字裙", "iPhone 14", "🐻壳", "汇总", ""])
CELLS = st.sampled_from(["5", "18,399", "-", "", "5000 ~ 1万", "20万+", "x", "0.5", "7", "0"])
RATES = st.sampled_from(["2%", "0.5%", "10%-20%", "", "-", "33.33%"])
DAYS = st.sampled_from(["2026-06-01", "2026-06-02", "2026-06-09"])
COLUMNS = "日期,关键词,搜索人气,展现量,点击量,点击率,花费"
ROWS = st.lists(st.tuples(DAYS, WORDS, CELLS, CELLS, CELLS, RATES, CELLS), max_size=9)


@given(files=st.lists(ROWS, min_size=1, max_size=3), is_daily=st.booleans())
@settings(
    derandomize=True,
    deadline=None,
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_one_report_of_many_days_or_several_of_unknown_days_read_as_the_files_do(
    store: Store, files: list[list[tuple[str, ...]]], *, is_daily: bool
) -> None:
    columns = COLUMNS if is_daily else COLUMNS.split(",", 1)[1]
    texts = [[",".join(f'"{cell}"' for cell in row[not is_daily :]) for row in f] for f in files]
    # A word of its own makes each file another one: the same bytes are taken once, under one name.
    owned = ["2026-06-01,独,1" if is_daily else f"独{number},1" for number in range(len(texts))]
    uploads = [
        (f"{number}.csv", report(*rows, owned[number], columns=columns))
        for number, rows in enumerate(texts)
    ][: 1 if is_daily else None]
    wanted = read_uploads(uploads, HEADERS)
    done = take(store, *uploads)
    found = reading.read_stats(store)
    for number in done.imports:
        writing.undo_import(store, number)
    assert found == wanted.rows
    assert done.read == done.kept + done.merged + len(done.rejected) == wanted.read
    assert reading.imports(store) == ()


def test_figures_come_back_to_the_last_bit(store: Store) -> None:
    take(store, ("a", report("裙,0.1,1234567.891,33.33%", columns="关键词,花费,展现量,点击率")))
    (row,) = reading.read_stats(store)
    assert (row.impressions, row.click_through_rate) == (1234567.891, Interval(0.3333, 0.3333))


def test_names_that_are_no_text_are_kept_readable(store: Store) -> None:
    take(store, ("报表\udcff\x00.csv", report("裙,1")))
    assert reading.imports(store)[0].name == "报表??.csv"


# ---- once --------------------------------------------------------------------------------------


def test_the_same_file_twice_changes_nothing(store: Store) -> None:
    content = report("裙子,5", "裙子,5", "上衣,7", "坏,x", days="2026-06-01 ~ 2026-06-30")
    first = take(store, ("a.csv", content), category=FILED)
    before = state(store)
    again = take(store, ("a.csv", content), ("renamed.csv", content), category=FILED)
    assert (first.read, first.kept, first.merged, len(first.rejected)) == (4, 2, 1, 1)
    assert (again.read, again.kept, again.merged, len(again.rejected)) == (8, 0, 6, 2)
    assert again.imports == ()
    assert state(store) == before


def test_the_same_file_twice_in_one_command_is_taken_once(store: Store) -> None:
    done = take(store, ("a", report("裙子,5")), ("b", report("裙子,5")))
    assert (done.kept, done.merged, len(done.imports)) == (1, 1, 1)


def test_a_file_may_be_filed_under_a_second_category(store: Store) -> None:
    for category in (FILED, "女装>半身裙"):
        take(store, ("a", report("裙子,5")), category=category, period=JUNE)
    assert reading.categories(store) == ("女装>半身裙", FILED)
    assert [row.clicks for row in reading.read_stats(store)] == [5]
    assert reading.read_stats(store)[0].category is None
    assert reading.read_stats(store, category=FILED)[0].category == FILED


def test_a_newer_import_of_the_same_report_replaces_it_until_it_is_undone(store: Store) -> None:
    take(store, ("june.csv", report("裙子,5", "上衣,1")), period=JUNE)
    before = reading.read_stats(store)
    newer = take(store, ("june.csv", report("裙子,3")), period=JUNE)
    assert [(row.keyword, row.clicks) for row in reading.read_stats(store)] == [
        ("上衣", 1),
        ("裙子", 3),
    ]
    undone = writing.undo_import(store, newer.imports[0])
    assert (undone.name, undone.kept, undone.period) == ("june.csv", 1, JUNE)
    assert reading.read_stats(store) == before


def test_an_import_that_is_not_there_cannot_be_undone(store: Store) -> None:
    with pytest.raises(StoreError, match="found no import 7"):
        writing.undo_import(store, 7)


def test_a_number_is_never_given_twice(store: Store) -> None:
    (first,) = take(store, ("a", report("裙子,5"))).imports
    writing.undo_import(store, first)
    (second,) = take(store, ("a", report("裙子,5"))).imports
    assert second > first


# ---- over time ---------------------------------------------------------------------------------


def stat(store: Store) -> KeywordStat:
    """Return the only row of a store."""
    (row,) = reading.read_stats(store)
    return row


def test_counts_add_up_over_periods_that_do_not_overlap(store: Store) -> None:
    take(store, ("june", report("裙子,5")), period=JUNE)
    take(store, ("july", report("裙子,7")), period=JULY)
    assert (stat(store).clicks, stat(store).source) == (12, "july + june")
    assert stat(store).period == Period(start=JUNE.start, end=JULY.end)


def test_overlapping_periods_never_count_twice(store: Store) -> None:
    take(store, ("month", report("裙子,90")), period=JUNE)
    take(store, ("week", report("裙子,20")), period=Period(start="2026-06-24", end="2026-06-30"))
    take(store, ("next", report("裙子,20")), period=Period(start="2026-06-28", end="2026-07-04"))
    assert stat(store).clicks == 90
    take(store, ("july", report("裙子,70")), period=JULY)
    assert stat(store).clicks == 160


def test_two_reports_of_the_same_days_see_the_same_shoppers(store: Store) -> None:
    take(store, ("a", report("裙子,5")), ("b", report("裙子,9")), period=JUNE)
    assert stat(store).clicks == 9


def test_indices_and_rates_are_those_of_the_newest_period_and_never_added(store: Store) -> None:
    columns = "关键词,搜索人气,点击率"
    take(store, ("july", report("裙子,100 ~ 200,5%", columns=columns)), period=JULY)
    take(store, ("june", report("裙子,900,9%", columns=columns)), period=JUNE)
    assert stat(store).demand_index == Interval(100, 200)
    take(store, ("other", report("裙子,150 ~ 300,4%", columns=columns)), period=JULY)
    assert stat(store).demand_index == Interval(100, 300)
    assert stat(store).click_through_rate == Interval(0.04, 0.05)


def test_rates_that_follow_from_counts_follow_from_their_sums(store: Store) -> None:
    columns = "关键词,展现量,点击量"
    take(store, ("june", report("裙子,100,10", columns=columns)), period=JUNE)
    take(store, ("july", report("裙子,300,10", columns=columns)), period=JULY)
    assert stat(store).click_through_rate == Interval(0.05, 0.05)


def test_a_report_of_unknown_days_speaks_only_where_no_other_does(store: Store) -> None:
    columns = "关键词,搜索人气,点击量,在线商品数"
    take(store, ("old", report("裙子,900,50,1000", columns=columns)))
    take(store, ("june", report("裙子,100,60,-", columns=columns)), period=JUNE)
    row = stat(store)
    assert (row.demand_index, row.clicks, row.supply) == (Interval(100, 100), 60, 1000)


def test_a_span_of_days_is_asked_for_whole(store: Store) -> None:
    take(store, ("unknown", report("帽子,5")))
    take(store, ("june", report("裙子,5")), period=JUNE)
    take(store, ("july", report("裙子,7")), period=JULY)
    for start, end, wanted in (
        ("2026-07-01", None, [7]),
        (None, "2026-06-30", [5]),
        ("2026-06-01", "2026-07-31", [12]),
        ("2026-06-02", "2026-07-30", []),
    ):
        rows = reading.read_stats(store, start=start, end=end)
        assert [row.clicks for row in rows] == wanted


def test_history_has_a_row_for_each_keyword_and_period(store: Store) -> None:
    daily = report("2026-06-02,裙子,5", "2026-06-01,裙子,4", columns="日期,关键词,点击量")
    take(store, ("daily", daily), category=FILED)
    take(store, ("june", report("裙子,90")), ("copy", report("裙子,80")), period=JUNE)
    take(store, ("unknown", report("上衣,1")), category="男装")
    rows = [(row.keyword, row.period, row.clicks) for row in reading.history(store)]
    assert rows == [
        ("上衣", None, 1),
        ("裙子", Period(start="2026-06-01", end="2026-06-01"), 4),
        ("裙子", Period(start="2026-06-02", end="2026-06-02"), 5),
        ("裙子", JUNE, 90),
    ]
    assert [row.clicks for row in reading.history(store, category="女装")] == [4, 5]


@given(st.permutations(range(4)))
@settings(
    derandomize=True,
    deadline=None,
    max_examples=8,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_the_order_of_different_reports_does_not_matter(store: Store, order: list[int]) -> None:
    columns = "关键词,搜索人气,点击量"
    reports = [
        (("june", report("裙子,5,1", "帽子,1,1", columns=columns)), JUNE),
        (("july", report("裙子,6,2", columns=columns)), JULY),
        (("week", report("裙子,7,9", columns=columns)), Period(start="2026-07-25", end=JULY.end)),
        (("any", report("裙子,8,3", "鞋,1,1", columns=columns)), None),
    ]
    numbers: list[int] = []
    for place in order:
        upload, period = reports[place]
        numbers += take(store, upload, period=period).imports
    rows = {row.keyword: (row.demand_index, row.clicks) for row in reading.read_stats(store)}
    for number in numbers:
        writing.undo_import(store, number)
    assert rows == {
        "裙子": (Interval(6, 6), 9),
        "帽子": (Interval(1, 1), 1),
        "鞋": (Interval(1, 1), 1),
    }


# ---- categories and versions -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("category", "found"),
    [
        ("女装>连衣裙", "女装>连衣裙"),
        ("女装/连衣裙", "女装/连衣裙"),
        ("女装>连衣裙>碎花连衣裙", "女装>连衣裙"),
        ("女装>半身裙", "女装"),
        ("女装", "女装"),
        (" 女装 >> 连衣裙>", "女装>连衣裙"),
        (" 女装 / 连衣裙//", "女装/连衣裙"),
        ("美妆/个护", "美妆/个护"),
        ("美妆>个护", None),
        (" > ", None),
        ("家居/家装>收纳", None),
        ("男装>衬衫", None),
        (None, None),
    ],
)
def test_a_listing_reads_its_own_category_else_the_nearest_above(
    category: str | None, found: str | None
) -> None:
    filed = ["女装", "女装>连衣裙", "家居", "箱包", "美妆/个护>面膜"]
    assert nearest(category, filed) == found


def test_however_a_category_is_spaced_its_keyword_data_is_read_once(
    engine: Engine, tmp_path: Path
) -> None:
    place = str(tmp_path / "store.db")
    take(open_store(find_place(place)), ("a.csv", report("碎花裙,5")), category=FILED)
    setup = Setup(database=place, is_store_wanted=True)
    market_of = stored_markets(setup, Settings(lexicon_dir=ROOT), engine)
    assert market_of is not None
    market = market_of("女装>连衣裙")
    assert market is not None
    assert all(market_of(text) is market for text in ("女装 >> 连衣裙", " 女装>连衣裙> "))


def test_the_version_of_the_data_changes_with_every_import_and_undo(store: Store) -> None:
    seen = [reading.data_version(store)]
    numbers: list[int] = []
    for name in "abc":
        numbers += take(store, (name, report(f"{name},1"))).imports
        seen.append(reading.data_version(store))
    for number in numbers[:2]:
        writing.undo_import(store, number)
        seen.append(reading.data_version(store))
    assert len(set(seen)) == 6
    writing.undo_import(store, numbers[2])
    assert reading.data_version(store) == seen[0]


# ---- all or nothing ----------------------------------------------------------------------------


class InterruptedImportError(Exception):
    """Something of ours fails while the store is written."""


def test_an_import_that_fails_half_way_leaves_the_old_state(store: Store) -> None:
    take(store, ("a", report("裙子,5")), period=JUNE)
    before = state(store)
    rows = [f"词{number},1" for number in range(25_000)]
    files = observe_uploads([("b", report("帽子,1")), ("c", report(*rows))], HEADERS)
    filing = writing.Filing(category=None, period=None, imported_at="", version="1")
    ticks = []

    def fail(done: int) -> None:
        ticks.append(done)
        if len(ticks) == 3:
            raise InterruptedImportError

    with pytest.raises(InterruptedImportError):
        writing.import_files(store, files, filing, tick=fail)
    assert ticks == [1, 10_000, 10_000]
    assert state(store) == before


def test_a_file_of_rejects_leaves_no_import(store: Store) -> None:
    done = take(store, ("a", report("裙子,x")))
    assert (done.kept, len(done.rejected), done.imports) == (0, 1, ())
    assert reading.imports(store) == ()


# ---- schema ------------------------------------------------------------------------------------


def shape(store: Store) -> dict[str, object]:
    """Return what the database says of our tables."""
    with store.reading() as connection:
        inspector = sa.inspect(connection)
        return {
            name: (
                [(c["name"], str(c["type"]), c["nullable"]) for c in inspector.get_columns(name)],
                inspector.get_pk_constraint(name)["constrained_columns"],
                [u["column_names"] for u in inspector.get_unique_constraints(name)],
                [f["referred_table"] for f in inspector.get_foreign_keys(name)],
            )
            for name in METADATA.tables
        }


def test_migrations_make_the_tables_that_the_code_knows(store: Store, database: str) -> None:
    migrated = shape(store)
    with store.writing() as connection:
        METADATA.drop_all(connection)
        METADATA.create_all(connection)
    assert migrated == shape(connect(find_place(database)))


def test_the_head_is_the_newest_migration() -> None:
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - slow to load

    assert ScriptDirectory(str(schema.MIGRATIONS)).get_heads() == [schema.HEAD]


def test_a_store_of_a_newer_program_is_refused(store: Store, database: str) -> None:
    with store.writing() as connection:
        connection.execute(
            sa.update(sa.table(schema.VERSION_TABLE, sa.column("version_num"))).values(
                version_num="9999"
            )
        )
    with pytest.raises(StoreError, match=r"found schema '9999', expected at most .* newer biaoti"):
        open_store(find_place(database))


def test_opening_an_open_store_changes_nothing(store: Store, database: str) -> None:
    take(store, ("a", report("裙子,5")))
    before = state(store)
    assert state(open_store(find_place(database))) == before


@contextmanager
def with_step(monkeypatch: pytest.MonkeyPatch, folder: Path, body: str) -> Iterator[None]:
    """Pretend that the program has one migration more, with `body` as its work."""
    versions = folder / "versions"
    versions.mkdir(parents=True)
    for path in (schema.MIGRATIONS / "versions").glob("v*.py"):
        (versions / path.name).write_bytes(path.read_bytes())
    (versions / "v0002.py").write_text(
        "from alembic import op\nimport sqlalchemy as sa\n"
        f"revision = '0002'\ndown_revision = {schema.HEAD!r}\n\ndef upgrade():\n    {body}\n"
    )
    with monkeypatch.context() as patch:
        patch.setattr(schema, "MIGRATIONS", folder)
        patch.setattr(schema, "HEAD", "0002")
        patch.setattr(schema.upgrade, "__defaults__", ("0002",))
        yield


ADD = "op.add_column('imports', sa.Column('shop', sa.Text))"


def test_an_older_store_is_upgraded_with_all_it_holds(
    store: Store, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take(store, ("a", report("裙子,5")), period=JUNE)
    before = state(store)
    with with_step(monkeypatch, tmp_path / "steps", ADD):
        newer = open_store(find_place(database))
        with newer.reading() as connection:
            assert schema.version_of(connection) == "0002"
            columns = {c["name"] for c in sa.inspect(connection).get_columns("imports")}
        assert "shop" in columns
        assert state(newer) == before
    with pytest.raises(StoreError, match="newer biaoti"):
        open_store(find_place(database))


def test_an_upgrade_that_fails_leaves_the_old_schema(
    store: Store, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take(store, ("a", report("裙子,5")))
    before = (state(store), shape(store))
    failing = f"{ADD}; op.drop_table('nowhere')"
    with (
        with_step(monkeypatch, tmp_path / "steps", failing),
        pytest.raises(StoreError, match="nowhere"),
    ):
        open_store(find_place(database))
    again = open_store(find_place(database))
    assert (state(again), shape(again)) == before


# ---- size --------------------------------------------------------------------------------------


def test_every_figure_has_its_columns() -> None:
    columns = [column.name for column in METADATA.tables["observations"].columns]
    assert columns[5:] == [f"{name}_{end}" for name in FIGURES for end in ("low", "high")]


def test_a_year_of_daily_reports_names_few_sources(store: Store) -> None:
    uploads = [
        (f"{day:02}.csv", report(f"2026-06-{day:02},裙子,{day}", columns="日期,关键词,点击量"))
        for day in range(1, 31)
    ]
    random.Random(1).shuffle(uploads)  # noqa: S311 - repeatable, not secret
    take(store, *uploads)
    row = stat(store)
    assert (row.clicks, row.period) == (sum(range(1, 31)), JUNE)
    assert row.source == "01.csv + 02.csv + 03.csv + 04.csv + … + 30.csv (30)"
    assert replace(row, source=None) == replace(read_uploads(uploads, HEADERS).rows[0], source=None)


def names(rows: Sequence[KeywordStat]) -> list[str]:
    """Return the keywords of `rows`."""
    return [row.keyword for row in rows]


def test_rows_come_in_order_of_text_whatever_the_database_sorts_by(store: Store) -> None:
    take(store, ("a", report("b,1", "Z,1", "ä,1", "裙,1", "z 2,1", "a,1")))
    assert names(reading.read_stats(store)) == sorted(["b", "z", "ä", "裙", "z 2", "a"])
