"""Bytes of any kind -> what must hold of every piece that reads them, whoever made them up.

Each target takes bytes and raises AssertionError, or whatever the product raised that is not its
own error. benchmarks/fuzz.py drives them by coverage, tests/test_fuzzing.py by hypothesis and with
the inputs kept in tests/corpus.
"""

from __future__ import annotations

import csv
import io
import json
import math
import re
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from biaoti.answers import Operation, Session, Wishes, encoded, respond
from biaoti.catalogue.reading import Names, Source, open_catalogue
from biaoti.catalogue.rows import COLUMNS, Outcome, kept
from biaoti.catalogue.writing import write_catalogue
from biaoti.decode import read_json
from biaoti.encode import dumps, plain
from biaoti.engine import Engine, build_engine, make_market, tag_text
from biaoti.errors import BiaotiError
from biaoti.listings import load_aliases, read_listing
from biaoti.records import ReportReading
from biaoti.reports import ReportHeaders, load_headers, observe_uploads, read_uploads
from biaoti.text import width
from strategies import WORDS

ROOT = Path(__file__).parents[1]
LEXICON = ROOT / "lexicon"
ALIASES = load_aliases(LEXICON / "listing_aliases.tsv")
NAMES = Names(aliases=ALIASES, attributes=frozenset({"领型", "颜色"}), shop=frozenset({"店铺"}))
TODAY = "2026-06-01"
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?%?")

# What one byte stands for in a text that is to look like a title: fuzzers find words so, not bytes.
_PIECES: tuple[str, ...] = (
    *WORDS,
    *"0123456789abcxlmgw -+*/.%~·×℃Ａ１（）【】，年款的第一最个只不非",
    *("正品", "顶级", "国家级", "全网最低价", "包邮", "买一送一", "明星同款", "治疗", "抗菌"),
    *("耐克", "nike", "适用", "通用", "其他/other", "聚酯纤维", "100%棉", "2025年冬季", "德国进口"),
    *("\t", "\n", "<", "®", "🔥", "\u0301", "\u200b", "½", "İ", "ß", "ﬁ", "㎏", "\u3000"),
)
_ESCAPE = 0xF0
_FIELDS = ("title", "category", "brand", "article_number", "keep_terms", "avoid_terms")
_LISTS = frozenset({"keep_terms", "avoid_terms"})


def spelled(data: bytes) -> str:
    """Return the text that `data` spells: a byte is a piece, after an escape a code point."""
    bytes_left = iter(data)
    return "".join(_piece(byte, bytes_left) for byte in bytes_left)


def _piece(byte: int, more: Iterator[int]) -> str:
    if byte < _ESCAPE:
        return _PIECES[byte % len(_PIECES)]
    code = (byte % 4) << 16 | next(more, 0) << 8 | next(more, 0)
    return "" if 0xD800 <= code <= 0xDFFF else chr(code)  # halves of pairs cannot be sent to us


def request_of(data: bytes) -> tuple[dict[str, object], list[str]]:
    """Return the listing and the keywords that `data` spells, cut at 0xFF into their fields."""
    texts = [spelled(piece) for piece in data.split(b"\xff")]
    own = dict(zip(_FIELDS, texts, strict=False))
    found: dict[str, object] = {k: [v] if k in _LISTS else v for k, v in own.items() if v}
    rest = texts[len(_FIELDS) :]
    pairs = dict(zip(rest[0:6:2], rest[1:6:2], strict=False))
    attributes = {name: value for name, value in pairs.items() if name.strip()}
    return (found | {"attributes": attributes} if attributes else found), rest[6:12]


@cache
def headers() -> ReportHeaders:
    """Return the report headers of the project's own lexicon."""
    return load_headers(LEXICON / "report_headers.tsv")


_ENGINES: list[Engine] = []


def use(engine: Engine) -> None:
    """Let the targets use `engine` instead of building their own."""
    _ENGINES[:] = [engine]


def session() -> Session:
    """Return a session of the project's own lexicon, without keyword data, on a day of our own."""
    if not _ENGINES:
        use(build_engine(LEXICON))
    return Session(engine=_ENGINES[0], aliases=ALIASES, market=None, today=lambda: TODAY)


# ---- files -------------------------------------------------------------------------------------


