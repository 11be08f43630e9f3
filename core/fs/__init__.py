"""Files on disk, reached so that nobody can lead us elsewhere: by descriptors, written whole or not at all, watched."""
