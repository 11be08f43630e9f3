"""Connections to registries: requests as they are sent, answers as they come, errors of both."""
