"""Tables and sizes of layers, cached on disk; second processes help to make them where that is faster."""