def reports(data: bytes) -> None:
    """Hold that every row of a report is taken, merged or rejected; every figure is sound."""
    with suppress(BiaotiError):
        expect_sound_reading(read_uploads([("f.csv", data)], headers()))
        (file,) = observe_uploads([("f.csv", data)], headers())
        assert file.read == len(file.observations) + file.merged + len(file.rejected)


def expect_sound_reading(reading: ReportReading) -> None:
    """Fail unless all rows are accounted for and every figure is finite, ordered, in its range."""
    assert reading.read == len(reading.rows) + reading.merged + len(reading.rejected)
    for row in reading.rows:
        assert row.keyword.strip()
        for interval in (row.demand_index, row.click_through_rate, row.conversion_rate):
            assert interval is None or 0 <= interval.low <= interval.high < math.inf, row
        for rate in (row.click_through_rate, row.conversion_rate):
            assert rate is None or rate.high <= 1, row
    dumps(plain(reading.rows)).encode("utf-8")


def workbook_of(data: bytes) -> bytes:
    """Return an .xlsx whose parts are the pieces of `data`, cut at 0xFF; missing ones are sound."""
    pieces = dict(enumerate(data.split(b"\xff")))
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for place, (name, sound) in enumerate(_MEMBERS):
            archive.writestr(zipfile.ZipInfo(name), pieces.get(place) or sound)
    return target.getvalue()


_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MEMBERS = (
    (
        "xl/worksheets/sheet1.xml",
        f'<worksheet {_MAIN}><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>搜索词</t></is>'
        '</c></row><row r="2"><c r="A2" t="s"><v>0</v></c></row></sheetData></worksheet>'.encode(),
    ),
    ("xl/sharedStrings.xml", f"<sst {_MAIN}><si><t>连衣裙</t></si></sst>".encode()),
    (
        "xl/workbook.xml",
        f'<workbook {_MAIN} xmlns:r="{_OFFICE}"><sheets><sheet name="S" sheetId="1" r:id="r1"/>'
        "</sheets></workbook>".encode(),
    ),
    (
        "xl/_rels/workbook.xml.rels",
        f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r1" '
        f'Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="r2" '
        f'Type="{_OFFICE}/sharedStrings" Target="sharedStrings.xml"/></Relationships>'.encode(),
    ),
    (
        "_rels/.rels",
        f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r1" '
        f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'.encode(),
    ),
    (
        "[Content_Types].xml",
        f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="xml" '
        'ContentType="application/xml"/></Types>'.encode(),
    ),
)


def workbooks(data: bytes) -> None:
    """Hold that a workbook of any XML is read whole or refused."""
    content = workbook_of(data)
    with suppress(BiaotiError):
        expect_sound_reading(read_uploads([("f.xlsx", content)], headers()))


def listings(data: bytes) -> None:
    """Hold that a JSON value is a listing or an error, and that what is written is JSON."""
    with suppress(BiaotiError):
        value = read_json(data)
        body = dumps(plain(value))
        assert read_json(body.encode("utf-8")) == value
        listing = read_listing(value, ALIASES)
        dumps(plain(listing)).encode("utf-8")


def catalogues(data: bytes) -> None:
    """Hold that the rows of a catalogue are read alike each time and written in every form."""
    ending = ".jsonl" if data[:1] == b"{" else ".csv"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"in{ending}"
        path.write_bytes(data)
        with suppress(BiaotiError), open_catalogue(path, NAMES) as source:
            expect_rows_kept(source, Path(folder))


def expect_rows_kept(source: Source, folder: Path) -> None:
    """Fail unless `source` reads the same twice and no row is lost on the way to any file."""
    rows = list(source.rows())
    assert [row.number for row in rows] == list(range(1, source.count + 1))
    assert rows == list(source.rows())
    for row in rows:
        with suppress(BiaotiError):
            read_listing(row.listing, ALIASES)
    outcomes = [kept(row.title, row.problem or "=cmd") for row in rows]
    for ending, count in (("csv", _csv_rows), ("jsonl", _json_rows), ("xlsx", _sheet_rows)):
        target = folder / f"out.{ending}"
        _write(source, target, outcomes)
        assert count(target) == len(rows) + (0 if ending == "jsonl" else 1 + len(source.above))


def _write(source: Source, target: Path, outcomes: Sequence[Outcome]) -> None:
    write_catalogue(source, target, COLUMNS, zip(source.rows(), outcomes, strict=True))


def _csv_rows(path: Path) -> int:
    with path.open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.reader(lines, strict=True))
    for cell in (cell for row in rows for cell in row):
        assert not cell.startswith(_FORMULA_STARTS) or _NUMBER.fullmatch(cell), cell
    return len(rows)


