"""Which video encoders PyAV brings."""

from __future__ import annotations

from app.doctor.models import Finding, has, lacks

_USE = {
    "libx264": ("H.264", "nothing can be recorded with the default codec."),
    "libsvtav1": ("AV1", "datasets cannot be recorded as AV1, and AV1 ones cannot be merged with H.264 ones."),
}


def codec(encoder: str) -> Finding:
    """Whether `encoder` (FFmpeg's name) can encode here."""
    import av
    import av.codec

    name, cost = _USE[encoder]
    try:
        av.codec.Codec(encoder, "w")
    except av.codec.codec.UnknownCodecError:
        return lacks(
            f"{name} encoder",
            f"PyAV {av.__version__} has no {encoder}.",
            cost=cost,
            todo="use the PyAV wheel that pyproject.toml pins; a self-built one may leave encoders out.",
            encoder=encoder,
        )
    return has(f"{name} encoder", f"{encoder}, in PyAV {av.__version__}.", encoder=encoder)
