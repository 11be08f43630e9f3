"""Containers: what is known of each, and what is done with it from `create` to `rm`."""
