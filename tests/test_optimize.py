"""One listing through all stages: what every proposal promises."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from biaoti.brief import Options
from biaoti.engine import Engine, make_market
from biaoti.errors import BiaotiError, InfeasibleError, ListingError, TitleError
from biaoti.listings import Aliases, load_aliases, read_listing
from biaoti.optimize import score, suggest
from biaoti.records import (
    Interval,
    KeywordStat,
    Listing,
    Proposal,
    ProposedTitle,
    ScoreReport,
    Slot,
    Status,
)
from biaoti.reports import load_headers, read_reports
from biaoti.score import Market
from biaoti.text import refused, width
from strategies import keyword_stats, listings

ROOT = Path(__file__).parents[1]
TODAY = "2026-06-15"
NAMES = ("dress", "shampoo", "phone_case")
EVIDENCE = {"brand", "category", "article_number", "promotion", "title", "generic"}
DRESS = Listing(
    title="云岫集法式连衣裙女显瘦新款夏季",
    category="女装/女士精品>连衣裙",
    brand="云岫集",
    attributes={"领型": ("圆领",), "年份季节": ("2026年夏季",), "面料": ("雪纺",)},
)
PRODUCT_RULES = {"missing-element", "category-mismatch", "offtopic-word"}
KEYWORDS = ("连衣裙", "法式连衣裙", "雪纺连衣裙夏季", "圆领连衣裙女", "V领连衣裙", "碎花连衣裙")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Example:
    """One of the project's example listings with its report and the proposal made of them."""

    name: str
    listing: Listing
    rows: tuple[KeywordStat, ...]
    market: Market
    proposal: Proposal
    score: ScoreReport


def market_of(engine: Engine, *keywords: str) -> Market:
    """Return a market of `keywords`, each worth more than the next."""
    figures = [Interval(1000 - 10 * n, 1000 - 10 * n) for n in range(len(keywords))]
    rows = [KeywordStat(keyword=k, demand_index=f) for k, f in zip(keywords, figures, strict=True)]
    return make_market(engine, rows)


def propose(engine: Engine, listing: Listing = DRESS, options: Options | None = None) -> Proposal:
    """Return the proposal for `listing` on the few keywords of this file."""
    return suggest(engine, listing, market_of(engine, *KEYWORDS), options or Options(), today=TODAY)


def titles(proposal: Proposal) -> list[ProposedTitle]:
    """Return every title a proposal offers in full."""
    return [proposal.best, *proposal.alternatives]


@pytest.fixture(scope="session", params=NAMES)
def example(engine: Engine, request: pytest.FixtureRequest) -> Example:
    """Return one example, its proposal with three titles and the score of its own title."""
    name = str(request.param)
    data = json.loads((ROOT / "examples" / f"{name}.json").read_text(encoding="utf-8"))
    listing = read_listing(data, load_aliases(ROOT / "lexicon" / "listing_aliases.tsv"))
    headers = load_headers(ROOT / "lexicon" / "report_headers.tsv")
    rows = read_reports([ROOT / "examples" / f"{name}_sycm.csv"], headers).rows
    market = make_market(engine, rows)
    return Example(
        name=name,
        listing=listing,
        rows=rows,
        market=market,
        proposal=suggest(engine, listing, market, Options(count=3), today=TODAY),
        score=score(engine, listing, market, Options(), today=TODAY),
    )


# ---- the examples ------------------------------------------------------------------------------


def test_a_synonym_of_the_sellers_own_is_not_given_up_for_a_word_nobody_asks_for(
    engine: Engine,
) -> None:
    blanket = Listing(
        title="电热毯单人电褥子双人双控调温家用安全学生宿舍智能除湿防潮恒温加厚款",
        category="家居日用>电热毯",
        attributes={"适用人数": ("单人", "双人"), "颜色分类": ("灰色",), "图案": ("纯色",)},
    )
    market = market_of(engine, "电热毯", "电热毯 双人", "纯色 四件套", "灰色 地毯")
    best = suggest(engine, blanket, market, Options(), today=TODAY).best
    assert "电热毯" in best.title
    assert "电褥子" in best.title


