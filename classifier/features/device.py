"""Devices that encoders are computed on: the processor, or a graphics card by torch's name of it."""

from __future__ import annotations

import re
import warnings
from importlib.util import find_spec

from classifier.errors import EncoderError
from classifier.wording import counted

PROCESSOR = "cpu"
"""The default device."""
KNOWN = r"cpu|cuda(:\d{1,3})?|mps"
"""Pattern of the names of devices."""


def check_device(device: str) -> None:
    """Check that encoders can be computed on a device of this machine; torch is not imported for the processor.

    Parameters
    ----------
    device : str
        As torch names it: ``cpu``, ``cuda``, ``cuda:1`` or ``mps``.

    Raises
    ------
    EncoderError
        If it is none of these, there is none such here, or torch is not installed.

    Examples
    --------
    >>> check_device("cpu")
    >>> check_device("gpu")
    Traceback (most recent call last):
    classifier.errors.EncoderError: --device 'gpu' is no device; write cpu, cuda, cuda:1 or mps, or leave it out
    """
    if not re.fullmatch(KNOWN, device, re.ASCII):
        raise EncoderError(f"--device {device!r} is no device; write cpu, cuda, cuda:1 or mps, or leave it out")
    if device == PROCESSOR:
        return
    if any(find_spec(module) is None for module in ("sentence_transformers", "torch")):
        raise EncoderError(
            f"--device {device} needs sentence-transformers and PyTorch, which are not installed; run "
            "`pip install sentence-transformers torch`, or leave --device out"
        )
    kind, _, number = device.partition(":")
    n_cards = _n_cards(kind)
    if not n_cards:
        raise EncoderError(
            f"--device {device}: no graphics card found: torch says {kind} is not available. Install the card's driver "
            "and the build of torch that is made for it, or leave --device out"
        )
    if number and int(number) >= n_cards:
        raise EncoderError(
            f"--device {device}: torch finds {counted(n_cards, 'graphics card')} here, and counts from cuda:0; name "
            "one of them, or leave --device out"
        )


def _n_cards(kind: str) -> int:
    """Count the graphics cards of a kind that torch can use."""
    import torch

    with warnings.catch_warnings():  # of a driver that is too old; the error says what to do
        warnings.simplefilter("ignore")
        if kind == "mps":
            return int(torch.backends.mps.is_available())
        return torch.cuda.device_count() if torch.cuda.is_available() else 0
