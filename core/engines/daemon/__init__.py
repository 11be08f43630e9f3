"""Docker Engine and Podman as engines: their API over a socket, asked with Docker's own SDK."""
