"""Answers for people: coloured titles, a width bar, tables of words and keywords, in Chinese."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from biaoti.answers import FixedReport
from biaoti.records import (
    CheckReport,
    CoveredKeyword,
    CurrentTitle,
    MatchReport,
    Proposal,
    ProposedTitle,
    ScoreReport,
    Severity,
    Slot,
    Status,
    TaggedTerm,
    Violation,
)

_BAR = 30
_TOP = 10
_UPPER_BOUND = "注:标题含词不保证召回,覆盖率是上限;价值是相对分,不是搜索次数。"
_SLOTS: dict[Slot, tuple[str, str]] = {
    Slot.YEAR: ("年份", "bright_black"),
    Slot.SEASON: ("季节", "green"),
    Slot.BRAND: ("品牌", "bold magenta"),
    Slot.STYLE: ("风格", "cyan"),
    Slot.CRAFT: ("工艺", "bright_blue"),
    Slot.MATERIAL: ("材质", "yellow"),
    Slot.SERIES: ("系列", "magenta"),
    Slot.ARTICLE_NUMBER: ("货号", "bright_magenta"),
    Slot.DESIGN: ("款式", "bright_cyan"),
    Slot.USE: ("用途", "blue"),
    Slot.FEATURE: ("特色", "bright_green"),
    Slot.GRADE: ("等级", "bright_yellow"),
    Slot.PROMOTION: ("活动", "red"),
    Slot.PRODUCT: ("品类", "bold red"),
    Slot.AUDIENCE: ("人群", "bright_blue"),
    Slot.COLOR: ("颜色", "yellow"),
    Slot.SPEC: ("规格", "cyan"),
    Slot.COMPATIBLE: ("适配", "magenta"),
    Slot.ORIGIN: ("产地", "green"),
    Slot.GENERIC: ("通用", "white"),
}
SLOT_NAMES = {slot.value: name for slot, (name, _) in _SLOTS.items()}
_SEVERITIES: dict[Severity, tuple[str, str]] = {
    Severity.BLOCK: ("禁止", "bold white on red"),
    Severity.HIGH: ("严重", "bold red"),
    Severity.MEDIUM: ("中等", "yellow"),
    Severity.LOW: ("轻微", "cyan"),
    Severity.HINT: ("建议", "bright_black"),
}
_STATUSES: dict[Status, str] = {
    Status.OPTIMAL: "已证明最优",
    Status.FEASIBLE: "可行,未证明最优",
    Status.INFEASIBLE: "无解",
}
_REASONS = {"conflict": "与属性矛盾", "unsupported": "没有依据", "off-product": "不是本品"}

Answer = Proposal | ScoreReport | CheckReport | MatchReport | tuple[TaggedTerm, ...]


def show(answer: Answer, title: str) -> None:
    """Print `answer` on standard output; `title` is what a check or a tagging was about."""
    for part in _parts(answer, title):
        print_part(part)


def print_part(part: RenderableType) -> None:
    """Print one table or text on standard output."""
    _Console(file=sys.stdout, markup=False, highlight=False, emoji=False).print(part)


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Leave it to `guarded`: a reader that has seen enough (head) is no error."""
        raise BrokenPipeError


def _parts(answer: Answer, title: str) -> Iterable[RenderableType]:
    if isinstance(answer, Proposal):
        return proposal_parts(answer)
    if isinstance(answer, CheckReport):
        return check_parts(answer, title)
    if isinstance(answer, ScoreReport):
        return score_parts(answer)
    if isinstance(answer, MatchReport):
        return match_parts(answer)
    return tag_parts(answer, title)


# ---- pieces ------------------------------------------------------------------------------------


def severity_name(severity: Severity) -> str:
    """Return what a seller calls `severity`."""
    return _SEVERITIES[severity][0]


def clean(text: str) -> str:
    """Return `text` without control characters, which could drive the terminal."""
    return "".join("�" if unicodedata.category(c) in {"Cc", "Cf"} else c for c in text)


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str | Text]]) -> Table:
    """Return a plain table; columns whose name starts with `>` are set right."""
    found = Table(title=title, title_justify="left", box=None, pad_edge=False, header_style="bold")
    for name in columns:
        is_right = name.startswith(">")
        found.add_column(name.lstrip(">"), justify="right" if is_right else "left", overflow="fold")
    for row in rows:
        found.add_row(*(Text(clean(c)) if isinstance(c, str) else c for c in row))
    return found


def line(label: str, *pieces: str | Text) -> Text:
    """Return one labelled line."""
    found = Text(f"{label}  ", style="bold")
    for piece in pieces:
        found.append_text(Text(clean(piece), style="not bold") if isinstance(piece, str) else piece)
    return found