def _json_rows(path: Path) -> int:
    lines = path.read_bytes().split(b"\n")
    assert lines.pop() == b""
    assert all(isinstance(json.loads(line), Mapping) for line in lines)
    return len(lines)


def _sheet_rows(path: Path) -> int:
    """Return the last row of a workbook that holds a cell; formulas and broken XML fail."""
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            ET.fromstring(archive.read(name))  # noqa: S314 - a file that we wrote ourselves
        sheet = ET.fromstring(archive.read("xl/worksheets/sheet1.xml"))  # noqa: S314 - the same
    assert not sheet.findall(".//{*}f")
    return max((int(row.get("r", "0")) for row in sheet.findall(".//{*}row")), default=0)


# ---- titles ------------------------------------------------------------------------------------


def titles(data: bytes) -> None:
    """Hold that tokens and tags lie in the text in order, and no letter between them."""
    text = spelled(data)
    engine = session().engine
    expect_accounted(text, [(t.start, t.end) for t in engine.segmenter.tokens(text)])
    tagged = tag_text(engine, text)
    expect_accounted(text, [(t.start, t.end) for t in tagged])
    assert all(t.text == text[t.start : t.end] and 0 <= t.confidence <= 1 for t in tagged)
    assert width(text + "裙") == width(text) + 2


def expect_accounted(text: str, spans: Sequence[tuple[int, int]]) -> None:
    """Fail unless `spans` are full and in order, and only marks and blanks lie between them."""
    done = 0
    for start, end in (*spans, (len(text), len(text))):
        assert done <= start <= end <= len(text)
        assert start < end or start == len(text)
        assert not any(character.isalnum() for character in text[done:start]), text[done:start]
        done = end


def checks(data: bytes) -> None:
    """Hold that findings lie in the title, and that mending only takes away."""
    body, _ = request_of(data)
    with suppress(BiaotiError):
        answer = _answer(Operation.CHECK, session(), body, Wishes(is_fix=True))
        title = str(body["title"])
        for finding in (*answer["violations"], *answer["needs_evidence"]):
            assert 0 <= finding["start"] <= finding["end"] <= len(title), finding
            assert finding["text"] == title[finding["start"] : finding["end"]], finding
        assert 0 <= answer["consistency"] <= 1
        assert len(answer["fixed"]["title"]) <= len(title)


def suggestions(data: bytes) -> None:
    """Hold that a proposed title fits its limit and is worth no more than was proved."""
    body, keywords = request_of(data)
    asked = session()
    with suppress(BiaotiError):
        lines = "\n".join(["搜索词,搜索人气,点击率,支付转化率", *(_row(k) for k in keywords)])
        rows = read_uploads([("k.csv", lines.encode())], headers()).rows if keywords else ()
        market = make_market(asked.engine, rows) if rows else None
        asked = Session(engine=asked.engine, aliases=ALIASES, market=market, today=lambda: TODAY)
        answer = _answer(Operation.SUGGEST, asked, body, Wishes(count=2))
        for proposed in (answer["best"], *answer["alternatives"]):
            expect_sound_title(proposed)


def _row(keyword: str) -> str:
    plain_keyword = re.sub(r"[,\"\s]", "", keyword)
    return f"{plain_keyword},{100 * len(plain_keyword)},5%,2%"


def expect_sound_title(proposed: Mapping[str, Any]) -> None:
    """Fail unless a proposed title fits, is not above its bound, and is read as it says."""
    title, limit, gap = proposed["title"], proposed["limit"], proposed["gap"]
    assert proposed["width"] == width(title) <= limit
    assert 0 <= gap <= 1
    assert gap == 0 or proposed["status"] != "optimal"
    with suppress(BiaotiError):
        found = _answer(Operation.TAG, session(), {"title": title}, Wishes())
        assert all(title[t["start"] : t["end"]] == t["text"] for t in found["terms"])


def _answer(
    operation: Operation, asked: Session, body: Mapping[str, object], wishes: Wishes
) -> dict[str, Any]:
    answer = encoded(respond(operation, asked, body, wishes))
    dumps(answer).encode("utf-8")
    return answer


TARGETS: Mapping[str, Callable[[bytes], None]] = {
    target.__name__: target
    for target in (reports, workbooks, listings, catalogues, titles, checks, suggestions)
}
