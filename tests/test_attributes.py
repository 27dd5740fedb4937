"""How an attribute is read: claimed, told of but never printed, or said of something else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from biaoti.engine import Engine, facts_of, tag_text
from biaoti.facts import Facts
from biaoti.records import Listing, Slot

TODAY = "2026-06-15"


def read(engine: Engine, listing: Listing, flagged: Sequence[tuple[int, int]] = ()) -> Facts:
    """Return the facts of `listing`, whose title is tagged as everywhere else."""
    title = tag_text(engine, listing.title or "", listing)
    return facts_of(engine, listing, title, TODAY, flagged)


def words(
    engine: Engine, attributes: Mapping[str, str | Sequence[str]], title: str = ""
) -> tuple[set[str], set[str]]:
    """Return the words that `attributes` have printed, and the terms they vouch for."""
    values = {n: (v,) if isinstance(v, str) else tuple(v) for n, v in attributes.items()}
    found = read(engine, Listing(title=title or None, attributes=values))
    printed = {fact.text for fact in found.claims if fact.evidence.startswith("attribute:")}
    vouched: set[str] = {
        term for term, who in found.supported.items() if who.startswith("attribute:")
    }
    return printed, vouched


@pytest.mark.parametrize(
    ("name", "value", "title", "word"),
    [
        ("手表镜面材质", "普通玻璃镜面", "防水石英手表男", "玻璃"),
        ("灯罩辅材", "水晶", "客厅吊灯", "水晶"),
        ("外壳材质", "塑料", "电动剃须刀", "塑料"),
        ("锅盖类型", "玻璃盖", "麦饭石炒锅", "玻璃"),
        ("鉴定类别", "中国地质大学珠宝检测中心", "翡翠手镯", "中国"),
        ("内存容量", "官方旗舰店标配", "儿童电话手表", "官方"),
        ("同城服务", "同城上门安装", "壁挂式空调", "上门"),
        ("组合形式", "单件", "针织开衫女", "单件"),
    ],
)
def test_what_is_said_of_a_part_or_a_shop_is_not_said_of_the_thing(
    engine: Engine, name: str, value: str, title: str, word: str
) -> None:
    printed, vouched = words(engine, {name: value}, title)
    assert word not in printed | vouched


@pytest.mark.parametrize(
    ("name", "value", "title", "word"),
    [
        ("材质", "玻璃", "饭盒", "玻璃"),
        ("帮面材质", "牛皮", "马丁靴女", "牛皮"),
        ("灯罩材质", "玻璃", "吊灯灯罩", "玻璃"),
        ("产地", "新疆", "每日坚果", "新疆"),
        ("款式", "桌面式", "加湿器", "桌面式"),
    ],
)
def test_what_is_said_of_the_thing_vouches(
    engine: Engine, name: str, value: str, title: str, word: str
) -> None:
    _, vouched = words(engine, {name: value}, title)
    assert word in vouched


@pytest.mark.parametrize(("name", "value"), [("产品厚度", "8cm"), ("产地", "新疆")])
def test_a_detail_answers_a_keyword_and_is_never_printed(
    engine: Engine, name: str, value: str
) -> None:
    printed, vouched = words(engine, {name: value})
    assert engine.segmenter.terms(value) <= vouched
    assert value not in printed


def test_audiences_that_are_everyone_are_not_printed(engine: Engine) -> None:
    many, _ = words(engine, {"适用人群": ["成人", "婴儿", "青少年", "学生"]})
    few, _ = words(engine, {"适用对象": ["青年", "中年"]})
    assert not many
    assert few == {"青年", "中年"}


@pytest.mark.parametrize(
    ("title", "category", "word", "is_vouched"),
    [
        ("全自动洗衣机滚筒家用", "消费电子>显示器", "显示器", False),
        ("正宗炒米粉袋装", "食品>米线/螺蛳粉", "螺蛳粉", False),
        ("机械手表男", "服饰>腕表", "腕表", True),
        ("针织毛衫女", "服饰>毛衣", "毛衣", True),
        ("男士中年休闲百搭", "服饰>帽子", "帽子", True),
        ("", "食品>米线/螺蛳粉", "螺蛳粉", True),
    ],
)
def test_a_category_names_the_thing_where_the_title_does_not_name_another(
    engine: Engine, title: str, category: str, word: str, *, is_vouched: bool
) -> None:
    found = read(engine, Listing(title=title, category=category))
    by_category = {f.text for f in found.claims if f.evidence == "category"}
    assert (word in by_category) == is_vouched


def test_a_product_that_a_rule_objects_to_leaves_the_category_to_name_the_thing(
    engine: Engine,
) -> None:
    listing = Listing(title="连衣裙连衣裙", category="数码>手机壳")
    assert not any(f.evidence == "category" for f in read(engine, listing).claims)
    found = read(engine, listing, flagged=[(0, 3)])
    assert any(f.slot is Slot.PRODUCT and f.evidence == "category" for f in found.claims)
