"""Packages in a View, read from the databases of dpkg, apk, rpm, Python, Node and others."""
