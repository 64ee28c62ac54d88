#!/usr/bin/env bash
#
# The root of a unit: `rootfs.sh STAGE` in the workshop, with packages, wheels and
# sources where build.sh has put them. Packages are unpacked, not installed: no
# program of the unit runs while it is made, so nothing has to be emulated and
# nothing depends on the machine that builds. What their scripts would have done
# and a unit needs is done here, in `settle`.

set -euo pipefail

readonly recipe=/src/image/recipe work=/work root=/work/root
# shellcheck source=./packages.sh
. "$recipe/packages.sh"
export SOURCE_DATE_EPOCH LC_ALL=C.UTF-8

# Documents are left out, but for each package's licence.
readonly unwanted=(
    --exclude='./usr/share/doc/*/[!c]*' --exclude='./usr/share/doc/*/changelog*'
    --exclude='./usr/share/man/*' --exclude='./usr/share/info/*' --exclude='./usr/share/locale/*'
    --exclude='./usr/share/lintian/*' --exclude='./usr/share/bash-completion/*'
    --exclude='./usr/share/zsh/*' --exclude='./usr/share/doc-base/*' --exclude='./usr/share/bug/*'
    --exclude='./usr/share/zoneinfo/right/*' --exclude='./usr/share/zoneinfo/posix/*'
    --exclude='./usr/lib/python3.13/idlelib/*' --exclude='./usr/lib/python3.13/pydoc_data/*'
    --exclude='./usr/lib/python3.13/ensurepip/*' --exclude='./usr/lib/python3.13/test/*'
    --exclude='./usr/lib/udev/hwdb.d/*' --exclude='./var/lib/dpkg/*'
    # Of OpenSSH, what looks at signatures (ssh-keygen): nobody goes anywhere from a unit.
    --exclude='./etc/ssh' --exclude='./usr/lib/openssh' --exclude='./usr/lib/systemd/user/ssh-agent.*'
    --exclude='./usr/lib/systemd/user/graphical-session-pre.target.wants/ssh-agent.service'
    --exclude='./usr/bin/s'{cp,ftp,sh,login} --exclude='./usr/bin/ssh-'{[!k]*,keyscan}
    --exclude='./usr/lib/tmpfiles.d/openssh-client.conf' --exclude='./usr/share/apport'
    --exclude='./usr/bin/c_rehash' --exclude='./usr/lib/ssl/misc'
)

# Drivers that no Pi's phone has hardware for: they are two thirds of all.
readonly idle_modules=(
    drivers/gpu drivers/media/{cec,common,dvb-core,dvb-frontends,firewire,i2c,mmc,pci,platform,radio,rc,spi,test-drivers,tuners,usb,v4l2-core}
    drivers/infiniband drivers/isdn drivers/iio drivers/hwmon
    drivers/ata drivers/nvme drivers/md drivers/target drivers/mtd drivers/accel
    drivers/net/wireless drivers/net/ethernet/{intel,mellanox,chelsio,qlogic,marvell,hisilicon,huawei}
    drivers/net/ethernet/{freescale,amazon,google,microsoft,netronome,sfc,pensando,fungible,cavium}
    drivers/net/can drivers/bluetooth net/bluetooth drivers/crypto net/wireless
    drivers/remoteproc drivers/soundwire drivers/interconnect drivers/clk/qcom drivers/pinctrl/qcom
    fs/{btrfs,xfs,ocfs2,gfs2,ceph,nfs,nfsd,smb,afs,f2fs,jfs,nilfs2,orangefs,ubifs,udf,ntfs3,bcachefs,9p,dlm}
    net/{ceph,sctp,tipc,rds,smc,batman-adv,mac80211,openvswitch,nfc,ieee802154,mac802154,dccp,atm,ax25,rose}
)

readonly busy_modules=(
    snd-usb-audio usbhid uinput i2c-dev i2c-bcm2835 bcm2835-wdt bcm2835-rng dwc2 xhci-pci
    smsc95xx lan78xx r8152 ax88179_178a genet macb rp1-pci pinctrl-rp1 clk-rp1
    nf_tables nft_ct nft_limit nf_conntrack nf_conntrack_tftp cdc_ether rndis_host
    usb-storage uas sd_mod vfat exfat ext4 nls_cp437 nls_ascii nls_utf8
    gpio-sim snd-aloop i6300esb virtio_net virtio_blk
)

