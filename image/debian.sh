#!/usr/bin/env bash
#
# Debian as it comes, for the boot test to be measured against: the packages that
# debootstrap installs, the unit's kernel with all its modules, nothing configured.
# `debian.sh DIRECTORY` puts Image, initrd.img, the device tree and card.img there;
# the root is made once and cached. Its programs run while it is made, under
# qemu-user: the kernel is told for that time how to run them (binfmt_misc).

set -euo pipefail
umask 022

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=./setup/say.sh
. "$here/setup/say.sh"
# shellcheck source=./setup/packages.sh
. "$here/setup/packages.sh"
# shellcheck source=./recipe/packages.sh
. "$here/recipe/packages.sh"
# shellcheck source=./workshop.sh
. "$here/workshop.sh"

readonly cache=${XDG_CACHE_HOME:-$HOME/.cache}/deskphone/image out=$1
readonly handlers=/proc/sys/fs/binfmt_misc handler=deskphone-$architecture
[[ -d $cache/workshop/usr ]] || fail 'there is no workshop yet' 'run: make image'
workshop=$(readlink -f "$cache/workshop")
work=$cache/debian
mkdir -p "$work" "$out"

bootstrap() {
    local magic='\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00'
    local mask='\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff'
    as_root modprobe -q binfmt_misc || true
    [[ -e $handlers/register ]] || as_root mount -t binfmt_misc binfmt_misc "$handlers" || return
    trap 'echo -1 | as_root tee "$handlers/$handler" >/dev/null' EXIT
    [[ -e $handlers/$handler ]] ||
        printf '%s' ":$handler:M::$magic:$mask:$workshop/usr/bin/qemu-aarch64:OCF" |
        as_root tee "$handlers/register" >/dev/null
    as_root mmdebstrap --skip=check/qemu --variant=important --architectures="$architecture" \
        "$debian_suite" "$work/root.tar.new" "$cache/apt/unit.sources" &&
        mv "$work/root.tar.new" "$work/root.tar"
}

# shellcheck disable=SC2016  # expanded by the shell within
assemble() {
    cp "$cache/work/kernel"/linux-modules-*.deb "$work/" &&
        cp -r "$cache/work/initrd" "$cache/work/kernel-version" "$work/" &&
        inside "$workshop" "$here/.." "$work" bash -euc '
            cd /work
            rm -rf root && mkdir root
            tar --extract --directory=root --file=root.tar
            dpkg-deb --fsys-tarfile linux-modules-*.deb | tar --extract --directory=root --keep-directory-symlink
            depmod --basedir root "$(cat kernel-version)"
            rm -f card.img && truncate --size=1G card.img
            mke2fs -q -t ext4 -d root card.img
            printf "%s\n" "#!/bin/busybox sh" \
                "export PATH=/bin" \
                "busybox mount -t devtmpfs devtmpfs /dev" \
                "echo user space begins >/dev/console" \
                "busybox mount -t proc proc /proc" \
                "busybox mount -t sysfs sysfs /sys" \
                "busybox modprobe -qa \$(busybox cat /modules)" \
                "until busybox mount -t ext4 /dev/mmcblk0 /root 2>/dev/null; do busybox sleep 0.1; done" \
                "busybox umount /sys /proc" \
                "exec busybox switch_root /root /sbin/init" >initrd/init
            (cd initrd && find . | cpio --quiet --create --format=newc) | zstd -q >initrd.img
            rm -rf root initrd
        '
}

log=$work/build.log
if [[ ! -f $work/root.tar ]]; then
    step 'Making the Debian to compare with' "$log" bootstrap || fail 'no Debian could be made' "see $log"
fi
if [[ $(cat "$work/assembled" 2>/dev/null) != "$(cat "$cache/work/base.key")" ]]; then
    step 'Putting it on a card' "$log" assemble || fail 'it could not be put on a card' "see $log"
    cp "$cache/work/base.key" "$work/assembled"
fi
cp --sparse=always "$work/card.img" "$work/initrd.img" "$out/"
gzip --decompress --stdout "$cache/work/slot-a/vmlinuz" >"$out/Image"
cp "$cache/work/slot-a/bcm2837-rpi-3-b.dtb" "$out/"
