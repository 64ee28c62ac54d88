#!/usr/bin/env bash
#
# Switches an image on in QEMU's Raspberry Pi 3: `emulate.sh DIRECTORY [WORDS]`, with
# card.img in DIRECTORY. WORDS are added to the kernel's command line of slot A; the
# serial console is on standard input and output. Kernel, initramfs and device tree
# are the card's own; what goes to the display is noted in i2c.txt. The emulator is
# the workshop's (`make image` has made it).

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
readonly directory=$1 words=${2-}

# shellcheck disable=SC2016,SC2154  # expanded by the shell within
inside "$(readlink -f "$cache/workshop")" "$here/.." "$directory" bash -euc '
    words=$1
    cd /work
    eval "$(python3 /src/image/recipe/layout.py shell)"
    export MTOOLS_SKIP_CHECK=1
    mcopy -o -n -i "card.img@@$boot_a_start" ::vmlinuz ::initrd.img ::cmdline.txt ::bcm2837-rpi-3-b.dtb .
    gzip --decompress --force --stdout <vmlinuz >Image
    exec qemu-system-aarch64 -M raspi3b -smp 4 -m 1G -display none -monitor none -no-reboot \
        -kernel Image -initrd initrd.img -dtb bcm2837-rpi-3-b.dtb \
        -append "$(cat cmdline.txt) console=ttyS1,115200 $words" \
        -drive file=card.img,if=sd,format=raw -netdev user,id=net0 -device usb-net,netdev=net0 \
        -device ssd0303,bus=i2c-bus.1,address=0x3c -d trace:i2c_send -D i2c.txt \
        -serial null -serial stdio
' emulate "$words"
