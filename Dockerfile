# Two stages: the first builds our wheel and every dependency that comes as source, the second only installs them.
FROM python:3.13-slim AS build
WORKDIR /src
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
# --require-hashes: what is installed is what was locked, whatever the index says.
COPY requirements.build.lock requirements.runtime.lock ./
RUN pip install --require-hashes --requirement requirements.build.lock
RUN pip wheel --wheel-dir /wheels --no-build-isolation --require-hashes --requirement requirements.runtime.lock
COPY pyproject.toml README.md LICENSE ./
COPY app app
COPY lexicon lexicon
COPY models models
RUN pip wheel --wheel-dir /wheels --no-deps --no-build-isolation .

FROM python:3.13-slim
ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN --mount=type=bind,from=build,source=/wheels,target=/wheels \
    pip install --no-cache-dir --no-index --no-deps --root-user-action=ignore /wheels/*.whl \
 && useradd --system --create-home --home-dir /home/biaoti --shell /usr/sbin/nologin biaoti \
 && install --directory --owner=biaoti --group=biaoti --mode=0700 /home/biaoti/.cache /home/biaoti/.cache/biaoti
USER biaoti
WORKDIR /home/biaoti
# The compiled lexicon is kept in a folder that belongs to this user alone (docs/adr/0003).
ENV XDG_CACHE_HOME=/home/biaoti/.cache
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=3s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/healthz', timeout=2).close()"]
CMD ["biaoti", "serve", "--host", "0.0.0.0", "--port", "8000"]
