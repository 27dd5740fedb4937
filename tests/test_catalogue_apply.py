"""Only what a person accepted is applied, and only where nothing changed meanwhile."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

import pytest

from biaoti.answers import Session, Wishes
from biaoti.catalogue import CatalogueError, Names
from biaoti.catalogue.applying import Application, Applied, apply_review
from biaoti.catalogue.duplicates import group_titles
from biaoti.catalogue.rewriting import Job
from biaoti.catalogue.rows import Row
from biaoti.cli.batch import names_of
from biaoti.engine import Engine
from biaoti.listings import load_aliases

ROOT = Path(__file__).parents[1]
HEADER = ("宝贝ID", "宝贝标题", "品牌", "新标题", "采纳")


@pytest.fixture(scope="module")
def session(engine: Engine) -> Session:
    aliases = load_aliases(ROOT / "lexicon" / "listing_aliases.tsv")
    return Session(engine=engine, aliases=aliases, market=None, today=lambda: "2026-06-01")


@pytest.fixture(scope="module")
def names(session: Session) -> Names:
    return names_of(session)


def table(path: Path, rows: Sequence[Sequence[str]], header: Sequence[str] = HEADER) -> Path:
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([header, *rows])
    return path


def written(path: Path) -> list[list[str]]:
    return list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")))


ROWS = [
    ("1", "碎花连衣裙", "", "法式碎花连衣裙", "是"),
    ("2", "纯色连衣裙", "", "法式纯色连衣裙", ""),
    ("3", "格子连衣裙", "", "法式格子连衣裙", "Ｙ"),
    ("4", "条纹连衣裙", "", "法式条纹连衣裙", "否"),
]


def test_accepted_rows_are_written_and_others_are_not(
    tmp_path: Path, session: Session, names: Names
) -> None:
    reviewed = table(tmp_path / "r.csv", ROWS)
    found = apply_review(Application(reviewed=reviewed), tmp_path / "o.csv", names, session)
    assert found == Applied(accepted=2, written=2, refused=())
    assert written(tmp_path / "o.csv") == [
        ["宝贝ID", "宝贝标题", "原标题"],
        ["1", "法式碎花连衣裙", "碎花连衣裙"],
        ["3", "法式格子连衣裙", "格子连衣裙"],
    ]


def test_titles_that_changed_meanwhile_are_refused_and_other_cells_stay(
    tmp_path: Path, session: Session, names: Names
) -> None:
    accepted = [(*row[:4], "是") for row in ROWS]
    extra = [
        ("", "无号连衣裙", "", "法式连衣裙", "是"),
        ("9", "新来连衣裙", "", "法式连衣裙", "是"),
    ]
    now = [
        ("1", "5", "碎花连衣裙"),
        ("2", "6", "别的标题"),
        ("3", "7", "法式格子连衣裙"),
        ("4", "8", "条纹连衣裙"),
        ("4", "8", "条纹连衣裙"),
    ]
    wanted = Application(
        reviewed=table(tmp_path / "r.csv", [*accepted, *extra]),
        current=table(tmp_path / "now.csv", now, ("宝贝ID", "库存", "宝贝名称")),
    )
    found = apply_review(wanted, tmp_path / "o.csv", names, session)
    assert (found.accepted, found.written) == (6, 1)
    assert [(refusal.row, refusal.why) for refusal in found.refused] == [
        (2, "标题已变,现在是:别的标题"),
        (3, "已经是新标题"),
        (4, "现在的宝贝表里这个宝贝ID不止一行"),
        (5, "没有宝贝ID,无法与现在的宝贝表核对"),
        (6, "现在的宝贝表里没有这个宝贝"),
    ]
    assert written(tmp_path / "o.csv") == [
        ["宝贝ID", "库存", "宝贝名称"],
        ["1", "5", "法式碎花连衣裙"],
    ]


@pytest.mark.parametrize(
    ("title", "why"),
    [
        ("", "新标题是空的"),
        ("全网最低价连衣裙", "新标题违规"),
        ("法式连衣裙" * 7, "新标题宽 70 字节,上限 60"),
        ("连衣裙🔥", "新标题有平台不收的字符:🔥"),
    ],
)
def test_titles_that_a_reviewer_wrote_are_checked_like_any_other(
    title: str, why: str, tmp_path: Path, session: Session, names: Names
) -> None:
    reviewed = table(tmp_path / "r.csv", [("1", "连衣裙", "", title, "是")])
    found = apply_review(Application(reviewed=reviewed), tmp_path / "o.csv", names, session)
    assert found.written == 0
    assert found.refused[0].why.startswith(why)


def test_the_assistant_tool_gets_its_own_form(
    tmp_path: Path, session: Session, names: Names
) -> None:
    wanted = Application(reviewed=table(tmp_path / "r.csv", ROWS), is_assistant=True)
    apply_review(wanted, tmp_path / "o.csv", names, session)
    content = (tmp_path / "o.csv").read_bytes()
    assert content.startswith(b"\xff\xfe")
    assert content.decode("utf-16").split("\r\n")[:4] == [
        "version 1.00",
        "title\tnum_id",
        "宝贝名称\t数字ID",
        "法式碎花连衣裙\t1",
    ]


def test_an_export_of_the_assistant_tool_keeps_its_head_and_every_column(
    tmp_path: Path, session: Session, names: Names
) -> None:
    export = tmp_path / "export.csv"
    lines = [
        "version 1.00",
        "title\tcid\tnum_id",
        "宝贝名称\t宝贝类目\t数字ID",
        "碎花连衣裙\t50\t1",
    ]
    export.write_bytes(b"\xff\xfe" + "\r\n".join([*lines, ""]).encode("utf-16-le"))
    wanted = Application(
        reviewed=table(tmp_path / "r.csv", ROWS), current=export, is_assistant=True
    )
    apply_review(wanted, tmp_path / "o.csv", names, session)
    text = (tmp_path / "o.csv").read_bytes().decode("utf-16")
    assert text.split("\r\n") == [*lines[:3], "法式碎花连衣裙\t50\t1", ""]


def test_a_table_without_our_columns_is_no_review(
    tmp_path: Path, session: Session, names: Names
) -> None:
    path = table(tmp_path / "r.csv", [("1", "裙")], ("宝贝ID", "标题"))
    with pytest.raises(CatalogueError, match="expected a reviewed catalogue"):
        apply_review(Application(reviewed=path), tmp_path / "o.csv", names, session)
    with pytest.raises(CatalogueError, match=r"ends in \.csv"):
        apply_review(Application(reviewed=path), tmp_path / "o.xlsx", names, session)


def test_titles_of_now_without_a_column_of_titles_are_refused(
    tmp_path: Path, session: Session, names: Names
) -> None:
    header = ("宝贝ID", "类目", "新标题", "采纳")
    wanted = Application(
        reviewed=table(tmp_path / "r.csv", [("1", "女装>连衣裙", "法式连衣裙", "是")], header),
        current=table(tmp_path / "now.csv", [("1", "女装>连衣裙")], header[:2]),
    )
    with pytest.raises(CatalogueError, match=r"now\.csv: found no column of titles"):
        apply_review(wanted, tmp_path / "o.csv", names, session)
    assert not (tmp_path / "o.csv").exists()


# ---- duplicates --------------------------------------------------------------------------------


def row(number: int, title: str, article: str = "", shop: str = "") -> Row:
    listing = {"title": title, **({"货号": article} if article else {})}
    return Row(number=number, cells=None, listing=listing, title=title, shop=shop)


def test_duplicates_are_grouped_within_a_shop_with_the_reason(session: Session) -> None:
    job = Job(session=session, wishes=Wishes(), report=str)
    title = "法式碎花连衣裙女夏季收腰显瘦气质长裙"
    rows = [
        row(1, f"{title}红色"),
        row(2, "男士皮鞋商务正装系带", "A-1"),
        row(3, f"{title}黑色"),
        row(4, "冬季保暖雪地靴女加绒短靴", "A-1"),
        row(5, f"{title}白色", shop="别家"),
    ]
    groups = group_titles(rows, job)
    found = [([same.number for same in group.rows], group.why) for group in groups]
    assert found == [([1, 3], "标题近似(去掉颜色、尺码、赠品后)"), ([2, 4], "货号相同")]
