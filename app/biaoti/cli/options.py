"""The options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Listing = Annotated[
    str | None,
    typer.Argument(metavar="LISTING", help="宝贝的 JSON 文件,键名中英文都可以;- 为标准输入"),
]
Title = Annotated[
    str | None, typer.Option("--title", metavar="TEXT", help="标题,代替文件里的标题;不给文件也可以")
]
Json = Annotated[bool, typer.Option("--json", help="输出一行 JSON,给程序读")]
Jsonl = Annotated[
    bool, typer.Option("--jsonl", help="标准输入每行一个 JSON 对象,按顺序每行回答一个")
]
Keywords = Annotated[
    list[Path] | None,
    typer.Option(
        "--keywords", "-k", metavar="REPORT", help="关键词报表(CSV/TSV/XLS/XLSX),可重复给出"
    ),
]
Category = Annotated[
    str | None,
    typer.Option(
        "--category", metavar="TEXT", help="类目,与宝贝的写法一致,如 女装/女士精品>连衣裙"
    ),
]
Lexicon = Annotated[
    Path | None, typer.Option("--lexicon", metavar="DIR", help="自己的词库目录,加在内置词库上")
]
Today = Annotated[
    str | None,
    typer.Option("--today", metavar="DATE", help="按哪一天判断年份和季节,如 2026-06-01;默认今天"),
]
FirstDay = Annotated[
    str | None,
    typer.Option("--today", metavar="DATE", help="从哪一天起排,如 2026-06-01;默认今天"),
]
Database = Annotated[
    str | None,
    typer.Option(
        "--database", metavar="PLACE", help="关键词库:SQLite 文件或 postgresql+psycopg:// 网址"
    ),
]
NoStore = Annotated[bool, typer.Option("--no-store", help="不用关键词库")]
Period = Annotated[
    str | None, typer.Option("--period", metavar="DAYS", help="起止日,如 2026-06-01..2026-06-30")
]
Limit = Annotated[
    int | None,
    typer.Option("--limit", metavar="BYTES", help="标题最多几个字节(GBK);默认 60,即 30 个汉字"),
]
Fix = Annotated[bool, typer.Option("--fix", help="删去可以放心删的违规词,给出改后的标题")]
Count = Annotated[int, typer.Option("--count", metavar="N", help="给几个标题")]
MaxEdits = Annotated[
    int | None, typer.Option("--max-edits", metavar="N", help="最多改动几个词;默认不限")
]
ForListing = Annotated[
    Path | None,
    typer.Option(
        "--listing",
        metavar="LISTING",
        help="宝贝的 JSON 文件:算它能争取的词的保本出价,用它的价格和毛利率",
    ),
]
Price = Annotated[
    float | None, typer.Option("--price", metavar="YUAN", help="售价(元),用来算保本出价")
]
GrossMargin = Annotated[
    float | None, typer.Option("--gross-margin", metavar="SHARE", help="毛利率,0 到 1,如 0.45")
]
Basket = Annotated[
    float | None, typer.Option("--basket", metavar="YUAN", help="客单价(元),代替售价")
]
Candidate = Annotated[
    str | None,
    typer.Option("--candidate", metavar="TEXT", help="要估的标题,代替现有标题;依据仍按现有宝贝"),
]
