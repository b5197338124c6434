"""Letters as mailers write them."""

from email.message import EmailMessage
from typing import Any

IVAN = "ivan@client.example"


def letter(
    text: str = "Нужны окна, мой телефон 8 (916) 123-45-67",
    *,
    sender: str = f"Иван Петров <{IVAN}>",
    subject: str = "Запрос цены",
    message_id: str = "<one@client.example>",
    **headers: str,
) -> bytes:
    """One in plain text; headers are told as `In_Reply_To="…"`."""
    message = EmailMessage()
    told: dict[str, Any] = {"From": sender, "To": "sales@ours.example", "Subject": subject, "Message-ID": message_id}
    for name, value in (told | {name.replace("_", "-"): value for name, value in headers.items()}).items():
        message[name] = value
    message.set_content(text)
    return message.as_bytes().replace(b"\n", b"\r\n")
