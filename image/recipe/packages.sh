# shellcheck shell=bash
#
# Which Debian packages an image is made of, and of which it is made with.
# Part of the recipe: what changes here makes a new root. Sourced, never run.

# shellcheck disable=SC2034  # read by the other files of the recipe
{
    readonly debian_suite=trixie architecture=arm64

    # The kernel comes from the backports: the stable one knows neither the Pi 5's
    # peripherals (RP1) nor the simulated GPIO of the boot test. Tried with this one;
    # a newer one is taken with a word that it is untried.
    readonly kernel_suite=trixie-backports kernel_tried=7.3.4

    # A unit's own packages; what they depend on comes along.
    readonly root_packages=(
        base-files base-passwd libc-bin coreutils dash grep sed util-linux mount kmod
        systemd udev systemd-resolved systemd-timesyncd
        e2fsprogs fdisk nftables iproute2
        ca-certificates openssl openssh-client tzdata fonts-terminus-otb
        python3.13
        libstdc++6 libasound2t64 libssl3t64 libsrtp2-1 libuuid1
        libopus0 libspeex1 libspeexdsp1 libgsm1 libbcg729-0
    )

    # Dependencies that serve nothing on a unit: a message bus that nobody speaks on,
    # questions that nobody is asked, tools for fonts and certificates used while building.
    readonly left_out=(
        dbus dbus-bin dbus-daemon dbus-session-bus-common dbus-system-bus-common
        debconf libdebconfclient0 lsb-base init-system-helpers sysvinit-utils
        x11-common xfonts-encodings xfonts-utils libfontenc1 libfreetype6 libpng16-16t64 libbrotli1
        openssl-provider-legacy media-types logsave
        # What openssh-client wants for an installation, and for all but its ssh-keygen.
        adduser passwd login.defs libsemanage-common libsemanage2 libsepol2 libfido2-1 libcbor0.10
    )

    # Unpacked beside the root: their contents go onto the boot partition.
    readonly boot_packages=(raspi-firmware busybox-static)

    # What builds, and what boots the result in an emulator. pjsua2's own needs are
    # added from its recipe.
    readonly workshop_packages=(
        gcc-aarch64-linux-gnu g++-aarch64-linux-gnu libc6-dev:arm64 pkgconf
        python3-pip libpython3-dev:arm64 libsystemd-dev:arm64
        squashfs-tools dosfstools mtools fdisk e2fsprogs kmod cpio zstd xz-utils
        systemd openssl ca-certificates
        qemu-user qemu-system-arm
    )
}
