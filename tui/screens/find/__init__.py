"""Finding files: in what is looked at, in all images, in all engines."""
