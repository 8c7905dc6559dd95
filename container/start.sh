#!/bin/sh
# What the container starts: frpc where Nextcloud reaches us through HaRP, then hors-les-murs in its place, so that signals
# reach it. What is given behind the image's name is a command of hors-les-murs; `serve` where nothing is.
set -eu

say() { echo "hors-les-murs: $*" >&2; }

# Nextcloud's AppAPI says where to listen; without it nobody outside could reach 127.0.0.1.
if [ -z "${APP_SECRET:-}" ]; then
    export HLM_HOST="${HLM_HOST:-0.0.0.0}"
fi

folder="${HLM_DATA_DIR:-${APP_PERSISTENT_STORAGE:-${XDG_DATA_HOME:-/data}}}"
if [ ! -w "$folder" ]; then
    say "user $(id -u) may not write into $folder. Give the volume to that user (chown $(id -u):$(id -g))."
    exit 73
fi

if [ "${1:-}" = serve ] && [ -n "${HP_SHARED_KEY:-}" ]; then
    if ! command -v frpc >/dev/null; then
        say "HP_SHARED_KEY is set and there is no frpc here: this image was built with an empty FRP_VERSION."
        exit 78
    fi
    python3 "${0%/*}/tunnel.py" /tmp/frpc.toml
    frpc -c /tmp/frpc.toml &
    echo $! >/tmp/frpc.pid
fi

exec hors-les-murs "$@"
