"""Archives of images, read where they lie and written: OCI image layouts and the form of `docker save`."""
