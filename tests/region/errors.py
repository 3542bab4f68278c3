"""The one way to say no."""


class Refused(Exception):
    """A request that AWS would not carry out: its error code, HTTP status and message."""

    def __init__(self, code: str, message: str, status: int = 400):
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
