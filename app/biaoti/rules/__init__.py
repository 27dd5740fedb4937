"""The keyword-misuse checker: one rule, one function, all listed here, the most specific first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from biaoti.records import CheckResult, EvidenceNeeded, Inspection, Severity, Violation
from biaoti.rules.attributes import attr_conflict, attr_stack
from biaoti.rules.book import Rule, Rulebook, load_rulebook
from biaoti.rules.brand import (
    auth_claim,
    brand_compare,
    brand_stack,
    brand_unauthorized,
    celebrity_name,
)
from biaoti.rules.claims import (
    breastmilk_claim,
    cert_unbacked,
    effect_guarantee,
    efficacy_uncertified,
    honor_unbacked,
    medical_claim,
    state_symbol,
    superlative,
    taboo_content,
)
from biaoti.rules.fix import Edit, apply_fixes
from biaoti.rules.goods import Similarity, category_mismatch, duplicate_listing, offtopic_word
from biaoti.rules.origin import origin_false
from biaoti.rules.scan import Finding, Scan, read_scan
from biaoti.rules.shop import platform_mark, promo_unbacked, service_unbacked, shop_credit
from biaoti.rules.title import missing_element, repeat_keyword, special_char, title_length
from biaoti.rules.trade import (
    contact_info,
    forbidden_item,
    illicit_source,
    non_trade_item,
    postage_item,
    wholesale_agent,
)

__all__ = [
    "LOOK_BEYOND_WORDS",
    "RULES",
    "Edit",
    "Rulebook",
    "apply_fixes",
    "find_violations",
    "load_rulebook",
]

RuleFunction = Callable[[Scan, Rulebook], Iterator[Finding]]

# Where two findings overlap, the rule that stands earlier here is the more specific and wins.
RULES: tuple[RuleFunction, ...] = (
    brand_compare,
    breastmilk_claim,
    forbidden_item,
    contact_info,
    postage_item,
    medical_claim,
    effect_guarantee,
    efficacy_uncertified,
    state_symbol,
    honor_unbacked,
    cert_unbacked,
    illicit_source,
    celebrity_name,
    brand_unauthorized,
    platform_mark,
    service_unbacked,
    shop_credit,
    wholesale_agent,
    promo_unbacked,
    auth_claim,
    superlative,
    taboo_content,
    non_trade_item,
    attr_stack,
    origin_false,
    attr_conflict,
    offtopic_word,
    special_char,
    brand_stack,
    category_mismatch,
    repeat_keyword,
    missing_element,
    title_length,
)
DUPLICATE = "duplicate-listing"
# The others have nothing to say of a title in which none of their words or patterns stands.
LOOK_BEYOND_WORDS: frozenset[RuleFunction] = frozenset(
    {
        celebrity_name,
        brand_unauthorized,
        attr_stack,
        origin_false,
        attr_conflict,
        offtopic_word,
        special_char,
        brand_stack,
        category_mismatch,
        repeat_keyword,
        missing_element,
        title_length,
    }
)


def rule_id(function: Callable[..., object]) -> str:
    """Return the id of the rule that `function` is."""
    return function.__name__.replace("_", "-")


_NAMED = tuple((rule_id(function), function) for function in RULES)
# What a seller calls the keys of a listing that a rule may ask for.
_KEYS = {
    "activities": "活动",
    "attributes": "属性",
    "authorised_brands": "授权品牌",
    "category": "类目",
    "certificates": "证书",
    "endorsements": "代言",
    "promotions": "促销",
    "services": "服务",
    "shipping": "运费",
    "shop_level": "店铺等级",
    "shop_type": "店铺类型",
    "siblings": "同店商品",
    "sku_options": "规格",
}


def find_violations(
    inspection: Inspection, book: Rulebook, is_near: Similarity | None = None
) -> CheckResult:
    """Return what is wrong with the title and what could not be decided, by position.

    One span has one rule: of overlapping findings the most specific rule's stays, violations before
    abstentions. `is_near` tells near-identical titles; without it only equal ones are near.
    """
    scan = read_scan(inspection, book)
    found = [
        (rank, name, finding)
        for rank, (name, function) in enumerate(_NAMED)
        if name in scan.hits or function in LOOK_BEYOND_WORDS
        for finding in function(scan, book)
    ]
    near = is_near or _is_equal
    found += [(len(RULES), DUPLICATE, f) for f in duplicate_listing(scan, book, near)]
    kept = _settle(found, book)
    title = inspection.title
    violations = [_violation(title, book.rules[name], f) for name, f in kept if f.needs is None]
    loud = (v for v in violations if not _is_silenced(v, book))
    return CheckResult(
        violations=tuple(sorted(loud, key=lambda v: (v.start, v.end, v.rule))),
        needs_evidence=tuple(
            sorted(
                (_needed(title, book.rules[name], f) for name, f in kept if f.needs is not None),
                key=lambda needed: (needed.start, needed.end, needed.rule),
            )
        ),
    )


def _is_equal(left: str, right: str) -> bool:
    return left == right


def _settle(found: Sequence[tuple[int, str, Finding]], book: Rulebook) -> list[tuple[str, Finding]]:
    """Return one finding per span: violations before abstentions before hints, then by rank."""
    kept: list[tuple[str, Finding]] = []
    for _, name, finding in sorted(found, key=lambda item: (_weight(item[2]), item[0])):
        is_local = book.rules[name].is_local
        if not is_local or not any(
            book.rules[other].is_local and _overlap(finding, taken) for other, taken in kept
        ):
            kept.append((name, finding))
    return kept


def _weight(finding: Finding) -> int:
    if finding.needs is not None:
        return 1
    return 2 if finding.severity is Severity.HINT else 0


def _overlap(left: Finding, right: Finding) -> bool:
    return left.start < right.end and right.start < left.end


def _violation(title: str, rule: Rule, finding: Finding) -> Violation:
    text = title[finding.start : finding.end]
    values = {"text": text, "against": finding.against or "无"}
    return Violation(
        rule=rule.rule_id,
        name=rule.name,
        severity=finding.severity or rule.severity,
        start=finding.start,
        end=finding.end,
        text=text,
        message=_filled(rule.message, values),
        penalty=rule.penalty,
        source=rule.source,
        suggestion=_filled(rule.suggestion, values),
    )


def _filled(template: str, values: dict[str, str]) -> str:
    return template.replace("{text}", values["text"]).replace("{against}", values["against"])


def _needed(title: str, rule: Rule, finding: Finding) -> EvidenceNeeded:
    text = title[finding.start : finding.end]
    key = finding.needs or ""
    return EvidenceNeeded(
        rule=rule.rule_id,
        key=key,
        start=finding.start,
        end=finding.end,
        text=text,
        message=f"“{text}”是否属实要看“{_KEYS.get(key, key)}”({key}),商品资料里没有这一项。",
    )


def _is_silenced(violation: Violation, book: Rulebook) -> bool:
    if violation.severity not in {Severity.HINT, Severity.LOW}:
        return False
    return bool({(violation.rule, violation.text), (violation.rule, "*")} & book.silenced)
