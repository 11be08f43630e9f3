"""Containers of Docker Engine and Podman: their API answers as our values, and our requests as theirs."""
