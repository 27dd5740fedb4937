"""A shop's rows -> outcomes chosen together, and what the plan is worth against other choices."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from biaoti.answers import market_for
from biaoti.assemble import Assembly, Problem
from biaoti.brief import Brief, prepare, problem_of, revalued, solve
from biaoti.catalogue.plan import Member, Plan, key_of, make_member, make_plan
from biaoti.catalogue.prices import Effort
from biaoti.catalogue.rewriting import Job, attempt
from biaoti.catalogue.rows import SHOP_VALUE, TITLE, Outcome, Row
from biaoti.catalogue.saturation import Key, Ledger
from biaoti.engine import Engine
from biaoti.listings import read_listing
from biaoti.optimize import propose, worth
from biaoti.own_words import held_in
from biaoti.records import Demand, Listing, Proposal, Status, Term

Pool = dict[Demand, Demand]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unserved:
    """A keyword that some listings could cover and none does: its value, and how many could."""

    keyword: str
    value: int
    listings: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopReport:
    """What a shop's titles are worth together, in points, keywords saturated (ADR 20).

    `value` is that of the planned titles as they read, `alone` that of titles each best for its
    listing alone, `current` that of the sellers' own; no choice is worth more than `bound`.
    `titles` counts the different ones among the planned.
    """

    shop: str
    listings: int
    planned: int
    current: float
    alone: float
    value: float
    bound: float
    titles: int
    unserved: tuple[Unserved, ...]

    @property
    def gap(self) -> float:
        """Return the share of the bound not proved reached."""
        return (self.bound - self.value) / self.bound if self.bound else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """A listing that takes part in the plan: the number of its row in the shop, and its member."""

    index: int
    listing: Listing
    member: Member
    own_words: frozenset[Term]


def plan_shop(rows: Sequence[Row], job: Job) -> tuple[list[Outcome], ShopReport]:
    """Return the outcomes of one shop's rows, in their order, and the report on the plan."""
    places = _places(rows, job)
    members = [place.member for place in places]
    policy = job.session.engine.lexicon.policy.catalogue
    plan = make_plan(
        members,
        lambda problem: _solve(job, problem),
        shown=policy.shown_per_shop,
        effort=Effort(rounds=policy.bound_rounds, gap=policy.bound_gap),
    )
    ledger = Ledger(policy.shown_per_shop)
    for member, chosen in zip(members, plan.chosen, strict=True):
        ledger.add(member.covered_by(chosen), member.values)
    by_row = {place.index: number for number, place in enumerate(places)}
    outcomes = []
    for index, row in enumerate(rows):
        number = by_row.get(index)
        if number is None:
            outcomes.append(attempt(row, job, lambda listing: _unplanned(listing, job)))
        else:
            seat = _Seat(places[number], plan.chosen[number], ledger, job)
            outcomes.append(seat.settle(row))
    titles = len({outcomes[place.index].cells[TITLE] for place in places})
    return outcomes, _report(rows, places, plan, ledger, job, titles=titles)


def _places(rows: Sequence[Row], job: Job) -> list[_Place]:
    """Return the listings that can have a title at all."""
    places, pool = [], Pool()
    for index, row in enumerate(rows):
        if row.problem is not None:
            continue
        try:
            listing = read_listing(row.listing, job.session.aliases)
            brief = _brief(listing, job)
            problem = problem_of(job.session.engine, brief, job.options.max_edits)
            answer = _solve(job, problem)
        except Exception:  # noqa: BLE001, S112 - whatever it is, `attempt` meets and reports it
            continue
        # Similar listings want the same: each demand is kept once.
        problem = replace(problem, demands=tuple(pool.setdefault(d, d) for d in problem.demands))
        if answer.status is not Status.INFEASIBLE:
            member, own = make_member(problem), frozenset(brief.own_words)
            places.append(_Place(index=index, listing=listing, member=member, own_words=own))
    return places


def _brief(listing: Listing, job: Job) -> Brief:
    session, market = job.session, market_for(job.session, listing)
    return prepare(session.engine, listing, market, job.options, session.today())


def _solve(job: Job, problem: Problem) -> Assembly:
    return solve(job.session.engine, problem)


def _unplanned(listing: Listing, job: Job) -> Proposal:
    """Return the proposal for a listing that has no place: it raises what stands in its way."""
    market = market_for(job.session, listing)
    return propose(job.session.engine, _brief(listing, job), market, job.options)