def test_a_season_of_one_character_and_a_name_no_rule_objects_to_stay_in_the_title(
    engine: Engine,
) -> None:
    case = Listing(title="苹果手机壳夏透明防摔", category="手机配件>手机壳", brand="诺希")
    market = market_of(engine, "手机壳", "苹果手机壳", "手机壳 夏")
    best = suggest(engine, case, market, Options(), today=TODAY).best
    assert {"苹果", "夏"} <= {term.text for term in best.terms}


def test_a_title_names_a_material_once_as_exactly_as_it_is_known(engine: Engine) -> None:
    cup = Listing(
        title="不锈钢保温杯便携", category="餐饮具>保温杯", attributes={"材质": ("316不锈钢",)}
    )
    market = market_of(engine, "保温杯", "保温杯316不锈钢")
    best = suggest(engine, cup, market, Options(), today=TODAY).best
    assert "316不锈钢" in best.title
    assert best.title.count("不锈钢") == 1
    assert {caught.keyword for caught in best.covered} == {"保温杯", "保温杯316不锈钢"}


def test_the_best_title_fits_and_is_proved_best(example: Example) -> None:
    best = example.proposal.best
    assert best.width == width(best.title) <= best.limit == 60
    assert (best.gap, best.status) == (0.0, Status.OPTIMAL)
    assert best.value == best.bound


def test_no_title_breaks_a_rule(example: Example) -> None:
    for title in titles(example.proposal):
        assert title.violations == ()
        assert not [*refused(title.title)]
    assert example.proposal.warnings == ()


def test_the_best_title_covers_at_least_what_the_sellers_own_does(example: Example) -> None:
    current, best = example.proposal.current, example.proposal.best
    assert current is not None
    assert current.title == example.listing.title
    assert current.coverage <= best.coverage <= 1
    assert current.value <= best.value


def test_every_placed_word_has_evidence_and_stands_in_the_title(example: Example) -> None:
    for title in titles(example.proposal):
        assert title.terms
        for term in title.terms:
            assert term.text in title.title
            assert term.width == width(term.text)
            assert term.marginal_value >= 0 or term.text in example.listing.keep_terms
            assert len(term.keywords) <= 3
            assert term.evidence in EVIDENCE or term.evidence.startswith("attribute:")
        assert {Slot.BRAND, Slot.PRODUCT} <= {term.slot for term in title.terms}


def test_every_word_that_no_title_said_is_vouched_for_by_an_attribute(example: Example) -> None:
    added = {*example.proposal.best.edits.added}
    vouched = {t.evidence for t in example.proposal.best.terms if t.text in added}
    assert vouched
    assert all(e.startswith("attribute:") or e in {"brand", "generic", "category"} for e in vouched)


def test_what_is_covered_is_read_from_the_finished_title(engine: Engine, example: Example) -> None:
    for title in titles(example.proposal):
        held = engine.segmenter.terms(title.title)
        assert title.covered
        for keyword in title.covered:
            assert engine.segmenter.terms(keyword.keyword) <= held
            assert 0 <= keyword.tightness <= 1
        for keyword in title.missed:
            assert not engine.segmenter.terms(keyword.keyword) <= held
            assert keyword.tightness == 0
        for listed in (title.covered, title.missed):
            values = [keyword.value for keyword in listed]
            assert values == sorted(values, reverse=True)


def test_the_order_of_the_reports_rows_never_matters(engine: Engine, example: Example) -> None:
    rows = [*example.rows]
    for seed in (1, 2):
        random.Random(seed).shuffle(rows)  # noqa: S311 - no secret
        again = suggest(
            engine, example.listing, make_market(engine, rows), Options(count=3), today=TODAY
        )
        assert again == example.proposal


