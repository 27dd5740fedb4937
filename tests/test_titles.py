"""Cuts, ledger, curve, moved words and robustness of whole proposals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

import biaoti.titles
from biaoti.assemble import AtMost, assemble, edits_of, is_allowed, value_of
from biaoti.brief import Brief, Options, prepare, problem_of
from biaoti.engine import Engine, make_market
from biaoti.optimize import suggest
from biaoti.own_words import meant
from biaoti.phrasing import title_of
from biaoti.records import Interval, KeywordStat, Listing, Proposal, Severity, Violation
from biaoti.robustness import robustness_of
from biaoti.titles import Cuts, best_title

TODAY = "2026-06-15"
DRESS = Listing(
    title="法式连衣裙女显瘦新款夏季",
    category="女装/女士精品>连衣裙",
    attributes={"领型": ("方领",), "面料": ("雪纺",), "图案": ("碎花",), "袖长": ("短袖",)},
)
KEYWORDS = (
    "连衣裙",
    "雪纺连衣裙",
    "方领连衣裙女",
    "碎花连衣裙",
    "短袖连衣裙夏季",
    "法式碎花连衣裙",
)


def rows(*keywords: str) -> list[KeywordStat]:
    """Return rows of a report, each worth more than the next."""
    return [
        KeywordStat(keyword=k, demand_index=Interval(1000 - 50 * n, 1000 - 50 * n))
        for n, k in enumerate(keywords)
    ]


def brief_of(engine: Engine, listing: Listing = DRESS, limit: int = 26) -> Brief:
    """Return `listing` made ready under the keywords of this file."""
    market = make_market(engine, rows(*KEYWORDS))
    return prepare(engine, listing, market, Options(limit=limit), TODAY)


def propose(engine: Engine, listing: Listing = DRESS, limit: int = 26) -> Proposal:
    """Return the proposal for `listing` under the keywords of this file."""
    market = make_market(engine, rows(*KEYWORDS))
    return suggest(engine, listing, market, Options(limit=limit), today=TODAY)


# ---- cuts --------------------------------------------------------------------------------------


def objecting(*company: str, side_by_side: bool = False) -> object:
    """Return a checker that objects to titles with all of `company` (side by side)."""

    def violations_of(_engine: Engine, _brief: Brief, title: str) -> tuple[Violation, ...]:
        is_there = all(word in title for word in company)
        is_broken = "".join(company) in title if side_by_side else is_there
        found = Violation(
            rule="made-up",
            name="made up",
            severity=Severity.HIGH,
            start=0,
            end=len(title),
            text=title,
            message="",
            penalty="",
            source="",
            suggestion="",
        )
        return (found,) if is_broken else ()

    return violations_of


@pytest.mark.parametrize("company", [("雪纺", "方领"), ("碎花",), ("雪纺", "碎花", "方领")])
def test_the_best_title_the_checker_accepts_is_found_and_proved(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, company: tuple[str, ...]
) -> None:
    brief = brief_of(engine, limit=30)
    problem = problem_of(engine, brief, None)
    free = best_title(engine, brief, problem, Cuts())
    assert free is not None
    assert all(word in free.title for word in company)
    monkeypatch.setattr(biaoti.titles, "violations_of", objecting(*company))
    written = best_title(engine, brief, problem, Cuts())
    assert written is not None
    assert written.violations == ()
    members = frozenset(
        i for i, c in enumerate(brief.candidates) if any(w in c.text for w in company)
    )
    best = max(
        assemble(
            replace(problem, at_most=(*problem.at_most, AtMost(members=frozenset({i}), most=0)))
        ).value
        for i in members
    )
    assert written.answer.value == best == written.answer.bound


def test_words_that_offend_only_side_by_side_are_parted_not_lost(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    brief = brief_of(engine)
    problem = problem_of(engine, brief, None)
    free = best_title(engine, brief, problem, Cuts())
    assert free is not None
    left, right = (brief.candidates[i].text for i in free.answer.order[:2])
    monkeypatch.setattr(biaoti.titles, "violations_of", objecting(left, right, side_by_side=True))
    cuts = Cuts()
    written = best_title(engine, brief, problem, cuts)
    assert written is not None
    assert written.violations == ()
    assert left + right not in written.title
    assert cuts.companies == []
    assert {tuple(free.answer.order[:2])} == cuts.runs


def test_what_must_stand_is_written_with_its_violation_and_the_proposal_says_so(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(biaoti.titles, "violations_of", objecting("显瘦"))
    kept = propose(engine, replace(DRESS, keep_terms=("显瘦",)))
    assert [v.rule for v in kept.best.violations] == ["made-up"]
    assert any("made-up" in warning for warning in kept.warnings)


def test_every_promised_word_is_read_back_from_the_title(engine: Engine) -> None:
    brief = brief_of(engine, limit=60)
    written = best_title(engine, brief, problem_of(engine, brief, None), Cuts())
    assert written is not None
    assert written.is_sound
    words = [word for index in written.answer.order for word in brief.line.words[index]]
    assert engine.read_words(written.title) == tuple(words)
    assert written.title == title_of(brief.candidates, brief.line.joint, written.answer.order)


# ---- the ledger --------------------------------------------------------------------------------


def test_a_words_marginal_value_is_the_best_less_the_best_without_what_says_the_same(
    engine: Engine,
) -> None:
    brief, best = brief_of(engine), propose(engine).best
    problem = problem_of(engine, brief, None)
    assert any(term.marginal_value for term in best.terms)
    for term in best.terms:
        word = next(meant(c) for c in brief.candidates if c.text == term.text)
        meanings = [meant(candidate) for candidate in brief.candidates]
        alike = frozenset(i for i, m in enumerate(meanings) if m <= word or word <= m)
        rule = AtMost(members=alike, most=0)
        required = tuple(group - alike for group in problem.required if group - alike)
        without = replace(problem, at_most=(*problem.at_most, rule), required=required)
        assert term.marginal_value == best.value - assemble(without).value


def test_a_word_carries_the_keywords_that_only_it_completes(engine: Engine) -> None:
    terms = {term.text: term for term in propose(engine, limit=60).best.terms}
    assert terms["方领"].keywords == ("方领连衣裙女",)
    assert terms["碎花"].keywords == ("碎花连衣裙", "法式碎花连衣裙")
    assert len(terms["法式连衣裙"].keywords) == 3


def test_the_best_word_left_out_adds_value_and_does_not_fit(engine: Engine) -> None:
    for limit in (14, 20, 26):
        best = propose(engine, limit=limit).best
        assert best.ledger is not None
        left = best.ledger.left_out
        assert left is not None
        assert left.text not in {term.text for term in best.terms}
        assert left.gain > 0 < left.lacks
        assert best.ledger.room == limit - best.width
    whole = propose(engine, limit=60).best.ledger
    assert whole is not None
    assert whole.left_out is None


def test_more_bytes_are_worth_what_the_wider_limit_wins(engine: Engine) -> None:
    narrow = propose(engine, limit=20).best
    assert narrow.ledger is not None
    assert [value.bytes for value in narrow.ledger.byte_values] == [1, 2, 4]
    for value in narrow.ledger.byte_values:
        assert value.gain == propose(engine, limit=20 + value.bytes).best.value - narrow.value
    assert narrow.ledger.byte_values[-1].gain > 0


# ---- curve and edits ---------------------------------------------------------------------------


def test_each_point_of_the_curve_is_the_best_within_its_changes(engine: Engine) -> None:
    brief = brief_of(engine, limit=60)
    for point in propose(engine, limit=60).curve:
        problem = problem_of(engine, brief, point.edits)
        answer = assemble(problem)
        assert point.value == answer.value
        assert max(edits_of(problem, answer.order)) <= point.edits


def test_the_sellers_words_are_moved_only_where_they_would_be_misread(engine: Engine) -> None:
    assert propose(engine, limit=60).best.edits.moved == ()
    brief = brief_of(engine, limit=60)
    place = {"女": 5, "夏季": 10}
    own = [c for c in brief.candidates if c.text in place]
    own.sort(key=lambda c: -place[c.text])
    from biaoti.optimize import _moved  # noqa: PLC0415 - the one private thing looked at

    assert [*_moved(own, place)] == ["夏季"]


def test_pieces_that_overlap_in_the_title_are_never_both_written(engine: Engine) -> None:
    listing = Listing(
        title="海信空调大1.5匹变频家用",
        category="大家电>空调",
        attributes={"空调功率": ("大1.5匹",), "匹数": ("1.5匹",)},
    )
    brief = prepare(engine, listing, None, Options(), TODAY)
    texts = {c.text for c in brief.candidates}
    assert {"大1.5匹", "1.5匹"} <= texts
    best = suggest(engine, listing, None, Options(), today=TODAY).best
    assert best.title.count("1.5匹") == 1


# ---- robustness --------------------------------------------------------------------------------


def test_a_title_that_holds_everything_is_stable(engine: Engine) -> None:
    robustness = propose(engine, limit=60).robustness
    assert robustness is not None
    assert robustness.stable
    assert robustness.flips == ()


def test_what_flips_when_values_move_is_named(engine: Engine) -> None:
    brief = brief_of(engine, limit=20)
    written = best_title(engine, brief, problem_of(engine, brief, None), Cuts())
    assert written is not None
    held = {t for i in written.answer.order for t in brief.candidates[i].gives}
    missed = [d for d in brief.demands if not d.needs <= held]
    unsure = tuple(replace(d, credible=(1.0, 50.0 if d in missed else 1.0)) for d in brief.demands)
    unsure_brief = replace(brief, demands=unsure)
    again = best_title(engine, unsure_brief, problem_of(engine, unsure_brief, None), Cuts())
    assert again is not None
    found = robustness_of(engine, unsure_brief, again)
    assert not found.stable
    flip = next(flip for flip in found.flips if flip.when == "values_high")
    assert flip.added
    added = [i for i, c in enumerate(brief.candidates) if c.text in flip.added]
    assert not {*added} & {*written.answer.order}
    surely = replace(brief, demands=tuple(replace(d, credible=(1.0, 1.0)) for d in brief.demands))
    unmoved = best_title(engine, surely, problem_of(engine, surely, None), Cuts())
    assert unmoved is not None
    flips = robustness_of(engine, surely, unmoved).flips
    assert {flip.when for flip in flips} <= {"coarse"}


def test_a_compound_read_whole_is_covered_by_the_compound_only(engine: Engine) -> None:
    listing = Listing(title="蓝牙迷你耳机", category="耳机", attributes={"类型": ("蓝牙耳机",)})
    market = make_market(engine, rows("蓝牙耳机", "迷你耳机"))
    proposal = suggest(engine, listing, market, Options(limit=12), today=TODAY)
    assert proposal.robustness is not None
    assert [flip.when for flip in proposal.robustness.flips] in ([], ["coarse"])
    brief = prepare(engine, listing, market, Options(limit=12), TODAY)
    problem = problem_of(engine, brief, None)
    assert is_allowed(problem, order_of(brief, proposal.best.title))
    assert value_of(problem, order_of(brief, proposal.best.title)) == proposal.best.value


def order_of(brief: Brief, title: str) -> Sequence[int]:
    """Return the candidates of a title in its order."""
    texts = sorted((c.text for c in brief.candidates if c.text in title), key=title.index)
    indices = {c.text: i for i, c in enumerate(brief.candidates)}
    return [indices[text] for text in texts]
