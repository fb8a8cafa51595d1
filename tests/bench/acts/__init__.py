"""The part ``acts``: matters run over HTTP by officials, with a store full of other matters."""
