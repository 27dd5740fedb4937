"""Listings are decoded strictly: what is understood, what is refused, and in which words."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from biaoti.errors import DataFileError, ListingError
from biaoti.listings import KEYS, MAX_TITLE, load_aliases, read_listing, row_object
from biaoti.records import Listing, Sibling, Stage

ALIASES = load_aliases(Path(__file__).parents[1] / "lexicon" / "listing_aliases.tsv")

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)


def refusal(data: object) -> str:
    with pytest.raises(ListingError) as caught:
        read_listing(data, ALIASES)
    return str(caught.value)


def test_every_key_of_the_interface_is_read() -> None:
    listing = read_listing(
        {
            "listing_id": "1",
            "title": "法式连衣裙",
            "category": "女装>连衣裙",
            "brand": "云岫集",
            "authorised_brands": ["云岫集"],
            "attributes": {"风格": "法式", "尺码": ["S", "M"]},
            "article_number": "YX26",
            "price": 189,
            "gross_margin": 0.46,
            "stage": "launch",
            "promotions": [],
            "shipping": "包邮",
            "services": ["7天无理由"],
            "activities": [],
            "certificates": [],
            "endorsements": [],
            "shop_type": "taobao",
            "shop_level": "3皇冠",
            "sku_options": {"颜色": ["杏色"]},
            "keep_terms": ["法式"],
            "avoid_terms": ["爆款"],
            "traffic_terms": {"连衣裙": 3},
            "siblings": [{"listing_id": "2", "article_number": "YX27", "title": "旗袍"}],
        },
        ALIASES,
    )
    assert listing == Listing(
        listing_id="1",
        title="法式连衣裙",
        category="女装>连衣裙",
        brand="云岫集",
        authorised_brands=("云岫集",),
        attributes={"风格": ("法式",), "尺码": ("S", "M")},
        article_number="YX26",
        price=189.0,
        gross_margin=0.46,
        stage=Stage.LAUNCH,
        promotions=(),
        shipping="包邮",
        services=("7天无理由",),
        activities=(),
        certificates=(),
        endorsements=(),
        shop_type="taobao",
        shop_level="3皇冠",
        sku_options={"颜色": ("杏色",)},
        keep_terms=("法式",),
        avoid_terms=("爆款",),
        traffic_terms={"连衣裙": 3.0},
        siblings=(Sibling(listing_id="2", article_number="YX27", title="旗袍"),),
    )


@pytest.mark.parametrize("key", KEYS)
def test_null_means_unknown_for_any_key(key: str) -> None:
    assert read_listing({key: None}, ALIASES) == Listing()


def test_an_empty_value_means_none_but_an_empty_category_is_unknown() -> None:
    listing = read_listing({"brand": "", "promotions": [], "category": ""}, ALIASES)
    assert (listing.brand, listing.promotions, listing.category) == ("", (), None)


def test_chinese_names_stand_for_their_keys_whatever_their_spaces() -> None:
    listing = read_listing(
        {"宝贝ID": 7, "宝贝标题 ": "裙", "类目": "女装", "阶段": "成熟期", "款号": "A1"}, ALIASES
    )
    assert listing == Listing(
        listing_id="7", title="裙", category="女装", stage=Stage.MATURE, article_number="A1"
    )


def test_every_key_has_a_chinese_name() -> None:
    assert set(ALIASES.keys.values()) >= {field.name for field in fields(Listing)}


def test_numbers_and_booleans_as_attribute_values_become_text_and_blanks_vanish() -> None:
    data = {"attributes": {"含量": 500, "重": 2.0, "厚": 0.5, "防水": True, "空": " ", "无": None}}
    assert read_listing(data, ALIASES).attributes == {
        "含量": ("500",),
        "重": ("2",),
        "厚": ("0.5",),
        "防水": ("是",),
        "空": (),
    }


@pytest.mark.parametrize("key", ["attributes", "属性", "sku_options"])
def test_pairs_written_as_the_platform_exports_them_are_read(key: str) -> None:
    listing = read_listing({key: "面料:棉;厚薄:加厚;面料：涤纶；;"}, ALIASES)
    found = listing.sku_options if key == "sku_options" else listing.attributes
    assert found == {"面料": ("棉", "涤纶"), "厚薄": ("加厚",)}


def test_a_text_that_is_no_pairs_is_refused() -> None:
    assert refusal({"attributes": "面料棉;厚薄:加厚"}) == (
        "attributes: found the text '面料棉;厚薄:加厚', "
        'expected an object of name: value or [values], or "name:value;…"'
    )


def test_all_faults_come_in_one_error_that_names_the_nearest_keys() -> None:
    message = refusal({"titel": "a", "foo": 1, "price": "x", "stage": "baby"})
    assert message.splitlines() == [
        "unknown keys: titel (did you mean title?), foo",
        "price: found the text 'x', expected a number",
        "stage: found the text 'baby', expected one of launch, growth, mature, decline",
    ]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ([], "listing: found a list, expected an object"),
        ("裙", "listing: found the text '裙'"),
        ({"title": 5}, "title: found the number 5, expected a text"),
        ({"title": "裙" * (MAX_TITLE + 1)}, "1,001 characters"),
        ({"title": "a", "标题": "b"}, "the key title is given twice"),
        ({"price": True}, "price: found true, expected a number"),
        ({"price": -1}, "price: found the number -1"),
        ({"price": float("nan")}, "price: found the number nan"),
        ({"price": 10**400}, "price: found the number 1000"),
        ({"gross_margin": 46}, "gross_margin: found the number 46"),
        ({"promotions": "满减"}, "promotions: found the text '满减', expected a list"),
        ({"promotions": ["a", 1]}, "promotions[1]: found the number 1"),
        ({"promotions": ["a"] * 1001}, "1,001 items"),
        ({"attributes": ["a"]}, "attributes: found a list"),
        ({"attributes": {"a": {}}}, "attributes.a: found an object"),
        ({"attributes": {"a": [[]]}}, "attributes.a: found a list"),
        ({"attributes": {" ": "b"}}, "attribute name"),
        (
            {"attributes": {"面料": "棉", "面料 ": "涤纶"}},
            "the attribute name '面料' is given twice",
        ),
        ({"sku_options": {" 颜色": [], "颜色": "红"}}, "the attribute name '颜色' is given twice"),
        ({"traffic_terms": {"裙": "多"}}, "traffic_terms.裙: found the text '多'"),
        ({"siblings": [{"title": "裙" * (MAX_TITLE + 1)}]}, "siblings[0].title: found 1,001 char"),
        ({"attributes": {"title": "裙" * 501}}, "attributes.title: found 501 characters"),
        ({"siblings": {}}, "siblings: found an object"),
        ({"siblings": [{"listing_id": "1"}]}, "siblings[0].title: found nothing"),
        ({"siblings": [{"title": "a", "titel": 1}]}, "siblings[0]: unknown keys: titel"),
        ({"siblings": [{"title": "a", "标题": "b"}]}, "siblings[0]: a key is given twice"),
        ({"siblings": ["a"]}, "siblings[0]: found the text 'a'"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_place(data: object, words: str) -> None:
    assert words in refusal(data)


@given(st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=5), json_values, max_size=4))
def test_any_json_object_is_read_or_refused(data: Mapping[str, object]) -> None:
    with contextlib.suppress(ListingError):
        assert isinstance(read_listing(data, ALIASES), Listing)


def test_a_table_row_is_read_as_sellers_write_it() -> None:
    cells = {
        "宝贝标题": "法式连衣裙",
        "价格": "¥1,189.00",
        "毛利率": "46%",
        "属性": "风格:法式;尺码:S;尺码:M",
        "促销": "满减、包邮",
        "流量词": "连衣裙:30;碎花:4",
        "同店宝贝": "旗袍;长裙",
        "库存": "12",
        "品牌": "",
    }
    assert read_listing(row_object(cells, ALIASES), ALIASES) == Listing(
        title="法式连衣裙",
        price=1189.0,
        gross_margin=0.46,
        attributes={"风格": ("法式",), "尺码": ("S", "M")},
        promotions=("满减", "包邮"),
        traffic_terms={"连衣裙": 30.0, "碎花": 4.0},
        siblings=(Sibling(title="旗袍"), Sibling(title="长裙")),
    )


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ({"价格": "面议"}, "price: found the text '面议', expected a number"),
        ({"属性": "法式"}, "attributes: found the text '法式'"),
        ({"流量词": "法式"}, "traffic_terms: found the text '法式'"),
    ],
)
def test_a_cell_that_cannot_be_read_is_refused(cells: dict[str, str], words: str) -> None:
    assert words in refusal(row_object(cells, ALIASES))


def test_a_bad_alias_table_is_refused_with_every_fault(tmp_path: Path) -> None:
    path = tmp_path / "listing_aliases.tsv"
    path.write_text("name\tkey\tsource\nA B\ttitle\tx\n标题\ttitel\tx\n", encoding="utf-8")
    with pytest.raises(DataFileError) as caught:
        load_aliases(path)
    assert [fault.column for fault in caught.value.faults] == ["name", "key"]
