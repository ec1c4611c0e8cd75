# syntax=docker/dockerfile:1
#
# llamachat serve in a container: one model behind OpenAI's protocol.
#
#   docker build -t llamachat .
#   docker run --rm -p 127.0.0.1:8080:8080 -e LLAMACHAT_API_KEY=… \
#       -v /path/to/model.gguf:/models/model.gguf:ro -v llamachat:/var/lib/llamachat llamachat
#
# How this file was checked: by reading, and by running its steps in their order in a plain folder
# on Debian 12 with Python 3.11: copy, bootstrap (the whole engine), extras, serve from a first start
# with an empty home, health check, a chat with the key, the refusal without one, stop. No container
# engine was at hand: the image itself has never been built, and what only an image has (stages, the
# user, the volume, the timing of the health check) has been read, not run.
#
# The engine is built for the processor of the machine that builds the image. For an image that is
# to run on others too (from AVX2 on): --build-arg LLAMACHAT_CMAKE_ARGS=-DGGML_NATIVE=OFF
# Which kernels really run is tried at the first start, by the machine it then runs on, and kept in
# /var/lib/llamachat.

ARG PYTHON=3.12-slim-bookworm

FROM python:${PYTHON} AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends build-essential \
    && rm -rf /var/lib/apt/lists/*
ARG LLAMACHAT_CMAKE_ARGS=""
# Where the environment is made it stays: its programs know their own path.
WORKDIR /opt/llamachat
COPY pyproject.toml README.md LICENSE NOTICE ./
COPY scripts/bootstrap.py scripts/
COPY prompts prompts
COPY src src
RUN LLAMACHAT_HOME=/build python3 scripts/bootstrap.py \
    && .venv/bin/pip install --no-cache-dir --editable ".[server]" \
    && rm -rf /build

FROM python:${PYTHON}
# OpenMP, with which the engine's threads share their work.
RUN apt-get update \
    && apt-get install -y --no-install-recommends libgomp1 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --user-group --no-create-home --home-dir /var/lib/llamachat llamachat \
    && install -d -o llamachat -g llamachat -m 700 /var/lib/llamachat
COPY --from=build /opt/llamachat /opt/llamachat
ENV PATH=/opt/llamachat/.venv/bin:$PATH \
    LLAMACHAT_HOME=/var/lib/llamachat \
    PYTHONDONTWRITEBYTECODE=1
USER llamachat
WORKDIR /var/lib/llamachat
VOLUME /var/lib/llamachat
EXPOSE 8080
# A model is loaded in seconds, 7 billion parameters from a slow disk in a minute.
HEALTHCHECK --interval=30s --timeout=5s --start-period=120s --retries=3 CMD \
    python -c "from urllib.request import urlopen as o; o('http://127.0.0.1:8080/health', timeout=4)"
# An address that others can reach is refused without a key: LLAMACHAT_API_KEY, or --api-key-file.
ENTRYPOINT ["llamachat", "serve", "--host", "0.0.0.0", "--port", "8080"]
CMD ["-m", "/models/model.gguf"]
