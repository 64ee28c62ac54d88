"""The bootable image: what of it can be told without building it."""
