"""Exact figures that a single broken operator changes and no other test noticed."""

from __future__ import annotations

import math

import pytest

from biaoti.engine import Engine, check
from biaoti.records import Interval, KeywordStat, Listing, Policy, Term
from biaoti.score import RateModel, effective_trials, estimate
from biaoti.score.figures import bucket_spread, per_impression, typical_of
from biaoti.score.values import rate_readings


def test_a_bucket_is_as_wide_as_its_ratio_and_zero_is_certain() -> None:
    assert bucket_spread(Interval(0, 0)) == 0
    assert bucket_spread(Interval(5, 5)) == 0
    assert bucket_spread(Interval(0, 9)) == pytest.approx(3**-0.5)
    assert bucket_spread(Interval(1, math.e)) == pytest.approx(12**-0.5)


def test_no_figures_are_typically_one_without_doubt() -> None:
    assert typical_of([]) == (1, 0)
    assert typical_of([4, 9]) == pytest.approx((6, math.log(1.5)))


def test_impressions_and_indices_of_different_keywords_meet_at_their_middles() -> None:
    indexed = KeywordStat(keyword="a", demand_index=Interval(8, 8))
    counted = KeywordStat(keyword="b", impressions=400.0)
    assert per_impression([indexed, counted]) == pytest.approx((0.02, 1.0))
    assert per_impression([indexed]) == per_impression([counted]) == (1.0, 0.0)
    both = KeywordStat(keyword="c", demand_index=Interval(8, 8), impressions=2.0)
    assert per_impression([both, counted]) == pytest.approx((4, 0))


def test_a_rate_in_a_bucket_adds_the_variance_of_the_bucket() -> None:
    low, high = 0.02, 0.04
    width = math.log(high / (1 - high)) - math.log(low / (1 - low))
    middle = Interval(low, high).mid
    noise = middle * (1 - middle)
    wanted = 1 / (noise * (1 / (500 * noise) + width**2 / 12))
    assert effective_trials(Interval(low, high), 500.0) == pytest.approx(wanted)
    assert effective_trials(Interval(low, high), 0.0) == 0


def test_a_prediction_is_a_beta_prior_of_its_own_mean_and_variance() -> None:
    odds, variance = math.log(0.2 / 0.8), 0.5
    model = RateModel(
        intercept=odds,
        slope=0.0,
        effects={},
        term_variance=9.0,
        keyword_variance=variance,
        intercept_variance=0.0,
    )
    # A beta of mean m and strength s varies by m(1-m)/(s+1); on log-odds that is 1/(m(1-m)(s+1)).
    strength = 1 / (0.2 * 0.8 * variance) - 1
    found = estimate(model, [], 0.0, 0.5, 40.0)
    assert found.mean == pytest.approx((0.2 * strength + 0.5 * 40) / (strength + 40))


def test_a_keyword_of_unknown_demand_has_a_rate_all_the_same(policy: Policy) -> None:
    stats = [
        KeywordStat(keyword="a", conversion_rate=Interval(0.1, 0.1), clicks=50.0),
        KeywordStat(keyword="b", conversion_rate=Interval(0.2, 0.2), clicks=50.0, impressions=9.0),
    ]
    rows = rate_readings(stats, [frozenset({Term("a")}), frozenset()], policy, "conversion_rate")
    assert [row.rate for row in rows] == [0.1, 0.2]
    assert [row.breadth for row in rows] == pytest.approx([0, 0])


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        (("日本",), {"origin-false"}),
        (("越南", "泰国"), {"origin-false"}),
        (("日本", "江西省"), set()),
        (("越南", "中国大陆"), set()),
        (("海南省",), {"origin-false"}),
    ],
)
def test_a_place_is_false_only_against_all_that_the_attributes_name(
    engine: Engine, origin: tuple[str, ...], expected: set[str]
) -> None:
    found = check(engine, Listing(title="江西特产脐橙", attributes={"产地": origin}), "2026-06-15")
    assert {v.rule for v in found.violations} & {"origin-false"} == expected
