# Iibun as an image: `docker build --tag iibun .` (docs/ja/container.md). It needs a container builder and, while it
# builds, the network; what runs needs neither. The root file system may be read-only: it writes to /store and /tmp.

FROM python:3.11-slim-bookworm AS build
WORKDIR /src
RUN python -m venv /opt/iibun
COPY requirements.lock ./
RUN /opt/iibun/bin/python -m pip install --no-cache-dir --require-hashes --no-deps --requirement requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY kg kg
COPY ingest ingest
COPY iibun iibun
COPY data data
RUN /opt/iibun/bin/python -m pip install --no-cache-dir --no-deps --no-build-isolation . \
 && /opt/iibun/bin/python -m pip uninstall --yes hatchling editables pip

FROM python:3.11-slim-bookworm
LABEL org.opencontainers.image.title="Iibun" \
      org.opencontainers.image.description="Who said what in Japanese news, on what evidence" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN groupadd --gid 10001 iibun \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin iibun \
 && install --directory --owner=10001 --group=10001 --mode=0750 /store
COPY --from=build /opt/iibun /opt/iibun
ENV PATH=/opt/iibun/bin:$PATH \
    HOME=/tmp \
    IIBUN_STORE=/store/claims \
    OMP_NUM_THREADS=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    XDG_DATA_HOME=/store
WORKDIR /store
USER 10001:10001
VOLUME ["/store"]
EXPOSE 8501
# needs no login; http.client, since it ignores the settings of a proxy
HEALTHCHECK --interval=30s --timeout=5s --start-period=2m --retries=3 \
  CMD ["python", "-c", "import http.client as h; c = h.HTTPConnection('127.0.0.1', 8501, timeout=4); c.request('GET', '/_stcore/health'); raise SystemExit(c.getresponse().status != 200)"]
ENTRYPOINT ["iibun"]
CMD ["serve", "--host", "0.0.0.0"]