def test_a_curve_of_more_edits_is_never_worth_less(example: Example) -> None:
    curve = example.proposal.curve
    assert [point.edits for point in curve] == [0, 1, 2, 3]
    values = [point.value for point in curve]
    assert values == sorted(values)
    assert values[-1] <= example.proposal.best.value
    assert all(width(point.title) <= 60 for point in curve)


def test_alternatives_differ_from_every_earlier_title_by_two_words(example: Example) -> None:
    offered = titles(example.proposal)
    assert len(offered) == 3
    for index, later in enumerate(offered):
        for earlier in offered[:index]:
            assert len({t.text for t in earlier.terms} - {t.text for t in later.terms}) >= 2
            assert later.value <= earlier.value


def test_the_short_title_fits_thirty_bytes_and_names_the_product(
    engine: Engine, example: Example
) -> None:
    short = example.proposal.short_title
    assert short is not None
    assert 0 < width(short) <= 30
    needed = {"dress": "裙", "shampoo": "洗发水", "phone_case": "壳"}[example.name]
    assert needed in engine.segmenter.terms(short)


def test_keep_and_avoid_terms_of_the_examples_are_honoured(
    engine: Engine, example: Example
) -> None:
    for title in titles(example.proposal):
        held = engine.segmenter.terms(title.title)
        for word in example.listing.keep_terms:
            assert word in title.title
        for word in example.listing.avoid_terms:
            assert not engine.segmenter.terms(word) & held


def test_exclusions_and_questions_name_what_stands_in_the_way(example: Example) -> None:
    proposal = example.proposal
    assert proposal.excluded
    assert {e.reason for e in proposal.excluded} <= {"conflict", "unsupported", "off-product"}
    gains = [question.value_gain for question in proposal.questions]
    assert gains == sorted(gains, reverse=True)
    assert min(gains) > 0


def test_the_ledger_sums_to_the_value(example: Example) -> None:
    report = example.score
    covered = sum(line.earned for line in report.ledger)
    assert report.value == covered
    assert all(0 <= line.earned <= line.value * line.is_covered for line in report.ledger)
    assert report.coverage == pytest.approx(covered / sum(line.value for line in report.ledger))
    assert example.proposal.current is not None
    assert report.value == example.proposal.current.value
    assert report.best_possible == example.proposal.best.bound
    assert report.value <= report.best_possible


def test_versions_name_what_the_answer_rests_on(engine: Engine, example: Example) -> None:
    versions = example.proposal.versions
    assert versions.lexicon == engine.lexicon.version
    assert versions.data == example.market.version
    assert versions.model == engine.model_version
    assert example.score.versions == versions


# ---- without data ------------------------------------------------------------------------------


@pytest.mark.slow
def test_without_keywords_values_are_priors_and_the_proposal_says_so(
    engine: Engine, example: Example
) -> None:
    proposal = suggest(engine, example.listing, None, Options(), today=TODAY)
    assert proposal.versions.data is None
    assert any("no keyword data" in warning for warning in proposal.warnings)
    assert proposal.best.width <= 60
    assert (proposal.excluded, proposal.questions) == ((), ())
    assert all(keyword.is_traffic for keyword in proposal.best.covered)


def test_an_empty_report_counts_as_no_data(engine: Engine) -> None:
    proposal = suggest(engine, DRESS, make_market(engine, []), Options(), today=TODAY)
    assert any("no keyword data" in warning for warning in proposal.warnings)
    assert proposal.best.status is Status.OPTIMAL
    without = suggest(engine, DRESS, None, Options(), today=TODAY)
    assert proposal.best == without.best


def test_a_title_of_latin_words_is_proved_best_too(engine: Engine) -> None:
    words = ("TPU", "PC", "USB", "OPPO", "VIVO", "HTC", "MINI", "LOGO", "NFC", "LED", "PVC", "ABS")
    listing = Listing(category="手机壳", attributes={"材质": words})
    market = market_of(engine, *(f"{word}手机壳" for word in words))
    best = suggest(engine, listing, market, Options(limit=30), today=TODAY).best
    assert (best.gap, best.status) == (0.0, Status.OPTIMAL)


