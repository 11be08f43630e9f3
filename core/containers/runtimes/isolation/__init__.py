"""Isolation of containers: capabilities, seccomp, cgroups, networks."""
