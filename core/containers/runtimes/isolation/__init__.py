"""What keeps a container apart: capabilities, seccomp, cgroups, networks."""
