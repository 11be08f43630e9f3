"""Names by which layers and overlays mark that something of a lower layer is hidden.

In a layer's tar by image-spec layer.md ("Whiteouts"); in the folder of an overlay by the kernel's overlayfs.rst.
"""

WHITEOUT_PREFIX = ".wh."
OPAQUE_WHITEOUT = ".wh..wh..opq"
AUFS_PREFIX = ".wh..wh."  # other names with this prefix are remains of aufs without a meaning

OVERLAY_XATTRS = ("user.overlay.", "trusted.overlay.")  # the prefix of overlayfs's own xattrs
OPAQUE_XATTR = "user.overlay.opaque"
TRUSTED_OPAQUE_XATTR = "trusted.overlay.opaque"  # in the overlays of root, mounted without `userxattr`
WHITEOUT_XATTR = "user.overlay.whiteout"
