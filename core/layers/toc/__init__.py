"""Tables of contents that some layers carry: eStargz and zstd:chunked. With one, a layer is listed without being read."""
