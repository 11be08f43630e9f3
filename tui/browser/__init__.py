"""The screens in a browser: a server on loopback, and who may use it."""
