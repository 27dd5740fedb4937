"""An error in a seller's words: the same in Chinese, where we know the sentence."""

from __future__ import annotations

import re

# A sentence of ours and its Chinese; `{0}` is the first thing that the sentence names.
_SENTENCES = tuple(
    (re.compile(english), chinese)
    for english, chinese in (
        (r"([^./\\]+): cannot be read: [Nn]o such.*", "找不到文件 {0};若这是标题,请写 --title {0}"),
        (r"(.+): cannot be read: [Nn]o such file.*", "找不到文件 {0}"),
        (r"(.+): cannot be read: Is a directory", "{0} 是文件夹,不是文件"),
        (r"(.+): cannot be read: Permission denied", "没有权限读 {0}"),
        (r"(.+): cannot be written: no such folder", "{0} 写不了:没有这个文件夹"),
        (r"(.+): cannot be written: Permission denied", "没有权限写 {0}"),
        (r"(.+): cannot be written: No space left on device", "{0} 写不下:磁盘满了"),
        (r"(.+): is read by this command, .+", "{0} 正要读,不能同时写;请换一个输出文件"),
        (r"(.+): another run is writing it, .+", "{0} 正在被另一次运行写,一次只能有一个"),
        (
            r"(?:(.+): )?byte (\d+): .+ UTF-8 text",
            "{0}第 {1} 个字节不是 UTF-8;请把文件另存为 UTF-8",
        ),
        (
            r"(?:(.+): )?line (\d+) column (\d+): .+",
            "{0}第 {1} 行第 {2} 个字附近不是 JSON(多了或少了逗号、引号、括号?)",
        ),
        (r"unknown keys: (.+)", "不认识的键:{0}"),
        (r"keep_terms: (.+) is to stay and, by avoid_terms, to go", "{0} 同时在必留词和不用词里"),
        (
            r"keep_terms: nobody vouches for .+ in (.+); add .+",
            "必留词 {0} 没有依据;请补上能证明它的属性",
        ),
        (r"keep_terms: (.+) contradicts (.+)", "必留词 {0} 与 {1} 矛盾"),
        (
            r"keep_terms: (.+) need (\d+) bytes, the limit is (\d+)",
            "必留词共 {1} 字节,超过 {2} 字节",
        ),
        (
            r"avoid_terms: without (.+) no word is left .+",
            "去掉不用词 {0} 之后没有品类词,写不出标题",
        ),
        (
            r"max_edits: no allowed title is within (\d+) changes .+",
            "改动不超过 {0} 处,写不出合规的标题",
        ),
        (r"limit: no title .+ fits (\d+) bytes", "{0} 字节写不下必需的品牌词和品类词"),
        (r"title, category: found neither, .+", "标题和类目都没有填,至少填一个"),
        (r"title: found nothing, .+", "没有填标题"),
        (r"title, attributes: found no word .+", "标题和属性里没有可用的词,请补充属性"),
        (
            r"(.+): found no store; .+",
            "{0} 还没有数据;先用 biaoti import 导入报表,或在命令里写上报表文件",
        ),
        (r"(.+): a web page or XML, .+", "{0} 是网页,不是表格;请另存为 .xlsx 或 CSV"),
        (r"(.+): (?:an|a damaged) archive, .+", "{0} 不是能打开的 .xlsx 表格"),
        (r"(.+): found nothing, expected (.+)", "{0} 没有填,应为{1}"),
        (r"(.+): found (.+), expected (.+)", "{0} 现在是 {1},应为{2}"),
    )
)
_EXPECTED = tuple(
    (re.compile(english), chinese)
    for english, chinese in (
        (r"a (?:whole )?number from (\S+) to (\S+)", " {0} 到 {1} 之间的数"),
        (r"a number", "数字"),
        (r"a text", "文字"),
        (r"a date such as (.+)", "日期,如 {0}"),
        (r"at most (.+)", "不超过 {0}"),
        (r"one of (.+)", "其中之一:{0}"),
        (r"an object", "一个 JSON 对象"),
        (r"a JSON object", "一个 JSON 对象"),
        (r"characters the platform accepts", "平台接受的字符"),
    )
)
_FOUND = ((re.compile(r"the (?:text|number) (.+)"), "{0}"), (re.compile(r"nothing"), "空的"))


def in_chinese(message: str) -> str | None:
    """Return what `message` says in Chinese, None where it is no sentence we know.

    >>> in_chinese("a.json: cannot be read: No such file or directory")
    '找不到文件 a.json'
    >>> in_chinese("price: found the text 'x', expected a number")
    "price 现在是 'x',应为数字"
    >>> in_chinese("thunder")
    """
    for pattern, chinese in _SENTENCES:
        found = pattern.fullmatch(message)
        if found:
            parts = [part or "" for part in found.groups()]
            if "应为" in chinese:
                expected = _said(parts[-1], _EXPECTED)
                if expected is None:
                    return None
                parts[1:-1] = [_said(part, _FOUND) or part for part in parts[1:-1]]
                parts[-1] = expected
            elif parts and parts[0] and chinese.startswith("{0}第"):
                parts[0] += " "
            return chinese.format(*parts).replace("did you mean ", "是不是 ")
    return None


def _said(text: str, phrases: tuple[tuple[re.Pattern[str], str], ...]) -> str | None:
    for pattern, chinese in phrases:
        found = pattern.fullmatch(text)
        if found:
            return chinese.format(*found.groups())
    return None
