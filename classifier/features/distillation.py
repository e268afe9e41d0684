"""Distillation of a static table from the sentence encoder that ships: each piece of its vocabulary is read alone."""

from __future__ import annotations

import numpy as np

from classifier.features.small_encoder import SmallEncoder
from classifier.features.static_embeddings import StaticTable, kept_pieces, weigh_by_rank
from classifier.progress import ProgressCallback, ignore_progress


def distil_table(*, progress: ProgressCallback = ignore_progress) -> StaticTable:
    """Distil the static table of the small encoder; some 45 seconds of processor time.

    `progress` gets a step for each of the `SmallEncoder.N_PIECES` pieces of its vocabulary.

    Raises
    ------
    EncoderError
        If the encoder is not installed, or has other files.
    """
    encoder = SmallEncoder()
    pieces = encoder.vocabulary()
    vectors = np.concatenate([*encoder.encode_pieces(progress=progress)])
    kept = kept_pieces(pieces)
    return StaticTable.of([pieces[place] for place in kept], weigh_by_rank(vectors)[kept])
