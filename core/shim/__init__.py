"""The shim: a program that runs by itself beside each running container, made of the standard library alone."""
