"""How each package manager orders versions."""
