"""Near-identical titles are found, whatever their colour, size or gift, and grouped quickly."""

from __future__ import annotations

import pytest

from biaoti.similarity import Offer, build_is_near, build_trim, group_duplicates

TRIM = build_trim(["红色", "黑色", "大码", "包邮"])


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("法式碎花连衣裙女收腰红色", "法式碎花连衣裙女收腰 黑色", True),
        ("保温杯500ml不锈钢", "不锈钢保温杯", False),
        ("不锈钢保温杯500ml", "不锈钢保温杯1L送杯刷", True),
        ("加绒卫衣男宽松大码XL", "加绒卫衣男宽松XXL包邮", True),
        ("圆领毛衣女宽松", "V领毛衣女宽松", False),
        ("", "", False),
        ("红色", "黑色", False),
    ],
)
def test_titles_are_near_when_only_variants_differ(left: str, right: str, expected: bool) -> None:  # noqa: FBT001
    is_near = build_is_near(TRIM)
    assert is_near(left, right) is expected
    assert is_near(right, left) is expected


def test_groups_join_by_article_number_and_by_title() -> None:
    offers = [
        Offer(key="a", title="法式碎花连衣裙女收腰红色", article_number="X1"),
        Offer(key="b", title="完全不同的标题", article_number="x1"),
        Offer(key="c", title="法式碎花连衣裙女收腰黑色"),
        Offer(key="d", title="圆领毛衣女宽松", article_number="X2"),
        Offer(key="e", title="圆领毛衣女宽松", article_number="X3"),
        Offer(key="f", title="冬季羽绒服男士短款加厚保暖外套潮"),
        Offer(key="g", title="冬季羽绒服男士短款加厚保暖外套潮牌大码"),
    ]
    assert group_duplicates(offers, TRIM) == (("a", "b", "c"), ("f", "g"))


def test_no_offers_make_no_groups() -> None:
    assert group_duplicates([], TRIM) == ()
    assert group_duplicates([Offer(key="a", title=""), Offer(key="b", title="")], TRIM) == ()


def test_titles_that_differ_in_two_separate_characters_are_found() -> None:
    title = "冬季新款羽绒服男士短款加厚保暖外套潮流宽松连帽立领工装"
    other = title.replace("绒", "棉").replace("松", "大")
    offers = [Offer(key="a", title=title), Offer(key="b", title=other)]
    assert group_duplicates(offers, TRIM) == (("a", "b"),)
