"""Tables and sizes of layers, cached on disk; a second process helps to make them where that is faster."""
