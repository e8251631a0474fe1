"""The helper's job ``image``: turned upright, without anything but its picture, and a preview."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from io import BytesIO
from typing import Any

from PIL import ExifTags, GifImagePlugin, Image, ImageCms, ImageFile, ImageOps

# Where no file can be opened any more, nothing can be imported.
from PIL import JpegImagePlugin as JpegImagePlugin
from PIL import MpoImagePlugin as MpoImagePlugin
from PIL import PngImagePlugin as PngImagePlugin
from PIL import TiffImagePlugin as TiffImagePlugin
from PIL import WebPImagePlugin as WebPImagePlugin

READ = ["JPEG", "PNG", "GIF", "WEBP"]
PREVIEW = 320
AVATAR = 256
QUALITY = 88
# What a picture is kept as: what every browser shows.
KEPT_AS = {
    "JPEG": "JPEG",
    "MPO": "JPEG",
    "PNG": "PNG",
    "GIF": "GIF",
    "WEBP": "WEBP",
}
TYPES = {"JPEG": "image/jpeg", "PNG": "image/png", "GIF": "image/gif", "WEBP": "image/webp"}
SRGB = ImageCms.createProfile("sRGB")
MOVING_FACTOR = 4  # all pictures of one that moves may have so many times the pixels of one
Image.MAX_IMAGE_PIXELS = None  # ours is asked first, and with a sentence of ours
ImageFile.LOAD_TRUNCATED_IMAGES = False
GifImagePlugin.LOADING_STRATEGY = GifImagePlugin.LoadingStrategy.RGB_AFTER_FIRST


def clean(data: bytes, options: Mapping[str, Any]) -> tuple[dict[str, Any], bytes]:
    """Its facts, and behind each other the picture and its preview, of ``preview_bytes`` bytes.
    ``most_pixels``: so many may be in it. ``avatar``: a square of its middle is kept, small and
    still, and nothing else. ValueError for what is no picture."""
    most = int(options["most_pixels"])
    try:
        with Image.open(BytesIO(data), formats=READ) as image:
            check_pixels(image, most)
            kept, made, preview = make_avatar(image) if options.get("avatar") else make(image)
    except ValueError:
        raise
    except MemoryError:
        raise ValueError("this picture takes too much to be looked at") from None
    except (OSError, SyntaxError, EOFError, KeyError, IndexError, TypeError) as error:
        if isinstance(error, OSError) and error.errno:
            raise  # that is our own fault
        raise ValueError(
            "this is no picture that can be read: it is cut off, or something else"
        ) from None
    width, height = made[1]
    facts = {
        "type": TYPES[kept],
        "width": width,
        "height": height,
        "preview_bytes": len(preview),
    }
    return facts, made[0] + preview


def check_pixels(image: Image.Image, most: int) -> None:
    """ValueError for a picture with more pixels than there may be, before they are unpacked."""
    width, height = image.size
    frames = getattr(image, "n_frames", 1)
    if width * height > most or width * height * frames > most * MOVING_FACTOR:
        shown = f"{width} × {height}" + (f" × {frames}" if frames > 1 else "")
        raise ValueError(f"a picture has at most {most // 1_000_000} million pixels, not {shown}")


def make_avatar(image: Image.Image) -> tuple[str, tuple[bytes, tuple[int, int]], bytes]:
    """The middle of a picture as what somebody is seen as."""
    made = ImageOps.fit(plain(image), (AVATAR, AVATAR))
    return "WEBP", (encode(made, "WEBP"), made.size), b""


def make(image: Image.Image) -> tuple[str, tuple[bytes, tuple[int, int]], bytes]:
    """As what it is kept, what is kept of it and its size, and its preview."""
    kept = KEPT_AS[image.format or ""]
    if getattr(image, "n_frames", 1) > 1 and kept in ("GIF", "WEBP"):
        made = encode_moving(image, kept)
        image.seek(0)
        upright = plain(image)
    else:
        upright = plain(image)
        made = encode(upright, kept), upright.size
    upright.thumbnail((PREVIEW, PREVIEW))
    return kept, made, encode(upright, "WEBP")


def plain(image: Image.Image) -> Image.Image:
    """The picture upright, in the colours of screens, with nothing beside it."""
    profile = image.info.get("icc_profile")
    upright = ImageOps.exif_transpose(image)
    transparent = upright.mode in ("RGBA", "LA", "PA") or "transparency" in upright.info
    if upright.mode not in ("RGB", "RGBA", "L"):
        upright = upright.convert("RGBA" if transparent else "RGB")
    if profile and upright.mode == "RGB":
        with suppress(ImageCms.PyCMSError, OSError):
            theirs = ImageCms.ImageCmsProfile(BytesIO(profile))
            ImageCms.profileToProfile(upright, theirs, SRGB, inPlace=True)
    bare = upright.copy() if upright is image else upright
    bare.info = {}
    bare.getexif().clear()
    return bare


def encode(image: Image.Image, kept: str) -> bytes:
    """A picture that does not move."""
    if kept == "JPEG" and image.mode == "RGBA":
        image = image.convert("RGB")
    made = BytesIO()
    image.save(made, kept, **({"quality": QUALITY} if kept in ("JPEG", "WEBP") else {}))
    return made.getvalue()


def encode_moving(image: Image.Image, kept: str) -> tuple[bytes, tuple[int, int]]:
    """One that moves, as often and as fast as before."""
    frames, durations = [], []
    for number in range(getattr(image, "n_frames", 1)):
        image.seek(number)
        durations.append(int(image.info.get("duration", 100)) or 100)
        frames.append(image.convert("RGBA"))
        frames[-1].info = {}
    made = BytesIO()
    loop = int(image.info.get("loop", 0))
    frames[0].save(
        made, kept, save_all=True, append_images=frames[1:], duration=durations, loop=loop
    )
    return made.getvalue(), frames[0].size


def warm_up() -> None:
    """Does once with each kind of picture what is done with strangers': Pillow imports much of
    itself only when it is needed, and where no file can be opened any more, nothing can be."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    options = {"most_pixels": 1_000}
    for mode in ("RGB", "RGBA", "P", "L", "CMYK", "I;16"):
        for kind in READ:
            still = Image.new(mode, (9, 8))
            moving = [Image.new(mode, (9, 8), 3)]
            for more in ({"exif": exif}, {"save_all": True, "append_images": moving}):
                made = BytesIO()
                with suppress(OSError, ValueError, LookupError):  # not every kind has every mode
                    still.save(made, kind, **more)
                    clean(made.getvalue(), options)
                    clean(made.getvalue()[:-9], options)
                    clean(made.getvalue(), {**options, "avatar": True})


warm_up()
