"""Records of containers on disk: read, written, checked, repaired, cleaned up."""
