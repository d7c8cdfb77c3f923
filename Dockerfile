# Two stages keep the build tools out of the final image, which has only Python, the bot and its dependencies.
FROM python:3.13-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /src
RUN python -m venv /opt/bot
COPY requirements.txt requirements-build.txt ./
RUN /opt/bot/bin/python -m pip install --no-deps --only-binary :all: --require-hashes -r requirements.txt -r requirements-build.txt
COPY pyproject.toml README.md LICENSE ./
COPY bot bot
COPY core core
COPY handlers handlers
COPY storage storage
COPY sandbox sandbox
RUN /opt/bot/bin/python -m pip install --no-deps --no-build-isolation . \
    && /opt/bot/bin/python -m pip uninstall --yes setuptools pip

FROM python:3.13-slim-bookworm
# The image of Python has no bytecode for the standard library, and the bot's user can't write any: every start would
# compile 200 modules.
RUN python -m compileall -q -j 0 "$(python -c 'import os; print(os.path.dirname(os.__file__))')"
RUN useradd --uid 10001 --user-group --create-home --home-dir /app bot && install -d -o bot -g bot /app/data
COPY --from=build /opt/bot /opt/bot
WORKDIR /app
# A numeric id, so that the platform can verify that the user isn't root.
USER 10001
ENV PATH=/opt/bot/bin:$PATH PYTHONUNBUFFERED=1 LOG_FORMAT=json HOST=0.0.0.0
VOLUME /app/data
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(f\"http://127.0.0.1:{os.environ.get('PORT') or 8080}/healthz\", timeout=4)"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["imagine-bot"]
CMD ["run"]
