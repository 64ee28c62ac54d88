"""The network of a unit: systemd-networkd as the image has it, in namespaces of its own."""

from __future__ import annotations

from pathlib import Path

NETWORKD = Path("/usr/lib/systemd/systemd-networkd")
BEGIN = f"""
set -e
ip link set lo up
mount -t tmpfs tmpfs /run; mount -t tmpfs tmpfs /etc/systemd/network
mount -o remount,bind,ro /sys
mkdir -p /run/systemd/netif/links /run/systemd/netif/leases /run/systemd/netif/lldp
chown -R systemd-network /run/systemd/netif
printf '[Match]\\nType=ether\\n[Network]\\nDHCP=ipv4\\n[DHCPv4]\\nClientIdentifier=mac\\n' \\
    >/etc/systemd/network/20-wired.network
sysctl -qw net.ipv4.ip_unprivileged_port_start=68
networkd() {{ exec {NETWORKD} >/dev/null 2>&1; }}
"""
"""Begins a script of bash in a network and a mount namespace, where `networkd &` starts it."""
UNPRIVILEGED = "setpriv --bounding-set=-all --inh-caps=-all --no-new-privs"
"""Runs a command as the phone is run."""


def why_not() -> str | None:
    """What is missing for networkd to run here, besides a namespace; None if nothing."""
    if not NETWORKD.exists():
        return "this machine has no systemd-networkd"
    if Path("/proc/self/uid_map").read_text().split() != ["0", "0", "4294967295"]:
        return "networkd changes its user: run this test as root"
    return None
