"""Runtimes: runc, crun, youki and bubblewrap; their input, their start, and what bubblewrap lacks."""
