"""What browsers say of passkeys, judged by the library of the extra ``passkeys``."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from msgspec import DecodeError, Struct, ValidationError, json

from chatd.config import extras
from chatd.domain.passkey import Passkey, to_bytes, to_text

if TYPE_CHECKING:
    from chatd.protocol.passkeys import ConfirmPasskey, LoginByPasskey

ALGORITHMS = (-8, -7, -257)  # EdDSA, ES256, RS256


class ClientData(Struct):
    """What a browser says of itself, as far as it is looked at before it is judged."""

    challenge: str


class NewKey(Struct, frozen=True):
    """What is kept of a passkey that is good."""

    id: str
    public_key: str
    count: int


@cache
def is_installed() -> bool:
    """Whether anybody can have one."""
    return extras.missing("passkeys") is None


def challenge_in(client_data: str) -> str:
    """The challenge that is answered; empty for what is no answer."""
    try:
        return json.decode(to_bytes(client_data), type=ClientData).challenge
    except (ValueError, DecodeError, ValidationError, UnicodeDecodeError):
        return ""


def judge_new(said: ConfirmPasskey, challenge: str, page: str, host: str) -> NewKey | None:
    """A new passkey, if it is one that answers this challenge in this page, and verified who was
    there."""
    import webauthn
    from webauthn.helpers import decode_credential_public_key, decoded_public_key_to_cryptography

    answer = {"clientDataJSON": said.client_data, "attestationObject": said.attestation}
    try:
        proven = webauthn.verify_registration_response(
            credential=credential_of(said.passkey, answer),
            expected_challenge=to_bytes(challenge),
            expected_rp_id=host,
            expected_origin=page,
            require_user_verification=True,
        )
        key = decode_credential_public_key(proven.credential_public_key)
        decoded_public_key_to_cryptography(key)
    except wrong():
        return None
    if to_text(proven.credential_id) != said.passkey:
        return None
    return NewKey(said.passkey, to_text(proven.credential_public_key), proven.sign_count)


def judge_use(passkey: Passkey, said: LoginByPasskey, challenge: str, page: str) -> int | None:
    """How often a passkey says that it has signed, if it answers this challenge in this page, and
    verified who was there."""
    import webauthn

    answer = {
        "clientDataJSON": said.client_data,
        "authenticatorData": said.authenticator_data,
        "signature": said.signature,
        "userHandle": said.handle,
    }
    try:
        proven = webauthn.verify_authentication_response(
            credential=credential_of(said.passkey, answer),
            expected_challenge=to_bytes(challenge),
            expected_rp_id=passkey.host,
            expected_origin=page,
            credential_public_key=to_bytes(passkey.public_key),
            credential_current_sign_count=0,  # which is judged by who asks, and told
            require_user_verification=True,
        )
    except wrong():
        return None
    return proven.new_sign_count


def credential_of(id: str, answer: dict[str, str]) -> dict[str, Any]:
    """As the library reads it."""
    return {"id": id, "rawId": id, "type": "public-key", "response": answer}


def wrong() -> tuple[type[Exception], ...]:
    """What is raised for bytes of a stranger's making."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from webauthn.helpers.exceptions import WebAuthnException

    return (
        *(WebAuthnException, UnsupportedAlgorithm, ValueError, TypeError, LookupError),
        *(AttributeError, OverflowError),
    )
