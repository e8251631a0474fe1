"""Uploads over HTTP: tus 1.0, and small ones in one POST. https://tus.io/protocols/resumable-upload"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterator
from email.utils import formatdate
from typing import Any

import falcon
import gevent
from gevent import socket
from msgspec import UNSET

from chatd.dispatch.dispatcher import Dispatcher
from chatd.domain.file import File, attach
from chatd.domain.sizes import spell_bytes
from chatd.domain.times import to_epoch
from chatd.errors import ChatdError, Invalid, Malformed, NotFound, TooLarge, nobody
from chatd.net.http.bodies import UnsupportedMedia
from chatd.net.http.identity import caller_of
from chatd.net.http.views import render_member
from chatd.protocol.envelope import convert, encode_json
from chatd.protocol.files import CreateFile, GetFile, OneFile, RemoveFile
from chatd.service import attachments, recordings, uploads
from chatd.service.context import Caller, Context, Services

VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,termination,expiration,checksum"
ALGORITHMS = {"sha1": 20, "sha256": 32}
OCTETS = "application/offset+octet-stream"
FORM = "multipart/form-data"
PIECE = 65_536
PIECE_SECONDS = 30.0
FORM_BYTES = 8_192  # around the file, in a form
MOST_METADATA = 4_096
A_FORM = "this form cannot be read: it has a boundary, which is told, and names in UTF-8"


class WrongVersion(ChatdError):
    """A version of tus that is not spoken here."""

    code, status = "precondition_failed", 412


class Uploads:
    """``/api/files``: begins an upload, or takes a whole one."""

    def __init__(self, dispatcher: Dispatcher, services: Services) -> None:
        self._dispatcher = dispatcher
        self._services = services

    def on_options(self, request: falcon.Request, response: falcon.Response) -> None:
        """What is spoken here."""
        tell_abilities(self._services, response)

    def on_post(self, request: falcon.Request, response: falcon.Response) -> None:
        """An upload by tus, or a form with a file."""
        response.set_header("Tus-Resumable", VERSION)
        caller = known_caller(self._services, request)
        if request.get_header("Tus-Resumable") is None and media_of(request) == FORM:
            file = self._take_form(request, caller)
            response.status = 201
            response.data = encode_json({"success": True, "data": render_member(file)})
            return
        check_version(request)
        created = self._dispatcher.carry_out(caller, creation_of(request))
        response.status = 201
        response.set_header("Location", location(request, created.file.id))
        tell_expiry(response, created)
        if media_of(request) == OCTETS:
            receive(self._dispatcher, request, response, caller, created.file.id, 0)

    def _take_form(self, request: falcon.Request, caller: Caller) -> Any:
        length = request.content_length
        if length is None:
            raise Malformed("a form with a file says its Content-Length")
        most = self._services.config.files.max_bytes
        if length > most + FORM_BYTES:
            text = f"this form has {length} bytes; a file has at most {spell_bytes(most)}"
            raise TooLarge(text, limit=most)
        part, name = file_in(request)
        size = min(length, most)
        command = convert(
            CreateFile,
            {"size": size, "name": name, **request.params},
            strict=False,
        )
        id = self._dispatcher.carry_out(caller, command).file.id

        def take(cx: Context, command: GetFile) -> OneFile:
            try:
                reading = read_pieces(part.stream.read)
                file = uploads.receive(cx.services, id, 0, reading, hang_up_of(request))
                if file.state == "uploading":
                    file = uploads.end_short(cx.services, file)
            except ChatdError:
                uploads.give_up(cx.services, id)
                raise
            return OneFile(file=attachments.with_links(cx.services, attach(file)))

        return self._dispatcher.carry_out(caller, GetFile(file_id=id), take).file


class Upload:
    """``/api/files/ID``: how far an upload is, its next bytes, its end; and the file itself."""

    def __init__(self, dispatcher: Dispatcher, services: Services) -> None:
        self._dispatcher = dispatcher
        self._services = services

    def on_options(self, request: falcon.Request, response: falcon.Response, file_id: str) -> None:
        """What is spoken here."""
        tell_abilities(self._services, response)

    def on_get(self, request: falcon.Request, response: falcon.Response, file_id: str) -> None:
        """The file, with its links."""
        caller = known_caller(self._services, request)
        found = self._dispatcher.carry_out(caller, GetFile(file_id=file_id))
        told = {name: getattr(found, name) for name in found.__struct_fields__}
        shown = {name: value for name, value in told.items() if value is not UNSET}
        response.data = encode_json({"success": True, "data": shown})

    def on_head(self, request: falcon.Request, response: falcon.Response, file_id: str) -> None:
        """How far it is; who was at it is not waited for."""
        response.set_header("Tus-Resumable", VERSION)
        check_version(request)
        caller = known_caller(self._services, request)

        def look(cx: Context, command: GetFile) -> OneFile:
            file = uploads.end_at(cx.services, own(cx, file_id).id)
            tell_progress(cx.services, response, file)
            return OneFile(file=attach(file))

        self._dispatcher.carry_out(caller, GetFile(file_id=file_id), look)

    def on_patch(self, request: falcon.Request, response: falcon.Response, file_id: str) -> None:
        """Takes the bytes that go on from an offset."""
        response.set_header("Tus-Resumable", VERSION)
        check_version(request)
        caller = known_caller(self._services, request)
        if media_of(request) != OCTETS:
            raise UnsupportedMedia(f"the next bytes of an upload are {OCTETS}")
        offset = whole_number(request, "Upload-Offset")
        receive(self._dispatcher, request, response, caller, file_id, offset)
        response.status = 204

    def on_delete(self, request: falcon.Request, response: falcon.Response, file_id: str) -> None:
        """Gives it up, whatever has come of it."""
        response.set_header("Tus-Resumable", VERSION)
        check_version(request)
        caller = known_caller(self._services, request)
        self._dispatcher.carry_out(caller, RemoveFile(file_id=file_id))
        response.status = 204


def receive(
    dispatcher: Dispatcher,
    request: falcon.Request,
    response: falcon.Response,
    caller: Caller,
    id: str,
    offset: int,
) -> None:
    """Takes what is in the body; the answer says how far the upload is then."""
    expected = checksum_of(request)
    body = request.env["wsgi.input"]

    def take(cx: Context, command: GetFile) -> OneFile:
        file = own(cx, id)
        length = 0 if file.recorded else request.content_length or 0
        if length and offset + length > file.size > 0:
            check_length(file, offset + length)
        reading = read_pieces(body.read_some)
        file = recordings.receive(cx.services, id, offset, reading, hang_up_of(request), expected)
        response.set_header("Upload-Offset", str(file.received))
        return OneFile(file=attach(file))

    dispatcher.carry_out(caller, GetFile(file_id=id), take)


def check_length(file: File, end: int) -> None:
    """Nothing is read that is too much."""
    if file.state == "uploading" and end > file.size:
        raise uploads.too_long(file, end)


def own(cx: Context, id: str) -> File:
    """One's own upload; others' are not there."""
    file, _ = attachments.find_visible(cx.services, cx.principal, id)
    if file.owner != cx.principal.id:
        raise NotFound("no such file")
    return file


def read_pieces(read: Callable[[int], bytes]) -> Iterator[bytes]:
    """A body, piece by piece, each within its time; Malformed where it breaks off."""
    while True:
        try:
            late = Malformed(f"no byte came for {PIECE_SECONDS:.0f} s")
            with gevent.Timeout(PIECE_SECONDS, late):
                piece = read(PIECE)
        except OSError:
            raise Malformed("the body broke off") from None
        if not piece:
            return
        yield piece


def hang_up_of(request: falcon.Request) -> Callable[[], None]:
    """What ends who sends this body."""
    line = request.env["chatd.socket"]

    def hang_up() -> None:
        try:
            line.shutdown(socket.SHUT_RD)
        except OSError:
            return  # it is gone already

    return hang_up


def file_in(request: falcon.Request) -> tuple[Any, str]:
    """The part of a form that is the file, and its name; what is before it has to come in time,
    too."""
    late = Malformed(f"before its file this form took over {PIECE_SECONDS:.0f} s")
    try:
        with gevent.Timeout(PIECE_SECONDS, late):
            for part in request.get_media():
                if part.name == "file":
                    return part, part.filename or ""
    except OSError:
        raise Malformed("this form broke off before its file") from None
    except (UnicodeError, falcon.HTTPError):
        raise Malformed(A_FORM) from None
    raise Invalid("the form has no field 'file'", field="file")


def known_caller(services: Services, request: falcon.Request) -> Caller:
    """Who asks, and is somebody."""
    caller = caller_of(services, request)
    if caller.principal.kind == "anonymous":
        raise nobody()
    return caller


def creation_of(request: falcon.Request) -> CreateFile:
    """What is to be uploaded, where to, under which name."""
    metadata = metadata_of(request.get_header("Upload-Metadata") or "")
    fields: dict[str, Any] = {
        "size": whole_number(request, "Upload-Length"),
        "name": metadata.get("filename") or metadata.get("name") or "",
        "dialog_id": metadata.get("dialog_id", ""),
    }
    if "duration_s" in metadata:
        fields["duration_s"] = metadata["duration_s"]
    if "peaks" in metadata:
        fields["peaks"] = metadata["peaks"].split(",")
    return convert(CreateFile, fields, strict=False)  # type: ignore[return-value]


def metadata_of(text: str) -> dict[str, str]:
    """``filename d29ybGQ=,dialog_id bG9iYnk=`` as what it says."""
    if len(text) > MOST_METADATA:
        raise Malformed(f"Upload-Metadata has at most {MOST_METADATA} characters")
    found: dict[str, str] = {}
    try:
        for pair in filter(None, (one.strip() for one in text.split(","))):
            name, _, value = pair.partition(" ")
            found[name] = base64.b64decode(value, validate=True).decode()
    except (binascii.Error, ValueError):
        raise Malformed("Upload-Metadata is 'NAME BASE64,NAME BASE64'") from None
    return found


def checksum_of(request: falcon.Request) -> uploads.Expected | None:
    """``sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0=``."""
    said = request.get_header("Upload-Checksum")
    if said is None:
        return None
    algorithm, _, value = said.partition(" ")
    try:
        digest = base64.b64decode(value, validate=True)
    except binascii.Error:
        digest = b""
    if len(digest) != ALGORITHMS.get(algorithm):
        allowed = ", ".join(ALGORITHMS)
        raise Malformed(f"Upload-Checksum is one of {allowed}, and the digest in base64")
    return uploads.Expected(algorithm, digest)


def whole_number(request: falcon.Request, name: str) -> int:
    """A header that is a number."""
    said = request.get_header(name) or ""
    if not (said.isascii() and said.isdecimal() and len(said) < 17):
        raise Malformed(f"{name} is a number of bytes")
    return int(said)


def media_of(request: falcon.Request) -> str:
    """The type of the body, without what is said of it."""
    return (request.content_type or "").partition(";")[0].strip().lower()


def check_version(request: falcon.Request) -> None:
    """WrongVersion for any other than ours."""
    if request.get_header("Tus-Resumable") != VERSION:
        text = f"an upload is by tus, with the header Tus-Resumable: {VERSION}"
        raise WrongVersion(text, version=VERSION)


def location(request: falcon.Request, id: str) -> str:
    """Where an upload is, seen from where it was asked for, below whatever path a proxy has."""
    asked = request.env.get("PATH_INFO", "")
    return id if asked.endswith("/") else f"{asked.rpartition('/')[2]}/{id}"


def tell_abilities(services: Services, response: falcon.Response) -> None:
    """The answer to OPTIONS."""
    response.status = 204
    response.set_headers(
        {
            "Tus-Resumable": VERSION,
            "Tus-Version": VERSION,
            "Tus-Extension": EXTENSIONS,
            "Tus-Max-Size": str(services.config.files.max_bytes),
            "Tus-Checksum-Algorithm": ",".join(ALGORITHMS),
        }
    )


def tell_expiry(response: falcon.Response, shown: OneFile) -> None:
    """Until when an upload has time."""
    if shown.expires_at is not UNSET:
        response.set_header("Upload-Expires", formatdate(to_epoch(shown.expires_at), usegmt=True))


def tell_progress(services: Services, response: falcon.Response, file: File) -> None:
    """How far an upload is. One that is whole has as many bytes as it had when it came."""
    length = file.size if file.state == "uploading" else file.received
    told = {"filename": file.name, "dialog_id": file.dialog_id}
    pairs = (f"{name} {base64.b64encode(said.encode()).decode()}" for name, said in told.items())
    ends = formatdate(uploads.expires_at(services, file), usegmt=True)
    response.set_headers(
        {
            "Upload-Offset": str(file.received),
            "Upload-Length": str(length),
            "Upload-Metadata": ",".join(pairs),
            "Upload-Expires": ends,
            "Cache-Control": "no-store",
        }
    )