# Units that a unit's read-only root gives nothing to do: each costs time at the start.
readonly idle_units=(
    getty.target systemd-networkd-wait-online.service systemd-firstboot.service ldconfig.service
    fstrim.timer e2scrub_all.timer e2scrub_reap.service systemd-hwdb-update.service
    systemd-update-done.service systemd-journal-catalog-update.service systemd-journal-flush.service systemd-random-seed.service
    systemd-binfmt.service proc-sys-fs-binfmt_misc.automount systemd-sysext.socket
    systemd-sysext.service systemd-confext.service systemd-journald-audit.socket
    systemd-machine-id-commit.service systemd-pcrmachine.service systemd-update-utmp.service
    sys-kernel-debug.mount sys-kernel-tracing.mount dev-hugepages.mount dev-mqueue.mount
    sys-fs-fuse-connections.mount sys-kernel-config.mount kmod-static-nodes.service
    systemd-logind.service systemd-user-sessions.service systemd-hostnamed.socket
    systemd-creds.socket systemd-initctl.socket systemd-network-generator.service
    systemd-networkd-persistent-storage.service systemd-udev-load-credentials.service
    systemd-ask-password-console.path systemd-ask-password-wall.path
    systemd-pcrphase.service systemd-pcrphase-sysinit.service systemd-pcrextend.socket systemd-pcrlock.socket
    systemd-tpm2-setup.service systemd-tpm2-setup-early.service systemd-hibernate-clear.service
)

# Rules and generators for what no unit has: each is asked for every device, or at every start.
readonly idle_rules=(
    50-firmware 60-autosuspend 60-block 60-cdrom_id 60-dmi-id 60-drm 60-fido-id 60-infiniband 60-persistent-input
    60-persistent-storage 60-persistent-storage-mtd 60-persistent-storage-tape 60-persistent-v4l 60-sensor
    60-serial 64-btrfs 64-ext4 70-camera 70-joystick 70-memory 70-mouse 70-power-switch 70-touchpad 70-uaccess
    71-seat 73-seat-late 75-probe_mtd 81-net-dhcp 90-iocost 96-e2scrub
)
readonly idle_generators=(gpt-auto hibernate-resume rc-local ssh system-update sysv tpm2)

unpack() { # DEB DIRECTORY
    dpkg-deb --fsys-tarfile "$1" |
        tar --extract --directory="$2" --keep-directory-symlink --no-same-owner "${unwanted[@]}"
}

packages() {
    local deb name
    rm -rf "$root" && mkdir -p "$root"
    unpack "$work"/debs/base-files_*.deb "$root"
    for deb in "$work"/debs/*.deb; do
        name=${deb##*/}
        [[ " ${left_out[*]} " == *" ${name%%_*} "* ]] || unpack "$deb" "$root"
    done
    rm -rf "${root:?}"/{boot,home,srv,media,opt,mnt}/* "$root/usr/share/doc"/{linux-*,*/[!c]*}
}

kernel() {
    local deb group version
    rm -rf "${work:?}/boot" && mkdir -p "$work/boot"
    for deb in "$work"/kernel/*.deb; do unpack "$deb" "$work/boot"; done
    version=$(basename "$work"/boot/usr/lib/modules/*)
    printf '%s\n' "$version" >"$work/kernel-version"
    for group in "${idle_modules[@]}"; do
        rm -rf "$work/boot/usr/lib/modules/$version/kernel/$group"
    done
    # To the kernel a USB stick is a SCSI disk, and nothing else is one here.
    find "$work/boot/usr/lib/modules/$version/kernel/drivers/scsi" -type f \
        ! -name 'scsi_common.*' ! -name 'scsi_mod.*' ! -name 'sd_mod.*' -delete
    cp -r "$work/boot/usr/share/doc/." "$root/usr/share/doc/"
    rm -rf "$root/usr/lib/modules" && mkdir "$root/usr/lib/modules"
    cp -r "$work/boot/usr/lib/modules/$version" "$root/usr/lib/modules/"
    rm -rf "$root/usr/lib/modules/$version"/{vmlinuz,System.map,config,dtb,build,source}
    depmod --basedir "$root" "$version"
    # With all that they need, which the pruning above must have left.
    xargs -n 1 modprobe --dirname "$root" --set-version "$version" --show-depends <<<"${busy_modules[*]}" >/dev/null
}

application() {
    local place=$root/usr/lib/deskphone
    rm -rf "$place" && mkdir -p "$place"
    # Offline, and exactly what the lock file names: build.sh has fetched it by hash.
    # By name, for pip notes a file's own place in what it installs.
    find "$work/wheels" -name '*.whl' -printf '%f\n' | sort | sed -E 's/^([^-]+)-([^-]+)-.*/\1==\2/' >"$work/wheels.txt"
    python3 -m pip install --quiet --no-input --no-index --no-deps --no-compile \
        --break-system-packages --root-user-action=ignore --target "$place" \
        --python-version 3.13 --implementation cp --abi cp313 --abi abi3 --abi none \
        --platform manylinux_2_34_aarch64 --platform manylinux_2_28_aarch64 \
        --platform manylinux_2_27_aarch64 --platform manylinux_2_17_aarch64 \
        --platform manylinux2014_aarch64 --platform linux_aarch64 --only-binary=:all: \
        --find-links "$work/wheels" --requirement "$work/wheels.txt"
    rm -rf "${place:?}"/{bin,setuptools*,pkg_resources,_distutils_hack,distutils-precedence.pth}
    cp -r "$work"/application/{appliance,hw} "$place/"
    rm -rf "$place/appliance/demo"
    install -m 755 "$recipe/deskphone" "$root/usr/bin/deskphone"
}