def width_bar(width: int, limit: int) -> Text:
    """Return a bar of the width used, and `width/limit`."""
    filled = min(_BAR, round(_BAR * width / limit)) if limit else _BAR
    style = "red" if width > limit else "green"
    bar = Text("█" * filled, style=style).append("·" * (_BAR - filled), style="bright_black")
    return bar.append(f" {width}/{limit}", style="not bold")


def _coloured(title: str, spans: Iterable[tuple[int, int, str]]) -> Text:
    found = Text(clean(title), style="not bold")
    for start, end, style in spans:
        found.stylize(style, start, end)
    return found


def _percent(share: float) -> str:
    return f"{share:.1%}"


# ---- suggest -----------------------------------------------------------------------------------


def proposal_parts(proposal: Proposal) -> Iterable[RenderableType]:
    """Yield what a person wants of a proposal, the most important first."""
    best = proposal.best
    yield from _title_parts("新标题", best, proposal.current)
    if proposal.current is not None:
        yield line("原标题", proposal.current.title)
        yield line("改动", _edits(best))
    yield Text()
    yield _term_table(best)
    yield from _keyword_tables(best)
    yield from _left_out(proposal)
    for number, other in enumerate(proposal.alternatives, start=2):
        yield Text()
        yield from _title_parts(f"方案 {number}", other, proposal.current)
    yield from _closing(proposal)


def _title_parts(
    label: str, title: ProposedTitle, current: CurrentTitle | None
) -> Iterable[RenderableType]:
    yield line(label, _coloured(title.title, _term_spans(title)))
    yield line("宽度", width_bar(title.width, title.limit))
    before = f"(原 {current.value:,},{_gain(title.value, current.value)})" if current else ""
    share = f"(原 {_percent(current.coverage)})" if current else ""
    yield line("价值", f"{title.value:,}{before}  覆盖率 {_percent(title.coverage)}{share}")
    yield line("证明", f"{_STATUSES[title.status]} gap {title.gap:.4g}(上界 {title.bound:,})")
    for violation in title.violations:
        yield line("违规", _violation_text(violation))


def _term_spans(title: ProposedTitle) -> Iterable[tuple[int, int, str]]:
    position = 0
    for term in title.terms:
        start = title.title.find(term.text, position)
        if start >= 0:
            position = start + len(term.text)
            yield start, position, _SLOTS[term.slot][1]


def _gain(value: int, before: int) -> str:
    return f"{(value - before) / before:+.1%}" if before else "原为 0"


def _edits(title: ProposedTitle) -> str:
    added = " ".join(f"+{word}" for word in title.edits.added)
    removed = " ".join(f"-{word}" for word in title.edits.removed)
    moved = " ".join(f"~{word}" for word in title.edits.moved)
    return "  ".join(part for part in (added, removed, moved) if part) or "不用改"


def _term_table(title: ProposedTitle) -> Table:
    rows = (
        (
            Text(clean(term.text), style=_SLOTS[term.slot][1]),
            _SLOTS[term.slot][0],
            term.evidence,
            str(term.width),
            f"{term.marginal_value:,}",
        )
        for term in title.terms
    )
    return table("", ("词", "词槽", "依据", ">宽", ">去掉会损失"), rows)


def _keyword_tables(title: ProposedTitle) -> Iterable[RenderableType]:
    for label, keywords in (("覆盖的关键词", title.covered), ("没盖住的关键词", title.missed)):
        if keywords:
            yield Text()
            yield table(label, ("关键词", ">价值", ">词序"), _keyword_rows(keywords[:_TOP]))


def _keyword_rows(keywords: Sequence[CoveredKeyword]) -> Iterable[Sequence[str]]:
    return (
        (f"{k.keyword}{'(引流)' if k.is_traffic else ''}", f"{k.value:,}", _tightness(k.tightness))
        for k in keywords
    )


def _tightness(share: float) -> str:
    """Return how closely a keyword's words stand together, `-` when not in its order at all."""
    return f"{share:.2f}" if share else "-"


def _left_out(proposal: Proposal) -> Iterable[RenderableType]:
    if proposal.excluded:
        rows = (
            (
                item.keyword,
                _REASONS.get(item.reason, item.reason),
                item.term or "",
                item.against or "",
            )
            for item in proposal.excluded[:_TOP]
        )
        yield Text()
        yield table("不能用的关键词", ("关键词", "原因", "词", "相对于"), rows)
    if proposal.questions:
        yield Text()
        yield Text("待确认", style="italic")
    for question in proposal.questions[:_TOP]:
        place = f"“{question.attribute}”" if question.attribute else ""
        gain = f"{question.value_gain:+.1%}"
        yield Text(clean(f"若确为{question.term},补上属性{place}即可 {gain}"))


