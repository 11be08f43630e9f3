"""Names by which layers and overlays say that something of a lower layer is hidden.

In a layer's tar by image-spec, layer.md ("Whiteouts"); in a folder of an overlay by the kernel's overlayfs.rst.
"""

WHITEOUT_PREFIX = ".wh."
OPAQUE_WHITEOUT = ".wh..wh..opq"
AUFS_PREFIX = ".wh..wh."  # other names that begin so were left behind by aufs, and mean nothing

OVERLAY_XATTRS = ("user.overlay.", "trusted.overlay.")  # where overlay keeps its own xattrs
OPAQUE_XATTR = "user.overlay.opaque"
WHITEOUT_XATTR = "user.overlay.whiteout"