# ---- what the seller asks for ------------------------------------------------------------------


def test_a_keep_term_stands_in_every_title_however_little_it_is_worth(engine: Engine) -> None:
    kept = propose(engine, replace(DRESS, keep_terms=("显瘦",)), Options(limit=18, count=2))
    assert all("显瘦" in title.title for title in titles(kept))
    assert "显瘦" not in propose(engine, DRESS, Options(limit=18)).best.title


def test_an_avoid_term_stands_in_no_title_nor_does_a_word_that_holds_it(engine: Engine) -> None:
    proposal = propose(engine, replace(DRESS, avoid_terms=("法式", "夏天")), Options(count=2))
    for title in titles(proposal):
        assert not {"法式", "夏天"} & engine.segmenter.terms(title.title)


@pytest.mark.parametrize("max_edits", [0, 1, 2])
def test_an_edit_budget_bounds_what_is_added_and_what_is_removed(
    engine: Engine, max_edits: int
) -> None:
    edits = propose(engine, DRESS, Options(max_edits=max_edits)).best.edits
    assert len(edits.added) <= max_edits
    assert len(edits.removed) <= max_edits


def test_without_edits_a_sound_title_stays_as_it_is(engine: Engine) -> None:
    proposal = propose(engine, DRESS, Options(max_edits=0))
    assert proposal.best.title == DRESS.title
    assert proposal.best.edits.added == proposal.best.edits.removed == ()


def test_the_brand_leads_even_where_nobody_searches_for_it(engine: Engine) -> None:
    assert propose(engine).best.title.startswith("云岫集")


def test_a_listing_without_a_title_gets_one_from_its_facts(engine: Engine) -> None:
    proposal = propose(engine, replace(DRESS, title=None))
    assert proposal.current is None
    assert proposal.curve == ()
    assert {"连衣裙", "雪纺"} <= engine.segmenter.terms(proposal.best.title)
    assert "云岫集" in proposal.best.title


def test_the_life_stage_changes_what_a_keyword_is_worth(engine: Engine) -> None:
    rows = [
        KeywordStat(keyword="连衣裙", demand_index=Interval(900, 900), supply=5e6),
        KeywordStat(keyword="雪纺圆领连衣裙", demand_index=Interval(500, 500), supply=10.0),
    ]
    market = make_market(engine, rows)
    shares = []
    for stage in ("launch", "mature"):
        listing = read_listing({"title": "连衣裙", "stage": stage}, _no_aliases())
        report = score(engine, replace(DRESS, stage=listing.stage), market, Options(), today=TODAY)
        values = {line.keyword: line.value for line in report.ledger if line.is_listed}
        shares.append(values["连衣裙"] / values["雪纺圆领连衣裙"])
    assert shares[0] < shares[1]


def _no_aliases() -> Aliases:
    return Aliases(keys={}, stages={})


# ---- what cannot be done -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("listing", "message"),
    [
        pytest.param(Listing(), "title, category: found neither", id="nothing at all"),
        pytest.param(Listing(brand="云岫集"), "title, category: found neither", id="only a brand"),
        pytest.param(Listing(category=">"), "found no word", id="an empty category"),
        pytest.param(Listing(title="，。 ！"), "found no word", id="a title of marks"),
    ],
)
def test_a_listing_with_nothing_to_work_with_is_refused_and_told_what_is_missing(
    engine: Engine, listing: Listing, message: str
) -> None:
    with pytest.raises(ListingError, match=message):
        propose(engine, listing)