# Python finds its bytecode ready: the root cannot be written to.
bytecode() {
    find "$root/usr/lib" -name '__pycache__' -prune -exec rm -rf {} +
    PYTHONHASHSEED=0 python3.13 -m compileall -q -j 1 --invalidation-mode unchecked-hash \
        -s "$root" "$root/usr/lib/python3.13" "$root/usr/lib/deskphone"
}

settle() {
    local name
    cp "$root"/usr/share/base-passwd/passwd.master "$root/etc/passwd"
    cp "$root"/usr/share/base-passwd/group.master "$root/etc/group"
    cp -r "$work/application/image/files/." "$root/"
    rm -f "$root"/etc/{shadow,gshadow}
    systemd-sysusers --root="$root"
    ln -sf ../run/systemd/resolve/resolv.conf "$root/etc/resolv.conf"
    ln -sf ../usr/share/zoneinfo/Etc/UTC "$root/etc/localtime"
    ln -sf ../proc/self/mounts "$root/etc/mtab"
    ln -sf dash "$root/usr/bin/sh"
    : >"$root/etc/machine-id"
    mkdir -p "$root/boot/firmware" "$root/data"
    touch --date="@$SOURCE_DATE_EPOCH" "$root/usr/lib/clock-epoch"

    mkdir -p "$root/etc/ssl/certs"
    find "$root/usr/share/ca-certificates" -name '*.crt' -print0 | sort --zero-terminated |
        while IFS= read -r -d '' name; do
            ln -sf "${name#"$root"}" "$root/etc/ssl/certs/$(basename "$name" .crt).pem"
            cat "$name"
        done >"$root/etc/ssl/certs/ca-certificates.crt"
    # The links point into the unit's root: they are resolved there.
    (cd "$root/usr/share/ca-certificates/mozilla" && for name in *.crt; do
        ln -sf "$(basename "$name" .crt).pem" \
            "$root/etc/ssl/certs/$(openssl x509 -in "$name" -noout -subject_hash).0"
    done)

    systemctl --root="$root" --quiet set-default multi-user.target
    systemctl --root="$root" --quiet enable deskphone.service \
        systemd-networkd.service systemd-resolved.service systemd-timesyncd.service nftables.service
    systemctl --root="$root" --quiet mask "${idle_units[@]}"
    for name in "${idle_rules[@]}"; do rm "$root/usr/lib/udev/rules.d/$name.rules"; done
    for name in "${idle_generators[@]}"; do rm "$root/usr/lib/systemd/system-generators/systemd-$name-generator"; done
    qemu-aarch64 "$root/usr/sbin/ldconfig" -r "$root"
    rm -rf "$root"/var/{cache,log,lib/systemd,lib/pam}/* "$root"/etc/{.pwd.lock,passwd-,group-,shadow-,gshadow-}
}

# Nothing on a unit may compile, fetch or install; nothing may open a door.
prove() {
    local unwelcome
    for unwelcome in gcc cc pip pip3 apt apt-get dpkg ssh ssh-agent sshd telnetd login; do
        [[ ! -e $root/usr/bin/$unwelcome && ! -e $root/usr/sbin/$unwelcome ]] ||
            { echo "the root has a $unwelcome"; return 1; }
    done
    ! grep -hvE '^[^:]*:(!|\*|x:)' "$root"/etc/{passwd,shadow} || { echo 'an account has a password'; return 1; }
    qemu-aarch64 -L "$root" "$root/usr/bin/openssl" version >/dev/null
    # It says how it is used, and fails, once all its libraries are found.
    { qemu-aarch64 -L "$root" "$root/usr/bin/ssh-keygen" -Y 2>&1 || :; } | grep 'ssh-keygen -Y verify' >/dev/null ||
        { echo 'ssh-keygen does not run'; return 1; }
    qemu-aarch64 -L "$root" "$root/usr/bin/python3.13" -sP "$recipe/imports.py" "$root/usr/lib/deskphone"
}

# What is put in afterwards always starts from the same tree.
keep_base() { rm -rf "$work/base" && mv "$root" "$work/base"; }

# What the unit is made of goes along with it.
bill() {
    mkdir -p "$root/usr/share/deskphone"
    python3 "$recipe/sbom.py" deskphone "$work"/{debs,kernel}/*.deb "$work"/wheels/*.whl \
        >"$root/usr/share/deskphone/sbom.spdx.json"
}

"$@"
