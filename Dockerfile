# The studio without torch. docs/install.md says how to run it, and how its steps are tested without a Docker engine.
FROM python:3.12-slim-bookworm AS build
WORKDIR /opt/understudy
COPY . .
RUN ./understudy doctor

FROM python:3.12-slim-bookworm
RUN apt-get update \
    && apt-get install -y --no-install-recommends libegl1 libgl1-mesa-dri \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 1000 --groups video,dialout understudy \
    && install -d -o understudy /data
COPY --from=build /opt/understudy /opt/understudy
USER understudy
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --start-period=10s --interval=10s --timeout=5s CMD ["/opt/understudy/.venv/bin/python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/health/ready', timeout=4)"]
ENTRYPOINT ["/opt/understudy/understudy", "--data-dir", "/data"]
