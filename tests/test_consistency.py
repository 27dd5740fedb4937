"""How well a title and its attributes describe one thing."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from biaoti.consistency import attribute_domains, product_domains, title_domains
from biaoti.consistency import consistency as measure
from biaoti.engine import Engine, check, tag_text
from biaoti.records import Listing
from strategies import listings

TODAY = "2026-06-15"
TITLE = "法式碎花圆领连衣裙女短袖夏季"
Attributes = dict[str, tuple[str, ...]]
DRESS: Attributes = {"领型": ("圆领",), "袖长": ("短袖",), "图案": ("碎花",), "裙长": ("中长裙",)}
CASE: Attributes = {"适用手机型号": ("iPhone 15",), "材质": ("TPU",), "功能": ("防摔", "磁吸")}
CONFLICTING = DRESS | {"领型": ("V领",), "袖长": ("长袖",)}


def consistency(engine: Engine, attributes: Attributes | None) -> float:
    """Return the consistency of the dress's title with `attributes`."""
    listing = Listing(title=TITLE, category="女装/连衣裙", attributes=attributes)
    return check(engine, listing, TODAY).consistency


@pytest.mark.parametrize("attributes", [None, {}])
def test_with_nothing_to_compare_all_is_well(engine: Engine, attributes: Attributes | None) -> None:
    assert consistency(engine, attributes) == 1.0


def test_its_own_attributes_fit_better_than_another_products(engine: Engine) -> None:
    own, other = consistency(engine, DRESS), consistency(engine, CASE)
    assert own > 0.8
    assert other < 0.3


def test_contradictions_speak_against_it(engine: Engine) -> None:
    assert consistency(engine, CONFLICTING) < consistency(engine, DRESS)


def test_each_contradiction_counts_against_it_up_to_three(engine: Engine) -> None:
    figures = [
        measure(
            tag_text(engine, TITLE),
            DRESS,
            engine.lexicon,
            terms=engine.segmenter.terms,
            kinds=engine.kinds,
            clashes=clashes,
        )
        for clashes in range(5)
    ]
    assert figures[0] > figures[1] > figures[2] > figures[3] == figures[4]


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("袖长", id="袖长"),
        pytest.param("图案", id="图案"),
    ],
)
def test_an_attribute_the_title_speaks_of_never_hurts(engine: Engine, name: str) -> None:
    some = {"领型": DRESS["领型"]}
    assert consistency(engine, some) <= consistency(engine, some | {name: DRESS[name]})


def test_the_order_of_attributes_never_matters(engine: Engine) -> None:
    assert consistency(engine, dict(reversed(DRESS.items()))) == consistency(engine, DRESS)


def test_a_product_word_has_the_kinds_of_its_longest_known_ending(engine: Engine) -> None:
    lexicon = engine.lexicon
    assert product_domains("碎花连衣裙", lexicon) == product_domains("连衣裙", lexicon)
    assert product_domains("连衣裙", lexicon)
    assert product_domains("没有", lexicon) == frozenset()
    assert product_domains("", lexicon) == frozenset()


def test_the_title_is_of_the_kinds_of_its_product_words(engine: Engine) -> None:
    assert title_domains(tag_text(engine, TITLE), engine.lexicon) == product_domains(
        "连衣裙", engine.lexicon
    )
    assert title_domains((), engine.lexicon) == frozenset()


def test_an_attribute_name_tells_its_kind_or_nothing(engine: Engine) -> None:
    lexicon = engine.lexicon
    assert attribute_domains("裙长", lexicon) & product_domains("连衣裙", lexicon)
    assert attribute_domains("适用手机型号", lexicon)
    assert attribute_domains("没有这个名字吗", lexicon) == frozenset()


@settings(derandomize=True, deadline=None, max_examples=60)
@given(listing=listings())
def test_consistency_is_a_share_of_one(engine: Engine, listing: Listing) -> None:
    assert 0 <= check(engine, listing, TODAY).consistency <= 1
