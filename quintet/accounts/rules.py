"""Decisions about accounts that need no database."""

USERNAME_MAX_LENGTH = 150
EMAIL_MAX_LENGTH = 254


def username_fault(username: str, *, email: str) -> str | None:
    """What is wrong with a name, or None. A name with @ must be the account's own e-mail: somebody could otherwise
    take another's address as a name and be shown as them."""
    if not username.strip() or len(username) > USERNAME_MAX_LENGTH:
        return f"A username has 1 to {USERNAME_MAX_LENGTH} characters."
    if any(not letter.isprintable() for letter in username) or username != username.strip():
        return "A username has no control characters and no spaces around it."
    if "@" in username and username.casefold() != email.casefold():
        return "A username with @ must be the account's own e-mail address."
    return None


def is_common_password(password: str) -> bool:
    """Whether it is one of the passwords that everybody tries first."""
    return password.casefold() in _COMMON


_COMMON = frozenset(
    """123456 123456789 12345678 1234567 12345 1234567890 password qwerty 111111 123123 abc123 000000 admin admin888
    admin8888 iloveyou letmein 654321 666666 888888 a123456 123456a 5201314 woaini1314 qwe123 1q2w3e4r password1
    welcome monkey dragon 112233 123321 11111111 88888888 12341234 asdfghjkl qwertyuiop 147258369 987654321""".split()
)
