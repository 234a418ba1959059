#!/bin/sh
# Locks the sets of requirements/*.in with hashes and without any host, for every platform.
set -eu
cd "$(dirname "$0")/../requirements"
for set in runtime build node dev; do
  constraints=$([ $set = runtime ] || echo "--constraints runtime.txt")
  # shellcheck disable=SC2086
  uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
    --no-strip-extras --no-annotate --no-header ${UPGRADE:+--upgrade} $constraints $set.in --output-file $set.txt
done