def _closing(proposal: Proposal) -> Iterable[RenderableType]:
    if proposal.curve:
        rows = ((str(p.edits), f"{p.value:,}", p.title) for p in proposal.curve)
        yield Text()
        yield table("少改几个词", (">改几个", ">价值", "标题"), rows)
    yield Text()
    if proposal.short_title:
        yield line("短标题", proposal.short_title)
    for warning in proposal.warnings:
        yield line("注意", warning)
    versions = proposal.versions
    yield line("版本", f"词库 {versions.lexicon}  数据 {versions.data or '无'}")
    yield Text(_UPPER_BOUND, style="bright_black")


# ---- check -------------------------------------------------------------------------------------


def check_parts(report: CheckReport, title: str) -> Iterable[RenderableType]:
    """Yield the title with its findings marked, then each finding with what to do about it."""
    spans = [(v.start, v.end, _SEVERITIES[v.severity][1]) for v in report.violations]
    yield line("标题", _coloured(title, spans))
    yield line("宽度", width_bar(report.width, report.limit))
    yield line("与属性相符", _percent(report.consistency))
    if all(violation.severity is Severity.HINT for violation in report.violations):
        yield line("结论", Text("没有发现违规", style="green"))
    for violation in report.violations:
        yield Group(_violation_text(violation), *_advice(violation))
    if isinstance(report, FixedReport):
        yield from _fixed_parts(report, title)
    if report.needs_evidence:
        rows = ((n.text, n.rule, n.key, n.message) for n in report.needs_evidence)
        yield Text()
        yield table("待核验", ("词", "规则", "需要的资料", "说明"), rows)


def _fixed_parts(report: FixedReport, title: str) -> Iterable[RenderableType]:
    """Yield the title before, with what was deleted between `[-` and `-]`, and after."""
    yield Text()
    if not report.fixed.edits:
        yield line("修正", "没有可以放心删的词,标题不变")
        return
    before, position = Text(style="not bold"), 0
    for edit in report.fixed.edits:
        before.append(clean(title[position : edit.start]))
        gone = title[max(position, edit.start) : edit.end]
        before.append(f"[-{clean(gone)}-]" if gone else "", style="red strike")
        position = max(position, edit.end)
    yield line("修正前", before.append(clean(title[position:])))
    yield line("修正后", Text(clean(report.fixed.title), style="not bold green"))


def _violation_text(violation: Violation) -> Text:
    label, style = _SEVERITIES[violation.severity]
    found = Text(label, style=style)
    return found.append(
        clean(f" {violation.name}({violation.rule}) {violation.message}"), style="not bold"
    )


def _advice(violation: Violation) -> Iterable[Text]:
    if violation.suggestion:
        yield Text(clean(f"     改法:{violation.suggestion}"), style="green")
    if violation.penalty:
        yield Text(clean(f"     后果:{violation.penalty}"), style="bright_black")


# ---- score, tag, match -------------------------------------------------------------------------


def score_parts(report: ScoreReport) -> Iterable[RenderableType]:
    """Yield what the title is worth beside the best possible, and the ledger's largest lines."""
    share = report.value / report.best_possible if report.best_possible else 0.0
    yield line("标题", report.title)
    yield line("宽度", width_bar(report.width, report.limit))
    yield line("价值", f"{report.value:,} / 最优 {report.best_possible:,}({_percent(share)})")
    yield line("覆盖率", _percent(report.coverage))
    rows = (
        (
            Text("✓", style="green") if item.is_covered else Text("✗", style="red"),
            item.keyword,
            f"{item.value:,}",
            "引流" if item.is_traffic else "报表" if item.is_listed else "推算",
        )
        for item in report.ledger[: 2 * _TOP]
    )
    yield table(f"账目(共 {len(report.ledger)} 行)", ("", "关键词", ">价值", "来自"), rows)
    yield Text(_UPPER_BOUND, style="bright_black")


def tag_parts(terms: Sequence[TaggedTerm], title: str) -> Iterable[RenderableType]:
    """Yield the title in the colours of its slots, then each word."""
    yield line("标题", _coloured(title, [(t.start, t.end, _SLOTS[t.slot][1]) for t in terms]))
    rows: list[Sequence[Any]] = [
        (
            Text(clean(term.text), style=_SLOTS[term.slot][1]),
            _SLOTS[term.slot][0],
            term.slot.value,
            f"{term.confidence:.2f}",
            f"{term.start}-{term.end}",
        )
        for term in terms
    ]
    yield table("", ("词", "词槽", "slot", ">可信", ">位置"), rows)


def match_parts(report: MatchReport) -> Iterable[RenderableType]:
    """Yield whether the title answers the keyword, and why."""
    yield line("关键词", report.keyword)
    yield line("标题", report.title)
    yield line("覆盖", "是" if report.covered else "否", f"(词覆盖 {_percent(report.coverage)})")
    yield line("相关度", f"{report.relevance:.3f}")
    eligible = {True: "可以", False: "不可以", None: "资料不足"}[report.eligible]
    yield line("可否争取", eligible)
    for reason in report.reasons:
        yield line("理由", reason)
    yield Text(_UPPER_BOUND, style="bright_black")