@pytest.mark.parametrize(
    ("changes", "options", "message"),
    [
        pytest.param(
            {"keep_terms": ("连衣裙",)},
            Options(limit=4),
            "keep_terms: 连衣裙 need 6 bytes, the limit is 4",
            id="a keep term wider than the limit",
        ),
        pytest.param(
            {"keep_terms": ("法式", "显瘦", "新款")},
            Options(limit=10),
            "need 12 bytes, the limit is 10",
            id="keep terms wider together",
        ),
        pytest.param(
            {"keep_terms": ("V领",)},
            Options(),
            "keep_terms: 'V领' contradicts attribute:领型=圆领",
            id="a keep term against a fact",
        ),
        pytest.param(
            {"keep_terms": ("碎花",)},
            Options(),
            "keep_terms: nobody vouches for 碎花",
            id="a keep term nobody vouches for",
        ),
        pytest.param(
            {"title": "云岫集法式连衣裙女显瘦" * 4},
            Options(limit=20, max_edits=0),
            "max_edits: no allowed title is within 0 changes",
            id="a title too wide to keep",
        ),
        pytest.param(
            {},
            Options(limit=8),
            "limit: no title with the required brand and product word fits 8 bytes",
            id="no room for brand and product",
        ),
    ],
)
def test_what_cannot_fit_is_refused_with_the_reason(
    engine: Engine, changes: dict[str, object], options: Options, message: str
) -> None:
    listing = replace(DRESS, **changes)  # type: ignore[arg-type] # fields of a listing
    with pytest.raises(InfeasibleError) as caught:
        propose(engine, listing, options)
    assert message in str(caught.value)


def test_a_keep_term_the_platform_refuses_is_refused(engine: Engine) -> None:
    with pytest.raises(TitleError, match="keep_terms: found '法式®'"):
        propose(engine, replace(DRESS, keep_terms=("法式®",)))


def test_a_proposed_title_is_worth_what_it_was_proposed_for(
    engine: Engine, example: Example
) -> None:
    for made in titles(example.proposal):
        told = score(
            engine, example.listing, example.market, Options(), today=TODAY, candidate=made.title
        )
        assert told.value == made.value


def test_words_that_become_one_are_still_there_as_they_were_written(engine: Engine) -> None:
    listing = Listing(
        title="男士专用面霜保湿补水乳液",
        category="美容护肤>乳液/面霜",
        attributes={"功效": ("保湿", "补水"), "适用性别": ("男",)},
    )
    market = market_of(engine, "男士面霜", "保湿霜", "面霜 秋冬")
    told = score(engine, listing, market, Options(), today=TODAY, candidate="男士面霜")
    earned = {line.keyword for line in told.ledger if line.earned}
    assert {"“男士”", "“面霜”"} <= earned
    assert not {"“专用”", "“保湿”"} & earned


def test_only_a_title_can_be_scored(engine: Engine) -> None:
    with pytest.raises(ListingError, match="title: found nothing"):
        score(engine, replace(DRESS, title=None), None, Options(), today=TODAY)


def test_keep_terms_and_the_spaces_between_them_never_go_over_the_limit(engine: Engine) -> None:
    listing = Listing(title="TPU PC LED手机壳", category="手机壳", keep_terms=("TPU", "PC", "LED"))
    market = market_of(engine, "手机壳")
    assert width("TPUPCLED手机壳") == 14
    with pytest.raises(InfeasibleError):
        suggest(engine, listing, market, Options(limit=14), today=TODAY)


def test_a_curve_over_a_title_of_latin_words_is_never_worth_less(engine: Engine) -> None:
    listing = Listing(title="女2026新款SK-II连衣裙百搭90*200cm2.5kg")
    curve = suggest(engine, listing, None, Options(limit=30), today=TODAY).curve
    values = [point.value for point in curve]
    assert values == sorted(values)


def test_where_keep_terms_leave_no_room_there_is_no_short_title(engine: Engine) -> None:
    kept = ("云岫集", "法式连衣裙", "显瘦新款", "夏季", "雪纺圆领")
    proposal = propose(engine, replace(DRESS, keep_terms=kept))
    assert all(word in proposal.best.title for word in kept)
    assert proposal.short_title is None


