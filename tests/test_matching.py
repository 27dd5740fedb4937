"""Whether a title answers a keyword, and how relevant it reads."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from biaoti.engine import Engine
from biaoti.errors import ListingError
from biaoti.matching import match, relevance
from biaoti.records import Listing
from strategies import ANY_TEXT

TODAY = "2026-06-15"
TITLE = "云岫集法式碎花连衣裙女显瘦"
DRESS = Listing(title=TITLE, category="女装/连衣裙", attributes={"领型": ("圆领",)})


@pytest.mark.parametrize(
    ("keyword", "covered", "coverage"),
    [
        pytest.param("法式连衣裙", True, 1.0, id="every term"),
        pytest.param("连衣裙法式", True, 1.0, id="order does not matter"),
        pytest.param("裙", True, 1.0, id="a part of a compound"),
        pytest.param("法式手链", False, 0.5, id="one term of two"),
        pytest.param("洗发水", False, 0.0, id="no term"),
    ],
)
def test_a_title_covers_a_keyword_when_it_holds_its_every_term(
    engine: Engine,
    keyword: str,
    covered: bool,  # noqa: FBT001 - a fact of the case
    coverage: float,
) -> None:
    found = match(engine, keyword, TITLE, None, today=TODAY)
    assert (found.covered, found.coverage) == (covered, coverage)
    assert found.eligible is None
    assert bool(found.reasons) is not covered


def test_a_reason_names_each_missing_term(engine: Engine) -> None:
    found = match(engine, "法式手链", TITLE, None, today=TODAY)
    assert found.reasons == ("标题缺少: 手链",)


@pytest.mark.parametrize(
    ("keyword", "eligible", "reason"),
    [
        pytest.param("圆领连衣裙", True, "", id="vouched for by an attribute"),
        pytest.param("法式连衣裙", True, "", id="vouched for by the title"),
        pytest.param("V领连衣裙", False, "与事实冲突: v领 (attribute:领型=圆领)", id="a conflict"),
        pytest.param("雪纺连衣裙", False, "没有依据: 雪纺", id="nobody vouches"),
    ],
)
def test_a_listing_decides_what_it_may_be_matched_with(
    engine: Engine,
    keyword: str,
    eligible: bool,  # noqa: FBT001 - a fact of the case
    reason: str,
) -> None:
    found = match(engine, keyword, TITLE, DRESS, today=TODAY)
    assert found.eligible is eligible
    assert not reason or reason in found.reasons


@pytest.mark.parametrize("keyword", ["", "  ", "，。★"])
def test_a_keyword_without_a_word_is_refused(engine: Engine, keyword: str) -> None:
    with pytest.raises(ListingError, match="keyword: found"):
        match(engine, keyword, TITLE, None, today=TODAY)


def test_relevance_grows_with_what_the_title_speaks_of(engine: Engine) -> None:
    keywords = ("洗发水", "法式手链", "法式连衣裤", "法式连衣裙")
    found = [match(engine, keyword, TITLE, None, today=TODAY).relevance for keyword in keywords]
    assert found == sorted(found)
    assert found[0] < found[-1]


def test_a_title_that_is_the_keyword_is_wholly_relevant() -> None:
    assert relevance("手机壳", "手机壳", 1.0) == 1.0
    assert relevance("iPhone 15", "ＩＰＨＯＮＥ15", 1.0) == 1.0
    assert relevance("手机壳", "", 0.0) == 0.0


@settings(derandomize=True, deadline=None, max_examples=100)
@given(keyword=ANY_TEXT, title=ANY_TEXT)
def test_every_figure_is_a_share(engine: Engine, keyword: str, title: str) -> None:
    if not engine.segmenter.terms(keyword):
        return
    found = match(engine, keyword, title, None, today=TODAY)
    assert 0 <= found.relevance <= 1
    assert 0 <= found.coverage <= 1
    assert found.covered is (found.coverage == 1)
    assert match(engine, keyword, keyword, None, today=TODAY).covered
