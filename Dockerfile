# Two stages on one base: the first builds wheels and an environment of them, the second only takes the environment.
# The base is an argument, so that it can be pinned: --build-arg BASE=python:3.13-slim@sha256:…
ARG BASE=python:3.13-slim

FROM ${BASE} AS build
WORKDIR /src
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
# --require-hashes: what is installed is what was locked, whatever the index says.
COPY requirements.build.lock requirements.runtime.lock ./
RUN python3 -m venv /opt/build && /opt/build/bin/pip install --quiet --require-hashes --requirement requirements.build.lock \
 && /opt/build/bin/pip wheel --quiet --wheel-dir /wheels --no-build-isolation --require-hashes --requirement requirements.runtime.lock
COPY pyproject.toml README.md LICENSE ./
COPY app app
COPY lexicon lexicon
COPY models models
RUN /opt/build/bin/pip wheel --quiet --wheel-dir /wheels --no-deps --no-build-isolation .
RUN python3 -m venv --without-pip /opt/biaoti \
 && /opt/build/bin/pip --python /opt/biaoti/bin/python install --quiet --no-index --no-deps /wheels/*.whl

FROM ${BASE}
# No byte code is written at run time: the file system may be read-only.
ENV PATH=/opt/biaoti/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
COPY --from=build /opt/biaoti /opt/biaoti
# The two folders that must be writable: the compiled lexicon with tried-out reports (may be a tmpfs), and keys and store.
RUN groupadd --system --gid 10001 biaoti && useradd --system --uid 10001 --gid biaoti --home-dir /var/lib/biaoti --shell /usr/sbin/nologin biaoti \
 && install --directory --owner=biaoti --group=biaoti --mode=0700 /var/cache/biaoti /var/lib/biaoti
USER 10001:10001
WORKDIR /var/lib/biaoti
ENV BIAOTI_CACHE_DIR=/var/cache/biaoti BIAOTI_KEYS_FILE=/var/lib/biaoti/keys.json XDG_DATA_HOME=/var/lib BIAOTI_HOST=0.0.0.0 BIAOTI_PORT=8000
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=3s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(f'http://127.0.0.1:{os.environ[\"BIAOTI_PORT\"]}/healthz', timeout=2).close()"]
STOPSIGNAL SIGTERM
CMD ["biaoti", "serve"]
