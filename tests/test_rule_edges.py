"""The edges of rules: what just is a violation, what just is none, what can only be asked."""

from __future__ import annotations

import pytest

from biaoti.engine import Engine, check
from biaoti.records import Listing

TODAY = "2026-06-15"


def said(engine: Engine, rule: str, listing: Listing) -> list[str]:
    """Return what `rule` says of the title: the texts it flags, a key it asks for as `?key`."""
    found = check(engine, listing, TODAY)
    flagged = [v.text for v in found.violations if v.rule == rule]
    return flagged + [f"?{n.key}" for n in found.needs_evidence if n.rule == rule]


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        (None, ["?attributes"]),
        ({}, ["?attributes"]),
        ({"材质": ("棉",)}, ["?attributes"]),
        ({"产地": ("中国",)}, ["进口"]),
        ({"产地": ("日本",)}, []),
        ({"产地": ("中国", "日本")}, []),
        ({"是否进口": ("是",)}, []),
        ({"是否进口": ("否",)}, ["进口"]),
        ({"国产/进口": ("进口",)}, []),
        ({"国产/进口": ("国产",)}, ["进口"]),
    ],
)
def test_imported(
    engine: Engine, attributes: dict[str, tuple[str, ...]] | None, expected: list[str]
) -> None:
    listing = Listing(title="进口饼干", attributes=attributes)
    assert said(engine, "origin-false", listing) == expected


@pytest.mark.parametrize(
    ("year", "filed", "expected"),
    [
        ("2026", None, []),
        ("2025", None, []),
        ("2025", "2025年夏季", []),
        ("2024", None, ["2024"]),
        ("2025", "2026年夏季", ["2025"]),
    ],
)
def test_a_year_gone_by(engine: Engine, year: str, filed: str | None, expected: list[str]) -> None:
    attributes = {"年份季节": (filed,)} if filed else None
    listing = Listing(title=f"{year}新款连衣裙", attributes=attributes)
    assert said(engine, "attr-conflict", listing) == expected


@pytest.mark.parametrize(
    ("title", "expected"),
    [("★★连衣裙★新", ["★★", "★"]), ("连衣裙☆", ["☆"]), ("连衣裙℃", []), ("连衣裙", [])],
)
def test_ornaments(engine: Engine, title: str, expected: list[str]) -> None:
    assert said(engine, "special-char", Listing(title=title)) == expected


@pytest.mark.parametrize(
    ("title", "is_missing"),
    [
        *(("x", True), ("新款", True), ("女", True), ("2026", True), ("新款女夏季", True)),
        *(("a1b2", False), ("连衣裙", False), ("K30", False), ("新款连衣裙", False)),
    ],
)
def test_a_title_that_names_nothing(engine: Engine, title: str, *, is_missing: bool) -> None:
    assert bool(said(engine, "missing-element", Listing(title=title))) == is_missing


@pytest.mark.parametrize(
    ("claim", "level", "expected"),
    [
        ("五皇冠", None, ["?shop_level"]),
        ("五皇冠", "五皇冠", []),
        ("五皇冠", "三皇冠", ["五皇冠店铺"]),
        ("皇冠", "五皇冠", []),
        ("金冠", "皇冠", ["金冠店铺"]),
        ("金冠", "", ["金冠店铺"]),
    ],
)
def test_ranks_of_shops(engine: Engine, claim: str, level: str | None, expected: list[str]) -> None:
    listing = Listing(title=f"{claim}店铺连衣裙", shop_level=level)
    assert said(engine, "shop-credit", listing) == expected


@pytest.mark.parametrize(
    ("claim", "offers", "expected"),
    [
        ("促销", None, ["?promotions"]),
        ("促销", (), ["促销"]),
        ("促销", ("满100减10",), []),
        ("5折", ("满100减10",), ["5折"]),
        ("5折", ("5折",), []),
        ("5折", ("50折",), []),
        ("5折", ("45折",), ["5折"]),
        ("满200减30", ("满200减30",), []),
        ("满200减30", ("满200减20",), ["满200减30"]),
    ],
)
def test_promotions(
    engine: Engine, claim: str, offers: tuple[str, ...] | None, expected: list[str]
) -> None:
    listing = Listing(title=f"连衣裙{claim}", promotions=offers)
    assert said(engine, "promo-unbacked", listing) == expected


@pytest.mark.parametrize(
    ("shipping", "expected"),
    [(None, ["?shipping"]), ("", ["包邮"]), ("包邮", []), ("卖家承担运费", [])],
)
def test_postage(engine: Engine, shipping: str | None, expected: list[str]) -> None:
    listing = Listing(title="连衣裙包邮", shipping=shipping)
    assert said(engine, "promo-unbacked", listing) == expected


@pytest.mark.parametrize(
    ("title", "hint"),
    [("连衣裙女夏连衣裙", "hint"), ("连衣裙女夏连衣裙碎花连衣裙", "other"), ("连衣裙女夏", None)],
)
def test_twice_is_a_hint_and_three_times_a_fault(
    engine: Engine, title: str, hint: str | None
) -> None:
    found = check(engine, Listing(title=title), TODAY).violations
    severities = [str(v.severity) for v in found if v.rule == "repeat-keyword"]
    assert len(severities) == (hint is not None)
    assert all((severity == "hint") == (hint == "hint") for severity in severities)
