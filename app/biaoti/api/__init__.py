"""The HTTP face: FastAPI app, guards, page."""

from fastapi import FastAPI as Application

from biaoti.api.app import create_app
from biaoti.api.logs import configure as configure_logs
from biaoti.api.metrics import FOLDER as METRICS_FOLDER
from biaoti.api.swap import Live, Source

__all__ = ["METRICS_FOLDER", "Application", "Live", "Source", "configure_logs", "create_app"]
