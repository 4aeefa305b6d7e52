"""Mail: how statements are sent, and which addresses they may be sent to."""

from __future__ import annotations

import re
from email.utils import parseaddr
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from schemas.config_types import Part, Text, Written

ADDRESS = re.compile(
    r"(?=.{3,254}$)[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)+"
)
"""An address that every mail server takes: RFC 5321 without quoted names, and domains in ASCII."""

ANY = "any"
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def _sender(text: str) -> str:
    name, address = parseaddr(text)
    if not ADDRESS.fullmatch(address) or (text not in {address, f"<{address}>"} and not name):
        message = "write an address, or a name and an address: Rayler Parts <rebates@rayler.example>"
        raise ValueError(message)
    return text


def _address(text: str) -> str:
    if not ADDRESS.fullmatch(text):
        message = "write an address such as rebates@rayler.example"
        raise ValueError(message)
    return text


Sender = Annotated[Text, AfterValidator(_sender), Written("an address, with or without a name before it in `<…>`")]
Address = Annotated[Text, AfterValidator(_address), Written("an address")]
Domain = Annotated[
    str,
    Field(pattern=r"^(any|[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+)$"),
    Written("a domain, or `any`"),
]


class Mail(Part):
    """How statements are sent by mail. The password of `user` is in the variable REBATCH_SMTP_PASSWORD alone."""

    host: Annotated[Text, Field(min_length=1)] = Field(
        description="the mail server that takes them", examples=["smtp.rayler.example"]
    )
    port: int = Field(default=587, ge=1, le=65535, strict=True, description="its port", examples=[587])
    tls: Literal["starttls", "implicit", "none"] = Field(
        default="starttls",
        description="how the connection is encrypted; `none` only to a server on this machine",
        examples=["starttls"],
    )
    user: Text | None = Field(default=None, description="who logs in; without it nobody does", examples=["rebates"])
    sender: Sender = Field(
        description="whom the mails are from",
        examples=["Rayler Parts <rebates@rayler.example>"],
    )
    reply_to: Address | None = Field(
        default=None, description="who reads the answers", examples=["partners@rayler.example"]
    )
    to_domains: tuple[Domain, ...] = Field(
        description="domains that mails may go to; `any` once everything is tried out", examples=[["rayler.example"]]
    )
    per_minute: int = Field(
        default=60, ge=1, le=6000, strict=True, description="mails in a minute, at most", examples=[60]
    )
    most: int = Field(
        default=1000, ge=1, le=1_000_000, strict=True, description="mails of one sending, at most", examples=[1000]
    )
    send: Literal["by_hand", "nightly"] = Field(
        default="by_hand", description="whether every run sends what is new", examples=["nightly"]
    )
    really: bool = Field(
        default=False, strict=True, description="whether runs really send what is new", examples=[True]
    )

    @model_validator(mode="after")
    def _keeps_secrets(self) -> Mail:
        if self.tls == "none" and self.host not in LOOPBACK:
            message = "tls: none would send statements in the open: use starttls or implicit, or a server on localhost"
            raise ValueError(message)
        return self

    def may_go_to(self, address: str) -> bool:
        """Return whether mails may go to an address."""
        return ANY in self.to_domains or address.rpartition("@")[2].lower() in self.to_domains
