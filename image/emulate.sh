#!/usr/bin/env bash
#
# Switches a machine on in QEMU: `emulate.sh KIND DIRECTORY [WORDS]`, with card.img in
# DIRECTORY. Kernel, initramfs and device tree are those of the card's slot A; WORDS are
# added to its command line; the serial console is on standard input and output. The
# emulator is the workshop's (`make image` has made it).
#
#   raspi3b  a Raspberry Pi 3; what goes to the display is noted in i2c.txt
#   debian   a Raspberry Pi 3 with what debian.sh has put in DIRECTORY

set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=./setup/say.sh
. "$here/setup/say.sh"
# shellcheck source=./setup/packages.sh
. "$here/setup/packages.sh"
# shellcheck source=./workshop.sh
. "$here/workshop.sh"

readonly cache=${XDG_CACHE_HOME:-$HOME/.cache}/deskphone/image
[[ -d $cache/workshop/usr ]] || fail 'there is no emulator yet' 'run: make image'
readonly kind=$1 directory=$2 words=${3-}

# shellcheck disable=SC2016,SC2154  # expanded by the shell within
inside "$(readlink -f "$cache/workshop")" "$here/.." "$directory" bash -euc '
    kind=$1 words=$2
    cd /work
    pi=(-M raspi3b -smp 4 -m 1G -display none -monitor none -no-reboot -kernel Image -initrd initrd.img
        -dtb bcm2837-rpi-3-b.dtb -drive file=card.img,if=sd,format=raw
        -netdev user,id=net0 -device usb-net,netdev=net0 -serial null -serial stdio)
    if [[ $kind != debian ]]; then
        eval "$(python3 /src/image/recipe/layout.py shell)"
        export MTOOLS_SKIP_CHECK=1
        mcopy -o -n -i "card.img@@$boot_a_start" ::vmlinuz ::initrd.img ::cmdline.txt ::bcm2837-rpi-3-b.dtb .
        gzip --decompress --force --stdout <vmlinuz >Image
        words="$(cat cmdline.txt) $words"
    fi
    case $kind in
        raspi3b)
            exec qemu-system-aarch64 "${pi[@]}" -append "$words console=ttyS1,115200" \
                -device ssd0303,bus=i2c-bus.1,address=0x3c -d trace:i2c_send -D i2c.txt
            ;;
        debian)
            exec qemu-system-aarch64 "${pi[@]}" -append "ro quiet $words console=ttyS1,115200"
            ;;
    esac
' emulate "$kind" "$words"
