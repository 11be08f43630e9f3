"""Styled text, and text inputs."""
