"""A screen with a size map: what those of one image and of two compared sides have in common."""
