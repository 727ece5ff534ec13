# The studio without torch, for amd64 and arm64. docs/deployment.md says how to run it, and how its steps are tested
# without a Docker engine.
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
ENV UNDERSTUDY_DATA_DIR=/data
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --start-period=10s --interval=10s --timeout=5s CMD ["/opt/understudy/.venv/bin/python", "-P", "/opt/understudy/docs/examples/healthy.py"]
ENTRYPOINT ["/opt/understudy/understudy"]
# Others can reach a container: people sign in, so it serves once there is an account.
CMD ["serve", "--host", "0.0.0.0"]
