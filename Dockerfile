# One image for web, worker, beat and the one-shot migration: only the command differs.
#
# A site that installs through its own package mirror hands its pip.conf to the build as a secret:
#   docker build --secret id=pip_conf,src=pip.conf .
# Nothing about it stays in the image. Without it pip is used as it comes.

FROM python:3.11-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/venv
WORKDIR /app
COPY requirements.txt ./
RUN --mount=type=secret,id=pip_conf,target=/etc/pip.conf \
    /opt/venv/bin/pip install --require-hashes --only-binary :all: -r requirements.txt
COPY . .
# Names, hashes and pre-compressed copies of the static files, as production serves them. Nothing is connected to:
# the values only have to look like settings of a production that starts.
RUN DJANGO_ENV=prod SECRET_KEY=used-by-collectstatic-in-the-build-and-never-again-0123456789 \
    ALLOWED_HOSTS=build.invalid SITE_URL=https://build.invalid \
    DATABASE_URL=postgres://build@127.0.0.1/build REDIS_URL=redis://127.0.0.1/0 \
    /opt/venv/bin/python manage.py collectstatic --noinput \
    && /opt/venv/bin/python -m compileall -q /app

FROM python:3.11-slim
ENV PATH=/opt/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
RUN groupadd --gid 10001 throughline \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin throughline \
    && install -d -o 10001 -g 10001 -m 0750 /srv/media
COPY --from=build /opt/venv /opt/venv
# Owned by root: what runs cannot change what it runs.
COPY --from=build /app /app
WORKDIR /app
USER 10001:10001
EXPOSE 8000
STOPSIGNAL SIGTERM
# Health is asked per process by docker-compose.yml; the three processes have three answers.
CMD ["gunicorn", "config.wsgi:application", "--bind", "0.0.0.0:8000", "--worker-class", "gthread"]
