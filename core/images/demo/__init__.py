"""The demo images, made from programs of this machine."""
