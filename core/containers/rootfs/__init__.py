"""The files of a container: what it sees at its paths, and what is put there, taken or changed; running or not."""
