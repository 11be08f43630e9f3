"""What shows a running container."""
