"""What an operator watches, in Prometheus' text form; summed over workers where there are many."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from biaoti.records import CheckReport, Proposal, Versions

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
_SECONDS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.8, 1.5, 3, 10)
_GAPS = (0.0, 0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5)


class Metrics:
    """The measures of one process, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        own = self.registry
        self.requests = Histogram(
            "biaoti_request_seconds",
            "Time from request to answer.",
            ("method", "route", "status"),
            buckets=_SECONDS,
            registry=own,
        )
        self.refusals = Counter(
            "biaoti_problems_total", "Requests answered with a problem.", ("code",), registry=own
        )
        self.violations = Counter(
            "biaoti_violations_total",
            "Findings in checked titles.",
            ("rule", "severity"),
            registry=own,
        )
        self.suggestions = Counter(
            "biaoti_suggestions_total",
            "Titles proposed, by the state of the proof.",
            ("status",),
            registry=own,
        )
        self.solving = Histogram(
            "biaoti_suggest_seconds", "Time to find a proposal.", buckets=_SECONDS, registry=own
        )
        self.gaps = Histogram(
            "biaoti_suggest_gap", "Distance left unproved, 0 to 1.", buckets=_GAPS, registry=own
        )
        self.waiting = Gauge(
            "biaoti_waiting",
            "Requests waiting for a place.",
            ("lane",),
            multiprocess_mode="livesum",
            registry=own,
        )
        self.rows = Counter(
            "biaoti_report_rows_total", "Rows of imported reports.", ("fate",), registry=own
        )
        self.versions = Gauge(
            "biaoti_versions",
            "1 for what is served now.",
            ("lexicon", "data", "model"),
            multiprocess_mode="livemax",
            registry=own,
        )
        self.swaps = Counter(
            "biaoti_swaps_total", "New data taken or refused.", ("result",), registry=own
        )
        self.refused_version = Gauge(
            "biaoti_refused_version",
            "1 while a newer version lies there that is broken; the last good one serves.",
            multiprocess_mode="livemax",
            registry=own,
        )
        self.rate_store_errors = Counter(
            "biaoti_rate_store_errors_total",
            "Rate limits reckoned without the shared store.",
            registry=own,
        )
        self._served: tuple[str, str, str] | None = None

    def observe(self, answer: object, seconds: float) -> None:
        """Take note of an answer: findings of a check, proof of a proposal."""
        if isinstance(answer, CheckReport):
            for found in answer.violations:
                self.violations.labels(found.rule, found.severity.value).inc()
        elif isinstance(answer, Proposal):
            self.suggestions.labels(answer.best.status.value).inc()
            self.solving.observe(seconds)
            self.gaps.observe(answer.best.gap)

    def serve(self, versions: Versions) -> None:
        """Take note of what is served from now on."""
        labels = (versions.lexicon, versions.data or "", versions.model or "")
        if self._served not in {None, labels}:
            self.versions.labels(*self._served).set(0)
        self._served = labels
        self.versions.labels(*labels).set(1)

    def text(self) -> bytes:
        """Return all measures, those of the other workers included."""
        folder = os.environ.get(FOLDER)
        if not folder:
            return generate_latest(self.registry)
        _forget_the_dead(Path(folder))
        registry = CollectorRegistry()
        MultiProcessCollector(registry, folder)  # type: ignore[no-untyped-call] # published without types
        return generate_latest(registry)


def _forget_the_dead(folder: Path) -> None:
    """Drop the live gauges of workers that are gone, killed ones included."""
    for path in folder.glob("gauge_live*_*.db"):
        pid = int(path.stem.rpartition("_")[2])
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            with suppress(FileNotFoundError):
                mark_process_dead(pid, str(folder))  # type: ignore[no-untyped-call] # as above
        except PermissionError:
            continue
