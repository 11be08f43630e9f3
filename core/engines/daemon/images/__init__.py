"""The images of a daemon: listed, opened where its own files can be read or else from its API, and sent to it."""