class _Seat:
    """One listing of the plan, whose title is written while all others are held."""

    def __init__(self, place: _Place, chosen: Sequence[int], ledger: Ledger, job: Job) -> None:
        self._member = place.member
        self._covered: tuple[Key, ...] = place.member.covered_by(chosen)
        self._ledger = ledger
        self._job = job
        self._shown = job.session.engine.lexicon.policy.catalogue.shown_per_shop

    def settle(self, row: Row) -> Outcome:
        """Return the outcome of `row`; the ledger then holds what its finished title covers."""
        self._ledger.remove(self._covered, self._member.values)
        gained: list[int] = []
        outcome = attempt(row, self._job, lambda listing: self._proposal(listing, gained))
        self._ledger.add(self._covered, self._member.values)
        shop_value = round(sum(gained) / self._shown)
        return replace(outcome, cells={**outcome.cells, SHOP_VALUE: shop_value})

    def _proposal(self, listing: Listing, gained: list[int]) -> Proposal:
        """Return the title that is best given the others, measured by the listing's own demand."""
        session = self._job.session
        brief = _brief(listing, self._job)
        worths = ((d, self._ledger.gain(key_of(d), d.value)) for d in brief.demands)
        demands = tuple(replace(d, value=value) for d, value in worths if value > 0)
        marginal = revalued(session.engine, brief, demands)
        market = market_for(session, listing)
        proposal = propose(session.engine, marginal, market, self._job.options)
        self._covered = self._member.covered(
            held_in(session.engine, proposal.best.title, brief.own_words)
        )
        gained.append(worth(session.engine, marginal, proposal.best.title))
        return _on_own_terms(session.engine, proposal, brief)


def _on_own_terms(engine: Engine, proposal: Proposal, brief: Brief) -> Proposal:
    """Return `proposal` with its values those of the listing's own demand, as without a plan."""
    total = sum(demand.value for demand in brief.demands)

    def value_of(title: str) -> int:
        return worth(engine, brief, title)

    def share(value: int) -> float:
        return value / total if total else 0.0

    value = value_of(proposal.best.title)
    current = proposal.current
    if current is not None:
        own = value_of(current.title)
        current = replace(current, value=own, coverage=share(own))
    best = replace(proposal.best, value=value, coverage=share(value))
    # Gains were shares of the marginal value; here they are shares of the title's own.
    scale = proposal.best.value / value if value else 0.0
    questions = tuple(
        replace(question, value_gain=round(question.value_gain * scale, 6))
        for question in proposal.questions
    )
    return replace(proposal, best=best, current=current, questions=questions)


def _report(
    rows: Sequence[Row],
    places: Sequence[_Place],
    plan: Plan,
    ledger: Ledger,
    job: Job,
    *,
    titles: int,
) -> ShopReport:
    engine = job.session.engine
    shown = engine.lexicon.policy.catalogue.shown_per_shop
    current = Ledger(shown)
    for place in places:
        held = held_in(engine, place.listing.title or "", place.own_words)
        current.add(place.member.covered(held), place.member.values)
    value = ledger.worth()
    return ShopReport(
        shop=rows[0].shop if rows else "",
        listings=len(rows),
        planned=len(places),
        current=current.worth() / shown,
        alone=plan.alone / shown,
        value=value / shown,
        bound=max(plan.bound, value) / shown,
        titles=titles,
        unserved=_unserved((p.member for p in places), ledger, engine.lexicon.policy.report_top),
    )


def _unserved(members: Iterable[Member], ledger: Ledger, most: int) -> tuple[Unserved, ...]:
    """Return the `most` valuable listed keywords that nobody covers."""
    found: dict[str, tuple[int, int]] = {}
    for member in members:
        for key, value in member.values.items():
            is_listed, keyword = key
            if is_listed and not ledger.is_served(key):
                best, count = found.get(keyword, (0, 0))
                found[keyword] = max(best, value), count + 1
    ordered = sorted(found.items(), key=lambda item: (-item[1][0], item[0]))[:most]
    return tuple(Unserved(keyword=k, value=v, listings=n) for k, (v, n) in ordered)


def report_of(data: Mapping[str, object]) -> ShopReport:
    """Return the report that `encode.plain` made of one."""
    unserved = tuple(Unserved(**item) for item in data["unserved"])  # type: ignore[attr-defined]
    return ShopReport(**{**data, "unserved": unserved})  # type: ignore[arg-type] # plain wrote it