def test_the_lists_of_covered_and_missed_keywords_are_cut_to_the_most_valuable(
    engine: Engine,
) -> None:
    top = engine.lexicon.policy.report_top
    words = ("法式", "显瘦", "夏季", "雪纺", "圆领", "新款", "女")
    pairs = [f"{a}{b}连衣裙" for a in words for b in words if a < b]
    best = suggest(engine, DRESS, market_of(engine, *pairs), Options(), today=TODAY).best
    assert len(pairs) > top == len(best.covered)
    narrow = suggest(engine, DRESS, market_of(engine, *pairs), Options(limit=16), today=TODAY)
    assert 0 < len(narrow.best.missed) <= top


def test_a_word_flagged_in_one_place_is_not_vouched_for_by_another(engine: Engine) -> None:
    listing = Listing(title="连衣裙连衣裙", category="3C数码配件>手机保护套/壳")
    proposal = suggest(engine, listing, None, Options(), today=TODAY)
    assert proposal.best.violations == ()


def test_a_slash_inside_the_last_level_of_a_category_parts_nothing(engine: Engine) -> None:
    listing = Listing(category="3C数码配件>手机保护套/壳")
    proposal = suggest(engine, listing, None, Options(), today=TODAY)
    assert "手机" in engine.segmenter.terms(proposal.best.title)


# ---- what always holds -------------------------------------------------------------------------


@settings(derandomize=True, deadline=None, max_examples=300)
@given(
    listing=listings(),
    stats=st.lists(keyword_stats(), max_size=6, unique_by=lambda stat: stat.keyword),
    limit=st.sampled_from([None, 12, 30]),
)
def test_any_listing_gets_an_honest_title_or_a_clear_refusal(
    engine: Engine, listing: Listing, stats: Sequence[KeywordStat], limit: int | None
) -> None:
    market = make_market(engine, stats) if stats else None
    try:
        proposal = suggest(engine, listing, market, Options(limit=limit, count=2), today=TODAY)
    except BiaotiError as error:
        assert str(error)  # noqa: PT017 - either answer is right, an empty one is not
        return
    for title in titles(proposal):
        assert width(title.title) == title.width <= title.limit
        assert title.value <= title.bound
        assert (title.status is Status.OPTIMAL) is (title.gap == 0)
        assert not [*refused(title.title)]
        # Of a title filed in the wrong category only a person can tell which of the two is wrong.
        assert {violation.rule for violation in title.violations} <= PRODUCT_RULES
        assert not title.violations or title is not proposal.best or proposal.warnings
        assert 0 <= title.coverage <= 1
        words = "".join(term.text for term in title.terms)
        assert words.replace(" ", "") == title.title.replace(" ", "")


# ---- when time runs out ------------------------------------------------------------------------


@pytest.mark.parametrize("looks", [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 20])
def test_out_of_time_a_part_is_whole_or_left_out_and_named(engine: Engine, looks: int) -> None:
    clock = iter([1.0] * looks)
    options = Options(count=2, seconds_left=lambda: next(clock, 0.0))
    whole, hurried = (propose(engine, options=o) for o in (Options(count=2), options))
    named = [w.rpartition(": ")[2].rstrip(")").split(", ") for w in hurried.warnings]
    left_out = {name for names in named for name in names}
    parts = {
        "terms": (whole.best.terms, hurried.best.terms, ()),
        "ledger": (whole.best.ledger, hurried.best.ledger, None),
        "alternatives": (whole.alternatives, hurried.alternatives, ()),
        "curve": (whole.curve, hurried.curve, ()),
        "short_title": (whole.short_title, hurried.short_title, None),
        "robustness": (whole.robustness, hurried.robustness, None),
    }
    for name, (full, found, nothing) in parts.items():
        assert found == (nothing if name in left_out else full), name
    assert hurried.best.bound >= whole.best.value
    assert bool(left_out) == (looks < 16)
