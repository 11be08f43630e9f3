"""What Docker and Podman say and take in JSON and frames, as our values: pure functions, no requests."""
