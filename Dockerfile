# The image: Hors les murs with PostgreSQL's client, and frpc for a Nextcloud that reaches external apps through HaRP.
#
#   docker build -t hors-les-murs .
#   docker build -t hors-les-murs --build-arg FRP_VERSION= .                   without frpc: it is of use to HaRP alone
#   docker build -t hors-les-murs --build-arg EXTRAS=postgres,demo .           with what `hors-les-murs demo` needs
#
# Tag and digest go together; a new tag needs its new digest. Any image of Debian with Python 3.11 or newer, pip and venv does.
ARG PYTHON_IMAGE=docker.io/library/python:3.13-slim-trixie
ARG PYTHON_DIGEST=@sha256:9d2e5553305c7c7b0097999bb17187c69b921ccd6bc9d40e4bb5ebe652c00285

FROM ${PYTHON_IMAGE}${PYTHON_DIGEST} AS packages
WORKDIR /build
RUN python3 -m venv --without-pip /opt/hors-les-murs
COPY requirements/run.txt requirements/
# --no-deps: the file is complete, and leaves out on purpose what would overwrite urllib3 (pyproject.toml, tool.uv).
RUN python3 -m pip --python /opt/hors-les-murs/bin/python install --no-cache-dir --disable-pip-version-check \
        --require-hashes --only-binary :all: --no-deps -r requirements/run.txt
COPY pyproject.toml README.md LICENSE CHANGELOG.md ./
COPY container/ container/
COPY calendars/ calendars/
COPY sidecar/ sidecar/
RUN python3 -m pip --python /opt/hors-les-murs/bin/python install --no-cache-dir --disable-pip-version-check \
        --no-deps --no-build-isolation --no-index .
ARG EXTRAS=postgres
RUN /opt/hors-les-murs/bin/python container/contents.py prune --extras "${EXTRAS}" \
    && cp container/start.sh container/health.py container/tunnel.py /opt/hors-les-murs/ && chmod 0555 /opt/hors-les-murs/start.sh

FROM ${PYTHON_IMAGE}${PYTHON_DIGEST} AS frpc
# The version that HaRP itself hands to external apps, and what its release page says of the two archives.
ARG FRP_VERSION=0.61.1
ARG FRP_SHA256_AMD64=bff260b68ca7b1461182a46c4f34e9709ba32764eed30a15dd94ac97f50a2c40
ARG FRP_SHA256_ARM64=af6366f2b43920ebfe6235dba6060770399ed1fb18601e5818552bd46a7621f8
COPY container/frpc.py /build/frpc.py
RUN python3 /build/frpc.py --release "${FRP_VERSION}" --amd64 "${FRP_SHA256_AMD64}" --arm64 "${FRP_SHA256_ARM64}" --into /frpc

FROM ${PYTHON_IMAGE}${PYTHON_DIGEST}
# The folders are made here because a new volume takes its owner from the image: /data standalone, the next one where
# Nextcloud's AppAPI mounts its volume, /certs/frp where HaRP puts its certificates, as this user.
RUN groupadd --system --gid 10001 hors-les-murs \
    && useradd --system --uid 10001 --gid 10001 --home-dir /data --no-create-home --shell /usr/sbin/nologin hors-les-murs \
    && install -d -o 10001 -g 10001 -m 0700 /data /nc_app_hors_les_murs_data /certs/frp
COPY --from=frpc /frpc/ /usr/local/bin/
COPY --from=packages /opt/hors-les-murs /opt/hors-les-murs
# XDG_DATA_HOME and no HLM_DATA_DIR: what AppAPI says of its volume comes before it.
ENV PATH=/opt/hors-les-murs/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    LANG=C.UTF-8 \
    HOME=/data \
    XDG_DATA_HOME=/data
LABEL org.opencontainers.image.title="Hors les murs" \
      org.opencontainers.image.licenses="AGPL-3.0-or-later"
USER 10001:10001
WORKDIR /data
EXPOSE 8765
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=4 CMD ["python3", "/opt/hors-les-murs/health.py"]
ENTRYPOINT ["/opt/hors-les-murs/start.sh"]
CMD ["serve"]
