"""The command `biaoti`: decode, call, print. Everything heavy is imported where it is used."""

from __future__ import annotations

import io
import sys

import typer

from biaoti.cli import batch, commands, data, imports, serving, shops, sparking, streams
from biaoti.cli.keys import keys
from biaoti.cli.lexicons import lexicon
from biaoti.cli.plain import PlainCommand, PlainGroup
from biaoti.cli.training import train

app = typer.Typer(
    name="biaoti",
    cls=PlainGroup,
    help="标题:淘宝/天猫标题与关键词优化。每个词有依据,每个标题有证明。",
    epilog="先试试:biaoti check --title 你的标题。有网页:biaoti serve。每个命令都有 --help。",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
# Each command with what it does, and one call of it.
_COMMANDS = (
    (
        commands.suggest,
        "写出最优标题,附证明、依据、没用上的词和待确认的问题。",
        "suggest listing.json --keywords report.csv",
    ),
    (
        commands.check,
        "检查标题的违规用词;有违规时退出码为 1。",
        "check --title 全网最低价棉麻连衣裙 --fix",
    ),
    (
        commands.score,
        "估算现有标题的价值,与最优标题相比,逐条列账。",
        "score listing.json --keywords report.csv",
    ),
    (commands.tag, "给标题的每个词标出词槽(品类、品牌、材质……)。", "tag --title 法式碎花连衣裙女"),
    (
        commands.match,
        "判断标题是否回应一个搜索词。",
        "match --keyword 碎花裙 --title 法式碎花连衣裙女",
    ),
    (
        data.keywords,
        "读关键词报表或关键词库:每个词的价值和种类、词根表、被拒绝的行。",
        "keywords report.csv --kind blue_ocean --top 20",
    ),
    (
        imports.import_,
        "把关键词报表存入关键词库,要么全部存入,要么一行不动;重复的不算两次。",
        'import report.csv --category "女装/女士精品>连衣裙"',
    ),
    (data.rules, "列出检查标题的全部规则。", "rules"),
    (
        batch.rewrite,
        "改写整张宝贝表:行数不变,坏行保留原标题并说明原因。",
        "rewrite in.csv out.xlsx --keywords report.csv --review review.html",
    ),
    (
        shops.apply,
        "把审阅时采纳的标题写成可导入的表;期间标题变过的行不改。",
        "apply out.xlsx import.csv --current today.csv",
    ),
    (shops.duplicates, "找出同店重复铺货的宝贝,分组。", "duplicates in.csv groups.csv"),
    (
        sparking.logs,
        "把原始搜索日志(每词每天一行)汇总成关键词报表。",
        "logs log.csv report.csv",
    ),
    (
        shops.times,
        "把宝贝的上架时间排进一周(民间经验,不是平台规则)。",
        "times in.csv times.csv --orders orders.csv",
    ),
    (
        serving.serve,
        "以 HTTP 提供同样的功能,并有网页。密钥、限额、求解时间等用环境变量,见 docs/operations.md。",
        "serve --keywords report.csv,再打开 http://localhost:8000",
    ),
)
for _command, _help, _example in _COMMANDS:
    app.command(
        _command.__name__.rstrip("_"), help=_help, epilog=f"例:biaoti {_example}", cls=PlainCommand
    )(_command)
app.add_typer(lexicon, name="lexicon")
app.add_typer(train, name="train")
app.add_typer(keys, name="keys")


def main() -> None:
    """Run the command line of this process; output that nothing takes is no reason for a traceback.

    The commands see to that themselves (`guarded`); help and usage are printed before they begin.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a console in GBK has no ² and no emoji
    try:
        app(prog_name="biaoti")
    except OSError as error:
        streams.say(f"输出写不出去: {error.strerror or error}")
        streams.stop_writing()
        sys.exit(streams.INTERNAL)
