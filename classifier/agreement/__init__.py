"""Inter-coder agreement, and adjudication of what coders differ on."""
