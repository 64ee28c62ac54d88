#!/usr/bin/env bash
#
# Puts the card together from its parts, without mounting anything: `card.sh` in the
# workshop, after rootfs.sh and boot.sh. The second slot is empty until an update.

set -euo pipefail

readonly work=/work root=/work/root boot=/src/image/boot
export SOURCE_DATE_EPOCH LC_ALL=C.UTF-8 MTOOLS_SKIP_CHECK=1
eval "$(python3 /src/image/recipe/layout.py shell)"

# The same bytes from the same files: no date but the source's, no chance.
readonly fixed_uuid=5e1f0a1c-0000-4000-8000-0000000de5c0

# lz4 and a block of its own for each file cost 5 MB of download; Python's start reads
# hundreds of small files, and need not unpack its neighbours for each of them.
root_image() {
    rm -f "$work/root.squashfs"
    # Which of the two tells it the date: it takes but one.
    env --unset=SOURCE_DATE_EPOCH mksquashfs "$root" "$work/root.squashfs" -quiet -no-progress -comp lz4 -Xhc \
        -b 64K -no-fragments -all-root -no-xattrs -no-exports -noappend -reproducible \
        -mkfs-time "$SOURCE_DATE_EPOCH" -all-time "$SOURCE_DATE_EPOCH"
    local size
    size=$(stat --format=%s "$work/root.squashfs")
    # shellcheck disable=SC2154  # from layout.py
    ((size <= root_a_size)) || { echo "the root has $size bytes, its partition $root_a_size"; return 1; }
}

# fat FILE SIZE LABEL SERIAL [DIRECTORY]; FAT32 needs 65,525 clusters, FAT16 fewer.
fat() {
    local file
    rm -f "$1"
    truncate --size="$2" "$1"
    local -a kind=(-F 32 -s 1)
    (($2 >= 64 << 20)) || kind=(-F 16 -s 4)
    mkfs.vfat "${kind[@]}" -n "$3" -i "$4" --invariant "$1" >/dev/null
    [[ -z ${5-} ]] && return
    find "$5" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
    # One after the other in a fixed order: the directory lists them as they came.
    find "$5" -mindepth 1 -type d -printf '%P\n' | sort |
        while read -r file; do mmd -i "$1" "::$file"; done
    find "$5" -type f -printf '%P\n' | sort |
        while read -r file; do mcopy -m -i "$1" "$5/$file" "::$file"; done
}

settings() {
    local tree=$work/settings
    rm -rf "$tree" && mkdir -p "$tree"
    cp "$boot"/{autoboot.txt,deskphone-example.toml} /work/boot/usr/lib/raspi-firmware/bootcode.bin "$tree/"
    sed 's/$/\r/' "$boot/README.txt" >"$tree/README.txt"
    # shellcheck disable=SC2154
    fat "$work/settings.img" "$settings_size" DESKPHONE de5c0001 "$tree"
}

# shellcheck disable=SC2154
slots() {
    /src/image/recipe/boot.sh slot a "$root_a_uuid"
    fat "$work/boot-a.img" "$boot_a_size" BOOT-A de5c000a "$work/slot-a"
    fat "$work/boot-b.img" "$boot_b_size" BOOT-B de5c000b
}

data() {
    local tree=$work/data
    rm -rf "$tree" && mkdir -p "$tree"/{deskphone,timesync}
    chmod 700 "$tree/deskphone"
    chown "$(awk -F: '$1 == "deskphone" { print $3 ":" $4 }' "$root/etc/passwd")" "$tree/deskphone"
    chown "$(awk -F: '$1 == "systemd-timesync" { print $3 ":" $4 }' "$root/etc/passwd")" "$tree/timesync"
    find "$tree" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
    rm -f "$work/data.img"
    # shellcheck disable=SC2154
    truncate --size="$data_size" "$work/data.img"
    # Room for the group descriptors of 64 GB; metadata carries checksums.
    E2FSPROGS_FAKE_TIME=$SOURCE_DATE_EPOCH mke2fs -q -t ext4 -L data -U "$fixed_uuid" -d "$tree" \
        -E "hash_seed=$fixed_uuid,lazy_itable_init=0,lazy_journal_init=0,resize=16777216" \
        -O metadata_csum,^has_journal "$work/data.img"
    E2FSPROGS_FAKE_TIME=$SOURCE_DATE_EPOCH tune2fs -O has_journal -J size=4 "$work/data.img" >/dev/null
}

place() { # IMAGE OFFSET
    dd if="$1" of="$work/deskphone.img" bs=1M seek="$2" oflag=seek_bytes conv=notrunc,sparse status=none
}

# shellcheck disable=SC2154
assemble() {
    rm -f "$work/deskphone.img"
    truncate --size="$card" "$work/deskphone.img"
    python3 /src/image/recipe/layout.py table | sfdisk --quiet "$work/deskphone.img"
    place "$work/settings.img" "$settings_start"
    place "$work/boot-a.img" "$boot_a_start"
    place "$work/boot-b.img" "$boot_b_start"
    place "$work/root.squashfs" "$root_a_start"
    place "$work/data.img" "$data_start"
}

# What goes out of the house: the card, what it is made of and its licences.
deliver() {
    local out=$work/delivered
    rm -rf "$out" && mkdir -p "$out"
    zstd -q -6 -T0 "$work/deskphone.img" -o "$out/deskphone.img.zst"
    cp "$root/usr/share/deskphone/sbom.spdx.json" "$out/"
    (cd "$root/usr" && find share/doc lib/deskphone \( -name copyright -o -ipath '*dist-info/licen[sc]e*' \) -type f -print0 |
        sort --zero-terminated |
        tar --create --null --files-from=- --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --mode=a=r |
        zstd -q -9 -o "$out/licences.tar.zst")
    (cd "$out" && sha256sum -- *.zst *.json >SHA256SUMS)
}

"$@"
