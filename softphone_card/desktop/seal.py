"""Sealing the token for this user of this computer: by Windows' DPAPI there; elsewhere the file's mode has to do."""

import sys

if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    _NO_WINDOW = 0x1  # CRYPTPROTECT_UI_FORBIDDEN

    class _Blob(ctypes.Structure):
        _fields_ = (("size", wintypes.DWORD), ("data", ctypes.POINTER(ctypes.c_char)))

    def _called(name: str, content: bytes) -> bytes:
        """CryptProtectData or CryptUnprotectData, whose arguments have the same places."""
        crypt32 = ctypes.WinDLL("crypt32", use_last_error=True)
        kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
        kernel32.LocalFree.argtypes = (ctypes.c_void_p,)
        buffer = ctypes.create_string_buffer(content, len(content))
        given, made = _Blob(len(content), buffer), _Blob()
        function = getattr(crypt32, name)
        if not function(ctypes.byref(given), None, None, None, None, _NO_WINDOW, ctypes.byref(made)):
            raise OSError(ctypes.get_last_error(), f"{name} failed")
        try:
            return ctypes.string_at(made.data, made.size)
        finally:
            kernel32.LocalFree(ctypes.cast(made.data, ctypes.c_void_p))

    def sealed(content: bytes) -> bytes:
        """What only this user of this computer can open."""
        return _called("CryptProtectData", content)

    def opened(content: bytes) -> bytes:
        """The content again; raises OSError for another user or computer."""
        return _called("CryptUnprotectData", content)

else:

    def sealed(content: bytes) -> bytes:
        """The content as it is: the file is private."""
        return content

    def opened(content: bytes) -> bytes:
        """The content as it is."""
        return content
