"""The home screen: images, containers, layers, files, details."""
