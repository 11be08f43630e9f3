"""The files of containers that a daemon has: read from its overlay's folder where we can, else by its API."""
