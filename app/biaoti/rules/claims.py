"""Claims about effect, health, certificates, honours, the state and the supernatural."""

from __future__ import annotations

from collections.abc import Iterator

from biaoti.rules.book import Rulebook
from biaoti.rules.evidence import vouching
from biaoti.rules.scan import Finding, Hit, Scan

_NEVER = "never"


def superlative(scan: Scan, book: Rulebook) -> Iterator[Finding]:
    """Yield absolute words and ranks without ground; a certificate with the same words is one."""
    del book
    for hit in scan.hits_of("superlative"):
        if not _is_proved(scan, hit):
            yield scan.finding(hit)


def effect_guarantee(scan: Scan, book: Rulebook) -> Iterator[Finding]:
    """Yield promised effects, promised outcomes, promises of no harm."""
    del book
    yield from scan.findings("effect-guarantee")


def breastmilk_claim(scan: Scan, book: Rulebook) -> Iterator[Finding]:
    """Yield claims to replace mother's milk; bottles and teats only imitate the breast."""
    del book
    yield from scan.findings("breastmilk-claim")


def taboo_content(scan: Scan, book: Rulebook) -> Iterator[Finding]:
    """Yield superstition, gambling, vulgarity."""
    del book
    yield from scan.findings("taboo-content")


def state_symbol(scan: Scan, book: Rulebook) -> Iterator[Finding]:
    """Yield the state, its organs, its army as a selling point."""
    del book
    yield from scan.findings("state-symbol")


def medical_claim(scan: Scan, book: Rulebook) -> Iterator[Finding]:
    """Yield words of treatment on goods that are neither drug nor medical device."""
    del book
    for hit in scan.hits_of("medical-claim"):
        if scan.classes is None:
            yield Finding(start=hit.start, end=hit.end, needs="category")
        else:
            yield scan.finding(hit)


def efficacy_uncertified(scan: Scan, book: Rulebook) -> Iterator[Finding]:
    """Yield health and special cosmetic effects without the approval they need."""
    del book
    for hit in scan.hits_of("efficacy-uncertified"):
        if scan.classes is None:
            yield Finding(start=hit.start, end=hit.end, needs="category")
        else:
            yield from _certified(scan, hit)


def cert_unbacked(scan: Scan, book: Rulebook) -> Iterator[Finding]:
    """Yield certifications and patents that no certificate shows."""
    del book
    for hit in scan.hits_of("cert-unbacked"):
        yield from _certified(scan, hit)


def honor_unbacked(scan: Scan, book: Rulebook) -> Iterator[Finding]:
    """Yield honours and endorsements without proof; 驰名商标 may never be advertised."""
    del book
    for hit in scan.hits_of("honor-unbacked"):
        if hit.word.kind == _NEVER:
            yield scan.finding(hit)
        else:
            yield from _certified(scan, hit)


def _is_proved(scan: Scan, hit: Hit) -> bool:
    claim = scan.text[hit.start : hit.end]
    return any(vouching(scan.listing.certificates or (), (claim,), scan.inspection.today))


def _certified(scan: Scan, hit: Hit) -> Iterator[Finding]:
    certificates = scan.listing.certificates
    if certificates is None:
        yield Finding(start=hit.start, end=hit.end, needs="certificates")
        return
    wanted = (*hit.word.backed_by, scan.text[hit.start : hit.end])
    if not any(vouching(certificates, wanted, scan.inspection.today)):
        yield scan.finding(hit, against="、".join(certificates))
