"""Tables and sizes of layers, made once, by several processes where that pays, and kept on disk."""
