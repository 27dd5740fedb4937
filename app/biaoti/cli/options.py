"""The options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Listing = Annotated[
    str | None, typer.Argument(metavar="LISTING", help="宝贝 JSON 文件;- 为标准输入")
]
Title = Annotated[str | None, typer.Option("--title", help="标题(代替或覆盖文件里的标题)")]
Json = Annotated[bool, typer.Option("--json", help="输出一行 JSON")]
Jsonl = Annotated[bool, typer.Option("--jsonl", help="标准输入每行一个 JSON,逐行回答")]
Keywords = Annotated[
    list[Path] | None, typer.Option("--keywords", "-k", help="关键词报表,可重复给出")
]
Category = Annotated[str | None, typer.Option("--category", help="报表所属的类目,如 女装>连衣裙")]
Lexicon = Annotated[Path | None, typer.Option("--lexicon", help="自己的词库目录,加在内置词库上")]
Today = Annotated[str | None, typer.Option("--today", help="今天的日期,如 2026-06-01")]
Database = Annotated[
    str | None,
    typer.Option("--database", help="关键词库:SQLite 文件或 postgresql+psycopg:// 网址"),
]
NoStore = Annotated[bool, typer.Option("--no-store", help="不用关键词库")]
Period = Annotated[
    str | None, typer.Option("--period", help="报表的起止日,如 2026-06-01..2026-06-30")
]
Limit = Annotated[int | None, typer.Option("--limit", help="标题宽度上限(GBK 字节)")]
Fix = Annotated[bool, typer.Option("--fix", help="删去可以放心删的违规词,给出改后的标题")]
Count = Annotated[int, typer.Option("--count", help="给几个标题")]
MaxEdits = Annotated[int | None, typer.Option("--max-edits", help="最多改动几个词")]
ForListing = Annotated[
    Path | None,
    typer.Option("--listing", help="宝贝 JSON:只算它能争取的词的出价,用它的价格和毛利率"),
]
Price = Annotated[float | None, typer.Option("--price", help="售价(元),用来算保本出价")]
GrossMargin = Annotated[float | None, typer.Option("--gross-margin", help="毛利率,0 到 1,如 0.45")]
Basket = Annotated[float | None, typer.Option("--basket", help="客单价(元),代替售价")]
Candidate = Annotated[
    str | None, typer.Option("--candidate", help="要估的标题,代替现有标题;依据仍按现有宝贝")
]
