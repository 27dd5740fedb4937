"""Where the good comes from, against where its attributes say it was made."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from biaoti.rules.book import Place, Rulebook
from biaoti.rules.index import Found
from biaoti.rules.scan import Finding, Scan, covers

_COUNTRY_NAMES = (
    *("产地", "原产地", "生产地", "原产国", "原产国/地区", "进口国", "国家", "产地国", "生产国"),
    *("国家/地区", "国产/进口", "是否进口", "进口/国产", "产品产地", "商品产地", "国家地区"),
)
_REGION_NAMES = ("省份", "城市", "产地省份", "产地城市", "产区", "地区", "省市", "产地(省份)")
_CHINA = "中国"
_ABROAD = "境外"
_DOMESTIC = ("否", "国产")
_IMPORTED = ("是", "进口")
# Classes whose goods are named after the place they grow or are made in (五常大米, 智利车厘子).
_NAMED_BY_PLACE = frozenset({"food", "health", "milk", "jade", "ceramic"})


def origin_false(scan: Scan, book: Rulebook) -> Iterator[Finding]:
    """Yield imports and places of origin that the attributes contradict."""
    imports = [(hit.start, hit.end) for hit in scan.hits_of("origin-false")]
    places = tuple(scan.sight.longest(book.places))
    if not places and not imports:
        return
    names = [(f.start, f.end) for f in scan.sight.find(book.cues["origin-name"])]
    for found in places:
        if covers(names, found.start, found.end) or covers(scan.own, found.start, found.end):
            continue
        joined = next((span for span in imports if found.end in (span[0], span[0] - 1)), None)
        if joined is not None:
            imports.remove(joined)
            yield from _judge(scan, book, (found.start, joined[1]), found.payload, is_sure=True)
        elif _is_strong(scan, found, book):
            yield from _judge(scan, book, (found.start, found.end), found.payload, is_sure=True)
        elif _is_weak(scan, found, book):
            yield from _judge(scan, book, (found.start, found.end), found.payload, is_sure=False)
    for start, end in imports:
        yield from _judge_import(scan, book, start, end)


def _is_strong(scan: Scan, found: Found[Place], book: Rulebook) -> bool:
    after = book.cues["origin-after"].at(scan.text, found.end)
    before = scan.sight.before(book.cues["origin-before"], found.start)
    return after is not None or before is not None


def _is_weak(scan: Scan, found: Found[Place], book: Rulebook) -> bool:
    if scan.classes is None or _NAMED_BY_PLACE.isdisjoint(scan.classes) or scan.is_class("book"):
        return False
    return book.cues["origin-not-after"].at(scan.text, found.end) is None


def _judge(
    scan: Scan, book: Rulebook, span: tuple[int, int], claimed: Place, *, is_sure: bool
) -> Iterator[Finding]:
    start, end = span
    values = scan.attribute(*_COUNTRY_NAMES, *_REGION_NAMES)
    places = [found.payload for value in values or () for found in book.places.longest(value)]
    if not places:
        if is_sure:
            yield Finding(start=start, end=end, needs="attributes")
    elif not _agrees(claimed, places):
        yield Finding(start=start, end=end, against="、".join(values or ()))


def _agrees(claimed: Place, places: Sequence[Place]) -> bool:
    if claimed.country != _CHINA:
        countries = {place.country for place in places}
        return claimed.country in countries or (
            claimed.country == _ABROAD and countries != {_CHINA}
        )
    provinces = {part for place in places for part in place.province.split("|") if part}
    if all(place.country != _CHINA for place in places):
        return False
    wanted = {part for part in claimed.province.split("|") if part}
    return not provinces or not wanted or not wanted.isdisjoint(provinces)


def _judge_import(scan: Scan, book: Rulebook, start: int, end: int) -> Iterator[Finding]:
    values = scan.attribute(*_COUNTRY_NAMES, *_REGION_NAMES)
    places = [found.payload for value in values or () for found in book.places.longest(value)]
    is_home = bool(places) and all(place.country == _CHINA for place in places)
    if any(value in _DOMESTIC for value in values or ()) or is_home:
        yield Finding(start=start, end=end, against="、".join(values or ()))
    elif not places and not any(value in _IMPORTED for value in values or ()):
        yield Finding(start=start, end=end, needs="attributes")
