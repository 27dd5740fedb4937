"""What an operator watches, in Prometheus' text form; summed over workers where there are many."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from biaoti.records import CheckReport, Proposal, Versions

Mode = Literal["max", "sum"]
FOLDER = "PROMETHEUS_MULTIPROC_DIR"
_SECONDS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.8, 1.5, 3, 10)
_GAPS = (0.0, 0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5)


class Metrics:
    """The measures of one process, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        route = ("method", "route", "status")
        self.requests = self._times("request_seconds", "Time from request to answer.", route)
        self.solving = self._times("suggest_seconds", "Time to find a proposal.")
        self.gaps = Histogram(
            "biaoti_suggest_gap",
            "Distance left unproved, 0 to 1.",
            buckets=_GAPS,
            registry=self.registry,
        )
        self.refusals = self._count("problems", "Requests answered with a problem.", "code")
        self.violations = self._count(
            "violations", "Findings in checked titles.", "rule", "severity"
        )
        self.suggestions = self._count("suggestions", "Titles proposed, by proof.", "status")
        self.rows = self._count("report_rows", "Rows of imported reports.", "fate")
        self.swaps = self._count("swaps", "New data taken or refused.", "result")
        self.rate_store_errors = self._count(
            "rate_store_errors", "Rate limits reckoned without the shared store."
        )
        self.waiting = self._state("waiting", "Requests waiting for a place.", "lane", mode="sum")
        self.versions = self._state(
            "versions", "1 for what is served now.", "lexicon", "data", "model"
        )
        self.refused_version = self._state(
            "refused_version", "1 while newer data lies there that is broken; the old serves."
        )
        self._served: tuple[str, str, str] | None = None

    def _times(self, name: str, told: str, labels: tuple[str, ...] = ()) -> Histogram:
        return Histogram(f"biaoti_{name}", told, labels, buckets=_SECONDS, registry=self.registry)

    def _count(self, name: str, told: str, *labels: str) -> Counter:
        return Counter(f"biaoti_{name}", told, labels, registry=self.registry)

    def _state(self, name: str, told: str, *labels: str, mode: Mode = "max") -> Gauge:
        """Return a gauge; of several workers that live the largest is shown, or their sum."""
        kind: Any = f"live{mode}"
        return Gauge(f"biaoti_{name}", told, labels, multiprocess_mode=kind, registry=self.registry)

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
