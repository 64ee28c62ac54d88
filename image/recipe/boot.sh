#!/usr/bin/env bash
#
# What starts a slot: the small initramfs, and the files of its boot partition.
# `boot.sh` in the workshop, after rootfs.sh.

set -euo pipefail

readonly work=/work root=/work/root boot=/work/boot here=/src/image/boot
export SOURCE_DATE_EPOCH LC_ALL=C.UTF-8
version=$(cat "$work/kernel-version")
readonly modules=$boot/usr/lib/modules/$version

# Drivers and what they need, unpacked: the kernel's loader in a small initramfs
# knows no compression that costs no time.
initramfs() {
    local tree=$work/initrd module file
    rm -rf "$tree" && mkdir -p "$tree"/{bin,dev,proc,sys,root,"lib/modules/$version"}
    cp "$boot"/usr/bin/busybox "$tree/bin/"
    install -m 755 "$here/init" "$tree/init"
    while read -r module; do
        modinfo --basedir "$root" --set-version "$version" "$module" >/dev/null ||
            { echo "this kernel has no module $module: see image/boot/modules"; return 1; }
    done <"$here/modules"
    cp "$here/modules" "$tree/modules"
    xargs -n 1 modprobe --dirname "$root" --set-version "$version" --show-depends --ignore-install \
        <"$here/modules" | awk '$1 == "insmod" { print $2 }' | sort -u |
        while read -r file; do
            file=${file#"$root"}
            mkdir -p "$tree/$(dirname "$file")"
            xz --decompress --stdout "$root/$file" >"$tree/${file%.xz}"
        done
    cp "$modules"/modules.{order,builtin,builtin.modinfo} "$tree/lib/modules/$version/"
    depmod --basedir "$tree" "$version"
    rm -f "$tree/lib/modules/$version"/*.bin "$tree/lib/modules/$version/modules.builtin.modinfo"
    find "$tree" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
    (cd "$tree" && find . | sort | cpio --quiet --create --format=newc --owner=0:0 --reproducible) |
        zstd -q -19 --stdout >"$work/initrd.img"
}

# slot NAME ROOT: the files of a slot's boot partition in a directory.
slot() {
    local tree=$work/slot-$1
    rm -rf "$tree" && mkdir -p "$tree/overlays"
    gzip --no-name -6 <"$modules/vmlinuz" >"$tree/vmlinuz"
    cp "$work/initrd.img" "$tree/"
    cp "$modules"/dtb/broadcom/bcm2{711,712,837}*.dtb "$tree/"
    cp "$boot"/usr/lib/raspi-firmware/{bootcode.bin,start.elf,fixup.dat,start4.elf,fixup4.dat} "$tree/"
    cp "$boot"/usr/lib/raspi-firmware/overlays/*.dtbo "$tree/overlays/"
    cp "$here/config.txt" "$tree/"
    printf 'root=PARTUUID=%s ro quiet loglevel=3 panic=10 systemd.show_status=no transparent_hugepage=never\n' "$2" >"$tree/cmdline.txt"
}

"$@"
