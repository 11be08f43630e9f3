"""The demo images, made of what this machine has."""
