#!/usr/bin/env bash
# Runs a command with the rights that the network tests need and that an ordinary user lacks:
#
#   tests/peers/isolated.sh pytest tests
#
# As root it simply runs it. Otherwise it makes a user, a network and a mount namespace, in which the
# user is root over nothing but a loopback interface; where the system forbids that, the command
# still runs, and the tests that need a network of their own are skipped with their reason.
set -euo pipefail

if [ "$(id -u)" -ne 0 ]; then
    if unshare --map-root-user --net --mount true 2>/dev/null; then
        # shellcheck disable=SC2016  # expanded by the inner shell
        exec unshare --map-root-user --net --mount bash -c \
            'mount -t tmpfs tmpfs /run && ip link set lo up && exec "$@"' isolated "$@"
    fi
    echo 'isolated: no user namespaces here; tests that need a network of their own are skipped' >&2
fi
exec "$@"
