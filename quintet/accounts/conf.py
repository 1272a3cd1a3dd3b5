"""Settings of accounts."""

from quintet.core import conf

PASSWORD_POLICY = conf.choice(
    "PASSWORD_POLICY",
    lambda: "contract" if conf.is_open() else "strong",
    "contract: any password, as the documents' own examples need; strong: 8 characters or more, no common ones",
    among=("contract", "strong"),
)
ONE_ACCOUNT_OPENS_ALL = conf.flag(
    "ONE_ACCOUNT_OPENS_ALL",
    conf.is_open,
    "an account made at one door enters through all five, and is granted each at its first sign-in there; no: only "
    "those doors that it was made at or granted",
)
INITIAL_PASSWORD_HOURS = conf.number(
    "INITIAL_PASSWORD_HOURS",
    lambda: 0 if conf.is_open() else 72,
    "an initial password nobody used stops working after this; 0: never",
)
ACCESS_TOKEN_HOURS = conf.number(
    "ACCESS_TOKEN_HOURS", 168, "how long procurement's tokens live (the document's own live 7 days)"
)
MOCKS_TOKEN_HOURS = conf.number("MOCKS_TOKEN_HOURS", 2, "how long a mocks token lives")
FAILURES_PER_NAME_AND_IP = conf.number(
    "FAILURES_PER_NAME_AND_IP", 10, "failed sign-ins per name and address in 15 minutes"
)
FAILURES_PER_NAME = conf.number("FAILURES_PER_NAME", 50, "failed sign-ins per name in 15 minutes")
FAILURES_PER_IP = conf.number("FAILURES_PER_IP", 100, "failed sign-ins per address in a minute")
TAKEN_PER_IP = conf.number(
    "TAKEN_PER_IP",
    lambda: 0 if conf.is_open() else 30,
    "how many taken names and e-mail addresses one address may find out in a minute by registering; 0: any number",
)
MAIL_SERVER = conf.text(
    "MAIL_SERVER",
    "",
    "smtp://user:password@host:port, smtp+tls:// (STARTTLS) or smtps://; empty: no mail is sent",
    secret=True,
)
MAIL_FROM = conf.text("MAIL_FROM", "quintet@localhost", "whom mail comes from")
PUBLIC_ADDRESS = conf.text(
    "PUBLIC_ADDRESS",
    "",
    "the address people reach this server at, e.g. https://quintet.example: links in mail begin with it, never with "
    "what a request says; empty: no mail is sent",
)
